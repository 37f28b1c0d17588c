"""Customers: whoever logs in takes their consent, and their opt-out, along."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from flask import after_this_request, request

from .decisions import carry_out, set_cookie
from .errors import LogUnavailable
from .log import links
from .rendering import negotiated_notice
from .shop import current_shop, current_visit

_LOGGER: Final = logging.getLogger("consentkit")


def link(reference: str) -> bool:
    """Tell whether the current visitor's consent id is now tied to a customer.

    A login never fails for it: without the log there is no link.
    """
    shop, visit = current_shop(), current_visit()
    customers, now = shop.customers.hashes(reference), datetime.now(UTC)
    try:
        with shop.log.writing() as connection:
            if visit.consent.opted_out and visit.consent.gpc:
                links.note_opt_out(connection, customers, now)
            opted_out_at = links.opted_out_at(connection, customers)
        if opted_out_at is not None:
            _opt_out(opted_out_at)
        if visit.decision is None:
            return False
        with shop.log.writing() as connection:
            links.link(connection, customers, visit.decision.id, now)
    except LogUnavailable:
        _LOGGER.exception("a login isn't linked to the visitor's consent")
        return False
    return True


def _opt_out(moment: datetime) -> None:
    """End what was granted before the customer's opt-out, or that nobody asked for.

    Where the customer is known, the signal of one browser binds the person, not only
    that browser (11 CCR 7025(c)(1)). A later grant stays: it is their newest word.
    """
    visit = current_visit()
    decided_at = visit.consent.decided_at
    is_newer = decided_at is not None and decided_at > moment
    if is_newer or not visit.consent.granted:
        return
    carry_out(
        "gpc",
        frozenset(),
        surface="gpc",
        notice=negotiated_notice(),
        path=request.path,
    )
    after_this_request(set_cookie)
