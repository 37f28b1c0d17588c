"""Links: which consent ids a shop's customer has, by a keyed hash of the customer.

The reference itself isn't stored: a copy of the log without the shop's secret tells
nobody who its customers are (GDPR 25, 32).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, exists, func, insert, or_, select

from .tables import links, records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_PURPOSE: Final = b"consentkit.customer"
_LOGIN, _GPC = "login", "gpc"


class CustomerKeys:
    """Turns references of customers into what the log stores of them.

    :param keys: the shop's secrets, oldest first; all find, the last one writes.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [hmac.digest(k.encode(), _PURPOSE, "sha256") for k in keys]

    def hashes(self, reference: str) -> tuple[str, ...]:
        """Get all hashes that a reference may be stored under, the newest key's first.

        :param reference: such as the primary key of the customer, as text.
        """
        data = reference.encode("utf-8", "surrogatepass")
        return tuple(
            hmac.digest(key, data, "sha256").hex() for key in reversed(self._keys)
        )


def link(
    connection: Connection, customers: Sequence[str], consent_id: str, now: datetime
) -> bool:
    """Tell whether a consent id is tied to a customer only now.

    :param customers: from :meth:`CustomerKeys.hashes`; the first one is written.
    """
    row = {
        "kind": _LOGIN,
        "customer": customers[0],
        "consent_id": consent_id,
        "linked_at": now,
    }
    known = exists().where(
        links.c.customer == customers[0], links.c.consent_id == consent_id
    )
    if connection.scalar(select(known)):
        return False
    connection.execute(insert(links), row)
    return True


def consent_ids(connection: Connection, customers: Sequence[str]) -> tuple[str, ...]:
    """Get the consent ids that are tied to a customer, the first one first."""
    query = select(links.c.consent_id).where(
        links.c.customer.in_(customers), links.c.kind == _LOGIN
    )
    found = connection.scalars(query.order_by(links.c.seq))
    return tuple(dict.fromkeys(str(consent_id) for consent_id in found))


def note_opt_out(
    connection: Connection, customers: Sequence[str], now: datetime
) -> bool:
    """Tell whether a customer's opt-out by Global Privacy Control is stored now.

    It isn't stored again until the customer has decided anew.
    """
    earlier = opted_out_at(connection, customers)
    if earlier and not _decided_since(connection, customers, earlier):
        return False
    row = {"kind": _GPC, "customer": customers[0], "linked_at": now}
    connection.execute(insert(links), row)
    return True


def opted_out_at(connection: Connection, customers: Sequence[str]) -> datetime | None:
    """Get when a customer's browser last sent Global Privacy Control, none if never."""
    query = select(links.c.linked_at).where(
        links.c.customer.in_(customers), links.c.kind == _GPC
    )
    return connection.scalar(query.order_by(links.c.linked_at.desc()).limit(1))


def _decided_since(
    connection: Connection, customers: Sequence[str], moment: datetime
) -> bool:
    ids = consent_ids(connection, customers)
    found = exists().where(records.c.consent_id.in_(ids), records.c.decided_at > moment)
    return bool(connection.scalar(select(found)))


def unlink(connection: Connection, customers: Sequence[str]) -> None:
    """Erase a customer's links, but those of records that stay, under a hold."""
    mine = links.c.customer.in_(customers)
    connection.execute(delete(links).where(mine, ~_has_records()))


def unlink_consent_ids(connection: Connection, ids: Sequence[str]) -> None:
    """Erase the links of visitors, but those of records that stay."""
    connection.execute(
        delete(links).where(links.c.consent_id.in_(ids), ~_has_records())
    )


def unlink_ended(connection: Connection, moment: datetime) -> None:
    """Erase links whose records are all erased, and opt-outs of before a moment."""
    login = and_(links.c.kind == _LOGIN, ~_has_records())
    opt_out = and_(links.c.kind == _GPC, links.c.linked_at <= moment)
    connection.execute(delete(links).where(or_(login, opt_out)))


def count_customers(connection: Connection, ids: Sequence[str]) -> int:
    """Get the number of customers' hashes to which consent ids are tied."""
    query = select(func.count(links.c.customer.distinct()))
    return connection.scalar(query.where(links.c.consent_id.in_(ids))) or 0


def _has_records() -> ColumnElement[bool]:
    return exists().where(records.c.consent_id == links.c.consent_id)
