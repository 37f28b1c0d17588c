"""What visitors opt out of where tags run until they are refused, right by right.

A banner alone is no way to opt out of a sale (11 CCR 7026(a)(4)): this is a page of its
own, which works without a script and ends what the server does as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .consent import unrefused
from .policy import ESSENTIAL
from .regime import RIGHTS, SENSITIVE, UNSAID
from .shop import current_shop, current_visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .consent import Consent
    from .policy import Policy


def rights_of(consent: Consent) -> list[dict[str, object]]:
    """Get the rights a visitor has here: ``key``, ``opted_out`` and ``services``.

    ``services`` are keys. Where visitors are asked first, all rights are named.
    """
    return [
        {
            "key": right,
            "opted_out": consent.granted.isdisjoint(bearing),
            "services": sorted(bearing & consent.policy.services.keys()),
        }
        for right in consent.regime.rights or RIGHTS
        if (bearing := _bearing_on(consent.policy, [right]))
    ]


def notices_for(consent: Consent) -> tuple[str, ...]:
    """Get what the law has shops post that may sell sensitive data, word for word.

    Texas, Bus. & Com. Code 541.102(b), and Florida, 501.715(2), have it in English.
    """
    selling = _bearing_on(consent.policy, ["sale"])
    sells = selling & _bearing_on(consent.policy, [SENSITIVE])
    return consent.regime.notices if sells else ()


def after_opting_out(opted_out: Iterable[str]) -> frozenset[str]:
    """Get what is granted once the visitor has opted out of these rights, no others.

    What they have to be asked for first isn't granted by leaving a box empty.
    """
    policy, consent = current_shop().policy, current_visit().consent
    offered = unrefused(policy, consent.regime) | consent.granted
    kept = offered - _bearing_on(policy, opted_out)
    return frozenset(key for key in kept if policy.members.get(key, kept) <= kept)


def _bearing_on(policy: Policy, rights: Iterable[str]) -> frozenset[str]:
    """Get the services that these rights end, and groups that have only hooks."""
    wanted = frozenset(rights)
    services = {
        service.key
        for service in policy.services.values()
        if service.group != ESSENTIAL and not wanted.isdisjoint(service.rights)
    }
    if wanted.isdisjoint(UNSAID):
        return frozenset(services)
    lone = {g.key for g in policy.optional_groups if len(policy.members[g.key]) == 1}
    return frozenset(services | lone)
