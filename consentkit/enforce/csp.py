"""The content security policy that follows from a consent.

It stands for the scanner where a body can't be read: browsers fetch nothing from
hosts outside it (CSP Level 3). Added as a header of its own, it never loosens the
app's policy, because browsers enforce all they get.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .matcher import Matcher


def policy_for(matcher: Matcher, allowed: frozenset[str]) -> str:
    """Get the value that allows the shop's own hosts and those of allowed services.

    Inline code is the business of the app's own policy, so this one lets it be.
    """
    hosts = dict.fromkeys(matcher.policy.own_hosts)
    for service in matcher.policy.services.values():
        if service.key in allowed:
            hosts |= dict.fromkeys(rule.host for rule in service.hosts if rule.host)
    sources = [source for host in hosts for source in (host, f"*.{host}")]
    own = "'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
    return " ".join(["default-src", own, *sources])
