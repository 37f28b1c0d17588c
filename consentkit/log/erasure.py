"""Erasure: the personal fields of records go, and their leaves stay (GDPR 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, exists, func, or_, select, update

from . import holds, links
from .holds import is_held
from .leaf import PERSONAL
from .tables import records

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection

#: How many records are erased in one go: visitors' decisions wait that long.
AT_ONCE = 1000

# A leaf holds the digest of what goes here, so that a record which isn't sealed
# yet gets the same leaf later as it would have got before.
_ERASURE: Final = update(records).values(dict.fromkeys((*PERSONAL, "salt")))


def erase(connection: Connection, ids: Collection[str], now: datetime) -> int:
    """Get the number of a visitor's records, erased now.

    Those under a hold stay, and are erased when it ends. Links to customers go with
    the last of the visitor's records.

    :param ids: the visitor's consent ids.
    """
    of_visitor = records.c.consent_id.in_(ids)
    number = connection.execute(_ERASURE.where(of_visitor, ~is_held())).rowcount
    left = set(connection.scalars(select(records.c.consent_id).where(of_visitor)))
    gone = [consent_id for consent_id in ids if consent_id not in left]
    holds.ask_later(connection, sorted(left), now)
    holds.forget(connection, gone)
    links.unlink_consent_ids(connection, gone)
    return number


def erase_ended(connection: Connection, ended: ColumnElement[bool]) -> int:
    """Get the number of records erased now, :data:`AT_ONCE` at most.

    :param ended: the condition from :func:`has_ended`.
    """
    # The oldest first: a record shows when its visitor's earlier ones ended.
    some = select(records.c.seq).where(ended).order_by(records.c.seq).limit(AT_ONCE)
    return connection.execute(_ERASURE.where(records.c.seq.in_(some))).rowcount


def count_ended(connection: Connection, ended: ColumnElement[bool]) -> int:
    """Get the number of records that :func:`erase_ended` would erase in the end."""
    query = select(func.count()).select_from(records).where(ended)
    return connection.scalar(query) or 0


def has_ended(moment: datetime, lifetime: timedelta) -> ColumnElement[bool]:
    """Get the condition on a record whose choice had ended at a moment.

    It ends with the visitor's next decision, or when its lifetime has passed. What is
    under a hold is none.
    """
    later = records.alias()
    replaced = exists().where(
        later.c.consent_id == records.c.consent_id,
        later.c.sequence > records.c.sequence,
        later.c.decided_at <= moment,
    )
    expired = records.c.decided_at <= moment - lifetime
    known = records.c.consent_id.is_not(None)
    return and_(known, or_(expired, replaced), ~is_held())
