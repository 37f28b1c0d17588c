"""Events: how often something was withheld or seen, by day, and of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from sqlalchemy import func, select

from .tables import events
from .upsert import add_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

#: Withheld tags and cookies by service, hooks by key; hosts that nothing declares.
EventKind = Literal["tag", "cookie", "hook", "host", "page"]

#: So many names of a kind have counters of their own on a day. Browsers' reports
#: name hosts, and anybody can send reports.
MOST_NAMES: Final = 500
#: Stands for all the others.
OTHERS: Final = "*"
_LONGEST: Final = 253


class Event(NamedTuple):
    """What is counted together."""

    kind: EventKind
    day: str  #: ISO 8601, UTC
    name: str


def add(connection: Connection, counts: Mapping[Event, int]) -> None:
    """Add to the counters."""
    sums: dict[Event, int] = {}
    for event, number in counts.items():
        name = event.name.encode("utf-8", "replace").decode().replace("\0", "?")
        named = event._replace(name=name[:_LONGEST])
        sums[named] = sums.get(named, 0) + number
    for kind, day in sorted({(event.kind, event.day) for event in sums}):
        known = _names(connection, kind, day)
        of_day = {e: n for e, n in sums.items() if (e.kind, e.day) == (kind, day)}
        _add_of_day(connection, of_day, known)


def totals(connection: Connection, kind: EventKind, since: str) -> dict[str, int]:
    """Get the sums by name from a day on, the largest first, twenty at most."""
    number = func.sum(events.c.number).label("number")
    query = (
        select(events.c.name, number)
        .where(events.c.kind == kind, events.c.day >= since)
        .group_by(events.c.name)
        .order_by(number.desc(), events.c.name)
        .limit(_SHOWN)
    )
    return {name: int(n) for name, n in connection.execute(query)}


_SHOWN: Final = 20


def _names(connection: Connection, kind: str, day: str) -> set[str]:
    query = select(events.c.name).where(events.c.kind == kind, events.c.day == day)
    return set(connection.scalars(query))


def _add_of_day(
    connection: Connection, counts: Mapping[Event, int], known: set[str]
) -> None:
    rows: dict[str, int] = {}
    for event, number in counts.items():
        name = event.name
        if name not in known and len(known) >= MOST_NAMES:
            name = OTHERS
        known.add(name)
        rows[name] = rows.get(name, 0) + number
    first = next(iter(counts))
    day = {"kind": first.kind, "day": first.day}
    values = [day | {"name": name, "number": number} for name, number in rows.items()]
    add_up(connection, events, values, ("number",))
