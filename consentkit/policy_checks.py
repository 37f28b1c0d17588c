"""Faults that show only when the parts of a policy are held against each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from .policy import ESSENTIAL, PERSONALISATION, Group, HostRule, Service
from .policy_words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .policy_lines import KeyPath
    from .policy_schema import Entry

#: Where something is wrong, and what to write instead.
Fault: TypeAlias = "tuple[KeyPath, str]"

#: The groups of every policy; their names and purposes are translated.
BUILT_IN: Mapping[str, Group] = {
    ESSENTIAL: Group(ESSENTIAL),
    PERSONALISATION: Group(PERSONALISATION, aliases=("beacon",)),
}

#: Thirteen months: what the CNIL accepts for measuring an audience, its mildest case
#: (guidelines of 17 September 2020, deliberation 2020-091).
LONGEST_LIFETIME = timedelta(days=395)

_TWICE = "this is declared twice: keep one of them"


def services_of(declared: Entry, ready_made: Mapping[str, Service]) -> Entry:
    """Get the services of a policy: those it lists, then those its hooks name."""
    named = (hook.get("service") for hook in declared.get("hooks", {}).values())
    listed = declared.get("services", {})
    return {**listed, **{k: {} for k in named if k in ready_made and k not in listed}}


def cross_faults(declared: Entry, ready_made: Mapping[str, Service]) -> Iterator[Fault]:
    """Find what no single field gives away.

    :param declared: what the schema loaded; parts with faults may be missing.
    :param ready_made: the services of the catalogue.
    """
    checks = _Checks(declared, ready_made)
    yield from checks.clashes()
    for key in checks.services:
        yield from checks.service(key)
    yield from checks.host_clashes()
    for key in checks.hooks:
        yield from checks.hook(key)
    yield from checks.signals()


@dataclass(slots=True)
class _Checks:
    declared: Entry
    ready_made: Mapping[str, Service]
    groups: Entry = field(init=False)
    services: Entry = field(init=False)
    hooks: Entry = field(init=False)

    def __post_init__(self) -> None:
        listed = self.declared.get("groups", {})
        self.groups = {**{key: {} for key in BUILT_IN}, **listed}
        self.services = services_of(self.declared, self.ready_made)
        self.hooks = self.declared.get("hooks", {})

    def clashes(self) -> Iterator[Fault]:
        """Find words that would mean two things."""
        owners: dict[str, str] = {}
        for path, word in self._claims():
            # A group would otherwise grant the service of the catalogue unasked.
            taken = path[0] == "groups" and word in self.ready_made
            owner = "a service of the catalogue" if taken else owners.get(word)
            if owner:
                yield path, f"{word!r} is already {owner}: choose another key"
            owners.setdefault(word, ".".join(map(str, path)))

    def _claims(self) -> Iterator[tuple[KeyPath, str]]:
        for key in self.groups:
            yield ("groups", key), key
        for key, group in self.groups.items():
            given = group.get("aliases", {})
            for alias in BUILT_IN[key].aliases if key in BUILT_IN else ():
                if alias not in given.values():
                    yield ("groups", key), alias
            for position, alias in given.items():
                yield ("groups", key, "aliases", position), alias
        for key in self.services:
            yield ("services", key), key
        for key in self.hooks:
            yield ("hooks", key), key

    def service(self, key: str) -> Iterator[Fault]:
        """Check one service of the policy."""
        entry, ready_made = self.services[key], self.ready_made.get(key)
        path: KeyPath = ("services", key)
        if not ready_made and "name" not in entry:
            hint = nearest(key, self.ready_made)
            remedy = f"the catalogue has no {key!r}, so give it a name{hint}"
            yield (*path, "name"), remedy
        group = self._group_of(key)
        if group not in self.groups:
            yield (*path, "group"), self._undeclared(group)
        moved = not ready_made or ready_made.group != ESSENTIAL
        if group == ESSENTIAL and moved and "reason" not in entry:
            remedy = "say why visitors can't refuse this service, or move it"
            yield (*path, "reason"), remedy
        yield from self._cookie_faults(path, entry.get("cookies", {}), group)

    def _group_of(self, key: str) -> str:
        ready_made = self.ready_made.get(key)
        default = ready_made.group if ready_made else PERSONALISATION
        return str(self.services.get(key, {}).get("group", default))

    def _undeclared(self, group: str) -> str:
        declared = ", ".join(self.groups)
        hint = nearest(group, self.groups)
        return f"no such group; declared are {declared}{hint}"

    def _cookie_faults(
        self, path: KeyPath, cookies: Mapping[int, Entry], group: str
    ) -> Iterator[Fault]:
        seen = set()
        for position, cookie in cookies.items():
            place = (*path, "cookies", position)
            identity = (cookie.get("name", place), cookie.get("storage", "cookie"))
            if identity in seen:
                yield (*place, "name"), _TWICE
            seen.add(identity)
            lifetime = cookie.get("lifetime") or timedelta()
            if group != ESSENTIAL and lifetime > LONGEST_LIFETIME:
                remedy = (
                    "13 months (395 days) is the limit that regulators accept: "
                    "shorten it"
                )
                yield (*place, "lifetime"), remedy

    def host_clashes(self) -> Iterator[Fault]:
        """Find addresses that the policy gives to two services, or to one twice."""
        owners = {
            rule: key
            for key in self.services
            if key in self.ready_made
            for rule in self.ready_made[key].hosts
        }
        for host in self.declared.get("site", {}).get("hosts", {}).values():
            owners.setdefault(HostRule(host), "the shop itself")
        for key, entry in self.services.items():
            seen = set()
            for position, rule in entry.get("hosts", {}).items():
                owner = owners.setdefault(rule, key)
                if owner != key:
                    remedy = f"{owner} claims this already: remove it from one of them"
                    yield ("services", key, "hosts", position), remedy
                elif rule in seen:
                    yield ("services", key, "hosts", position), _TWICE
                seen.add(rule)

    def signals(self) -> Iterator[Fault]:
        """Find what vendors would be told by, but isn't there."""
        known = {word for _, word in self._claims()}
        for key, word in self.declared.get("signals", {}).items():
            if word not in known:
                hint = nearest(word, known)
                yield (
                    ("signals", key),
                    f"this policy has no such group or service{hint}",
                )

    def hook(self, key: str) -> Iterator[Fault]:
        """Check one hook; it may name a service that only the catalogue knows."""
        entry = self.hooks[key]
        group, service = entry.get("group"), entry.get("service")
        if group is None and service is None:
            yield ("hooks", key, "group"), "name the group or service it belongs to"
        if group is not None and group not in self.groups:
            yield ("hooks", key, "group"), self._undeclared(group)
        if service is None:
            return
        if service not in self.services:
            hint = nearest(service, [*self.services, *self.ready_made])
            remedy = f"neither this policy nor the catalogue has it{hint}"
            yield ("hooks", key, "service"), remedy
        elif group is not None and group != self._group_of(service):
            remedy = f"{service} is in the group {self._group_of(service)!r}: write it"
            yield ("hooks", key, "group"), remedy
