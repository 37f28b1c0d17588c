"""What the middleware adds to an answer that is no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.storefront import TRACKERS, make_shop, policy_of
from tests.benchmarks.tables import Row, Table, micro
from tests.benchmarks.timing import extra, in_turns, middle, quiet, ratio
from tests.benchmarks.visitor import SCRIPT, asks, consent_cookie

if TYPE_CHECKING:
    from tests.benchmarks.timing import Times

ADDED, TIMES = 40, 1.4
_BARE = "without ConsentKit"


def run() -> Table:
    """Measure against the same shop without ConsentKit, the same cookies sent."""
    bare, shop = make_shop(), make_shop(policy_of(len(TRACKERS)))
    session = "session=eyJiYXNrZXQiOjd9.aSIxYg.d0p1dTd4; basket=5"
    visitors = {
        "no cookies": "",
        "refused": f"{consent_cookie(shop)}; {session}",
        "everything granted": f"{consent_cookie(shop, 'personalisation')}; {session}",
    }
    rows: list[Row] = []
    for name, cookies in visitors.items():
        times = in_turns(
            {
                _BARE: asks(bare, "/api/basket", SCRIPT, cookies),
                name: asks(shop, "/api/basket", SCRIPT, cookies),
            },
            rounds=150,
            calls=40,
        )
        rows += _rows(name, times)
    return Table("A JSON response: added to what Flask takes for it", rows)


def _rows(name: str, times: Times) -> list[Row]:
    factor = ratio(times[name], times[_BARE])
    added = quiet(times[name]) - quiet(times[_BARE])
    more = micro(middle(extra(times, name, _BARE)))
    return [
        Row(f"{_BARE}: {name}", micro(middle(times[_BARE]))),
        Row(f"+ {name}", more, f"{factor:.2f} x", f"<= {TIMES} x", factor <= TIMES),
        Row(
            f"+ {name}, quiet rounds",
            micro(added),
            "",
            f"<= {ADDED} us",
            added <= ADDED,
        ),
    ]
