"""Response headers that make a browser contact somebody, whatever the body is.

``Link`` (RFC 8288) and ``Speculation-Rules`` load, ``Refresh`` leads away, and the
Reporting API's headers have the browser send reports for as long as they say.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, Final

from .judge import UNDECLARED
from .rewriter import Withheld
from .urls import page_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .headers import Headers
    from .judge import Judge
    from .urls import Address

#: An element of a list: its commas count only outside its target and quotes.
_ELEMENT: Final = re.compile(
    r'\s*(?:<[^>]*>?)?(?:[^,"]|"(?:[^"\\]|\\.)*"?)*', re.DOTALL
)
_TARGET: Final = re.compile(r"\s*<([^>]*)>?")
_PARAMETER: Final = re.compile(
    r';\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s;,"]*)))?', re.DOTALL
)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
#: As far as browsers read it (HTML, "shared declarative refresh steps").
_REFRESH: Final = re.compile(
    r"""\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?(?:'([^']*)|"([^"]*)|(.*))""",
    re.IGNORECASE | re.DOTALL,
)
#: What of a link's parameters says what is loaded.
_LOADING: Final = ("rel", "imagesrcset")
#: What merely hints at something to come. Servers in front learn such links from one
#: visitor's page, to send them to the next with status 103 (RFC 8297).
_HINTS: Final = frozenset(
    "dns-prefetch modulepreload preconnect prefetch preload prerender".split()
)
_REPORTS: Final = re.compile(r"(\A|[;,])\s*report-uri\s+([^;,]*)", re.IGNORECASE)
_OBJECT: Final = re.compile(r"[\s,]*(?=\{)")
_JSON: Final = json.JSONDecoder()


class Sieve:
    """Sorts out what the headers of one response would load for one visitor.

    :param allowed: the services that may load.
    :param page: the address that URLs resolve against.
    """

    #: The headers that are looked into, in lower case.
    names: Final = frozenset(
        "content-security-policy content-security-policy-report-only link nel refresh "
        "report-to reporting-endpoints speculation-rules".split()
    )

    def __init__(
        self,
        judge: Judge,
        allowed: frozenset[str],
        page: Address,
        *,
        block_undeclared: bool = False,
    ) -> None:
        self.withheld: list[Withheld] = []
        self.undeclared: dict[str, None] = {}  #: hosts in the order of the headers
        self.hangs_on_consent = False  #: whether others may get other headers
        self._judge = judge
        self._allowed = allowed
        self._essential = judge.matcher.allowed(frozenset())
        self._page = page
        self._block_undeclared = block_undeclared
        self._lost_groups: set[str] = set()
        self._sorts = {
            "content-security-policy": self._security,
            "content-security-policy-report-only": self._security,
            "link": self._links,
            "refresh": self._refresh,
            "report-to": self._groups,
            "reporting-endpoints": self._endpoints,
            "speculation-rules": self._rule_sets,
        }

    def sift(self, headers: Headers) -> Headers:
        """Get the headers without what points to refused services."""
        kept: Headers = []
        for name, value in headers:
            sort = self._sorts.get(name.lower())
            left = sort(value) if sort else value
            if left or not value:
                kept.append((name, left))
        # NEL reports to a group of Report-To, which may stand after it.
        return [header for header in kept if not self._is_lost(*header)]

    # -- one header each -----------------------------------------------------------

    def _links(self, value: str) -> str:
        return _kept(value, lambda link: self._stops("link", *_link(link)))

    def _rule_sets(self, value: str) -> str:
        return _kept(value, lambda url: self._stops("speculation-rules", _text(url)))

    def _endpoints(self, value: str) -> str:
        return _kept(value, lambda url: self._stops("reporting-endpoints", _text(url)))

    def _refresh(self, value: str) -> str:
        found = _REFRESH.match(value)
        url = next(filter(None, found.groups()), "") if found else ""
        return "" if self._stops("refresh", url, leads_away=True) else value

    def _security(self, value: str) -> str:
        """Get the app's policy without addresses that mustn't hear of violations."""
        return _REPORTS.sub(self._reports, value)

    def _reports(self, found: re.Match[str]) -> str:
        urls = found[2].split()
        kept = [url for url in urls if not self._stops("report-uri", url)]
        if kept == urls:
            return found[0]
        return f"{found[1]} report-uri {' '.join(kept)}" if kept else found[1]

    def _groups(self, value: str) -> str:
        kept, lost = [], set()
        for text, group in _objects(value):
            urls = [url for url in _endpoint_urls(group) if isinstance(url, str)]
            if any(self._stops("report-to", url) for url in urls):
                lost.add(str(group.get("group", "default")))
            else:
                kept.append(text)
        self._lost_groups |= lost
        return ", ".join(kept) if lost else value

    def _is_lost(self, name: str, value: str) -> bool:
        if name.lower() != "nel" or not self._lost_groups:
            return False
        return any(
            policy.get("report_to") in self._lost_groups
            for _, policy in _objects(value)
        )

    # -- decisions -----------------------------------------------------------------

    def _stops(
        self,
        header: str,
        url: str,
        rel: str = "preload",
        imagesrcset: str = "",
        *,
        leads_away: bool = False,
    ) -> bool:
        """Tell whether an address is kept from the visitor; headers load as links do.

        Where a page leads away to is undeclared for good, as with a link.
        """
        if not (url or imagesrcset):
            return False
        attributes = f'href="{escape(url)}" imagesrcset="{escape(imagesrcset)}"'
        raw = f'<link rel="{escape(rel)}" {attributes}>'.encode("latin-1", "replace")
        verdict = self._judge.tag(raw, self._page, self._page.host)
        claims = {claim.service: claim.url for claim in verdict.claims}
        undeclared = claims.pop(UNDECLARED, None)
        least = len(claims) if verdict.any_claim else 1
        missing = sorted(claims.keys() - self._allowed)
        may_be_refused = len(claims.keys() - self._essential) >= max(least, 1)
        if is_refused := len(missing) >= max(least, 1):
            self.withheld.append(Withheld(missing[0], header, claims[missing[0]], 0))
        if may_be_refused and header == "link" and _is_hint(rel):
            return True  # for everybody, so that nothing hangs on it
        self.hangs_on_consent |= may_be_refused
        if is_refused:
            return True
        if undeclared is None or leads_away:
            return False
        self.undeclared[page_address(undeclared).host] = None
        return self._block_undeclared


def _kept(value: str, is_stopped: Callable[[str], bool]) -> str:
    """Get a list without the elements that are stopped; as it was if none is."""
    elements = [found[0] for found in _ELEMENT.finditer(value)]
    kept = [element for element in elements if not is_stopped(element)]
    if len(kept) == len(elements):
        return value
    return ", ".join(element.strip() for element in kept if element.strip())


def _link(element: str) -> tuple[str, str, str]:
    """Get a link's target, and its ``rel`` and ``imagesrcset``: the first counts."""
    target = _TARGET.match(element)
    if target is None:
        return "", "", ""
    found: dict[str, str] = {}
    for parameter in _PARAMETER.finditer(element, target.end()):
        name, quoted, token = parameter.groups()
        found.setdefault(name.lower(), _unescaped(quoted or token or ""))
    rel, imagesrcset = (found.get(name, "") for name in _LOADING)
    return target[1], rel, imagesrcset


def _is_hint(rel: str) -> bool:
    return not _HINTS.isdisjoint(rel.lower().split())


def _text(member: str) -> str:
    """Get the string of a list's or dictionary's member (RFC 9651, 3.3.3)."""
    found = _QUOTED.search(member)
    return _unescaped(found[1]) if found else ""


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _objects(value: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Get the JSON objects of a list, and their text, up to what isn't one."""
    position = 0
    while found := _OBJECT.match(value, position):
        try:
            group, position = _JSON.raw_decode(value, found.end())
        except (ValueError, RecursionError):
            return
        yield value[found.end() : position], group


def _endpoint_urls(group: dict[str, Any]) -> Iterable[object]:
    endpoints = group.get("endpoints")
    if not isinstance(endpoints, list):
        return ()
    return (endpoint.get("url") for endpoint in endpoints if isinstance(endpoint, dict))
