"""The tally: decisions counted by day, so that an overview needn't count them again.

Each record is counted once, after it is sealed: then none before it can appear any
more, and it never changes in what is counted. Whatever is newer is counted on the fly.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from sqlalchemy import func, select, update

from .day import utc_day
from .tables import leaves, progress, records, tallies
from .upsert import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row

_NAME: Final = "tally"
#: How many records are counted in one go: it takes some hundredths of a second.
AT_ONCE: Final = 20_000
#: The longest value that has a row of its own.
_LONGEST: Final = 100


class Cell(NamedTuple):
    """What is counted together."""

    dimension: str  #: ``decision``, ``surface``, ``language`` or ``key``
    day: str  #: ISO 8601, UTC
    revision: int  #: of the policy
    value: str


class Count(NamedTuple):
    """How many decisions there were, and how many of them granted something.

    For a group's or service's key: how many were about it, and how many granted it.
    """

    decisions: int
    granted: int


Counts: TypeAlias = "dict[Cell, Count]"

_GROUPED: Final = (
    utc_day(records.c.decided_at).label("day"),
    records.c.revision,
    records.c.decision,
    records.c.surface,
    records.c.language,
    records.c.granted,
    records.c.refused,
)


def catch_up(connection: Connection, most: int = AT_ONCE) -> bool:
    """Count sealed records that weren't counted yet; tell whether more are left.

    Belongs into a transaction of its own; any number of processes may do it at once.
    """
    counted = _locked(connection)
    sealed = connection.scalar(
        select(leaves.c.seq).order_by(leaves.c.leaf_index.desc()).limit(1)
    )
    if sealed is None or sealed <= counted:
        return False
    until = min(sealed, counted + most)
    counts = count(connection, counted, until)
    rows = [
        {**cell._asdict(), "decisions": n.decisions, "granted": n.granted}
        for cell, n in counts.items()
    ]
    add_up(connection, tallies, rows, ("decisions", "granted"))
    connection.execute(update(progress).where(_MINE).values(seq=until))
    return bool(until < sealed)


def counted_until(connection: Connection) -> int:
    """Get the place, in the order of arrival, of the last record in the tally."""
    return connection.scalar(select(progress.c.seq).where(_MINE)) or 0


def count(connection: Connection, after: int, until: int) -> Counts:
    """Count records by their place in the order of arrival; the database does it."""
    query = select(*_GROUPED, func.count().label("number"))
    some = query.where(records.c.seq > after, records.c.seq <= until)
    return _added_up(connection.execute(some.group_by(*_GROUPED)))


_MINE: Final = progress.c.name == _NAME


def _locked(connection: Connection) -> int:
    """Get how far the tally is, and keep others from going on with it meanwhile."""
    # Whoever changes the row, be it by nothing, holds it to the end.
    add_up(connection, progress, [{"name": _NAME, "seq": 0}], ("seq",))
    return counted_until(connection)


def _added_up(rows: Iterable[Row[tuple[object, ...]]]) -> Counts:
    found: dict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for cell, granted in _cells(row):
            sums = found[cell]
            sums[0] += row.number
            sums[1] += row.number if granted else 0
    return {cell: Count(*sums) for cell, sums in found.items()}


def _cells(row: Row[tuple[object, ...]]) -> Iterator[tuple[Cell, bool]]:
    for dimension in ("decision", "surface", "language"):
        value = getattr(row, dimension)
        yield Cell(dimension, row.day, row.revision, value), bool(row.granted)
    for keys, granted in ((row.granted, True), (row.refused, False)):
        for key in keys:
            yield Cell("key", row.day, row.revision, key[:_LONGEST]), granted
