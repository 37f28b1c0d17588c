"""One refused copy of a page for everybody, with what is withheld held in reserve.

Where an element is left out, a ``template`` holds it: its content belongs to a document
of its own, in which nothing is fetched and no script runs (WHATWG HTML 4.12.3). The
template names what must be granted, and a script of ours moves the content out once the
server says that it is.

Only what certainly stays inside is held. All else is left out as on any other page.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, Final

from .assignments import group_of_purpose
from .rewriter import Rewriter

if TYPE_CHECKING:
    from consentkit.policy import Policy

    from .scanner import Piece, Tag

#: What means nothing outside its own place, or changes what is around it.
_UNHELD: Final = frozenset(
    b"base body frame frameset head html image meta noscript template title".split()
)
#: What would end the template, or have a meaning beyond it.
_BREAKS_OUT: Final = re.compile(rb"</?template|<frameset|<plaintext", re.IGNORECASE)
_MOST: Final = 1 << 18
_UNKNOWN: Final = frozenset({""})  #: no key of a policy
_OPEN: Final = '<template data-consentkit-reserve="{}">'
#: What tells our templates from those that the page, or a text in it, came with.
_OURS: Final = re.compile(rb"data-(?:consentkit-)+(?=reserve)", re.IGNORECASE)


class Reserving(Rewriter):
    """Rewrites a page for everybody; takes what :class:`.Rewriter` takes."""

    def __init__(
        self, policy: Policy, granted: frozenset[str] = frozenset(), **more: Any
    ) -> None:
        super().__init__(policy, granted, **more)
        self._kept: list[bytes | memoryview] | None = None
        self._kept_name = self._kept_end = b""
        self._kept_size = 0
        self._in_frames = False

    def feed(self, data: bytes) -> bytes:
        """Get what can be passed on, now that this piece has come."""
        return self.read(data)

    def _constructs(self) -> None:
        """Get nothing: what is remembered of pages holds no reserves."""

    # -- what is left out ----------------------------------------------------------

    def _start_tag(self, piece: Piece, tag: Tag) -> int | None:
        # Browsers ignore templates among frames, but not what is in them.
        self._in_frames |= tag.name == b"frameset"
        return super()._start_tag(piece, tag)

    def _pass(self, piece: Piece, tag: Tag, edited: bytes | None = None) -> int:
        if tag.name == b"template":
            # Nobody has judged what is in it: it is none of ours to be put in.
            raw = piece.page[tag.start : tag.end] if edited is None else edited
            edited = _OURS.sub(b"data-", raw)
        return super()._pass(piece, tag, edited)

    def _left_out(self, name: bytes, element: bytes) -> None:
        if self._may_hold(name):
            self._hold_back(name, element)

    def _drop(self, piece: Piece, tag: Tag) -> int:
        # Of a start tag that was too long nothing is there any more.
        is_whole = tag.end > tag.start
        self._kept = [] if is_whole and self._may_hold(tag.name) else None
        self._kept_name, self._kept_size, self._kept_end = tag.name, 0, b""
        after = super()._drop(piece, tag)
        if is_whole and self._dropped is None:
            self._left_out(tag.name, piece.page[tag.start : after])
        return after

    def _emit(self, piece: bytes | memoryview) -> None:
        super()._emit(piece)
        if self._dropped is not None and self._kept is not None:
            self._kept.append(piece)
            self._kept_size += len(piece)
            if self._kept_size > _MOST:
                self._kept = None

    def _doubted(self, tag: Tag) -> None:
        self._kept = None
        super()._doubted(tag)

    def _end_tag(self, piece: Piece, tag: Tag) -> int:
        is_own = self._dropped is not None and tag.name == self._kept_name
        self._kept_end = piece.page[tag.start : tag.end] if is_own else b""
        return super()._end_tag(piece, tag)

    def _end_drop(self) -> None:
        kept, self._kept = self._kept, None
        super()._end_drop()
        if kept is not None:
            end = self._kept_end or b"</" + self._kept_name + b">"
            self._hold_back(self._kept_name, b"".join([*kept, end]))

    def _may_hold(self, name: bytes) -> bool:
        """Tell whether an element stands where a template is inert and allowed.

        In SVG and MathML it is an element like others, and inside a shadow root no
        script of ours finds it.
        """
        aside = self._foreign or self._templates or self._in_frames
        return not aside and name not in _UNHELD

    def _hold_back(self, name: bytes, element: bytes) -> None:
        # In a script, tags are text.
        if name != b"script" and _BREAKS_OUT.search(element):
            return
        if needs := self._known_needs(element):
            begin = _OPEN.format(escape(" ".join(sorted(needs)))).encode()
            self._emit(begin + element + b"</template>")

    # -- what it takes -------------------------------------------------------------

    def _known_needs(self, element: bytes) -> frozenset[str] | None:
        key = (element, self._base, self._host, self._block_undeclared)
        memory = self._judge.needs  # which another thread may empty at any time
        known = memory.get(key, _UNKNOWN)
        if known is _UNKNOWN:
            known = self._needs(element)
            memory.remember(key, known, len(element))
        return known

    def _needs(self, element: bytes) -> frozenset[str] | None:
        """Get what must be granted for an element to pass as it is, none if it can't.

        The engine itself says so: it reads the element, and what it withholds is
        granted the next time, until every byte passes.
        """
        granted: frozenset[str] = frozenset()
        while True:
            reader = self._nested(granted, whole=True)
            passed = reader.feed(element) + reader.close()
            if not reader.withheld:
                return granted if passed == element and reader.at_rest else None
            keys = [self._keys(found.service) for found in reader.withheld]
            more = granted.union(*keys)
            if more == granted or not all(keys):
                return None
            granted = more

    def _keys(self, service: str) -> frozenset[str]:
        """Get what visitors grant for a service, or for what markup assigns to."""
        if group := self._judge.matcher.undeclared.get(service):
            return frozenset({group.group})
        names = (service, service.lower(), group_of_purpose(service))
        known = (name for name in names if name and self._policy.knows(name))
        return next(map(self._policy.required, known), frozenset())
