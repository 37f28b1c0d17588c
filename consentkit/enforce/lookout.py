"""Reads a page as those do as well who don't read it as the standard says at once.

Browsers look ahead for what they can load early. That reading builds no tree: names
begin text in SVG and MathML as they do in HTML, and CDATA ends with its first ``>``.
What is one construct to the parser may hold others then. And a set of frames has no
elements in it but frames: the content of all others is markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import html
from .foreign import Rules
from .piece import Tag
from .skimmer import Skimmer
from .tags import tag_at

if TYPE_CHECKING:
    from .piece import Piece

#: An end that is nowhere in sight.
_ENDLESS: Final = b"<!--"


class Lookout(Skimmer):
    """Withholds what browsers may load early, or in a set of frames."""

    __slots__ = ("_in_stream",)

    def __init__(self) -> None:
        super().__init__()
        self._in_stream = False  #: of Turbo, which uses the template in it at once

    @property
    def at_rest(self) -> bool:
        """Whether nothing that was read so far bears on what follows."""
        return not (self._has_frames or self._in_stream) and super().at_rest

    def _construct(self, piece: Piece, at: int) -> int | None:
        is_section = self._foreign and html.is_cdata(piece.page, at)
        if (self._ahead or is_section) and self._is_alive and not self._trusting:
            end = self._end_of(piece, at)
            if end is None and self._ahead:
                return None
            if end is not None and self._is_seen_through(piece, at, end):
                tag = tag_at(piece.page, at)
                self._doubted(Tag(tag[0] if tag else b"!", at, end))
                return end
        return super()._construct(piece, at)

    def _end_of(self, piece: Piece, at: int) -> int | None:
        """Get the end of the construct that begins here, and of its text."""
        page = piece.page
        end: int | None
        if html.is_markup_start(page, at):
            is_foreign = bool(self._foreign) and self._foreign.cdata is Rules.FOREIGN
            end = html.markup_end(page, at, foreign=is_foreign)
        else:
            name, end = tag_at(page, at) or (b"", None)
            if end and name in html.TEXT and not page.startswith(b"</", at):
                raw = page[at:end]
                rules = self._foreign.rules(name, raw) if self._foreign else None
                if rules is not Rules.FOREIGN:
                    content = html.content(page, name, end)
                    end = content[1] if content else None
        return len(page) if end is None and piece.final else end

    def _is_seen_through(self, piece: Piece, start: int, end: int) -> bool:
        """Tell whether something in a construct would be loaded ahead."""
        seen = self._seen_in(piece, start, end)
        return bool(seen) and self._is_harmful(seen)

    def _seen_in(self, piece: Piece, start: int, end: int) -> bytes:
        """Get what of a construct is markup to who looks ahead."""
        page = piece.page
        if not self._ahead:
            is_section = html.is_cdata(page, start)
            cut = page.find(b">", start, end) + 1 if is_section else end
            return page[cut:end]
        close = html.raw_end(page[start:end], self._ahead, 0)
        if close == 0:
            self._ahead = b""
        elif self._ahead == b"script" and page.find(b"<!--", start, end) >= 0:
            return _ENDLESS  # an escape may begin, which ends elsewhere
        return page[start + close : end] if close else b""

    def _enter(self, piece: Piece, tag: Tag) -> int | None:
        is_text = self._in_foreign and tag.name in html.TEXT and not self._ahead
        if is_text and self._is_alive and not self._trusting:
            self._ahead = tag.name
        return super()._enter(piece, tag)

    def _start_tag(self, piece: Piece, tag: Tag) -> int | None:
        if tag.name == b"frameset" and self._is_alive:
            self._has_frames = True
        after = super()._start_tag(piece, tag)
        if after is not None and tag.name == b"turbo-stream":
            self._in_stream = self._is_alive
        elif after is not None and tag.name == b"template" and self._in_stream:
            self._use_template()
        return after

    def _use_template(self) -> None:
        """Take the template that has just begun for one that isn't inert."""
        self._in_stream = False
        if self._templates:
            _, before = self._templates[-1]
            self._templates[-1] = False, before

    def _end_tag(self, piece: Piece, tag: Tag) -> int:
        if tag.name == b"turbo-stream":
            self._in_stream = False
        return super()._end_tag(piece, tag)

    def _is_in_doubt(self, name: bytes) -> bool:
        if self._has_frames and name not in (b"noframes", b"base"):
            return True
        return super()._is_in_doubt(name)

    # -- for the subclass ----------------------------------------------------------

    def _is_harmful(self, _markup: bytes) -> bool:
        """Tell whether markup loads what it mustn't, or what follows it might."""
        return True
