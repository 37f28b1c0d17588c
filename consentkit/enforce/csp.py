"""The security policies that follow from a consent, as headers of a page.

They hold what no scanner sees: browsers fetch nothing from hosts outside the content
security policy (CSP Level 3), whichever script asks. Added as a header of its own, it
never loosens the app's policy, because browsers enforce all they get.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from consentkit.policy import HostRule

from . import headers as fields
from .matcher import matcher_for, suffixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.policy import Policy, Service

    from .matcher import Matcher

CspMode = Literal["off", "report-only", "enforce"]

_HEADERS: Final = {
    "enforce": "Content-Security-Policy",
    "report-only": "Content-Security-Policy-Report-Only",
}
_OWN: Final = "'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
#: The catalogue's categories whose services keep no connection open (WebSocket).
_SILENT: Final = frozenset("advertising email_marketing essential social".split())
_NO_TOPICS: Final = ("Permissions-Policy", "browsing-topics=()")
#: What a path may hold as it is; ``;`` and ``,`` end it (CSP 2.3.1).
_IN_PATHS: Final = "/:@!$&'()*+=~"


@lru_cache(maxsize=64)
def policy_for(matcher: Matcher, allowed: frozenset[str]) -> str:
    """Get the value that allows the shop's own hosts and those of allowed services.

    Only services that the policy names count: all of the catalogue would make a
    header that proxies refuse. Inline code is the business of the app's own policy,
    so this one lets it be.
    """
    own = [HostRule(host) for host in matcher.policy.own_hosts]
    named = [s for s in matcher.policy.services.values() if s.key in allowed]
    talking = [s for s in named if s.category not in _SILENT]
    sources = _sources([*own, *_rules(named)], matcher, allowed)
    sockets = _sources([*own, *_rules(talking)], matcher, allowed)
    # Chromium takes a source without a scheme for HTTPS alone, on pages that came so.
    sockets = (f"wss://{source}" for source in sockets)
    return " ".join(["default-src", _OWN, *sources, *sockets])


def full_policy(policy: Policy) -> str:
    """Get the value for a visitor who granted everything."""
    matcher = matcher_for(policy)
    return policy_for(matcher, matcher.allowed(policy.optional))


def _rules(services: Iterable[Service]) -> list[HostRule]:
    return [rule for service in services for rule in service.hosts if rule.host]


def _sources(
    rules: Iterable[HostRule], matcher: Matcher, allowed: frozenset[str]
) -> Iterator[str]:
    """Get the sources that rules stand for, none twice."""
    found = dict.fromkeys(
        (rule.host, path) for rule in rules for path in _paths(rule, matcher, allowed)
    )
    whole = {host for host, path in found if not path}
    for host, path in found:
        parents = (parent for parent in suffixes(host) if path or parent != host)
        if whole.isdisjoint(parents):
            yield host + path
            if not _is_ip(host):
                yield f"*.{host}{path}"


def _paths(rule: HostRule, matcher: Matcher, allowed: frozenset[str]) -> Iterator[str]:
    """Get the paths of a rule's host that are allowed; an empty one is the whole host.

    A path counts only where a refused service has the host as well: what granted
    services fetch from their own hosts besides, nobody has to list.
    """
    is_shared = not allowed.issuperset(matcher.claim_host(rule.host))
    path, star, _ = rule.path.partition("*") if is_shared else ("", "", "")
    if star:
        path = path.rpartition("/")[0] + "/"
    path = quote(path.removesuffix("/") and path, safe=_IN_PATHS)
    yield path
    # "/tr" is exactly this path, "/tr/" all below it (CSP, 6.7.2.12).
    if path and not path.endswith("/") and "." not in path.rpartition("/")[2]:
        yield path + "/"


def _is_ip(host: str) -> bool:
    return host.startswith("[") or host.replace(".", "").isdigit()


@dataclass(frozen=True, slots=True)
class PageGuard:
    """Adds the policies that follow from a consent to the headers of pages."""

    matcher: Matcher
    mode: CspMode = "off"
    report_path: str = "/consent/csp-report"

    def headers(
        self, granted: frozenset[str], *, everything: bool, mounted: str
    ) -> fields.Headers:
        """Get the headers for a visitor's page.

        :param everything: whether there is nothing that this visitor didn't grant.
        :param mounted: the path that the app is mounted on (``SCRIPT_NAME``).
        """
        found = [] if everything else [_NO_TOPICS]
        if self.mode != "off":
            policy = policy_for(self.matcher, self.matcher.allowed(granted))
            if self.mode == "report-only":
                # Not report-to: browsers that know it then ignore this one, send
                # reports only over HTTPS, and a minute late.
                path = quote(mounted, encoding="latin-1", errors="replace")
                policy += f"; report-uri {path}{self.report_path}"
            found.append((_HEADERS[self.mode], policy))
        return found


def guarded(
    headers: fields.Headers, added: fields.Headers, *, known: bool
) -> fields.Headers:
    """Get a page's headers with ours beside the app's own.

    :param known: whether the browser has the page (304). What such an answer says
        replaces all that the page's header of this name said (RFC 9111, 3.2), so ours
        stands only where the app's stands.
    """
    topics = "browsing-topics" in fields.joined(headers, "permissions-policy").lower()
    names = {name.lower() for name, _ in headers}
    return headers + [
        (name, value)
        for name, value in added
        if not (topics and name == _NO_TOPICS[0])
        and (not known or name.lower() in names)
    ]
