"""Legal hold: records that a claim needs aren't erased meanwhile (GDPR 17(3)(e)).

Holds are rows that are only added: one that begins a hold, one that ends it, and one
for each erasure that somebody asked for in between, which is carried out at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import and_, exists, func, insert, or_, select, update

from consentkit.errors import ConsentError

from .tables import holds, records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_HOLD, _RELEASE, _ERASURE = "hold", "release", "erasure"
#: Stands for a consent id that was erased from a hold that has ended.
_ERASED: Final = ""


class UnknownHold(ConsentError):  # noqa: N818  states what it is
    """No hold has this id, or it was released before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which records are held: those for which all of it is true."""

    consent_ids: tuple[str, ...] = ()  #: of anybody if empty
    since: datetime | None = None  #: decided then or later
    until: datetime | None = None  #: decided before


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as it was placed and, perhaps, released."""

    id: str
    placed_at: datetime
    who: str
    reason: str
    scope: Scope
    released_at: datetime | None = None
    released_by: str = ""
    release_reason: str = ""


def place(
    connection: Connection, scope: Scope, *, who: str, reason: str, now: datetime
) -> str:
    """Get the id of a new hold."""
    hold_id = str(uuid4())
    row = _row(hold_id, _HOLD, who, reason, now)
    limits = {"since": scope.since, "until": scope.until}
    ids = scope.consent_ids or (None,)
    connection.execute(insert(holds), [row | limits | {"consent_id": i} for i in ids])
    return hold_id


def release(
    connection: Connection, hold_id: str, *, who: str, reason: str, now: datetime
) -> tuple[str, ...]:
    """Get the consent ids whose erasure was asked for while records were held.

    :raises UnknownHold: if there is nothing to release.
    """
    held = next((hold for hold in listed(connection) if hold.id == hold_id), None)
    if held is None or held.released_at is not None:
        raise UnknownHold(f"no hold is in force with the id {hold_id}")
    row = _row(hold_id, _RELEASE, who, reason, now)
    connection.execute(insert(holds), row)
    return _asked_for(connection)


def listed(connection: Connection) -> list[Hold]:
    """Get all holds, the first one first."""
    found: dict[str, Hold] = {}
    query = select(holds).where(holds.c.action == _HOLD).order_by(holds.c.seq)
    releases = {
        row.hold_id: row
        for row in connection.execute(select(holds).where(holds.c.action == _RELEASE))
    }
    for row in connection.execute(query):
        earlier = found.get(row.hold_id)
        ids = earlier.scope.consent_ids if earlier else ()
        scope = Scope(
            consent_ids=ids if row.consent_id is None else (*ids, row.consent_id),
            since=row.since,
            until=row.until,
        )
        end = releases.get(row.hold_id)
        found[row.hold_id] = Hold(
            id=row.hold_id,
            placed_at=row.at,
            who=row.who,
            reason=row.reason,
            scope=scope,
            released_at=end.at if end else None,
            released_by=end.who if end else "",
            release_reason=end.reason if end else "",
        )
    return list(found.values())


def is_held() -> ColumnElement[bool]:
    """Get the condition on a record that some hold keeps."""
    ends = holds.alias("ends")
    released = exists().where(
        ends.c.hold_id == holds.c.hold_id, ends.c.action == _RELEASE
    )
    return exists().where(
        holds.c.action == _HOLD,
        ~released,
        or_(holds.c.consent_id.is_(None), holds.c.consent_id == records.c.consent_id),
        or_(holds.c.since.is_(None), holds.c.since <= records.c.decided_at),
        or_(holds.c.until.is_(None), holds.c.until > records.c.decided_at),
    )


def count_held(connection: Connection, ids: Sequence[str]) -> int:
    """Get the number of visitors' records that are held."""
    query = select(func.count()).select_from(records)
    query = query.where(records.c.consent_id.in_(ids), is_held())
    return connection.scalar(query) or 0


def ask_later(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Note that visitors have asked for an erasure that a hold prevents."""
    new = sorted(set(ids) - set(_asked_for(connection)))
    row = _row("", _ERASURE, "", "asked for while a hold was in force", now)
    if new:
        connection.execute(insert(holds), [row | {"consent_id": i} for i in new])


def forget(connection: Connection, ids: Sequence[str]) -> None:
    """Erase visitors from holds that have ended, and from what they asked for."""
    ends = holds.alias("ends")
    over = or_(
        holds.c.action != _HOLD,
        exists().where(ends.c.hold_id == holds.c.hold_id, ends.c.action == _RELEASE),
    )
    emptied = update(holds).values(consent_id=_ERASED)
    connection.execute(emptied.where(and_(holds.c.consent_id.in_(ids), over)))


def _asked_for(connection: Connection) -> tuple[str, ...]:
    query = select(holds.c.consent_id).where(
        holds.c.action == _ERASURE, holds.c.consent_id != _ERASED
    )
    return tuple(dict.fromkeys(map(str, connection.scalars(query))))


def _row(
    hold_id: str, action: str, who: str, reason: str, now: datetime
) -> dict[str, object]:
    return {
        "hold_id": hold_id,
        "action": action,
        "at": now,
        "who": who,
        "reason": reason,
    }
