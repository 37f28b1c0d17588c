"""A guardian's authorisation: what lets a child's browser load more than essentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import after_this_request, request

from .decisions import carry_out, set_cookie
from .rendering import negotiated_notice
from .shop import current_shop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .log import Record


def authorise(keys: Iterable[str]) -> Record | None:
    """Get the record of what a guardian allows the current visitor (GDPR 8(1)).

    To be called in the child's own request, once the shop has made sure that a guardian
    agrees, with reasonable efforts as article 8(2) has it. Without keys it ends what a
    guardian allowed; that may go without a record.

    :raises UnknownKey: if a key is neither group, alias nor service.
    :raises LogUnavailable: if something would be granted without a record.
    """
    outcome = carry_out(
        "guardian",
        current_shop().policy.expand(keys),
        surface="guardian",
        notice=negotiated_notice(),
        path=request.path,
    )
    after_this_request(set_cookie)
    return outcome.record
