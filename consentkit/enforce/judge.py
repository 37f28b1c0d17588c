"""What a start tag or an inline script would load, and for which services.

Verdicts don't depend on the visitor, so they are remembered by the raw bytes of a
tag and the text of a script, bounded by bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

from .assignments import assignments_of, group_of_purpose
from .matcher import matcher_for
from .tags import StartTag, parse_tag, text_of
from .urls import Address, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.policy import Policy

    from .matcher import Matcher
    from .rewriter import Withheld

#: Third-party addresses that neither the policy nor the catalogue claims.
UNDECLARED: Final = "undeclared"

_ADDRESSES: Final = {
    "script": ("src", "href", "xlink:href"),
    "iframe": ("src",),
    "frame": ("src",),
    "img": ("src",),
    "image": ("href", "xlink:href", "src"),
    "feimage": ("href", "xlink:href"),
    "input": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "link": ("href",),
}
#: An address of a ``srcset`` and the descriptor after it (WHATWG HTML 2.4.9.3).
_CANDIDATE: Final = re.compile(
    r"[\t\n\f\r ,]*+([^\t\n\f\r ]++)(?:(?<!,)[^,]*+)?", re.ASCII
)
_SETS: Final = ("srcset", "imagesrcset", "data-srcset", "data-lazy-srcset")
_LAZY: Final = re.compile(r"data-(?:.*[-_])?(?:src|href)")
_LINKS: Final = frozenset(
    "stylesheet preload modulepreload prefetch prerender preconnect dns-prefetch "
    "icon apple-touch-icon apple-touch-icon-precomposed apple-touch-startup-image "
    "mask-icon manifest compression-dictionary".split()
)
_HINTS: Final = frozenset({"preconnect", "dns-prefetch"})
_CHILDLESS: Final = frozenset("img input link source track".split())
_LONGEST_TYPE: Final = 100
_MOST_HOSTS: Final = 16
_DATA_BLOCK: Final = re.compile(
    r"(?:.*/(?:.*\+)?json|importmap|text/(?:html|markdown|x?-?(?:.*template|tmpl).*"
    r"|x-handlebars.*)|x-tmpl.*|x-shader/.*|math/tex.*)\s*(?:;.*)?\Z",
    re.IGNORECASE,
)


class Claim(NamedTuple):
    """A service that must be granted, and the address or text that says so."""

    service: str
    url: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a start tag asks for."""

    claims: tuple[Claim, ...] = ()
    assignments: tuple[str, ...] = ()  #: keys that its attributes demand
    any_claim: bool = False  #: a connection hint: one granted claim is enough
    runs: bool = False  #: a script, whose text has to be judged too
    documents: tuple[bytes, ...] = ()  #: embedded pages (``srcdoc``, ``data:``)

    def __bool__(self) -> bool:
        return bool(self.claims or self.assignments or self.documents)


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Memory(dict[_Key, _Value], Generic[_Key, _Value]):
    """Remembers up to a megabyte of keys; starts over when full, as old pages go."""

    limit: Final = 1 << 20
    longest: Final = 1 << 14
    used = 0

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
        self._tags: _Memory[tuple[bytes, str, str], Verdict] = _Memory()
        self._scripts: _Memory[bytes, frozenset[str]] = _Memory()
        #: What became of the content of ``noscript`` elements, in a state of consent.
        self.unscripted: _Memory[
            tuple[object, ...], tuple[bytes, tuple[Withheld, ...]]
        ] = _Memory()
        self._harmless: dict[str, _Memory[bytes, None]] = {}

    def tag(self, raw: bytes, base: Address, own: str) -> Verdict:
        """Get the verdict on a start tag.

        :param base: what the page's URLs resolve against.
        :param own: the page's own host.
        """
        key = (raw, base.host, own)
        known = self._tags.get(key)
        if known is None:
            tag = parse_tag(raw)
            known = self._judge(tag, base, own)
            if not _depends_on_path(tag):
                self._tags.remember(key, known, len(raw))
                if base.host == own and _is_harmless(raw, tag, known):
                    self.harmless(own).remember(raw, None, len(raw))
        return known

    def harmless(self, own: str) -> _Memory[bytes, None]:
        """Get the raw tags that load nothing of any service, in pages of a host."""
        if own not in self._harmless:
            if len(self._harmless) >= _MOST_HOSTS:  # visitors can name any
                self._harmless.clear()
            self._harmless[own] = _Memory()
        return self._harmless[own]

    def script(self, text: bytes) -> frozenset[str]:
        """Get the services that an inline script would load."""
        known = self._scripts.get(text)
        if known is None:
            known = self.matcher.claim_inline(text_of(text))
            self._scripts.remember(text, known, len(text))
        return known

    def _judge(self, tag: StartTag, base: Address, own: str) -> Verdict:
        assignments = tuple(assignments_of(tag, self._is_known))
        if not _loads(tag):
            return Verdict(assignments=assignments)
        relations = tag.get("rel").lower().split() if tag.name == "link" else []
        hint = bool(relations) and not (_LINKS - _HINTS).intersection(relations)
        claims = dict.fromkeys(
            claim
            for url in _urls(tag)
            for claim in self._claims(tag.name, url, base, own, hint=hint)
        )
        # An empty "src" keeps the text from running; it is judged all the same.
        runs = tag.name == "script" and not any(map(tag.get, _ADDRESSES["script"]))
        return Verdict(tuple(claims), assignments, hint, runs, tuple(_documents(tag)))

    def _claims(
        self, name: str, url: str, base: Address, own: str, *, hint: bool
    ) -> Iterator[Claim]:
        if name == "script" and (code := _data(url)) is not None:
            yield from (Claim(s, url[:80]) for s in sorted(self.script(code)))
        elif address := resolve(url, base):
            services = self._services(address, own, hint=hint)
            yield from (Claim(service, str(address)) for service in services)
            if not services and not self.matcher.is_own(address.host, own):
                yield Claim(UNDECLARED, str(address))

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
        return not _DATA_BLOCK.match(tag.get("type").strip()[:_LONGEST_TYPE])
    if tag.name == "input":
        return tag.get("type").strip().lower() == "image"
    if tag.name == "link":
        return not _LINKS.isdisjoint(tag.get("rel").lower().split())
    return tag.name in _ADDRESSES


