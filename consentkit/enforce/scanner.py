"""Reads a page in pieces and finds the constructs that matter in it.

A state machine over bytes after the WHATWG tokenizer. It emits what it passes and
leaves every decision about an element to its subclass, the rewriter.
"""

from __future__ import annotations

from typing import Final

from . import html
from .extent import Ends, Extent
from .foreign import DRAWINGS, OUTSIDE, Foreign, Rules
from .piece import Piece, Tag
from .raw_text import RawText
from .skim import every
from .stream import BOM, MAX_HELD
from .tags import is_self_closing, parse_tag, tag_at

__all__ = ["MAX_HELD", "Piece", "Scanner", "Tag"]

#: Elements that are read in another way in SVG and MathML.
_DOUBTFUL: Final = html.RAW | frozenset(b"base noscript script template".split())
_DOCUMENT: Final = frozenset(b"html head body title meta base".split())
#: As long as what tells "<!--", "<![CDATA[" and "<!doctype" from each other.
_MARKUP_NAME: Final = 9


class Scanner(RawText):
    """Takes tags and other markup."""

    __slots__ = (
        "_ahead",
        "_before",
        "_dropped",
        "_foreign",
        "_prologue",
        "_rules",
        "_scripting",
        "_templates",
        "_trusting",
        "is_document",
        "language",
    )

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.is_document = False
        self._foreign = OUTSIDE  #: the drawings that are open
        self._rules = Rules.HTML  #: by which the tag at hand is read
        #: For each open one, whether its content is inert, and what was foreign before.
        self._templates: list[tuple[bool, Foreign]] = []
        self._dropped: Extent | None = None  #: the element that is being left out
        self._before = OUTSIDE, 0  #: what was open before it
        self._ahead = b""  #: the element whose text is read by who looks ahead
        self._scripting = True  #: as a browser that runs scripts reads the page
        self._prologue = False
        self._trusting = False  #: what can be read in two ways may stay

    @property
    def at_rest(self) -> bool:
        """Whether nothing that was read so far bears on what follows."""
        held = self._size or self._dropped or self._foreign or self._templates
        read = self._ahead or self._prologue
        return not (held or read) and self._state == self._in_data

    @property
    def unfinished(self) -> bool:
        """Whether the page ended inside a construct, so that nothing may follow."""
        return bool(self._buffer or self._dropped) or self._state != self._in_data

    def _give_up(self, held: bytes) -> int:
        self._state = self._in_the_rest
        return len(held)

    def _emit(self, piece: bytes | memoryview) -> None:
        if self._dropped is None:
            self._out.append(piece)

    # -- states ------------------------------------------------------------------

    def _in_the_rest(self, piece: Piece, at: int) -> int:
        """Behind what can't be judged, and may have any end."""
        if self._trusting:
            self._emit(piece.page[at:])
        return len(piece.page)

    def _in_data(self, piece: Piece, at: int) -> int | None:
        if self._prologue or self._foreign or self._dropped or self._ahead:
            hit = every(piece.page, at)
        else:
            hit = piece.skim.next(at)
        if hit == at:
            return self._construct(piece, at)
        end = self._text(piece, at, hit)
        if hit is None or end is None:
            return end
        after = self._construct(piece, hit)
        return hit if after is None else after

    def _construct(self, piece: Piece, at: int) -> int | None:
        """Read the tag or other markup that begins here."""
        page = piece.page
        if html.is_markup_start(page, at):
            return self._markup(piece, at)
        whole = tag_at(page, at)
        if whole is None:
            return None
        name, end = whole
        tag = Tag(name, at, end)
        if page.startswith(b"</", at):
            return self._end_tag(piece, tag)
        return self._start_tag(piece, tag)

    def _text(self, piece: Piece, at: int, hit: int | None) -> int | None:
        """Pass on text and tags of no interest, up to a hit or as far as is sure."""
        end = html.safe_cut(piece.page, self._safe(piece, at)) if hit is None else hit
        if self._prologue and not self._inert:
            self._prologue_text(piece.page, at, end)
        else:
            self._emit(piece.page[at:end])
        return end if end > at else None

    def _safe(self, piece: Piece, at: int) -> int:
        """Get a later place that is outside any tag as well, if one is known."""
        skimmed = not (self._prologue or self._foreign or self._dropped)
        return max(at, piece.skim.safe) if skimmed else at

    def _markup(self, piece: Piece, at: int) -> int | None:
        """At a comment, doctype, CDATA section or bogus comment."""
        page, final = piece.page, piece.final
        if len(page) - at < _MARKUP_NAME and not final:
            return None
        if page[at : at + _MARKUP_NAME].lower() == b"<!doctype":
            self.is_document = True
        cdata = self._foreign.cdata if self._foreign else Rules.HTML
        end = html.markup_end(page, at, foreign=cdata is Rules.FOREIGN)
        doubt = cdata is Rules.DOUBT and not self._trusting
        is_section = doubt and html.is_cdata(page, at)
        if is_section and end is not None and not page.endswith(b"]]>", at, end):
            # It ends here by one reading only: what follows is taken for markup.
            self._doubted(Tag(b"![cdata[", at, end))
            return end
        if end is None and page.startswith(b"<!--", at) and not final:
            # Comments may be long and never matter: they pass while they come.
            end = max(at + 4, len(page) - 3)
            self._state = self._in_comment
        if end is not None:
            self._emit(page[at:end])
        return end

    # -- tags --------------------------------------------------------------------

    @property
    def _in_foreign(self) -> bool:
        """Whether the tag at hand is one of SVG or MathML for sure."""
        return self._rules is Rules.FOREIGN

    @property
    def _is_alive(self) -> bool:
        """Whether browsers will see an element that begins here."""
        return self._dropped is None and not self._inert

    @property
    def _inert(self) -> bool:
        """Whether we are inside a template that no one has used yet."""
        return bool(self._templates) and self._templates[-1][0]

    def _start_tag(self, piece: Piece, tag: Tag) -> int | None:
        self._note(tag.name)
        self._note_rules(tag.name, piece.page[tag.start : tag.end])
        if self._is_doubtful(tag.name):
            return self._in_doubt(piece, tag)
        after = self._open(piece, tag)
        if tag.name == b"body":
            self._begin_body()
        return after

    def _note(self, name: bytes) -> None:
        """Take notice of what a start tag means by its name alone."""
        if name == b"frameset":
            self._prologue = False  # a banner before it would keep it from being one
        elif name not in html.HEAD and name != b"body":
            self._begin_body()
        if name in _DOCUMENT and not self._inert:
            self.is_document = True
        if self._dropped and self._dropped.ends_before(name):
            self._end_drop()

    def _note_rules(self, name: bytes, raw: bytes) -> None:
        """Take notice of how a start tag is read, and of what is open before it."""
        self._rules = self._foreign.rules(name, raw) if self._foreign else Rules.HTML
        if self._dropped is None:
            self._before = self._foreign, len(self._templates)

    def _open(self, piece: Piece, tag: Tag) -> int | None:
        """Take an element that there is by every reading."""
        alive = self._is_alive
        if self._dropped and not self._is_empty(piece, tag):
            self._dropped.start(tag.name)
        if tag.name == b"template" and not self._in_foreign:
            attributes = parse_tag(piece.page[tag.start : tag.end]).attributes
            is_inert = "shadowrootmode" not in attributes or self._inert
            self._templates.append((is_inert, self._foreign))
        return self._element(piece, tag) if alive else self._pass(piece, tag)

    def _is_doubtful(self, name: bytes) -> bool:
        """Tell whether an element is left out as it may be read in two ways."""
        return name in _DOUBTFUL and not self._trusting and self._is_in_doubt(name)

    def _is_in_doubt(self, _name: bytes) -> bool:
        """Tell whether an element's content may be text and may be markup."""
        return self._rules is Rules.DOUBT

    def _in_doubt(self, piece: Piece, tag: Tag) -> int | None:
        """Take an element whose content is text by one reading and markup by another.

        It stays if that makes no difference.
        """
        end: int | None = tag.end
        if tag.name in html.TEXT:
            content = html.content(piece.page, tag.name, tag.end)
            if content is None and not piece.final:
                return None
            raw = piece.page[tag.start : tag.end]
            same = content and html.is_text(piece.page, tag.name, *content[:2])
            if same and not is_self_closing(raw):
                return self._open(piece, tag)
            end = content[2] if content else None
        self._doubted(tag)
        if tag.name == b"template":
            inside = self._dropped is not None
            return self._open(piece, tag) if inside else self._drop(piece, tag)
        if end is None or tag.name == b"plaintext":
            self._state = self._in_the_rest
        return len(piece.page) if end is None else end

    def _pass(self, piece: Piece, tag: Tag, edited: bytes | None = None) -> int:
        """Let a start tag pass, and with it the element's content if that is text.

        :param edited: the tag's bytes, where they aren't those of the page.
        """
        name, start, end = tag
        if edited is not None:
            self._emit(edited)
            start = end
        if (self._foreign or name in DRAWINGS) and (plain := self._enter(piece, tag)):
            end = plain
        elif self._in_foreign:
            pass
        elif name == b"script":
            self._script = html.ScriptText()
            close = html.ScriptText().end(piece.page, end)
            if close is None:
                self._state = self._in_script
            else:
                end = close
        elif name == b"plaintext":
            self._state = self._in_plain_text
        elif name in html.RAW or (name == b"noscript" and self._scripting):
            close = html.raw_end(piece.page, name, end)
            if close is None:
                self._raw_name, self._state = name, self._in_raw
            else:
                end = self._past_end_tag(piece, close)
        self._emit(piece.page[start:end])
        return end

    def _past_end_tag(self, piece: Piece, at: int) -> int:
        """Get the end of a text element's end tag, where nothing else hangs on it."""
        tag = None if self._foreign or self._dropped else tag_at(piece.page, at)
        return tag[1] if tag else at

    def _enter(self, piece: Piece, tag: Tag) -> int | None:
        """Enter an element in a drawing; get its end if nothing in it can load."""
        is_whole = tag.end > tag.start
        if tag.name == b"svg" and is_whole and self._dropped is None:
            plain = piece.skim.is_plain_drawing(tag.start)
            if plain is not None:
                return plain
        raw = piece.page[tag.start : tag.end]
        self._foreign = self._foreign.after_start(tag.name, raw)
        if self._foreign.is_beyond:
            self._state = self._in_the_rest
        return None

    def _is_empty(self, piece: Piece, tag: Tag) -> bool:
        """Tell whether an element of SVG or MathML has no content and no end tag."""
        foreign = self._in_foreign or tag.name in DRAWINGS
        return foreign and is_self_closing(piece.page[tag.start : tag.end])

    def _end_tag(self, piece: Piece, tag: Tag) -> int:
        ends = self._dropped.end(tag.name) if self._dropped else Ends.INSIDE
        if ends is not Ends.INSIDE:
            self._end_drop()
        if ends is Ends.AFTER:
            return tag.end
        if tag.name == b"template" and self._templates:
            _, self._foreign = self._templates.pop()
        else:
            self._foreign = self._foreign.after_end(tag.name)
        if tag.name in (b"p", b"br"):
            self._begin_body()
        self._emit(piece.page[tag.start : tag.end])
        return tag.end

    def _drop(self, piece: Piece, tag: Tag) -> int:
        """Leave out an element up to its end."""
        if self._is_empty(piece, tag):
            return tag.end
        if tag.name == b"iframe" and not self._foreign:
            content = html.content(piece.page, tag.name, tag.end)
            if content:
                return content[2]
        self._dropped = Extent(tag.name)
        return self._pass(piece, tag)

    def _end_drop(self) -> None:
        """Go on as if the element had never been there."""
        self._dropped = None
        self._foreign, templates = self._before
        del self._templates[templates:]

    # -- the prologue: what stands before the body's content -----------------------

    def _prologue_text(self, page: bytes, at: int, end: int) -> None:
        """Pass text on; any but white space begins the body."""
        skip = len(BOM) if self._offset + at == 0 and page.startswith(BOM) else 0
        text = html.first_text(page, at + skip, end)
        if text is not None:
            self._emit(page[at:text])
            self._begin_body()
            at = text
        self._emit(page[at:end])

    def _begin_body(self) -> None:
        if self._prologue and not self._inert and self._dropped is None:
            self._prologue = False
            self._body_begins()

    # -- for the subclass ----------------------------------------------------------

    def _body_begins(self) -> None:
        """Add what has to stand first in the body."""

    def _doubted(self, tag: Tag) -> None:
        """Take notice of what is left out, as it may be read in more than one way."""

    def _element(self, piece: Piece, tag: Tag) -> int | None:
        """Decide about an element that is alive, and answer where to go on."""
        return self._pass(piece, tag)
