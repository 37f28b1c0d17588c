"""Which service an address or an inline script belongs to.

Hosts are found by suffix in one dictionary: the cost of an address depends on its
number of labels, not on the number of services.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from consentkit import catalogue
from consentkit.policy import ESSENTIAL

from . import compiled
from .marks import InlineIndex
from .rules import HostRules, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from consentkit.policy import Policy, Service

    from .urls import Address


class Matcher:
    """Claims addresses and inline scripts for the services of a policy.

    Services of the catalogue that the policy doesn't name are claimed as well; they
    follow the group that the catalogue puts them in.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        known = catalogue.services()
        self.undeclared = {k: s for k, s in known.items() if k not in policy.services}
        self.services: Mapping[str, Service] = {**self.undeclared, **policy.services}
        self._hosts = _index(self.services, frozenset(policy.services))
        self._own = self._hosts.pop("", None)
        self._inline = InlineIndex(
            (service.key, mark)
            for service in self.services.values()
            for mark in service.inline
        )
        self._own_hosts = frozenset(host.lower() for host in policy.own_hosts)

    def claim(self, address: Address, page_host: str) -> str | None:
        """Get the service that an address belongs to; the longest rule wins."""
        for host in suffixes(address.host):
            rules = self._hosts.get(host)
            if rules and (service := rules.service(address)):
                return service
        if self._own and self.is_own(address.host, page_host):
            return self._own.service(address)
        return None

    @lru_cache(maxsize=1024)  # noqa: B019  a matcher lives as long as its policy
    def claim_host(self, host: str) -> tuple[str, ...]:
        """Get all services of a host, whatever the path: for connection hints."""
        return tuple(
            {
                rule.service: None
                for suffix in suffixes(host)
                if (rules := self._hosts.get(suffix))
                for rule in rules.all
            }
        )

    @lru_cache(maxsize=1024)  # noqa: B019  a matcher lives as long as its policy
    def services_on(self, host: str) -> frozenset[str]:
        """Get all services that may have an address on a host, as code names it."""
        found = self.claim_host(host)
        if self._own and host and self.is_own(host, ""):
            found += tuple(rule.service for rule in self._own.all)
        return frozenset(found)

    def claim_inline(self, script: str) -> frozenset[str]:
        """Get the services that an inline script would load."""
        return self._inline.services(script)

    def is_own(self, host: str, page_host: str) -> bool:
        """Tell whether a host is the shop's, by the page or by the policy."""
        return host == page_host or any(s in self._own_hosts for s in suffixes(host))

    def claims_any_path(self, host: str) -> bool:
        """Tell whether a service may be found on a host, whatever the path."""
        return any(suffix in self._hosts for suffix in suffixes(host))

    @cached_property
    def claims(self) -> compiled.Claims | None:
        """All of this, as compiled code takes it."""
        if compiled.claims is None:
            return None
        keys = tuple(sorted(self.services))
        numbers = {key: number for number, key in enumerate(keys)}
        own = {"": self._own} if self._own else {}
        hosts = (
            rules.compiled(host, numbers)
            for host, rules in {**self._hosts, **own}.items()
        )
        return compiled.claims(
            keys,
            self._inline.compiled(numbers),
            tuple(hosts),
            tuple(host.encode() for host in self._own_hosts),
        )

    @cached_property
    def own_words(self) -> frozenset[bytes] | None:
        """The words of services on the shop's own host (:attr:`.HostRules.words`)."""
        return self._own.words if self._own else frozenset()

    @lru_cache(maxsize=1024)  # noqa: B019  a matcher lives as long as its policy
    def is_free_path(self, path: str) -> bool:
        """Tell for sure that no service lies at a path of the shop's own host."""
        return self._own is None or self._own.is_free(path)

    @lru_cache(maxsize=1024)  # noqa: B019  a matcher lives as long as its policy
    def allowed(self, granted: frozenset[str]) -> frozenset[str]:
        """Get the services that may load for a visitor who granted these keys."""
        keys = self.policy.expand(key for key in granted if key in self.policy.optional)
        return frozenset(
            service.key
            for service in self.services.values()
            if service.group == ESSENTIAL
            or service.key in keys
            or (service.key in self.undeclared and service.group in keys)
        )


@lru_cache(maxsize=16)
def matcher_for(policy: Policy) -> Matcher:
    """Get the matcher of a policy, made once."""
    return Matcher(policy)


def suffixes(host: str) -> Iterator[str]:
    """Get a host and its parent domains, the longest first."""
    while host:
        yield host
        _, _, host = host.partition(".")


def _index(
    services: Mapping[str, Service], declared: frozenset[str]
) -> dict[str, HostRules]:
    """Get the rules by host, the most specific first, the policy's before others."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for service in services.values():
        for host in service.hosts:
            found[_fixed_suffix(host.host)].append(Rule.of(service.key, host))
    return {
        host: HostRules(
            sorted(
                rules,
                key=lambda r: (-len(r.path), -len(r.query), r.service not in declared),
            )
        )
        for host, rules in found.items()
    }


def _fixed_suffix(host: str) -> str:
    """Get the part of a host after its last label with a wild card."""
    return host.rpartition("*")[2].partition(".")[2] if "*" in host else host
