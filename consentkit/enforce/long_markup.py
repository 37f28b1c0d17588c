"""Goes on through comments, sections and the like that are too long to be held.

They load nothing and pass while they come, but where browsers that look ahead may take
part of them for tags. Then they are withheld up to their end, unread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from . import html
from .foreign import Rules
from .piece import Tag
from .scanner import Scanner

if TYPE_CHECKING:
    from .piece import Piece

_COMMENT: Final = b"<!--"
_SECTION: Final = b"![cdata["
_SECTION_END: Final = b"]]>"
_ENDS: Final = {
    Rules.FOREIGN: re.compile(re.escape(_SECTION_END)),
    Rules.HTML: re.compile(rb">"),
}
#: Bytes at a piece's end that may begin any of the ends.
_KEPT: Final = len("--!")


class LongMarkup(Scanner):
    """Reads markup other than tags without holding it."""

    __slots__ = ("_end", "_passes")
    _end: re.Pattern[bytes]  #: of the markup at hand
    _passes: bool  #: whether what comes of the construct at hand may stay

    def _begin_markup(self, held: bytes) -> int:
        """Go on inside markup of which no end came yet; get how much of it is read."""
        is_section = self._foreign and html.is_cdata(held, 0)
        rules = self._foreign.cdata if is_section else Rules.HTML
        if self._trusting and rules is Rules.DOUBT:
            rules = Rules.HTML
        is_seen = bool(self._ahead) and self._is_alive
        self._passes = not is_seen and rules is not Rules.DOUBT
        if not self._passes:
            self._doubted(Tag(_SECTION if is_section else b"!", 0, 0))
        if held.startswith(_COMMENT):
            return self._begin_comment()
        self._end = _ENDS.get(rules, _ENDS[Rules.FOREIGN])
        is_cut = self._passes and self._is_alive and not self._trusting
        is_double = rules is Rules.DOUBT or (rules is Rules.FOREIGN and is_cut)
        self._state = self._in_section if is_double else self._in_markup
        return 0

    def _begin_comment(self) -> int:
        """Go on inside a comment, which passes by itself where it may."""
        self._end, self._state = html.COMMENT_END, self._in_markup
        return len(_COMMENT)  # "<!--!>" is no end (WHATWG HTML 13.2.5.43)

    def _in_markup(self, piece: Piece, at: int) -> int | None:
        """Inside markup that is longer than may be held."""
        page = piece.page
        found = self._end.search(page, at)
        if found:
            self._state = self._in_data
        end = found.end() if found else len(page) - (0 if piece.final else _KEPT)
        if self._passes:
            self._emit(page[at : max(at, end)])
        return end if end > at else None

    def _in_section(self, piece: Piece, at: int) -> int | None:
        """Inside a CDATA section that by another reading ends with the first ``>``."""
        page = piece.page
        cut = page.find(b">", at)
        if cut < 0 or page.endswith(_SECTION_END, at, cut + 1):
            return self._in_markup(piece, at)
        if not self._passes:
            self._state = self._in_the_rest
            return cut
        # Who looks ahead is outside from here on, the parser isn't: no more is said.
        self._emit(page[at:cut] + _SECTION_END)
        self._doubted(Tag(_SECTION, cut, cut))
        self._state, self._passes = self._in_markup, False
        return cut
