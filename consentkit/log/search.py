"""Search: records by conditions, page by page, the newest first.

A page begins where the one before ended, by key. What no index finds is looked for in
so many records at a time, so that a page takes as long in a log of ten million records
as in one of ten thousand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, not_, select

from .append import COLUMNS, as_record
from .selection import Selection
from .tables import records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from .record import Record

PAGE: Final = 50
#: How many records a page looks through at most.
WINDOW: Final = 10_000
_GLANCE: Final = 500


class Place(NamedTuple):
    """A record's place among all, by time and then by arrival."""

    decided_at: datetime
    seq: int


class Found(NamedTuple):
    """One page of records."""

    records: list[Record]
    next: Place | None  #: where the next page begins; none at the end


def find(
    connection: Connection, selection: Selection, before: Place | None = None
) -> Found:
    """Get a page of the selected records; it can be short and have a next one."""
    indexed, rest = _split(selection)
    window = (
        select(records.c.seq, records.c.decided_at)
        .where(*indexed.conditions())
        .order_by(records.c.decided_at.desc(), records.c.seq.desc())
    )
    if before is not None:
        window = window.where(*_after(before))
    conditions = list(rest.conditions())
    if conditions:
        # What is common is soon found.
        found = _within(connection, window, conditions, min(_GLANCE, WINDOW))
        if len(found.records) < PAGE:
            found = _within(connection, window, conditions, WINDOW)
        return found
    rows = connection.execute(
        window.with_only_columns(records.c.seq, *COLUMNS).limit(PAGE + 1)
    )
    return _found(rows.mappings().all(), None)


def _split(selection: Selection) -> tuple[Selection, Selection]:
    """Get the conditions that one index finds, and the others."""
    nothing = dict.fromkeys(("revision", "granted"))
    if selection.consent_ids is not None or selection.consent_id is not None:
        return selection, Selection()
    if selection.decision is None:
        nothing = dict.fromkeys(("granted",))
    rest = Selection(**{name: getattr(selection, name) for name in nothing})
    return replace(selection, **nothing), rest


def _after(place: Place) -> list[ColumnElement[bool]]:
    at, seq = records.c.decided_at, records.c.seq
    # The first condition is what an index can begin with.
    same = and_(at == place.decided_at, seq >= place.seq)
    return [at <= place.decided_at, not_(same)]


def _within(
    connection: Connection,
    window: Select[Any],
    conditions: list[ColumnElement[bool]],
    size: int,
) -> Found:
    """Get what meets conditions among the first records of a window."""
    some = window.limit(size).subquery()
    query = (
        select(records.c.seq, *COLUMNS)
        .join_from(some, records, records.c.seq == some.c.seq)
        .where(*conditions)
        .order_by(some.c.decided_at.desc(), some.c.seq.desc())
        .limit(PAGE + 1)
    )
    rows = connection.execute(query).mappings().all()
    last = connection.execute(window.offset(size - 1).limit(1)).first()
    return _found(rows, Place(last.decided_at, last.seq) if last else None)


def _found(rows: Sequence[RowMapping], end: Place | None) -> Found:
    """Get the page; it goes on after its last record, or else after the window."""
    shown = rows[:PAGE]
    if len(rows) > PAGE:
        end = Place(shown[-1]["decided_at"], shown[-1]["seq"])
    return Found([as_record(row) for row in shown], end)
