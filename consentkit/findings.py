"""Undeclared third parties: what pages and browsers tell of, passed on and logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from . import catalogue, signals
from .enforce.matcher import matcher_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from .counters import Counters
    from .enforce.visit import Environ
    from .policy import Policy

_LOGGER: Final = logging.getLogger("consentkit")
_MOST_LOGGED: Final = 1000


class Findings:
    """Tells listeners of undeclared third parties; logs each host once."""

    def __init__(self, app: Flask, policy: Policy, counters: Counters) -> None:
        self._app = app
        self._counters = counters
        self._matcher = matcher_for(policy)
        self._logged: set[str] = set()

    def tell(self, environ: Environ, hosts: Iterable[str]) -> None:
        """Pass hosts on that nothing declares."""
        hosts = tuple(hosts)
        self._counters.count("host", hosts)
        signals.tell(signals.undeclared_seen, self._app, hosts=hosts, environ=environ)
        for host in hosts:
            if host not in self._logged and len(self._logged) < _MOST_LOGGED:
                self._logged.add(host)
                _LOGGER.warning("pages load from %s, %s", host, self._remedy(host))

    def undeclared(self, host: str, page_host: str) -> bool:
        """Tell whether the policy says nothing of a host: no service, not its own."""
        if self._matcher.is_own(host, page_host):
            return False
        return self._matcher.policy.services.keys().isdisjoint(
            self._matcher.claim_host(host)
        )

    def _remedy(self, host: str) -> str:
        known = catalogue.services()
        for key in self._matcher.claim_host(host):
            if key in known:
                return f"which the policy doesn't name: declare [services.{key}]"
        return (
            "which neither the policy nor the catalogue knows: declare it as a "
            "service, or under [site] hosts"
        )
