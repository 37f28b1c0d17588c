"""Which cookies belong to refused services, and how to make a browser forget them."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from random import sample
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from .matcher import suffixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.policy import Cookie, Service

    from .matcher import Matcher

#: What proxies hold of a response's head is little (nginx: 4 KB), so no more at once.
MAX_EXPIRED: Final = 48
_LIKELIEST: Final = 36
_HOST: Final = re.compile(r"[a-z0-9_.-]*[a-z][a-z0-9_.-]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: What browsers leave as it is in a path, but for ";", which ends the attribute.
_PATH_SAFE: Final = "/:@!$&'()*+,=~[]|^"
_LONGEST_PATH: Final = 128


class CookieRules:
    """Tells whose a cookie is, by name.

    :param protected: names that are never touched: the session's and our own.
    """

    def __init__(self, matcher: Matcher, protected: Iterable[str]) -> None:
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._prefixed: dict[str, set[str]] = defaultdict(set)
        self._wild: list[tuple[re.Pattern[str], str]] = []
        self._longest = 0  #: of the prefixes
        self._kept = set(protected)
        for service in matcher.services.values():
            declared = service.key not in matcher.undeclared
            for cookie in _own_cookies(service, declared=declared):
                self._add(service.key, cookie)

    def _add(self, service: str, cookie: Cookie) -> None:
        if cookie.opt_out:
            # It remembers a refusal, so it must survive one.
            self._kept.add(cookie.name)
        prefix, star, rest = cookie.name.partition("*")
        if not star:
            self._exact[prefix].add(service)
        elif not rest and prefix:
            self._prefixed[prefix].add(service)
            self._longest = max(self._longest, len(prefix))
        elif cookie.name.strip("*"):
            pattern = ".*".join(map(re.escape, cookie.name.split("*")))
            self._wild.append((re.compile(pattern), service))

    @lru_cache(maxsize=1024)  # noqa: B019  the rules live as long as the app
    def owners(self, name: str) -> frozenset[str]:
        """Get the services a cookie belongs to; an exact name beats a pattern."""
        if any(_matches(pattern, name) for pattern in self._kept):
            return frozenset()
        if name in self._exact:
            return frozenset(self._exact[name])
        for length in range(min(len(name), self._longest), 0, -1):
            if found := self._prefixed.get(name[:length]):
                return frozenset(found)
        return frozenset(s for pattern, s in self._wild if pattern.fullmatch(name))

    def refused(self, name: str, allowed: frozenset[str]) -> str | None:
        """Get the service for which a cookie is refused, none if it may stay."""
        owners = self.owners(name)
        return min(owners) if owners and owners.isdisjoint(allowed) else None

    @lru_cache(maxsize=1024)  # noqa: B019  the rules live as long as the app
    def held(self, names: tuple[str, ...], allowed: frozenset[str]) -> tuple[str, ...]:
        """Get those of a visitor's cookies that are refused."""
        return tuple(name for name in names if self.refused(name, allowed))


def refused_storage(
    matcher: Matcher, allowed: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Get the patterns of storage keys that only refused services use, by store."""
    stores: dict[str, tuple[str, ...]] = {}
    for store in ("local", "session"):
        kept: set[str] = set()
        refused: set[str] = set()
        for service in matcher.services.values():
            declared = service.key not in matcher.undeclared
            own = _own_cookies(service, store, declared=declared)
            names = {cookie.name for cookie in own if not cookie.opt_out}
            (kept if service.key in allowed else refused).update(names)
        stores[store] = tuple(sorted(refused - kept))
    return stores


def _own_cookies(
    service: Service, store: str = "cookie", *, declared: bool
) -> Iterator[Cookie]:
    for cookie in service.cookies:
        on_host = cookie.storage == store and cookie.party == "first"
        # A common name proves nothing if the shop doesn't use the service.
        if on_host and (declared or not cookie.generic):
            yield cookie


def _matches(pattern: str, name: str) -> bool:
    head, star, tail = pattern.partition("*")
    return name.startswith(head) and name.endswith(tail) if star else name == pattern


def split_cookies(header: str) -> list[tuple[str, str]]:
    """Get the names and raw values of a ``Cookie`` header, duplicates included."""
    pairs = []
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            pairs.append((name.strip(), value.strip()))
    return pairs


def expiries(names: Iterable[str], host: str, path: str, *, secure: bool) -> list[str]:
    """Get ``Set-Cookie`` values that delete cookies wherever they may be kept.

    A browser tells neither domain nor path of what it sends, so that all variants
    are named, the likeliest first; only an exact one takes effect (RFC 6265, 5.3).
    """
    names = [name for name in names if not _CONTROL.search(name)]
    every = [
        _expiry(name, domain, place, secure=secure)
        for place in _paths(quote(path, _PATH_SAFE, "latin-1", "replace"))
        for domain in _domains(host)
        for name in names
        if not (name.startswith("__Host-") and (domain or place != "/"))
    ]
    if secure:
        # Those of a partition are others, whatever their name (CHIPS).
        whole = [value for value in every if "; Path=/;" in value]
        every += [f"{value}; Partitioned" for value in whole]
    if len(every) <= MAX_EXPIRED:
        return every
    # What stays behind is still held with the next response: chance gets to all.
    rest = sample(every[_LIKELIEST:], MAX_EXPIRED - _LIKELIEST)
    return every[:_LIKELIEST] + rest


def _expiry(name: str, domain: str, path: str, *, secure: bool) -> str:
    where = f"; Domain={domain}" if domain else ""
    # Browsers let no other Set-Cookie touch a secure cookie (RFC 6265bis 5.7).
    safe = "; Secure" if secure else ""
    return f"{name}=; Max-Age=0; Path={path}{where}{safe}"


def _domains(host: str) -> list[str]:
    """Get the domains a cookie of this host may be kept under, no public suffix."""
    if not _HOST.fullmatch(host):  # an address has no parents
        return [""]
    parents = [domain for domain in suffixes(host) if "." in domain]
    return ["", *reversed(parents)]


def _paths(path: str) -> list[str]:
    """Get the paths that a cookie sent with this path may be kept under."""
    found = ["/"]
    for position, character in enumerate(path):
        if character == "/" and position:
            found += [path[:position], path[: position + 1]]
    if not path.endswith("/"):
        found.append(path)
    return [p for p in dict.fromkeys(found) if len(p) <= _LONGEST_PATH][:8]
