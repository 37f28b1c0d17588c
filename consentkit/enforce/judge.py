"""What a start tag or an inline script would load, and for which services.

Verdicts don't depend on the visitor, so they are remembered by the raw bytes of a
tag and the text of a script, bounded by bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from . import compiled
from .assignments import assignments_of, group_of_purpose
from .attributes import parts_of
from .css import style_parts
from .embedded import code_of, data_of, may_hold
from .loaders import ADDRESS, is_data_block, loaded_urls, map_urls, names_any
from .matcher import matcher_for
from .parts import Part
from .sources import ADDRESSES, FRAMES, documents_of, is_rooted, urls_of
from .speculation import follows_any_link
from .tags import StartTag, decode_references, parse_tag, text_of
from .urls import Address, host_of, in_legacy_charsets, page_address, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.policy import Policy

    from .embedded import Embedded
    from .matcher import Matcher
    from .rewriter import Withheld

#: Third-party addresses that neither the policy nor the catalogue claims.
UNDECLARED: Final = "undeclared"

_LINKS: Final = frozenset(
    "stylesheet preload modulepreload prefetch prerender preconnect dns-prefetch "
    "icon apple-touch-icon apple-touch-icon-precomposed apple-touch-startup-image "
    "mask-icon manifest compression-dictionary".split()
)
_HINTS: Final = frozenset({"preconnect", "dns-prefetch"})
_DRAWN: Final = ("href", "xlink:href")
_CHILDLESS: Final = frozenset("img input link meta source track".split())
_MOST_HOSTS: Final = 16
#: What addresses in code resolve against: any scheme in them makes them absolute.
_NOWHERE: Final = Address("", "")


class Claim(NamedTuple):
    """A service that must be granted, and the address or text that says so."""

    service: str
    url: str


class Cut(NamedTuple):
    """A part that is left out alone unless all its claims are granted."""

    claims: tuple[Claim, ...]
    part: Part


class Verdict(NamedTuple):
    """What a start tag asks for."""

    claims: tuple[Claim, ...] = ()
    assignments: tuple[str, ...] = ()  #: keys that its attributes demand
    any_claim: bool = False  #: a connection hint: one granted claim is enough
    runs: bool = False  #: a script, whose text has to be judged too
    runs_drawn: bool = False  #: the same in SVG
    documents: tuple[bytes, ...] = ()  #: embedded pages (``srcdoc``, ``data:``)
    cuts: tuple[Cut, ...] = ()  #: attributes that load something by themselves
    maps: bool = False  #: an import map, of whose text only addresses may go

    def __bool__(self) -> bool:
        return bool(self.claims or self.assignments or self.documents)


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Memory(dict[_Key, _Value], Generic[_Key, _Value]):
    """Remembers up to a megabyte of keys; starts over when full, as old pages go."""

    limit: Final = 1 << 20
    used = 0

    def __init__(self, longest: int = 1 << 14) -> None:
        super().__init__()
        self.longest = longest

    def remember(self, key: _Key, value: _Value, size: int) -> None:
        if size > self.longest:
            return
        if self.used > self.limit:
            self.clear()
            self.used = 0
        self.used += size + 256
        self[key] = value


class Judge:
    """Gives verdicts on start tags and inline scripts of one policy's shop."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self._tags: _Memory[tuple[bytes, str, str, str], Verdict] = _Memory()
        self._scripts: _Memory[bytes, frozenset[str]] = _Memory()
        self._styles: _Memory[tuple[bytes, str, str, str], tuple[Cut, ...]] = _Memory(
            longest=1 << 18
        )
        #: What became of the content of ``noscript`` elements, in a state of consent.
        self.unscripted: _Memory[
            tuple[object, ...], tuple[bytes, tuple[Withheld, ...], bool]
        ] = _Memory()
        #: What must be granted for elements on pages for everybody.
        self.needs: _Memory[tuple[object, ...], frozenset[str] | None] = _Memory()
        self._harmless: dict[str, _Memory[bytes, None]] = {}
        self.fleeting = 0  #: verdicts that hold for one page's address only

    def tag(self, raw: bytes, base: Address, own: str) -> Verdict:
        """Get the verdict on a start tag.

        :param base: what the page's URLs resolve against.
        :param own: the page's own host.
        """
        key = (raw, base.scheme, base.host, own)
        known = self._tags.get(key)
        if known is None:
            tag = parse_tag(raw)
            parts, urls = tuple(parts_of(raw, tag)), urls_of(tag)
            known = self._verdict(tag, parts, urls, base, own)
            if _depends_on_path(tag, parts, urls):
                self.fleeting += 1
            else:
                self._tags.remember(key, known, len(raw) + len(own))
                # Compiled code remembers by itself what is harmless.
                plain = compiled.skim is None and base.host == own
                if plain and _is_harmless(raw, tag, known):
                    self.harmless(own).remember(raw, None, len(raw))
        return known

    def harmless(self, own: str) -> _Memory[bytes, None]:
        """Get the raw tags that load nothing of any service, in pages of a host."""
        if own not in self._harmless and len(self._harmless) >= _MOST_HOSTS:
            self._harmless.clear()  # visitors can name any
        return self._harmless.setdefault(own, _Memory())

    def script(self, text: bytes) -> frozenset[str]:
        """Get the services that an inline script would load."""
        known = self._scripts.get(text)
        if known is None:
            known = self._judge_script(text)
            self._scripts.remember(text, known, len(text))
        return known

    def import_map(self, rules: bytes) -> tuple[Cut, ...]:
        """Get the addresses that an import map leads to and may be left out."""
        cuts = []
        for url, start, end in map_urls(rules.decode("latin-1")):  # keeps offsets
            data = data_of(url)
            found = self._scripts_of(data) if data else [self._claimed(url)]
            claims = tuple(Claim(service, url) for service in found if service)
            if claims:
                cuts.append(Cut(claims, Part((url,), start, end)))
        return tuple(cuts)

    def _judge_script(self, text: bytes) -> frozenset[str]:
        claims = self.matcher.claims
        if claims and compiled.loaded:
            services = compiled.loaded(claims, text)
            if services is not None:
                return frozenset(services)
        return self._judge_code(text_of(text))

    def _judge_code(self, code: str) -> frozenset[str]:
        if follows_any_link(code):
            return frozenset(self.matcher.services)
        marked = self.matcher.claim_inline(code)

        def may_be_other(host: str) -> bool:
            return not marked >= self.matcher.services_on(host_of(host))

        def is_other(url: str) -> bool:
            return self._claimed(url) not in {None, *marked}

        # Of services that the text's marks gave away, no address is looked for.
        if not names_any(code, may_be_other, is_other):
            return marked
        loaded = map(self._claimed, loaded_urls(code, self._claimed))
        return marked.union(filter(None, loaded))

    def _claimed(self, url: str) -> str | None:
        """Get the service of an absolute address in code."""
        address = resolve(url, _NOWHERE)
        return self.matcher.claim(address, "") if address else None

    def style(self, css: bytes, base: Address, own: str) -> tuple[Cut, ...]:
        """Get what a style sheet in the page loads and may be left out."""
        key = (css, base.scheme, base.host, own)
        known = self._styles.get(key)
        if known is None:
            parts = list(style_parts(css))
            known = tuple(self._cuts(parts, base, own))
            if all(is_rooted(url) for part in parts for url in part.urls):
                self._styles.remember(key, known, len(css))
            else:
                self.fleeting += 1
        return known

    def verdict(
        self, tag: StartTag, parts: tuple[Part, ...], base: Address, own: str
    ) -> Verdict:
        """Get the verdict on a start tag that is parsed; none is remembered.

        :param parts: what of it loads something by itself.
        """
        return self._verdict(tag, parts, urls_of(tag), base, own)

    def _verdict(
        self,
        tag: StartTag,
        parts: tuple[Part, ...],
        urls: tuple[str, ...],
        base: Address,
        own: str,
    ) -> Verdict:
        assignments = tuple(assignments_of(tag, self._is_known))
        cuts = tuple(self._cuts(parts, base, own)) if parts else ()
        if tag.name == "meta":
            return Verdict(self._refresh(tag, base, own), assignments, cuts=cuts)
        if not _loads(tag):
            return Verdict(assignments=assignments, cuts=cuts)
        relations = tag.get("rel").lower().split() if tag.name == "link" else []
        hint = bool(relations) and not (_LINKS - _HINTS).intersection(relations)
        claims = self._all_claims(tag.name, urls, base, own, hint=hint)
        # An empty "src" keeps the text from running; it is judged all the same. In SVG,
        # "src" is no address; in HTML, "href" is none (HTML 4.12.1).
        runs = tag.name == "script" and not tag.get("src")
        drawn = tag.name == "script" and not any(map(tag.get, _DRAWN))
        maps = runs and tag.get("type").strip().lower() == "importmap"
        documents = tuple(documents_of(tag, urls))
        return Verdict(
            claims, assignments, hint, runs and not maps, drawn, documents, cuts, maps
        )

    def _cuts(self, parts: Iterable[Part], base: Address, own: str) -> Iterator[Cut]:
        for part in parts:
            if claims := self._all_claims("", part.urls, base, own):
                yield Cut(claims, part)

    def _refresh(self, tag: StartTag, base: Address, own: str) -> tuple[Claim, ...]:
        """Get the services that a ``meta`` element would lead the page to."""
        found = _REFRESH.match(tag.get("content"))
        if found is None or tag.get("http-equiv").lower() != "refresh":
            return ()
        claims = self._claims("", found[2] or found[3], base, own, hint=False)
        # It leads to another site, as a link does: that may be any, but a service's.
        return tuple(claim for claim in claims if claim.service != UNDECLARED)

    def _all_claims(
        self,
        name: str,
        urls: tuple[str, ...],
        base: Address,
        own: str,
        *,
        hint: bool = False,
    ) -> tuple[Claim, ...]:
        claims: dict[Claim, None] = {}
        for url in urls:
            claims.update(dict.fromkeys(self._claims(name, url, base, own, hint=hint)))
        return tuple(claims)

    def _claims(
        self, name: str, url: str, base: Address, own: str, *, hint: bool
    ) -> Iterable[Claim]:
        if may_hold(url):
            if data := data_of(url):
                return self._claims_of_data(name, url, data, own)
            if (code := code_of(url)) is not None:
                services = sorted(self.script(code.encode("utf-8", "replace")))
                return [Claim(service, url[:80]) for service in services]
        address = resolve(url, base)
        if address is None:
            return ()
        found = self._services(address, own, hint=hint)
        if not found and not url.isascii():
            found = self._misread(url, base)
        if not found and not self.matcher.is_own(address.host, own):
            found = (UNDECLARED,)
        return [Claim(service, str(address)) for service in found]

    def _claims_of_data(
        self, name: str, url: str, data: Embedded, own: str
    ) -> Iterator[Claim]:
        """Get what a script or style sheet loads that is its own address."""
        if name == "script":
            yield from (Claim(found, url[:80]) for found in self._scripts_of(data))
        elif data.media_type == "text/css" and name in ("", "link"):
            for css in data.readings():
                cuts = self.style(css, page_address(""), own)
                yield from (claim for cut in cuts for claim in cut.claims)
        elif data.media_type.endswith("xml") and name in FRAMES:
            # It has rules of its own: an address in it counts wherever it stands.
            for content in data.readings():
                for found in ADDRESS.findall(decode_references(text_of(content))):
                    if service := self._claimed(found):
                        yield Claim(service, found)

    def _scripts_of(self, data: Embedded) -> list[str]:
        """Get the services that a script in a ``data:`` URL would load."""
        return sorted(set().union(*map(self.script, data.readings())))

    def _misread(self, url: str, base: Address) -> tuple[str, ...]:
        """Get the services of a host in letters of another charset than UTF-8."""
        readings = (resolve(other, base) for other in in_legacy_charsets(url))
        claims = {found for a in readings if a and (found := self.matcher.claim(a, ""))}
        return tuple(sorted(claims))

    def _services(self, address: Address, own: str, *, hint: bool) -> tuple[str, ...]:
        if hint:
            return self.matcher.claim_host(address.host)
        service = self.matcher.claim(address, own)
        return (service,) if service else ()

    def _is_known(self, key: str) -> bool:
        """Tell whether a peer's attribute names something that can be refused."""
        return (
            key in self.matcher.services
            or self.matcher.policy.knows(key)
            or group_of_purpose(key) is not None
        )


