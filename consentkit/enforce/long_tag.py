"""Finds the end of a tag that is too long to be held (WHATWG HTML 13.2.5.6 to 40)."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

from . import compiled

#: A longer name is that of no element that means anything here.
_NAME: Final = re.compile(rb"</?([a-zA-Z][^\t\n\f\r />]{0,63}+)")
_REST_OF_NAME: Final = re.compile(rb"[^\t\n\f\r />]*+")
_WORD: Final = re.compile(rb"[^\t\n\f\r />=]*+")
_SPACE: Final = re.compile(rb"[\t\n\f\r ]*+")
_UNQUOTED: Final = re.compile(rb"[^\t\n\f\r >]*+")
#: As many attributes as are here for sure, with what follows them.
_WHOLE: Final = re.compile(
    rb"(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rb"(?:=(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >\"'][^\t\n\f\r >]*+(?=[\t\n\f\r ]))"
    rb"|(?=[\t\n\f\r ]*+[^\t\n\f\r =])))*+"
)


#: As an attribute's name, it says what must be granted for the element.
_ASSIGNS: Final = b"data-consent"


class _In(IntEnum):
    """Where in a tag one is; compiled code counts alike."""

    BETWEEN = 0  #: attributes
    NAME = 1
    AFTER_NAME = 2
    BEFORE_VALUE = 3
    UNQUOTED = 4
    TAG_NAME = 5
    DOUBLE_QUOTED = 6
    SINGLE_QUOTED = 7


_SKIPPED: Final = {
    _In.BETWEEN: _WHOLE,
    _In.NAME: _WORD,
    _In.AFTER_NAME: _SPACE,
    _In.BEFORE_VALUE: _SPACE,
    _In.UNQUOTED: _UNQUOTED,
    _In.TAG_NAME: _REST_OF_NAME,
}
_QUOTES: Final = {b'"': _In.DOUBLE_QUOTED, b"'": _In.SINGLE_QUOTED}
_QUOTED: Final = {state: quote for quote, state in _QUOTES.items()}


class LongTag:
    """A tag that is read and forgotten piece by piece.

    :param begin: what was held of it.
    """

    def __init__(self, begin: bytes) -> None:
        named = _NAME.match(begin)
        self.name = named[1].lower() if named else b""
        self.is_end = begin.startswith(b"</")
        #: Whether the tag ends itself, where SVG's rules hold.
        self.is_empty = False
        #: Whether its author may have assigned the element to a service.
        self.is_assigned = False
        self._last = b""  #: bytes of what was read before
        self._in = _In.TAG_NAME
        #: Where it ends, if it does in what was held.
        self.ended = self.end(begin, named.end() if named else len(begin))

    def end(self, page: bytes, at: int) -> int | None:
        """Get where the tag ends, if it does in this piece."""
        seam = self._last + page[at : at + len(_ASSIGNS)].lower()
        found = self._find(page, at)
        is_between = found is not None and self._in is _In.BETWEEN
        last = self._last + page[max(at, (found or len(page)) - len(_ASSIGNS)) : found]
        self.is_empty = is_between and last.endswith(b"/>")
        self.is_assigned = self.is_assigned or _ASSIGNS in seam
        self._last = last[-len(_ASSIGNS) :].lower()
        return found

    def _find(self, page: bytes, at: int) -> int | None:
        if compiled.tag_rest:
            end, state, is_assigned = compiled.tag_rest(page, at, self._in)
            self._in = _In(state)
            self.is_assigned = self.is_assigned or bool(is_assigned)
            return end if end >= 0 else None
        found = self._end_from(page, at)
        self.is_assigned = self.is_assigned or _ASSIGNS in page[at:found].lower()
        return found

    def _end_from(self, page: bytes, at: int) -> int | None:
        while at < len(page):
            if quote := _QUOTED.get(self._in):
                at = page.find(quote, at) + 1
                if not at:
                    return None
                self._in = _In.BETWEEN
                continue
            skipped = _SKIPPED[self._in].match(page, at)
            at = skipped.end() if skipped else at
            if at < len(page):
                if page[at : at + 1] == b">":
                    return at + 1
                at += self._step(page[at : at + 1])
        return None

    def _step(self, byte: bytes) -> int:
        """Take what ends the part at hand; get whether it belongs to that."""
        state = self._in
        if state is _In.BETWEEN:
            self._in = _In.NAME  # even with "=" as its first letter
        elif state is _In.BEFORE_VALUE:
            self._in = _QUOTES.get(byte, _In.UNQUOTED)
        elif state in (_In.NAME, _In.AFTER_NAME) and byte == b"=":
            self._in = _In.BEFORE_VALUE
        elif state is _In.NAME and byte != b"/":
            self._in = _In.AFTER_NAME
        else:
            self._in = _In.BETWEEN
            return 0 if state is _In.AFTER_NAME else 1
        return 1
