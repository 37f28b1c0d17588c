"""Goes on after constructs that are too long to be held and judged.

What may load is left out up to its end, as if it had never stood there, and what is
text for sure passes while it comes. Where one reading has another end than the other,
nothing passes any more.
"""

from __future__ import annotations

from typing import Final

from . import html
from .extent import Extent
from .foreign import DRAWINGS, UNREAD
from .long_markup import LongMarkup
from .long_tag import LongTag
from .piece import Piece, Tag
from .tags import is_self_closing

#: Elements whose content isn't to be taken for the page's: they go with it.
_HOLDERS: Final = html.TEXT.union(
    DRAWINGS, frozenset(b"audio object template video".split())
)
#: Elements that nobody can assign to a service with what is in them.
_UNHELD: Final = html.VOID.union((b"html", b"head", b"body"))


class Overlong(LongMarkup):
    """Reads constructs of any length without holding them."""

    __slots__ = ("_tag",)
    _tag: LongTag  #: that is being read, which few pages have

    def _give_up(self, held: bytes) -> int:
        if html.is_markup_start(held, 0):
            return self._begin_markup(held)
        self._tag = LongTag(held)
        if self._tag.ended:
            return self._begin_text(held, Tag(self._tag.name, 0, self._tag.ended))
        self._state = self._in_long_tag
        begin = self._begin_end_tag if self._tag.is_end else self._begin_start_tag
        begin(held)
        return len(held)

    # -- elements whose text is too long ---------------------------------------------

    def _begin_text(self, held: bytes, tag: Tag) -> int:
        """Leave out an element that had to be known as a whole, with its text."""
        raw = held[: tag.end]
        self._note_rules(tag.name, raw)
        self._doubted(tag)
        if self._is_doubtful(tag.name):
            return self._begin_either(_alone(held), tag, is_empty=is_self_closing(raw))
        return self._drop(_alone(held), tag)

    def _begin_either(self, piece: Piece, tag: Tag, *, is_empty: bool) -> int:
        """Leave out an element that is text by one reading and markup by the other."""
        if is_empty or tag.name == b"plaintext":
            self._state = self._in_the_rest
            return tag.end
        self._raw_name, self._state = tag.name, self._in_either
        if self._dropped:
            self._dropped.start(tag.name)
        else:
            self._dropped = Extent(tag.name)
        self._enter(piece, tag)
        return tag.end

    def _in_either(self, piece: Piece, at: int) -> int | None:
        """Inside what is text by both readings, up to the first markup."""
        page, name = piece.page, self._raw_name
        found = html.first_markup(page, at)
        if found is None:
            end = len(page) - (0 if piece.final else 1)
        elif len(page) - found <= len(name) + 2 and not piece.final:
            end = found
        else:
            is_end = html.raw_end(page, name, found) == found
            self._state = self._in_data if is_end else self._in_the_rest
            return found
        return end if end > at else None

    # -- tags that are too long ------------------------------------------------------

    def _begin_end_tag(self, held: bytes) -> None:
        """Take an end tag at once, as nothing that it says besides its name counts.

        It passes while it comes, or else without its attributes.
        """
        name = self._tag.name
        raw = b"</%b>" % name
        self._passes = self._dropped is None and not self._ahead
        if not self._passes:
            self._doubted(Tag(name, 0, 0))
        if self._is_alive and self._ahead == name:
            self._ahead = b""
        self._end_tag(_alone(raw), Tag(name, 0, 0 if self._passes else len(raw)))
        if self._passes:
            self._emit(held)

    def _begin_start_tag(self, held: bytes) -> None:
        """Take notice of a start tag's name; the rest of it is still to come."""
        name = self._tag.name
        self._note(name)
        self._passes = self._trusting
        if self._passes:
            self._emit(held)
        else:
            self._doubted(Tag(name, 0, 0))

    def _in_long_tag(self, piece: Piece, at: int) -> int | None:
        """Inside a tag that is longer than may be held."""
        end = self._tag.end(piece.page, at)
        if self._passes:
            self._emit(piece.page[at:end])
        if end is None:
            return len(piece.page)
        self._state = self._in_data
        return end if self._tag.is_end else self._after_long_tag(piece, end)

    def _after_long_tag(self, piece: Piece, end: int) -> int | None:
        """Go on behind a start tag of which nothing but the name is known."""
        tag, is_empty = Tag(self._tag.name, end, end), self._tag.is_empty
        self._note_rules(tag.name, UNREAD)
        if tag.name == b"body":
            self._begin_body()
        if is_empty and (self._in_foreign or tag.name in DRAWINGS):
            return end
        if tag.name in html.TEXT and self._is_doubtful(tag.name):
            return self._begin_either(piece, tag, is_empty=is_empty)
        if self._dropped or self._trusting:
            return self._follow(piece, tag)
        is_assigned = self._tag.is_assigned and tag.name not in _UNHELD
        holds = is_assigned or tag.name in _HOLDERS
        return self._drop(piece, tag) if holds else end

    def _follow(self, piece: Piece, tag: Tag) -> int:
        """Take an element that passes, or goes with the one that it stands in."""
        if self._dropped:
            self._dropped.start(tag.name)
        if tag.name == b"template" and not self._in_foreign:
            self._templates.append((True, self._foreign))
        return self._pass(piece, tag)


def _alone(markup: bytes) -> Piece:
    return Piece(markup, tuple, final=False)
