"""Brings to life what the markup of other consent banners holds back.

Their scripts stand in pages as ``type="text/plain"`` and their frames without ``src``,
until a script of theirs changes that. Here the server does, before the page is judged:
each such element becomes an ordinary one that ``data-consent`` assigns to what its
author said. Then the engine decides about it as about any other, address and all.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from .assignments import group_of_purpose, held_keys
from .matcher import matcher_for
from .skimmer import Skimmer
from .tags import parse_tag, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consentkit.policy import Policy

    from .preface import Reader
    from .rewriter import Withheld
    from .scanner import Piece, Tag
    from .tags import StartTag

#: What stands in each page that holds scripts back, or else frames.
_SCRIPTS: Final = b"text/plain"
_FRAMES: Final = b"data-src"
_SAID: Final = (b"data-c", b"data-name", b"data-service", b"data-purpose", b"optanon")
#: A stream is followed so far for a first sign.
_KEPT: Final = 1 << 20
_LONGEST_TAG: Final = 1 << 16
_LIVE: Final = {"data-src": "src", "data-href": "href"}
_CHANGED: Final = frozenset({"type", "data-type", "data-consent", *_LIVE})


def may_hold(content: bytes) -> bool:
    """Tell whether anything in a page looks like another banner's markup."""
    if _SCRIPTS in content:
        return True
    return _FRAMES in content and any(sign in content for sign in _SAID)


def live_tag(tag: StartTag, keys: Sequence[str]) -> str:
    """Get the start tag of a held element as an ordinary one, assigned to keys."""
    attributes = {n: v for n, v in tag.attributes.items() if n not in _CHANGED}
    for held, live in _LIVE.items():
        if held in tag.attributes:
            attributes.setdefault(live, tag.get(held))
    kind = tag.get("data-type")
    if kind and kind != "placeholder":
        attributes["type"] = kind
    demanded = (tag.get("data-consent"), *keys)
    attributes["data-consent"] = " ".join(filter(None, demanded)) or "essential"
    written = (f' {n}="{html.escape(v)}"' for n, v in attributes.items())
    return f"<{tag.name}{''.join(written)}>"


class Enlivened:
    """Gives a reader the page with what was held back as ordinary elements.

    Nearly all pages hold nothing: they pass as they come, at the cost of a search.
    """

    def __init__(self, reader: Reader, policy: Policy) -> None:
        self._reader = reader
        self._policy = policy
        self._scanner: _Enlivener | None = None
        self._passed: list[bytes] = []  #: what went on before the first sign
        self._size = 0
        self._held = b""
        self._surplus = 0  #: bytes that the scanner gives and that went on before

    @property
    def withheld(self) -> Sequence[Withheld]:
        """The elements that were left out."""
        return self._reader.withheld

    @property
    def undeclared(self) -> dict[str, None]:
        """The hosts that nothing declares."""
        return self._reader.undeclared

    def feed(self, data: bytes) -> bytes:
        """Take the next piece, and get what of the page is certain by now."""
        return self._reader.feed(self._enlivened(data))

    def close(self) -> bytes:
        """Get the rest of the page."""
        rest, self._held = self._held, b""
        if self._scanner:
            rest = self._new(self._scanner.close())
        return self._reader.feed(rest) + self._reader.close()

    def _enlivened(self, data: bytes) -> bytes:
        if self._scanner:
            return self._new(self._scanner.feed(data))
        if self._size > _KEPT:
            return data
        data = self._held + data if self._held else data
        if may_hold(data):
            self._scanner = _Enlivener(self._policy, self._size)
            self._surplus = self._size
            self._held = b""
            return self._new(self._scanner.feed(b"".join([*self._passed, data])))
        return self._pass(data)

    def _pass(self, data: bytes) -> bytes:
        """Pass on all but a tag that is open at the end: the sign may be in it."""
        last = data.rfind(b"<")
        is_open = last > data.rfind(b">") and len(data) - last < _LONGEST_TAG
        end = last if is_open else len(data)
        self._held = data[end:]
        data = data[:end]
        if data:
            self._passed.append(data)
            self._size += len(data)
        return data

    def _new(self, data: bytes) -> bytes:
        surplus = min(self._surplus, len(data))
        self._surplus -= surplus
        return data[surplus:]


class _Enlivener(Skimmer):
    """Rewrites the start tags of held elements.

    :param sent: so much of the page has gone on already.
    """

    def __init__(self, policy: Policy, sent: int) -> None:
        super().__init__()
        self._trusting = True  # nothing is judged here
        self._sent = sent
        self._is_known = _known_by(policy)

    def _element(self, piece: Piece, tag: Tag) -> int | None:
        raw = piece.page[tag.start : tag.end]
        if self._in_foreign or self._offset + tag.start < self._sent:
            return self._pass(piece, tag)
        parsed = parse_tag(raw)
        keys = held_keys(parsed, self._is_known)
        if keys is None:
            return self._pass(piece, tag)
        coding = "latin-1" if _is_latin(raw) else "utf-8"
        live = live_tag(parsed, keys).encode(coding, "xmlcharrefreplace")
        return self._pass(piece, tag, live)


def _is_latin(raw: bytes) -> bool:
    return text_of(raw) != raw.decode("utf-8", "replace")


def _known_by(policy: Policy) -> Callable[[str], bool]:
    """Get what tells whether a key in markup names something that can be granted."""
    services = matcher_for(policy).services

    def is_known(key: str) -> bool:
        names = (key, key.lower(), group_of_purpose(key) or "")
        return key in services or any(map(policy.knows, names))

    return is_known
