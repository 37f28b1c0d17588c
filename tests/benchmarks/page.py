"""What the middleware adds to a page, as a share of rendering that page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.storefront import (
    TRACKERS,
    large_page,
    make_shop,
    page,
    policy_of,
)
from tests.benchmarks.tables import Row, Table, micro
from tests.benchmarks.timing import extra, in_turns, middle, ratio
from tests.benchmarks.visitor import BROWSER, asks, consent_cookie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Paths of pages, what renders them, and the share that may be added at most.
PAGES = (("/products", page, 0.25), ("/all", large_page, 0.15))
_BARE = "the shop without ConsentKit"
_RENDER = "rendering alone"
_TRACKED = "_ga=GA1.1.1; _fbp=fb.1.1.1; _ttp=2; _hjSessionUser_0=3; _clck=4; basket=5"


def run() -> Table:
    """Measure visitors in each state, cookies of refused services included."""
    rows = [row for shown in PAGES for row in _rows(*shown)]
    return Table("Pages with twelve trackers: added to rendering them", rows)


def _rows(path: str, render: Callable[[], str], share: float) -> Iterator[Row]:
    bare, shop = make_shop(), make_shop(policy_of(len(TRACKERS)))
    refused = consent_cookie(shop)
    visitors = {
        "refused": refused,
        "refused, old trackers' cookies held": f"{refused}; {_TRACKED}",
        "three services granted": consent_cookie(
            shop, "google_analytics", "klaviyo", "youtube"
        ),
        "everything granted": consent_cookie(shop, "personalisation"),
        "not asked yet: the banner is due": "",
    }
    with bare.test_request_context(path, base_url="https://shop.example"):
        jobs: dict[str, Callable[[], object]] = {
            _RENDER: render,
            _BARE: asks(bare, path, BROWSER),
        }
        for name, cookies in visitors.items():
            jobs[name] = asks(shop, path, BROWSER, cookies)
        times = in_turns(jobs, rounds=40, calls=3)
        size = f"{len(render().encode()) / 1000:.0f} KB"
    for name in (_RENDER, _BARE):
        yield Row(f"{size}: {name}", micro(middle(times[name])))
    for name in visitors:
        cost = extra(times, name, _BARE)
        part = ratio(cost, times[_RENDER])
        target = (f"<= {share:.0%}", part <= share)
        yield Row(f"{size} + {name}", micro(middle(cost)), f"{part:.1%}", *target)
