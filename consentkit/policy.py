"""The policy: what a shop declares about its groups, services, cookies and hooks.

Values only. :mod:`consentkit.policy_file` reads them from ``consent.toml``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .canonical import canonical
from .errors import UnknownKey
from .regime import SENSITIVE, UNSAID

if TYPE_CHECKING:
    from collections.abc import Iterable

ESSENTIAL = "essential"
PERSONALISATION = "personalisation"

#: A text: one string for all languages, or one for each language tag.
Text: TypeAlias = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie, or a storage key, that a service keeps in the browser."""

    name: str  #: ``*`` stands for any run of characters
    purpose: Text = ""
    lifetime: timedelta | None = None  #: none: gone when the browser closes
    party: Literal["first", "third"] = "first"
    domain: str | None = None
    storage: Literal["cookie", "local", "session"] = "cookie"
    generic: bool = False  #: a common name: acted on only if the policy declares it
    opt_out: bool = False  #: remembers a refusal, so it survives one


@dataclass(frozen=True, slots=True)
class HostRule:
    """Addresses of a service: a host with its sub-domains, narrowed by a path."""

    host: str  #: empty: the shop's own host
    path: str = ""  #: a prefix; ``*`` stands for any run of characters
    query: str = ""  #: must occur in the query string


@dataclass(frozen=True, slots=True)
class InlineMark:
    """What gives an inline script away as the loader of a service."""

    kind: Literal["substring", "identifier", "call", "regex"]
    value: str


@dataclass(frozen=True, slots=True)
class Service:
    """One vendor product, with the tags, cookies and hosts that belong to it."""

    key: str
    name: str
    group: str
    provider: str = ""
    purpose: Text = ""
    hosts: tuple[HostRule, ...] = ()
    inline: tuple[InlineMark, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    privacy_url: str = ""
    reason: Text = ""  #: why an essential service can't be refused
    category: str = ""  #: what the catalogue sorts it under
    names: Text = ""  #: what visitors read for ``name``, where that is translated
    uses: tuple[str, ...] | None = None  #: see :data:`.regime.RIGHTS`; none: unsaid

    @property
    def rights(self) -> frozenset[str]:
        """What visitors can opt out of that ends this service.

        Of a service that doesn't say, all but what would have to be said.
        """
        return UNSAID if self.uses is None else frozenset(self.uses)


@dataclass(frozen=True, slots=True)
class Group:
    """What a visitor chooses about."""

    key: str
    name: Text = ""
    purpose: Text = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """A named action of the server on a visitor's data."""

    key: str
    group: str
    service: str | None = None
    purpose: Text = ""


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """Who asks, how long an answer holds, and when everybody is asked again."""

    controller: Text
    contact: Text
    privacy_policy: Text = ""
    revision: int = 1
    lifetime: timedelta = timedelta(days=182)
    retention: timedelta = timedelta(days=760)  #: of personal fields in the log
    address: Text = ""  #: the controller's, for letters
    jurisdiction: str = ""  #: whose law holds, such as ``DE``; nothing: the EU's
    storage: str = ""  #: where data is kept, such as ``DE, IE``
    authority: Text = ""  #: the supervisory authority


#: The keys of Google's consent mode, by which vendors are told what is granted.
CONSENT_MODE: Final = (
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
)


@dataclass(frozen=True, eq=False)
class Policy:
    """The whole declaration. Equal only to itself, so it can key caches."""

    notice: NoticeTerms
    groups: Mapping[str, Group]
    services: Mapping[str, Service] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    own_hosts: tuple[str, ...] = ()
    signals: Mapping[str, str] = field(default_factory=dict)  #: see CONSENT_MODE
    opt_out: tuple[str, ...] = ()  #: regions where tags run until they are refused

    @cached_property
    def optional_groups(self) -> tuple[Group, ...]:
        """The groups that a visitor can refuse, in the order of the policy."""
        return tuple(g for g in self.groups.values() if g.key != ESSENTIAL)

    @cached_property
    def members(self) -> Mapping[str, frozenset[str]]:
        """For each group its key and the keys of its services."""
        found = {key: {key} for key in self.groups}
        for service in self.services.values():
            found[service.group].add(service.key)
        return {key: frozenset(members) for key, members in found.items()}

    @cached_property
    def optional(self) -> frozenset[str]:
        """All group and service keys that a visitor can refuse."""
        return frozenset().union(*(self.members[g.key] for g in self.optional_groups))

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        """For each key or alias, the keys that must all be granted for it."""
        names: dict[str, frozenset[str]] = {}
        for hook in self.hooks.values():
            names[hook.key] = frozenset({hook.service or hook.group})
        for group in self.groups.values():
            names |= {alias: frozenset({group.key}) for alias in group.aliases}
        names |= {key: frozenset({key}) for key in (*self.services, *self.groups)}
        essential = self.members[ESSENTIAL]
        return {name: keys - essential for name, keys in names.items()}

    def knows(self, key: str) -> bool:
        """Tell whether there is a group, alias, service or hook of this key."""
        return key in self._names

    def required(self, key: str) -> frozenset[str]:
        """Get what must be granted for a group, alias, service or hook.

        :raises UnknownKey: if the policy has no such key.
        """
        try:
            return self._names[key]
        except KeyError:
            raise UnknownKey(key, sorted(self._names)) from None

    def expand(self, keys: Iterable[str], *, whole: bool = False) -> frozenset[str]:
        """Get the grant that a selection of groups, aliases and services means.

        A group stands for all its services; essential keys are dropped, as nobody
        grants them.

        :param whole: the selection was made among everything there is, so that one
            of all services of a group is one of the group.
        :raises UnknownKey: if a key is neither.
        """
        chosen: set[str] = set()
        for key in keys:
            for required in self.required(key):
                chosen |= self.members.get(required, frozenset({required}))
        for group in self.optional_groups:
            services = self.members[group.key] - {group.key}
            if whole and services and services <= chosen:
                chosen.add(group.key)
        return frozenset(chosen)

    def is_sensitive(self, key: str) -> bool:
        """Tell whether a service uses what the law calls sensitive data."""
        return SENSITIVE in self.services[key].rights

    @cached_property
    def tokens(self) -> Mapping[str, bytes]:
        """Four bytes for each optional key, which change when its meaning does.

        They cover what consent depends on and no wording: a changed token is
        something the visitor was never asked about (EDPB 05/2020, 110 and 111).
        """
        return {
            key: hashlib.sha256(canonical(self._meaning(key)).encode()).digest()[:4]
            for key in sorted(self.optional)
        }

    def _meaning(self, key: str) -> object:
        if key in self.groups:
            hooks = [
                h.key
                for h in self.hooks.values()
                if h.group == key and h.service is None
            ]
            return ["group", key, sorted(hooks)]
        service = self.services[key]
        hooks = [h.key for h in self.hooks.values() if h.service == key]
        cookies = sorted(
            [c.name, c.storage, c.party, _seconds(c.lifetime)] for c in service.cookies
        )
        uses = [] if service.uses is None else [sorted(service.uses)]
        facts = ["service", key, service.group, service.provider]
        return [*facts, cookies, sorted(hooks), *uses]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over everything that consent depends on."""
        meanings = [self._meaning(key) for key in sorted(self.optional)]
        regimes = [list(self.opt_out)] if self.opt_out else []
        whole = [self.notice.revision, meanings, *regimes]
        return hashlib.sha256(canonical(whole).encode()).hexdigest()


def _seconds(lifetime: timedelta | None) -> int:
    return round(lifetime.total_seconds()) if lifetime else 0
