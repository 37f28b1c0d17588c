"""Rewrites what browsers without scripts see; with them it is mere text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from . import html
from .decider import Decider, Withheld
from .gap import gap_of
from .judge import UNDECLARED, Claim, Verdict
from .plain import is_bare
from .scanner import MAX_HELD
from .tags import ATTRIBUTES, parse_tag

if TYPE_CHECKING:
    from .compiled import Stop
    from .scanner import Piece, Tag

_NONE: Final = Verdict()
#: What services give for browsers without scripts.
_PIXEL: Final = re.compile(
    rb"([\t\n\f\r ]*+)(<img(?=[\t\n\f\r /])%b|(<iframe(?=[\t\n\f\r /])%b)</iframe>)"
    rb"([\t\n\f\r ]*+)" % (ATTRIBUTES, ATTRIBUTES),
    re.IGNORECASE,
)


class Unscripted(Decider):
    """Reads ``noscript`` elements."""

    __slots__ = ()

    def _noscript(self, piece: Piece, tag: Tag) -> int | None:
        """Rewrite what browsers without scripts see; with them it is mere text."""
        close = html.raw_end(piece.page, b"noscript", tag.end)
        if close is None and not piece.final:
            return self._endless(piece, tag)
        raw = piece.page[tag.start : tag.end]
        bare = is_bare(raw)
        verdict = _NONE if bare else self._judge.tag(raw, self._base, self._host)
        if refused := self._refused(verdict):
            self._withhold(tag, refused)
            return self._drop(piece, tag)
        self._emit(self._edited(raw, verdict.cuts, tag) or raw)
        self._emit(self._unscripted(piece.page[tag.end : close], tag.end))
        return self._after_text(piece, close)

    def _whole_noscript(self, page: bytes, found: Stop) -> bytes | None:
        """Rewrite one that is here with its end tag and says nothing by itself."""
        start, tag_end, text_end, end, _ = found
        if not self._scripting or not is_bare(page[start:tag_end]):
            return None
        left = self._unscripted(page[tag_end:text_end], tag_end)
        return page[start:tag_end] + left + page[text_end:end]

    def _unscripted(self, content: bytes, start: int) -> bytes:
        """Rewrite the content of a ``noscript`` that begins at ``start``."""
        simple = self._without_pixel(content, self._offset + start)
        if simple is not None:
            return simple
        key = (content, self._base, self._audience.host, self._audience.visitor)
        known = self._judge.unscripted.get(key)
        if known is None:
            inner = self._nested(scripting=False)
            fleeting = self._judge.fleeting
            left = self._rewrite_unscripted(inner, content)
            known = (*left, fleeting != self._judge.fleeting)
            self.undeclared |= inner.undeclared
            self._for_this_page += inner.has_gaps
            # A placeholder is made for one request, and hosts are to be reported.
            if not inner.has_gaps and not inner.undeclared:
                size = len(content) + len(known[0]) + len(str(self._base))
                self._judge.unscripted.remember(key, known, size)
        self._for_this_page += known[2]
        start += self._offset
        self.withheld += [
            Withheld(w.service, w.element, w.url, start + w.offset) for w in known[1]
        ]
        return known[0]

    def _without_pixel(self, content: bytes, offset: int) -> bytes | None:
        """Get content that is one picture or frame of a service, as it may stay."""
        found = _PIXEL.fullmatch(content)
        if found is None:
            return None
        raw = found[3] or found[2]
        claims, *others = self._judge.tag(raw, self._base, self._host)
        if any(others) or not claims or UNDECLARED in {c.service for c in claims}:
            return None
        missing = [claim for claim in claims if not self._may_load(claim)]
        if not missing:
            return content
        service, url = missing[0]
        name = "iframe" if found[3] else "img"
        if self._placeholder and gap_of(parse_tag(raw), service, self.language):
            return None
        self.withheld.append(Withheld(service, name, url, offset + found.start(2)))
        return found[1] + found[4]

    def _rewrite_unscripted(
        self, inner: Decider, content: bytes
    ) -> tuple[bytes, tuple[Withheld, ...]]:
        rewritten = inner.feed(content) + inner.close()
        # What is open at its end would, without scripts, swallow the page after it.
        cut = inner.unfinished and not self._trusting
        return (b"" if cut else rewritten), tuple(inner.withheld)

    def _after_text(self, piece: Piece, close: int | None) -> int:
        """Go on after an element's text, which may go on to the page's end."""
        if close is None:
            self._state = self._in_the_rest
            return len(piece.page)
        end = self._past_end_tag(piece, close)
        self._emit(piece.page[close:end])
        return end

    def _endless(self, piece: Piece, tag: Tag) -> int | None:
        """Hold an element whose end is to come; leave it out if it is too long."""
        if len(piece.page) - tag.start <= MAX_HELD:
            return None
        if self._trusting:
            return self._pass(piece, tag)
        self._withhold(tag, Claim(UNDECLARED, ""))
        return self._drop(piece, tag)

    # -- for the subclass ----------------------------------------------------------

    def _nested(self, *, scripting: bool = True) -> Unscripted:
        """Get what reads a page inside this one."""
        raise NotImplementedError

    def _refused(self, verdict: Verdict) -> Claim | None:
        """Get what an element asks for and isn't granted, none if it may pass."""
        raise NotImplementedError
