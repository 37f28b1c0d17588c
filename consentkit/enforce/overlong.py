"""Goes on after constructs that are too long to be held and judged.

What may load is left out up to its end, and what is text for sure passes while it
comes. Where neither can be told, nothing passes any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import html
from .foreign import DRAWINGS, Rules
from .long_tag import LongTag
from .piece import Tag
from .scanner import Scanner

if TYPE_CHECKING:
    from .piece import Piece

#: Elements whose content isn't to be taken for the page's: they go with it.
_HOLDERS: Final = html.RAW.union(
    html.RAW
    | DRAWINGS
    | frozenset(b"audio noscript object script template video".split())
)


class Overlong(Scanner):
    """Reads constructs of any length without holding them."""

    _tag: LongTag  #: that is being read, which few pages have
    _ending: bytes  #: of the markup at hand

    def _give_up(self, held: bytes) -> int:
        if self._trusting:
            self._emit(held)
        if self._state != self._in_data or self._ahead:
            self._state = self._in_the_rest
        elif html.is_markup_start(held, 0):
            return self._begin_markup(held)
        elif self._foreign or self._dropped or self._templates:
            self._state = self._in_the_rest
        else:
            self._begin_tag(held)
        return len(held)

    def _begin_tag(self, held: bytes) -> None:
        self._tag, self._state = LongTag(held), self._in_long_tag
        if self._tag.is_end and not self._trusting:
            if self._tag.name in (b"p", b"br"):
                self._begin_body()
            self._emit(held)  # what an end tag says means nothing

    def _begin_markup(self, held: bytes) -> int:
        """Let a bogus comment or CDATA section pass; comments do so anyway."""
        section = html.is_cdata(held, 0)
        rules = self._foreign.cdata if self._foreign and section else Rules.HTML
        if rules is Rules.DOUBT:
            self._state = self._in_the_rest
            return len(held)
        self._ending = b"]]>" if rules is Rules.FOREIGN else b">"
        taken = len(held) - len(self._ending) + 1
        if not self._trusting:
            self._emit(held[:taken])
        self._state = self._in_markup
        return taken

    def _in_markup(self, piece: Piece, at: int) -> int | None:
        """Inside markup that is longer than may be held."""
        found = piece.page.find(self._ending, at)
        end = found + len(self._ending) if found >= 0 else None
        return self._raw_text(piece, at, end, len(self._ending) - 1)

    def _in_long_tag(self, piece: Piece, at: int) -> int:
        """Inside a tag that is longer than may be held."""
        end = self._tag.end(piece.page, at)
        if self._trusting or self._tag.is_end:
            self._emit(piece.page[at:end])
        if end is None:
            return len(piece.page)
        self._state = self._in_data
        if self._tag.is_end:
            return end
        return self._after_long_tag(piece, Tag(self._tag.name, end, end))

    def _after_long_tag(self, piece: Piece, tag: Tag) -> int:
        """Go on behind a start tag of which nothing but the name is known."""
        name = tag.name
        if name not in html.HEAD:
            self.is_document |= name == b"body"
            self._begin_body()
        self._before = self._foreign.readings, len(self._templates)
        if self._trusting:
            if name == b"template":
                self._templates.append((True, self._foreign.readings))
            return self._pass(piece, tag)
        self._doubted(tag)
        if name == b"plaintext":
            self._state = self._in_the_rest
        return self._drop(piece, tag) if name in _HOLDERS else tag.end
