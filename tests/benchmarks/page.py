"""What the middleware adds to a page, as a share of rendering that page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.storefront import TRACKERS, make_shop, page, policy_of
from tests.benchmarks.tables import Row, Table, micro
from tests.benchmarks.timing import extra, in_turns, middle, ratio
from tests.benchmarks.visitor import BROWSER, asks, consent_cookie

if TYPE_CHECKING:
    from collections.abc import Callable

SHARE = 0.25
_BARE = "the shop without ConsentKit"
_RENDER = "rendering alone"
_TRACKED = "_ga=GA1.1.1; _fbp=fb.1.1.1; _ttp=2; _hjSessionUser_0=3; _clck=4; basket=5"


def run() -> Table:
    """Measure visitors in each state, cookies of refused services included."""
    bare, shop = make_shop(), make_shop(policy_of(len(TRACKERS)))
    refused = consent_cookie(shop)
    granted = consent_cookie(shop, "personalisation")
    some = consent_cookie(shop, "google_analytics", "klaviyo", "youtube")
    visitors = {
        "refused": refused,
        "refused, old trackers' cookies held": f"{refused}; {_TRACKED}",
        "three services granted": some,
        "everything granted": granted,
        "not asked yet: the banner is due": "",
    }
    with bare.test_request_context("/products", base_url="https://shop.example"):
        jobs: dict[str, Callable[[], object]] = {
            _RENDER: page,
            _BARE: asks(bare, "/products", BROWSER),
        }
        for name, cookies in visitors.items():
            jobs[name] = asks(shop, "/products", BROWSER, cookies)
        times = in_turns(
            jobs,
            rounds=40,
            calls=3,
        )
        size = len(page().encode())
    rows = [Row(name, micro(middle(times[name]))) for name in (_RENDER, _BARE)]
    for name in visitors:
        cost = extra(times, name, _BARE)
        share = ratio(cost, times[_RENDER])
        target = (f"<= {SHARE:.0%}", share <= SHARE)
        rows.append(Row(f"+ {name}", micro(middle(cost)), f"{share:.1%}", *target))
    title = (
        f"A page of {size / 1000:.0f} KB with twelve trackers: added to rendering it"
    )
    return Table(title, rows)
