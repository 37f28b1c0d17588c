"""Puts markup into a page's head before everything that loads or runs there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rewriter import Withheld

#: As far as no page keeps its head from beginning.
_LONGEST: Final = 64 * 1024
_REST_OF_TAG: Final = rb"""(?:[^>"']|"[^"]*"|'[^']*')*+>"""
#: What may stand before the head's content and loads nothing (WHATWG HTML 13.2.6.4).
_LEAD: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s++|<!--(?:-?>|.*?--!?>)|<!(?!--)[^>]*+>|<\?[^>]*+>"
    rb"|<(?:html|head|meta)(?=[\s/>])" + _REST_OF_TAG + rb")*+",
    re.IGNORECASE | re.DOTALL,
)
#: What ends it: text (a byte order mark isn't), an end tag, or another element.
_CONTENT: Final = re.compile(
    rb"(?!\xef\xbb?\Z)[^<]|</|<(?!(?:html|head|meta)[\s/>])[a-z][^\s/>]*+[\s/>]|<[^a-z!?/]",
    re.IGNORECASE,
)
_DOCUMENT: Final = re.compile(rb"<(?:!doctype|html|head|body)[\s/>]", re.IGNORECASE)


class Reader(Protocol):
    """What takes a page in pieces and gives it back."""

    @property
    def withheld(self) -> Sequence[Withheld]:
        """The elements that were left out."""

    @property
    def undeclared(self) -> dict[str, None]:
        """The hosts that nothing declares."""

    def feed(self, data: bytes) -> bytes:
        """Take the next piece, and get what of the page is certain by now."""

    def close(self) -> bytes:
        """Get the rest of the page."""


class Untouched:
    """Gives a page back as it is."""

    def __init__(self) -> None:
        self.withheld: Sequence[Withheld] = ()
        self.undeclared: dict[str, None] = {}

    def feed(self, data: bytes) -> bytes:
        """Get the same piece."""
        return data

    def close(self) -> bytes:
        """Get nothing more."""
        return b""


class Prefaced:
    """Puts markup before the content of the head of what another reader gives back.

    :param whole: a page, even if it has no element that only pages have; a fragment
        gets nothing.
    """

    def __init__(self, reader: Reader, markup: bytes, *, whole: bool) -> None:
        self._reader = reader
        self._markup = markup
        self._whole = whole
        self._held = b""
        self._is_open = True

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
        out = self._reader.feed(data)
        return self._put(out, final=False) if self._is_open else out

    def close(self) -> bytes:
        """Get the rest of the page."""
        rest = self._reader.close()
        return self._put(rest, final=True) if self._is_open else rest

    def _put(self, data: bytes, *, final: bool) -> bytes:
        page = self._held + data
        found = _LEAD.match(page)
        end = found.end() if found else 0
        certain = final or len(page) > _LONGEST or _CONTENT.match(page, end)
        if not certain:
            self._held = page
            return b""
        self._is_open, self._held = False, b""
        if not self._whole and not _DOCUMENT.search(page, 0, end + 8):
            return page
        return page[:end] + self._markup + page[end:]
