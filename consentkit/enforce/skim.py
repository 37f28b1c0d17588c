"""Skims a piece of a page for the next construct that matters.

Ordinary tags are never read: what is found is proved not to stand inside one. Tags,
comments and drawings that are known to be harmless are passed over without a stop.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from . import html

if TYPE_CHECKING:
    from collections.abc import Container

_WS: Final = rb"[\t\n\f\r ]*+"
_IS: Final = _WS + rb"=" + _WS
_BEFORE: Final = rb"[\t\n\f\r /\"']"
#: Words of code that fetches something, and what may hide them.
_FETCHES: Final = (
    rb"//|src|import|image|fetch|beacon|xmlhttp|createel|setattr|html|write|getscript"
    rb"|worker|eventsource|websocket|style|audio|background|poster|caches|request"
    rb"|fontface|\.data|[\[&\\]"
)
_SCHEME: Final = b"javascript:"
_REFERENCE: Final = (
    rb"&(?:(?:tab|newline|colon);|#(?:0*(?:9|1[03]|58|6[5-9]|[789]\d|1[01]\d|12[0-2])"
    rb"|x0*(?:9|[ad]|3a|[46][1-9a-f]|[57][0-9a]))(?![0-9a-f]))"
)
#: A script's address, but for one in quotes that does nothing; with what browsers take
#: out; and with letters or marks as references.
_SCRIPTS: Final = (
    *(
        rb"%b(?<=%b%b)(?!(?:void\(0\))?;?%b)" % (_SCHEME, quote, _SCHEME, quote)
        for quote in (b'"', b"'")
    ),
    rb"%b(?<![\"']%b)" % (_SCHEME, _SCHEME),
    rb"[\t\n\r]*".join(re.findall(b".", _SCHEME)) + rb"(?<!" + _SCHEME + rb")",
    _REFERENCE,
)


def _holding(words: bytes) -> bytes:
    """Get an expression for a value that holds one of some words, or may."""
    quoted = (rb"%b[^%b]*?(?:%b)" % (quote, quote, words) for quote in (b'"', b"'"))
    return rb"(?=" + _IS + rb"(?:" + b"|".join(quoted) + rb"|[^\"'\t\n\f\r >]))"


def _word(letters: bytes) -> bytes:
    """Get an expression for the beginning of a name.

    It begins with the letters, as a search for those is ten times as fast as one for
    what may stand before them.
    """
    return letters + rb"(?<=" + _BEFORE + letters + rb")"


#: Each way in which a tag that is passed over by its name may matter after all. They
#: only look ahead, so that none hides another, and no further than to a value's end.
_ATTENTION: Final = (
    re.compile(rb"data-consent(?!-)"),
    re.compile(
        rb"style(?=" + _IS + rb"(?:\"(?:[^\"\\&(]++|(?<!url|set)\()*+[\\&(]"
        rb"|'(?:[^'\\&(]++|(?<!url|set)\()*+[\\&(]|[^\"'\t\n\f\r >]))"
    ),
    re.compile(_word(b"ping") + rb"(?=" + _IS + rb"[^>])"),
    re.compile(_word(b"background") + rb"(?=" + _IS + rb"[^>])"),
    re.compile(_word(b"on") + rb"[a-z]{3,}" + _holding(_FETCHES)),
    *map(re.compile, _SCRIPTS),
    # A name that is too long to be looked through in no time is worth reading, too.
    re.compile(
        rb"data-(?:[a-z0-9_\-]{60}|"
        rb"[a-z0-9_\-]{0,59}(?:src|bg|bgset|background|image|im?g|url|poster|style)"
        rb"(?=" + _IS + rb"(?:[\"'][^\"']|[^\"'\t\n\f\r >])))"
    ),
)
_FAR: Final = re.compile(rb"url\((?!#)")


def every(page: bytes, at: int) -> int | None:
    """Get the next tag or other markup, whatever it is."""
    found = html.EVERY.search(page, at)
    return found.start() if found else None


class Skim:
    """One piece of a page, in which every search goes on where the last one ended.

    :param harmless: raw tags that load nothing and change nothing.
    """

    def __init__(self, page: bytes, harmless: Container[bytes]) -> None:
        self._page = page
        self._low = low = page.lower()  # keeps offsets
        self._harmless = harmless
        self._marks = [mark for mark in _ATTENTION if mark.search(low)]
        self._ahead = -1
        self.safe = 0  #: up to here all tags and comments are passed

    def trust_nothing(self) -> None:
        """Pass over no tag any more because of its bytes."""
        self._harmless = ()

    def next(self, at: int) -> int | None:
        """Get the next construct that changes the state or may be withheld."""
        if self._ahead < at:
            hit = self._interesting(at)
            self._ahead = len(self._low) if hit is None else hit
        marked = self._marked(at, self._ahead) if self._marks else None
        if marked is not None:
            return marked
        return self._ahead if self._ahead < len(self._low) else None

    def is_plain_drawing(self, at: int) -> int | None:
        """Get the end of the SVG that begins here, if nothing in it can load."""
        plain = html.PLAIN_SVG.match(self._low, at)
        if plain is None or _may_reach_out(plain[0]):
            return None
        if any(mark.search(self._low, at, plain.end()) for mark in self._marks):
            return None
        return plain.end()

    def _interesting(self, at: int) -> int | None:
        low, page, harmless = self._low, self._page, self._harmless
        search, is_data = html.INTEREST.search, html.is_data
        safe = at
        while found := search(low, at):
            hit = found.start()
            end = low.find(b">", hit) + 1
            if page[hit:end] in harmless:
                # Its only ">" ends it, or the tag around it: no proof is needed.
                at = end
                continue
            if is_data(low, safe, hit):
                after = self._end_of_harmless(found[0], hit)
                if after is None:
                    return hit
            else:
                after = html.leave_tags(low, safe, hit)
                if after is None or after == hit:
                    return after
            at = safe = after
        self.safe = safe
        return None

    def _end_of_harmless(self, begin: bytes, at: int) -> int | None:
        """Get the end of a comment or drawing, where no mark has to be looked for."""
        if self._marks:
            return None
        if begin == b"<svg":
            return self.is_plain_drawing(at)
        if begin == b"<!" and self._low.startswith(b"<!--", at):
            return html.comment_end(self._low, at)
        return None

    def _marked(self, at: int, end: int) -> int | None:
        """Get the next tag that one of its attributes makes worth reading."""
        found = [self._marked_by(mark, at, end) for mark in self._marks]
        return min((start for start in found if start is not None), default=None)

    def _marked_by(self, mark: re.Pattern[bytes], safe: int, end: int) -> int | None:
        found = mark.search(self._low, safe, end)
        while found:
            start = html.enclosing_tag(self._low, safe, found.start())
            if start is not None and not self._is_harmless(start):
                return start
            safe = found.start()
            found = mark.search(self._low, found.end(), end)
        return None

    def _is_harmless(self, start: int) -> bool:
        end = self._low.find(b">", start) + 1
        return self._page[start:end] in self._harmless


def is_marked(tag: bytes) -> bool:
    """Tell whether an attribute makes a tag in lower case worth reading."""
    return any(mark.search(tag) for mark in _ATTENTION)


def is_plain_drawing(drawing: bytes) -> bool:
    """Tell whether an SVG in lower case loads nothing, and nothing marks it."""
    plain = html.PLAIN_SVG.fullmatch(drawing) is not None
    return plain and not _may_reach_out(drawing) and not is_marked(drawing)


def _may_reach_out(drawing: bytes) -> bool:
    """Tell whether an attribute of a drawing could load something by ``url()``."""
    if b"\\" in drawing or b"&" in drawing:
        return True
    return b"url(" in drawing and _FAR.search(drawing) is not None
