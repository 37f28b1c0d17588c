"""Accesses: which auditor looked at what, and when. Rows are only added."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from .tables import accesses

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_LONGEST_NAME, _LONGEST_DETAIL = 200, 200


class Access(NamedTuple):
    """One page that an auditor opened."""

    at: datetime
    who: str
    via: str  #: ``link`` or ``shop``
    page: str
    detail: str = ""  #: a record's id, or the names of conditions; no personal data


def note_access(connection: Connection, access: Access) -> None:
    """Store that somebody looks at the log."""
    row = access._asdict()
    row["who"] = _storable(access.who)[:_LONGEST_NAME]
    row["detail"] = _storable(access.detail)[:_LONGEST_DETAIL]
    connection.execute(insert(accesses), row)


def latest_accesses(
    connection: Connection, number: int, before: int | None = None
) -> list[tuple[int, Access]]:
    """Get accesses with their numbers, the newest first.

    :param before: the number of the last one of the page before.
    """
    columns = [accesses.c[name] for name in Access._fields]
    query = select(accesses.c.seq, *columns).order_by(accesses.c.seq.desc())
    if before is not None:
        query = query.where(accesses.c.seq < before)
    rows = connection.execute(query.limit(number))
    return [(seq, Access(*values)) for seq, *values in rows]


def _storable(text: str) -> str:
    """Get a text that any database takes: no lone surrogates, no zeros."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
