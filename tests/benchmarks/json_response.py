"""What the middleware adds to an answer that is no page."""

from __future__ import annotations

from storefront import TRACKERS, make_shop, policy_of
from tables import Row, Table, micro
from timing import extra, in_turns, middle, ratio
from visitor import SCRIPT, asks, consent_cookie

ADDED, TIMES = 40.0, 1.4
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
    rows = []
    for name, cookies in visitors.items():
        times = in_turns(
            {
                _BARE: asks(bare, "/api/basket", SCRIPT, cookies),
                name: asks(shop, "/api/basket", SCRIPT, cookies),
            },
            rounds=150,
            calls=40,
        )
        added = middle(extra(times, name, _BARE))
        times_bare = ratio(times[name], times[_BARE])
        met = added <= ADDED and times_bare <= TIMES
        rows += [
            Row(f"{_BARE}: {name}", micro(middle(times[_BARE]))),
            Row(
                f"+ {name}",
                micro(added),
                f"{times_bare:.2f} x",
                f"<= {ADDED:.0f} us and {TIMES} x",
                met,
            ),
        ]
    return Table("A JSON response: added to what Flask takes for it", rows)