def _is_harmless(raw: bytes, tag: StartTag, verdict: Verdict) -> bool:
    """Tell whether a whole tag can be passed over by its bytes, wherever it stands."""
    return tag.name in _CHILDLESS and not verdict and raw.find(b">") == len(raw) - 1


def _urls(tag: StartTag) -> Iterator[str]:
    """Get every address the element loads at once or that a script would make it."""
    for name, value in tag.attributes.items():
        if name in _SETS:
            yield from (found[1] for found in _CANDIDATE.finditer(value))
        elif name in _ADDRESSES[tag.name] or _LAZY.fullmatch(name):
            yield value


def _depends_on_path(tag: StartTag) -> bool:
    if tag.name not in _ADDRESSES:
        return False
    return any(url and not _ROOTED.match(url) for url in _urls(tag))


_ROOTED: Final = re.compile(r"[/\\]|https?:[/\\]{2}|data:", re.IGNORECASE)


def _documents(tag: StartTag) -> Iterator[bytes]:
    if tag.name not in {"iframe", "frame", "object", "embed"}:
        return
    if tag.name == "iframe" and "srcdoc" in tag.attributes:
        yield tag.get("srcdoc").encode()
    yield from filter(None, map(_data, _urls(tag)))


def _data(url: str) -> bytes | None:
    """Get what a ``data:`` URL holds, none if it is no such URL (RFC 2397)."""
    url = url.strip()
    if url[:5].lower() != "data:":
        return None
    header, _, body = url[5:].partition(",")
    content = unquote_to_bytes(body)
    if not header.lower().rstrip().endswith("base64"):
        return content
    try:
        return base64.b64decode(content + b"==")
    except binascii.Error:
        return content
