"""Takes a page in pieces and gives it back without what wasn't agreed to.

Splices only: every byte outside a withheld element comes out as it went in. What is
held back between two pieces is one open construct.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from . import compiled, html
from .css import may_load
from .decider import Banner, Placeholder, Withheld
from .foreign import Rules
from .judge import UNDECLARED, Claim, Verdict
from .plain import is_bare
from .recall import LEAST, Walk
from .scanner import MAX_HELD, Tag
from .skimmer import Kind
from .stretches import stretches_of
from .tags import parse_tag
from .unscripted import Unscripted
from .urls import resolve

if TYPE_CHECKING:
    from .compiled import Stop
    from .scanner import Piece

__all__ = ["Banner", "Placeholder", "Rewriter", "Withheld"]

_RUNS: Final = Verdict(runs=True, runs_drawn=True)
_EMBEDS: Final = frozenset(b"iframe embed video object".split())
#: Elements that are withheld with what is in them.
_HOLDERS: Final = _EMBEDS | {b"audio", b"script"}
#: How deep pages in pages are read.
_DEEPEST: Final = 4
#: What isn't plain text in a style sheet inside SVG.
_MARKUP: Final = re.compile(rb"[<&]")


class Rewriter(Unscripted):
    """Rewrites one page for one visitor.

    :param granted: group and service keys; essential ones need not be named.
    :param url: the page's address, for relative URLs and first-party rules.
    :param banner: markup for the start of the body, or a function of the page's
        language. A fragment (no doctype, ``html``, ``head`` or ``body``) gets none.
    :param placeholder: makes what stands for withheld elements that a person would see.
    :param marker: follows the page if something was withheld and a banner asked for.
    :param block_undeclared: withhold third parties that nothing declares, too.
    :param whole: the page gets its banner even if it looks like a fragment.
    """

    __slots__ = ()

    def feed(self, data: bytes) -> bytes:
        """Get what can be passed on, now that this piece has come."""
        if compiled.skim or len(data) < LEAST or self._level:
            return super().feed(data)
        memory = stretches_of(self._judge, self._host)
        return Walk(self, memory, self._audience.visitor).run(data)

    def close(self) -> bytes:
        """Get the rest of the page, with what has to follow it."""
        rest = super().close()
        if self.unfinished:
            return rest
        self._begin_body()
        if self.withheld and self._has_banner:
            self._emit(self._marker)
        if self._out:
            rest += b"".join(self._out)
            self._out.clear()
        return rest

    def _body_begins(self) -> None:
        if self.is_document or self._whole:
            banner = self._banner
            self._has_banner = True
            self._emit(banner if isinstance(banner, bytes) else banner(self.language))

    # -- elements ------------------------------------------------------------------

    def _element(self, piece: Piece, tag: Tag) -> int | None:
        name = tag.name
        if name == b"base":
            return self._base_element(piece, tag)
        if name in (b"html", b"head", b"body"):
            raw = piece.page[tag.start : tag.end]
            if name == b"html" and not self._in_foreign:
                self.language = self.language or parse_tag(raw).get("lang")
            verdict = self._judge.tag(raw, self._base, self._host)
            return self._pass(piece, tag, self._edited(raw, verdict.cuts, tag))
        if name == b"style":
            return self._style(piece, tag)
        if name == b"noscript" and self._scripting and not self._in_foreign:
            return self._noscript(piece, tag)
        if name == b"script" and not self._in_foreign:
            whole = html.whole_script(piece.page, tag.end)
            return (
                self._whole_script(piece, tag, *whole)
                if whole
                else self._judged(piece, tag)
            )
        return self._judged(piece, tag)

    def _judged(self, piece: Piece, tag: Tag) -> int | None:
        raw = piece.page[tag.start : tag.end]
        verdict = self._judge.tag(raw, self._base, self._host)
        refused = self._refused(verdict) if verdict else None
        judged = self._may_run(verdict) or verdict.maps
        if refused is None and judged and not self._is_empty(piece, tag):
            code = self._code(piece, tag)
            if code is None and len(piece.page) - tag.start <= MAX_HELD:
                return None
            refused = self._refused_code(code)
        if refused is None:
            return self._pass(piece, tag, self._edited(raw, verdict.cuts, tag))
        self._withhold(tag, refused)
        if verdict.assignments or tag.name in _EMBEDS:
            self._fill_gap(parse_tag(raw), refused.service)
        holds = verdict.assignments or tag.name in _HOLDERS
        if holds and tag.name not in html.VOID:
            return self._drop(piece, tag)
        self._left_out(tag.name, raw)
        return tag.end

    def _whole_script(self, piece: Piece, tag: Tag, close: int, end: int) -> int:
        """Decide about a script that is here from its start tag to its end tag."""
        raw = piece.page[tag.start : tag.end]
        verdict = (
            _RUNS if is_bare(raw) else self._judge.tag(raw, self._base, self._host)
        )
        refused = self._refused(verdict) if verdict else None
        if refused is None and self._may_run(verdict):
            code = piece.page[tag.end : close]
            refused = self._refused_code(code)
            if refused is None and self._rules is Rules.DOUBT:
                refused = self._refused_code(html.text_of_drawing(code))
        if refused:
            self._withhold(tag, refused)
            self._left_out(tag.name, piece.page[tag.start : end])
        elif verdict.maps:
            self._emit(self._edited(raw, verdict.cuts, tag) or raw)
            self._emit(self._mapped(piece, tag, close) + piece.page[close:end])
        else:
            shown = self._edited(raw, verdict.cuts, tag) if verdict.cuts else None
            content = tag.start if shown is None else tag.end
            self._emit((shown or b"") + piece.page[content:end])
        return end

    def _may_run(self, verdict: Verdict) -> bool:
        """Tell whether a script's text runs, by one way to read its tag."""
        as_html = verdict.runs and self._rules is not Rules.FOREIGN
        return as_html or (verdict.runs_drawn and self._rules is not Rules.HTML)

    def _mapped(self, piece: Piece, tag: Tag, close: int) -> bytes:
        """Get the text of an import map without the addresses of refused services."""
        rules = piece.page[tag.end : close]
        edited = self._edited(
            rules, self._judge.import_map(rules), tag, tag.end - tag.start
        )
        return rules if edited is None else edited

    def _base_element(self, piece: Piece, tag: Tag) -> int | None:
        """Decide about what the page's URLs, and those in its scripts, resolve against.

        The parser goes by the first that stands in the page itself; who looks ahead, by
        the first that is a good address, in drawings and shadow roots as well.
        """
        href = parse_tag(piece.page[tag.start : tag.end]).attributes.get("href")
        address = resolve(href, self._base) if href is not None else None
        if address is None:
            return self._judged(piece, tag)
        if not (self._in_foreign or self._templates or self._has_base):
            self._has_base = True
            self._base = address
            self._is_rooted = False
            piece.skim.trust_nothing()
        if refused := self._refused_base(address):
            self._withhold(tag, refused)
            return tag.end
        return self._judged(piece, tag)

    def _style(self, piece: Piece, tag: Tag) -> int | None:
        """Rewrite what the text of a ``style`` element loads."""
        if self._is_empty(piece, tag):
            return self._judged(piece, tag)
        close = html.raw_end(piece.page, b"style", tag.end)
        if close is None and not piece.final:
            return self._endless(piece, tag)
        css = piece.page[tag.end : close]
        drawn = self._in_foreign and _MARKUP.search(css)
        if not drawn and not may_load(css.lower()):
            return self._judged(piece, tag)
        raw = piece.page[tag.start : tag.end]
        text = html.text_of_drawing(css) if drawn else css
        cuts = self._judge.style(text, self._base, self._host)
        edited = self._edited(text, cuts, tag, len(raw))
        if drawn and not self._trusting and b"<style" in css.lower():
            # Styles in styles: whose text is whose can't be told, and nobody means it.
            self._withhold(tag, Claim(UNDECLARED, ""))
            edited = b""
        verdict = self._judge.tag(raw, self._base, self._host)
        if edited is None or self._refused(verdict):
            return self._judged(piece, tag)
        self._emit(self._edited(raw, verdict.cuts, tag) or raw)
        # In SVG, markup may stand in the text: all of it goes.
        self._emit(b"" if drawn else edited)
        if drawn:
            self._enter(piece, tag)
        return self._after_text(piece, close)

    def _left_out(self, name: bytes, element: bytes) -> None:
        """Take notice of a whole element that is withheld."""

    def _doubted(self, tag: Tag) -> None:
        if self._dropped is None:
            self._withhold(tag, Claim(UNDECLARED, ""))

    def _code(self, piece: Piece, tag: Tag) -> bytes | None:
        """Get the text of a script, None if there is more of it to come."""
        end = html.ScriptText().end(piece.page, tag.end)
        if end is None and not piece.final:
            return None
        code = piece.page[tag.end : end]
        drawn = self._in_foreign and _MARKUP.search(code)
        return html.text_of_drawing(code) if drawn else code

    def _nested(
        self,
        granted: frozenset[str] | None = None,
        *,
        scripting: bool = True,
        whole: bool = False,
    ) -> Rewriter:
        nested = Rewriter(
            self._policy,
            self._granted if granted is None else granted,
            placeholder=self._placeholder,
            block_undeclared=self._block_undeclared,
            whole=whole,
            url=self._page,
        )
        nested._scripting = scripting
        nested._base = self._base
        nested._is_rooted = self._is_rooted
        nested._level = self._level + 1
        nested.language = self.language
        return nested

    # -- decisions -----------------------------------------------------------------

    def _left_of(self, page: bytes, found: Stop) -> bytes | None:
        start, tag_end, text_end, end, kind = found
        if kind == Kind.NOSCRIPT:
            return self._whole_noscript(page, found)
        raw = page[start:tag_end]
        is_script = kind == Kind.SCRIPT
        verdict = (
            _RUNS
            if is_script and is_bare(raw)
            else self._judge.tag(raw, self._base, self._host)
        )
        if verdict.assignments or verdict.maps or verdict.cuts or verdict.documents:
            return None
        if verdict.claims and kind == Kind.TEXT:
            return None
        refused = self._refused(verdict) if verdict.claims else None
        if refused is None and verdict.runs and is_script:
            refused = self._refused_code(page[tag_end:text_end])
        if refused is None:
            return page[start:end]
        name = raw[1 : html.name_end(raw)].lower()
        self._withhold(Tag(name, start, tag_end), refused)
        return b""

    def _refused(self, verdict: Verdict) -> Claim | None:
        """Get what an element asks for and isn't granted, none if it may pass."""
        for key in verdict.assignments:
            if not self._is_assigned_granted(key):
                return Claim(key, "")
        missing = [claim for claim in verdict.claims if not self._may_load(claim)]
        if missing and not (verdict.any_claim and len(missing) < len(verdict.claims)):
            return missing[0]
        for document in verdict.documents:
            if refused := self._refused_in(document):
                return refused
        return None

    def _refused_in(self, document: bytes) -> Claim | None:
        """Get what a page inside the page would load and mustn't."""
        if self._level == _DEEPEST:
            return Claim(UNDECLARED, "")
        inner = self._nested()
        inner.feed(document)
        inner.close()
        self.undeclared |= inner.undeclared
        found = inner.withheld
        return Claim(found[0].service, found[0].url) if found else None

    def _is_harmful(self, markup: bytes) -> bool:
        inner = self._nested()
        inner.feed(markup)
        inner.close()
        return not self._trusting and (bool(inner.withheld) or inner.unfinished)

    def _refused_code(self, code: bytes | None) -> Claim | None:
        if code is None:  # too long to be judged
            return None if self._trusting else Claim(UNDECLARED, "")
        missing = self._judge.script(code) - self._allowed if code else ()
        return Claim(min(missing), "") if missing else None
