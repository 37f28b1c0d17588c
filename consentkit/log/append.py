"""Appending: a decision becomes a record, once, whoever else decides just now."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import bindparam, exists, insert, literal, select, true
from sqlalchemy.exc import DBAPIError, IntegrityError

from consentkit.canonical import canonical

from .leaf import PERSONAL
from .record import FIELDS, Draft, Record
from .tables import notices, records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from .database import Database

#: A visitor who must decide again, and decides as before, has decided anew; within
#: this time it is a double click or a retry.
RETRY_WITHIN: Final = timedelta(minutes=10)

#: What two decisions of a visitor have in common if the second changes nothing.
_MEANING: Final = ("decision", "granted", "refused", "fingerprint", "revision", "gpc")

#: How often the same visitor's simultaneous decisions may come between one.
_ATTEMPTS: Final = 50

COLUMNS: Final = [records.c[name] for name in FIELDS]

_DRAFT_FIELDS: Final = [field.name for field in fields(Draft)]

_STORE_NOTICE: Final = insert(notices).from_select(
    [column.name for column in notices.c],
    select(*(bindparam(c.name, type_=c.type) for c in notices.c)).where(
        ~exists().where(notices.c.hash == bindparam("hash"))
    ),
)

# Nobody asks for the number that the row gets.
_STORE_RECORD: Final = insert(records).inline()

_LATEST: Final = (
    select(*COLUMNS)
    .where(records.c.consent_id == bindparam("consent_id"))
    .order_by(records.c.sequence.desc())
    .limit(1)
)

_BY_ID: Final = select(*COLUMNS).where(records.c.id == bindparam("id"))


class Appender:
    """Appends to one log. It remembers which notices the log has already."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._select_latest = _entering(database.entrance())
        self._stored: dict[str, Mapping[str, object]] = {}

    def append(self, draft: Draft, notice: Mapping[str, object]) -> Record:
        """Get the record of a decision, see :meth:`.store.ConsentLog.append`."""
        with self._database.available():
            record = self._append_at_last(draft, notice)
        self._stored[draft.notice_hash] = notice
        return record

    def _append_at_last(self, draft: Draft, notice: Mapping[str, object]) -> Record:
        record_id, was_lost = str(uuid4()), False
        for attempt in range(_ATTEMPTS):
            try:
                return self._append_once(draft, notice, record_id, again=attempt > 0)
            except IntegrityError:
                self._stored.pop(draft.notice_hash, None)
                if attempt == _ATTEMPTS - 1:
                    raise
            except DBAPIError as error:
                # A server that was restarted has closed the pool's connections. One
                # that is down says so at the second attempt.
                if was_lost or not error.connection_invalidated:
                    raise
                was_lost = True
        raise AssertionError("unreachable")

    def _append_once(
        self,
        draft: Draft,
        notice: Mapping[str, object],
        record_id: str,
        *,
        again: bool,
    ) -> Record:
        database = self._database
        with database.appending() as connection:
            # Where the lock is taken late, a change comes first: who has read what
            # another changes meanwhile can't write any more.
            if not database.locks_first:
                self._store_notice(connection, draft, notice, self._clock())
            latest = self._latest(connection, draft.consent_id)
            now = self._clock()
            if again and (mine := _one(connection, _BY_ID, {"id": record_id})):
                return mine  # it was stored, and only the answer was lost
            if latest is not None and _repeats(draft, latest, now):
                connection.rollback()
                return latest
            if database.locks_first:
                self._store_notice(connection, draft, notice, now)
            sequence = latest.sequence + 1 if latest else 1
            record = _proved(draft, record_id, now, sequence)
            connection.execute(_STORE_RECORD, {n: getattr(record, n) for n in FIELDS})
        return record

    def _latest(self, connection: Connection, consent_id: str) -> Record | None:
        """Get the visitor's latest record, and enter the log for writing."""
        return _one(connection, self._select_latest, {"consent_id": consent_id})

    def _store_notice(
        self,
        connection: Connection,
        draft: Draft,
        notice: Mapping[str, object],
        now: datetime,
    ) -> None:
        is_stored = self._stored.get(draft.notice_hash) is notice
        if is_stored and self._database.locks_first:
            return
        row = {
            "hash": draft.notice_hash,
            "language": draft.language,
            "content": _content(draft, notice),
            "first_shown_at": now,
        }
        connection.execute(_STORE_NOTICE, row)


def as_record(row: RowMapping) -> Record:
    """Get a record from its row; erased fields are empty texts wherever it is read."""
    values: dict[str, Any] = {name: row[name] for name in FIELDS}
    return Record(**values | {name: values[name] or "" for name in PERSONAL})


def _content(draft: Draft, notice: Mapping[str, object]) -> str:
    content = canonical(notice)
    if sha256(content.encode()).hexdigest() != draft.notice_hash:
        raise ValueError(f"the notice's hash isn't {draft.notice_hash}")
    return content


def _entering(entrance: Sequence[ColumnElement[object]]) -> Select[Any]:
    """Get the query for a visitor's latest record, which also takes the locks."""
    if not entrance:
        return _LATEST
    # One row whether there is a record or not, so that the locks are taken once.
    latest, once = _LATEST.subquery(), select(literal(1)).subquery()
    return select(*latest.c, *entrance).select_from(once.outerjoin(latest, true()))


def _one(
    connection: Connection, query: Select[Any], values: Mapping[str, object]
) -> Record | None:
    row = connection.execute(query, values).mappings().first()
    return as_record(row) if row and row["id"] else None


def _proved(draft: Draft, record_id: str, now: datetime, sequence: int) -> Record:
    given = {name: getattr(draft, name) for name in _DRAFT_FIELDS}
    return Record(id=record_id, decided_at=now, sequence=sequence, **given)


def _repeats(draft: Draft, latest: Record, now: datetime) -> bool:
    """Tell whether the visitor's latest record already proves this decision."""
    if any(getattr(draft, name) != getattr(latest, name) for name in _MEANING):
        return False
    if draft.previous_decided and draft.previous_granted == latest.granted:
        return True
    # Sent twice, it comes twice from the same state. From any other state a refusal
    # came between that the log couldn't take.
    is_sent_again = (draft.previous_decided, draft.previous_granted) == (
        latest.previous_decided,
        latest.previous_granted,
    )
    return is_sent_again and now - latest.decided_at < RETRY_WITHIN
