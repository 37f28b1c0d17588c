"""What a policy may say, but what leaves visitors or regulators with a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import catalogue
from .policy import ESSENTIAL
from .policy_checks import LONGEST_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .policy import Policy, Service


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that would better be said, or said otherwise."""

    path: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.remedy}"


def remarks(policy: Policy) -> Iterator[Remark]:
    """Get everything about a valid policy that deserves a second look."""
    if not policy.notice.privacy_policy:
        yield Remark("notice.privacy_policy", "link the page that explains it all")
    if not policy.notice.address:
        yield Remark("notice.address", "give the address for letters: receipts name it")
    for service in policy.services.values():
        yield from _about(service)
    yield from _known_hosts(policy)
    for hook in policy.hooks.values():
        if not hook.purpose:
            yield Remark(f"hooks.{hook.key}.purpose", "tell visitors what it does")


def _about(service: Service) -> Iterator[Remark]:
    path = f"services.{service.key}"
    if not service.privacy_url and (service.provider or service.hosts):
        yield Remark(f"{path}.privacy_url", "link the provider's privacy policy")
    if not service.purpose:
        yield Remark(f"{path}.purpose", "tell visitors what it is for")
    for cookie in service.cookies:
        lifetime = cookie.lifetime
        if lifetime and lifetime > LONGEST_LIFETIME and service.group != ESSENTIAL:
            remedy = (
                f"{cookie.name} is documented to stay {lifetime.days} days, and "
                f"regulators accept 395: shorten it in the settings of {service.name}"
            )
            yield Remark(f"{path}.cookies", remedy)


def _known_hosts(policy: Policy) -> Iterator[Remark]:
    """Find addresses of services that the catalogue knows better."""
    ready_made = catalogue.services()
    owners = {rule: key for key, known in ready_made.items() for rule in known.hosts}
    for service in policy.services.values():
        for rule in service.hosts if service.key not in ready_made else ():
            if rule in owners:
                remedy = f"{rule.host} is {owners[rule]} of the catalogue: name that"
                yield Remark(f"services.{service.key}.hosts", remedy)
