"""Reads a page in pieces and finds the constructs that matter in it.

A state machine over bytes after the WHATWG tokenizer. It emits what it passes and
leaves every decision about an element to its subclass, the rewriter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from . import html
from .tags import TAG, parse_tag

#: No construct is held back beyond this; the page is withheld from there instead.
MAX_HELD: Final = 1 << 20

_DOCUMENT: Final = frozenset(b"html head body title meta base".split())
#: As long as what tells "<!--", "<![CDATA[" and "<!doctype" from each other.
_MARKUP_NAME: Final = 9
_MARK: Final = re.compile(rb"data-consent(?!-)")
_BOM: Final = b"\xef\xbb\xbf"


class Piece(NamedTuple):
    """The part of a page at hand: as it came, in lower case, and whether it ends it."""

    page: bytes
    low: bytes
    final: bool


class Tag(NamedTuple):
    """A whole tag in a piece, from ``<`` to after ``>``."""

    name: bytes
    start: int
    end: int


_State = Callable[[Piece, int], int | None]


class Scanner:
    """The states, each of which takes a piece and a position.

    A state answers where it stopped, or None for "hold the rest until more comes".
    """

    def __init__(self) -> None:
        self.language = ""
        self.is_document = False
        self._buffer = b""
        self._offset = 0  #: of the buffer in the page
        self._out: list[bytes] = []
        self._state: _State = self._in_data
        self._raw_name = b""
        self._foreign: list[bytes] = []
        self._templates: list[bool] = []  #: for each open one, whether it is inert
        self._dropped = b""  #: name of the element that is being dropped
        self._depth = 0
        self._prologue = False

    def feed(self, data: bytes) -> bytes:
        """Get what can be passed on, now that this piece has come."""
        self._buffer += data
        return self._run(final=False)

    def close(self) -> bytes:
        """Get the rest of the page."""
        return self._run(final=True)

    @property
    def unfinished(self) -> bool:
        """Whether the page ended inside a construct, so that nothing may follow."""
        return bool(self._buffer or self._depth) or self._state != self._in_data

    def _run(self, *, final: bool) -> bytes:
        page = self._buffer
        piece = Piece(page, page.lower(), final)
        position = 0
        while position < len(page):
            after = self._state(piece, position)
            if after is None:
                break
            position = after
        self._buffer = page[position:]
        self._offset += position
        if len(self._buffer) > MAX_HELD and not final:
            # Too long to be judged, and what follows can't be told from its inside.
            self._buffer, self._state = b"", self._in_overflow
        if final and not self._depth:
            self._out.append(self._buffer)  # browsers drop an unfinished tag
        out = b"".join(self._out)
        self._out.clear()
        return out

    def _emit(self, piece: bytes) -> None:
        if not self._depth:
            self._out.append(piece)

    # -- states ------------------------------------------------------------------

    @staticmethod
    def _in_overflow(piece: Piece, _at: int) -> int:
        return len(piece.page)

    def _in_data(self, piece: Piece, at: int) -> int | None:
        if self._prologue or self._foreign or self._depth:
            hit = _every_hit(piece.low, at)
        else:
            hit = _interesting_hit(piece.low, at)
        if hit != at:
            return self._text(piece, at, hit)
        if html.is_markup_start(piece.low, at):
            return self._markup(piece, at)
        whole = TAG.match(piece.page, at)
        name = html.NAME.match(piece.low, at)
        if whole is None or name is None:
            return None
        tag = Tag(name[1], at, whole.end())
        if piece.low.startswith(b"</", at):
            return self._end_tag(piece, tag)
        return self._start_tag(piece, tag)

    def _text(self, piece: Piece, at: int, hit: int | None) -> int | None:
        """Pass on text and tags of no interest, up to a hit or as far as is sure."""
        end = hit
        if end is None:
            end = len(piece.page) if piece.final else html.safe_cut(piece.low, at)
        if self._prologue and not self._inert:
            self._prologue_text(piece.page, at, end)
        else:
            self._emit(piece.page[at:end])
        return end if end > at else None

    def _in_raw(self, piece: Piece, at: int) -> int | None:
        """Inside an element whose content is text."""
        end = html.raw_end(piece.low, self._raw_name, at)
        if end is not None:
            self._state = self._in_data
        elif piece.final:
            end = len(piece.page)
        else:  # its end tag may have begun
            end = max(at, len(piece.page) - len(self._raw_name) - 2)
        self._emit(piece.page[at:end])
        if end == at and self._state == self._in_data:
            return self._in_data(piece, at)
        return end if end > at else None

    def _in_comment(self, piece: Piece, at: int) -> int | None:
        """Inside a comment that is longer than the piece it began in."""
        found = html.COMMENT_END.search(piece.low, at)
        if found:
            self._state = self._in_data
        end = found.end() if found else len(piece.page) - (0 if piece.final else 3)
        self._emit(piece.page[at : max(at, end)])
        return end if end > at else None

    def _markup(self, piece: Piece, at: int) -> int | None:
        """At a comment, doctype, CDATA section or bogus comment."""
        page, low, final = piece
        if len(page) - at < _MARKUP_NAME and not final:
            return None
        if low.startswith(b"<!doctype", at):
            self.is_document = True
        end = html.markup_end(low, at, foreign=self._in_foreign)
        if end is None and low.startswith(b"<!--", at) and not final:
            # Comments may be long and never matter: they pass while they come.
            end = max(at + 4, len(page) - 3)
            self._state = self._in_comment
        if end is not None:
            self._emit(page[at:end])
        return end

    # -- tags --------------------------------------------------------------------

    @property
    def _in_foreign(self) -> bool:
        """Whether the rules of SVG or MathML hold here."""
        return bool(self._foreign) and self._foreign[-1] in (b"svg", b"math")

    @property
    def _inert(self) -> bool:
        """Whether we are inside a template that no one has used yet."""
        return any(self._templates)

    def _start_tag(self, piece: Piece, tag: Tag) -> int | None:
        raw = piece.page[tag.start : tag.end]
        if tag.name not in html.HEAD and tag.name != b"body":
            self._begin_body()
        if tag.name in _DOCUMENT and not self._inert:
            self.is_document = True
        if tag.name == self._dropped:
            self._depth += 1
        if self._foreign:
            self._foreign_tag(raw, tag.name)
        if tag.name in (b"svg", b"math"):
            return self._drawing(piece, tag)
        alive = not self._depth and not self._inert
        if tag.name == b"template" and not self._in_foreign:
            self._templates.append("shadowrootmode" not in parse_tag(raw).attributes)
        after = self._element(piece, tag) if alive else self._pass(piece, tag)
        if tag.name == b"body":
            self._begin_body()
        return after

    def _pass(self, piece: Piece, tag: Tag) -> int | None:
        """Let a start tag pass, and with it the element's content if that is text."""
        name, start, end = tag
        if not self._in_foreign:
            if name == b"script":
                close = html.script_end(piece.low, end)
                if close is None and not piece.final:
                    return None
                end = len(piece.page) if close is None else close
            elif name in html.RAW or (name == b"noscript" and self._depth):
                # Nothing ends <plaintext>.
                self._raw_name = b"\0" if name == b"plaintext" else name
                self._state = self._in_raw
        self._emit(piece.page[start:end])
        return end

    def _drawing(self, piece: Piece, tag: Tag) -> int:
        """Let an SVG or MathML element pass, whole if nothing in it can load."""
        end = tag.end
        plain = html.PLAIN_SVG.match(piece.low, tag.start)
        if plain and not _MARK.search(piece.low, tag.start, plain.end()):
            end = plain.end()
        elif not piece.page.startswith(b"/>", end - 2):
            self._foreign.append(tag.name)
        self._emit(piece.page[tag.start : end])
        return end

    def _foreign_tag(self, raw: bytes, name: bytes) -> None:
        if self._in_foreign and name in html.BREAKOUT:
            self._foreign.clear()
        elif name in html.INTEGRATION and not raw.endswith(b"/>"):
            self._foreign.append(name)

    def _end_tag(self, piece: Piece, tag: Tag) -> int:
        if tag.name in self._foreign:
            while self._foreign.pop() != tag.name:
                pass
        if tag.name == b"template" and self._templates and not self._in_foreign:
            self._templates.pop()
        if tag.name in (b"p", b"br"):
            self._begin_body()
        self._emit(piece.page[tag.start : tag.end])
        if tag.name == self._dropped:
            self._depth -= 1
            self._dropped = self._dropped if self._depth else b""
        return tag.end

    def _drop(self, name: bytes) -> None:
        """Emit nothing up to the end of the element that has just begun."""
        self._dropped, self._depth = name, 1

    # -- the prologue: what stands before the body's content -----------------------

    def _prologue_text(self, page: bytes, at: int, end: int) -> None:
        """Pass text on; any but white space begins the body."""
        skip = len(_BOM) if self._offset + at == 0 and page.startswith(_BOM) else 0
        text = html.first_text(page, at + skip, end)
        if text is not None:
            self._emit(page[at:text])
            self._begin_body()
            at = text
        self._emit(page[at:end])

    def _begin_body(self) -> None:
        if self._prologue and not self._inert:
            self._prologue = False
            self._body_begins()

    # -- for the subclass ----------------------------------------------------------

    def _body_begins(self) -> None:
        """Add what has to stand first in the body."""

    def _element(self, piece: Piece, tag: Tag) -> int | None:
        """Decide about an element that is alive, and answer where to go on."""
        return self._pass(piece, tag)


def _every_hit(low: bytes, at: int) -> int | None:
    found = html.EVERY.search(low, at)
    return found.start() if found else None


def _interesting_hit(low: bytes, at: int) -> int | None:
    """Get the next construct of interest that isn't inside an ordinary tag."""
    safe = at
    found = html.INTEREST.search(low, at)
    while found and not html.is_data(low, safe, found.start()):
        after = html.leave_tags(low, safe, found.start())
        if after is None:
            found = None
        elif after == found.start():
            break
        else:
            safe = after
            found = html.INTEREST.search(low, safe)
    end = found.start() if found else None
    marked = _marked_tag(low, safe, len(low) if end is None else end)
    return end if marked is None else marked


def _marked_tag(low: bytes, safe: int, end: int) -> int | None:
    """Get the next start tag that its author assigned to a group or service."""
    found = _MARK.search(low, safe, end)
    while found:
        start = html.enclosing_tag(low, safe, found.start())
        if start is not None:
            return start
        found = _MARK.search(low, found.end(), end)
    return None
