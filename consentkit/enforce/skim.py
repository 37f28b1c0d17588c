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

_MARK: Final = re.compile(rb"data-consent(?!-)")


class Skim:
    """One piece of a page, in which every search goes on where the last one ended.

    :param low: the page in lower case.
    :param harmless: raw tags that load nothing and change nothing.
    """

    def __init__(self, page: bytes, low: bytes, harmless: Container[bytes]) -> None:
        self._page = page
        self._low = low
        self._harmless = harmless
        self._has_marks = _MARK.search(low) is not None
        self._ahead = -1

    def trust_nothing(self) -> None:
        """Pass over no tag any more because of its bytes."""
        self._harmless = ()

    def every(self, at: int) -> int | None:
        """Get the next tag or other markup, whatever it is."""
        found = html.EVERY.search(self._low, at)
        return found.start() if found else None

    def next(self, at: int) -> int | None:
        """Get the next construct that changes the state or may be withheld."""
        if self._ahead < at:
            hit = self._interesting(at)
            self._ahead = len(self._low) if hit is None else hit
        marked = self._marked(at, self._ahead) if self._has_marks else None
        if marked is not None:
            return marked
        return self._ahead if self._ahead < len(self._low) else None

    def is_plain_drawing(self, at: int) -> int | None:
        """Get the end of the SVG that begins here, if nothing in it can load."""
        plain = html.PLAIN_SVG.match(self._low, at)
        if plain is None or (
            self._has_marks and _MARK.search(self._low, at, plain.end())
        ):
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
        return None

    def _end_of_harmless(self, begin: bytes, at: int) -> int | None:
        """Get the end of a comment or drawing, where no mark has to be looked for."""
        if self._has_marks:
            return None
        if begin == b"<svg":
            return self.is_plain_drawing(at)
        if begin == b"<!" and self._low.startswith(b"<!--", at):
            return html.comment_end(self._low, at)
        return None

    def _marked(self, safe: int, end: int) -> int | None:
        """Get the next start tag that its author assigned to a group or service."""
        found = _MARK.search(self._low, safe, end)
        while found:
            start = html.enclosing_tag(self._low, safe, found.start())
            if start is not None:
                return start
            safe = found.start()
            found = _MARK.search(self._low, found.end(), end)
        return None