@lru_cache(maxsize=16)
def judge_for(policy: Policy) -> Judge:
    """Get the judge of a policy, made once, with what it remembers."""
    return Judge(matcher_for(policy))


def _loads(tag: StartTag) -> bool:
    if tag.name == "script":
        return not is_data_block(tag.get("type"))
    if tag.name == "input":
        return tag.get("type").strip().lower() == "image"
    if tag.name == "link":
        return not _LINKS.isdisjoint(tag.get("rel").lower().split())
    return tag.name in ADDRESSES


def _is_harmless(raw: bytes, tag: StartTag, verdict: Verdict) -> bool:
    """Tell whether a whole tag can be passed over by its bytes, wherever it stands."""
    alone = tag.name in _CHILDLESS and raw.find(b">") == len(raw) - 1
    return alone and not verdict and not verdict.cuts


def _depends_on_path(
    tag: StartTag, parts: tuple[Part, ...], urls: tuple[str, ...]
) -> bool:
    if tag.name == "meta":
        return tag.get("http-equiv").lower() == "refresh"
    if any(not is_rooted(url) for part in parts for url in part.urls):
        return True
    return not all(is_rooted(url) for url in urls if url)


#: The address in a ``content`` attribute (WHATWG HTML 4.2.5.3).
_REFRESH: Final = re.compile(
    r"\s*(?:[0-9]+[0-9.]*|\.[0-9.]*)(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?"
    r"(?:(['\"])(.*?)(?:\1|\Z)|(.*))",
    re.IGNORECASE | re.DOTALL,
)
