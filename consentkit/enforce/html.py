"""Where the constructs of a page begin and end (WHATWG HTML 13.2.5), over bytes.

Functions answer None where the page's rest is needed to tell.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .tags import ATTRIBUTES, TAG, decode_references

#: Elements whose content is text for the tokenizer: no tag begins in it.
RAW: Final = frozenset(
    b"style title textarea xmp iframe noembed noframes plaintext".split()
)
#: Elements whose content is text by their name, where scripts run.
TEXT: Final = RAW | {b"noscript", b"script"}
#: Elements that may stand before the body's content (13.2.6.4.3 to 13.2.6.4.6).
HEAD: Final = frozenset(
    b"html head base basefont bgsound link meta noframes noscript script style "
    b"template title".split()
)
#: Start tags that end SVG and MathML content (13.2.6.5).
BREAKOUT: Final = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 "
    b"head hr i img li listing menu meta nobr ol p pre ruby s small span strong "
    b"strike sub sup table tt u ul var".split()
)
VOID: Final = frozenset(
    b"area base basefont bgsound br col embed frame hr image img input keygen link "
    b"meta param source track wbr".split()
)
LOADING: Final = (
    b"audio base body embed frame frameset iframe image img input link math meta "
    b"noembed noframes noscript object plaintext script source style svg "
    b"textarea title track video xmp html"
).split()

_NAME_END: Final = rb"(?=[\t\n\f\r />])"

#: Beginnings that most tags of a page have and none of interest: they fail at once.
_NO_INTEREST: Final = (
    rb"(?!/[a-su-z]|[cdgqruwyz]|a[^um]|b[^oa]|h[^t]|la|li[ >]|p[^l]|s[^ctov]|t[bdfh])"
)
#: What an ordinary page is searched for: everything that changes the tokenizer's
#: state or may load something. All other tags pass unread.
INTEREST: Final = re.compile(
    rb"<"
    + _NO_INTEREST
    + rb"(?:[!?]|/[^a-z]|(?:/?template|/?turbo-stream|amp-[a-z\-]+|"
    + b"|".join(LOADING)
    + rb")"
    + _NAME_END
    + rb")"
)
#: What a page is searched for where every tag counts.
EVERY: Final = re.compile(rb"<(?:[a-zA-Z!?]|/.)", re.DOTALL)
_NAME_REST: Final = re.compile(rb"</?[^\t\n\f\r />]*+")
_TEXT: Final = re.compile(rb"[^\t\n\f\r ]")
COMMENT_END: Final = re.compile(rb"--!?>")
_SCRIPT_STEP: Final = re.compile(
    rb"<!--|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE
)
_SCRIPT_END: Final = re.compile(rb"<(?:!--|(/)script(?=[\t\n\f\r />]))", re.IGNORECASE)
_SCRIPT_STEP_LENGTH: Final = len("</script")
_MARKUP: Final = re.compile(rb"<[a-zA-Z/!?]")
_QUOTES: Final = (b'"', b"'")
_LOOK_BACK: Final = 32
#: What may become a tag with the next piece.
_TAG_START: Final = re.compile(rb"<(?:[a-zA-Z]|/[a-zA-Z]|/?\Z)")

#: A drawing that loads nothing and whose tags are balanced enough to be passed whole.
PLAIN_SVG: Final = re.compile(
    rb"<svg"
    + _NAME_END
    + ATTRIBUTES
    + rb"(?<!/>)(?:[^<]++|</?(?:path|g|circle|rect|line|"
    rb"polyline|polygon|ellipse|use|defs|lineargradient|radialgradient|stop|clippath|"
    rb"mask|symbol|text|tspan|pattern)" + _NAME_END + ATTRIBUTES + rb"|<title>[^<]*+"
    rb"</title>|<desc>[^<]*+</desc>)*+</svg[\t\n\f\r ]*+>"
)
_NO_TEXT: Final = re.compile(
    rb"<!\[CDATA\[|\]\]>|<!--(?:.*?--!?>|.*\Z)|</?[a-zA-Z][^<>]*+>?", re.DOTALL
)


def comment_end(page: bytes, start: int) -> int | None:
    """Get the end of the comment that begins at ``start``, in all its endings."""
    if page.find(b"->", start) < 0 and page.find(b"-!>", start) < 0:
        return None  # as most that have no end, however many dashes they have
    found = COMMENT_END.search(page, start + 2)
    # "<!-->" and "<!--->" are whole comments, "<!--!>" is not (13.2.5.43 to 45).
    while found and found[0] == b"--!>" and found.start() < start + 4:
        found = COMMENT_END.search(page, found.start() + 1)
    return found.end() if found else None


def markup_end(page: bytes, start: int, *, foreign: bool) -> int | None:
    """Get the end of a comment, bogus comment, doctype or CDATA section.

    :param page: as it came, as ``<![CDATA[`` means something in capitals only.
    """
    if page.startswith(b"<!--", start):
        return comment_end(page, start)
    if foreign and page.startswith(b"<![CDATA[", start):
        end = page.find(b"]]>", start)
        return None if end < 0 else end + 3
    end = page.find(b">", start)
    return None if end < 0 else end + 1


def is_markup_start(page: bytes, start: int) -> bool:
    """Tell a comment's, doctype's or bogus comment's start from a tag's."""
    follow = page[start + 1 : start + 2]
    return follow in (b"!", b"?") or (
        follow == b"/" and not page[start + 2 : start + 3].isalpha()
    )


def name_end(tag: bytes) -> int:
    """Get where the name of a whole tag ends."""
    found = _NAME_REST.match(tag)
    return found.end() if found else len(tag)


def is_cdata(page: bytes, start: int) -> bool:
    """Tell whether markup begins as a CDATA section does."""
    return page.startswith(b"<![CDATA[", start)


def raw_end(page: bytes, name: bytes, start: int) -> int | None:
    """Get where the end tag of a text element begins (RAWTEXT and RCDATA)."""
    found = _end_tag_of(name).search(page, start)
    return found.start() if found else None


@lru_cache(maxsize=32)
def _end_tag_of(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"</%b(?=[\t\n\f\r />])" % re.escape(name), re.IGNORECASE)


class ScriptText:
    """The text of a script, which may come in pieces (13.2.5.15 to 31)."""

    def __init__(self) -> None:
        self._escaped = self._double = False

    def end(self, page: bytes, start: int) -> int | None:
        """Get where the script's end tag begins, past its escapes."""
        end, _ = self.read(page, start)
        return end

    def read(self, page: bytes, start: int) -> tuple[int | None, int]:
        """Get where the end tag begins, if it does, and up to where all was read."""
        position = start
        while found := self._step(page, position):
            if self._is_end(found):
                return found.start(), found.start()
            # The dashes of "<!--" may be those of "-->".
            position = found.end() - (2 if found[0] == b"<!--" else 0)
        return None, max(position, len(page) - _SCRIPT_STEP_LENGTH)

    def _step(self, page: bytes, at: int) -> re.Match[bytes] | None:
        # Outside "<!--" and "-->", start tags mean nothing.
        return (_SCRIPT_STEP if self._escaped else _SCRIPT_END).search(page, at)

    def _is_end(self, found: re.Match[bytes]) -> bool:
        if found[0] == b"<!--":
            self._escaped = True
        elif found[0] == b"-->":
            self._escaped = self._double = False
        elif not found[1]:
            self._double = self._escaped
        elif self._double:
            self._double = False
        else:
            return True
        return False


def whole_script(page: bytes, start: int) -> tuple[int, int] | None:
    """Get where a script's end tag begins and ends, if all of it is here."""
    close = ScriptText().end(page, start)
    tag = TAG.match(page, close) if close is not None else None
    return (tag.start(), tag.end()) if tag else None


def content(page: bytes, name: bytes, start: int) -> tuple[int, int, int] | None:
    """Get where a text element's content begins and ends, and its end tag ends."""
    if name == b"script":
        whole = whole_script(page, start)
        return (start, *whole) if whole else None
    close = raw_end(page, name, start)
    tag = TAG.match(page, close) if close is not None else None
    return (start, tag.start(), tag.end()) if tag else None


def is_text(page: bytes, name: bytes, start: int, end: int) -> bool:
    """Tell whether content means the same as text and as markup."""
    if name == b"style" and page.find(b"&", start, end) >= 0:
        return False
    return _MARKUP.search(page, start, end) is None


def first_markup(page: bytes, start: int) -> int | None:
    """Get where the first tag, comment or the like begins, if any does."""
    found = _MARKUP.search(page, start)
    return found.start() if found else None


def is_data(page: bytes, safe: int, hit: int) -> bool:
    """Prove that ``hit`` isn't inside a tag, given that ``safe`` isn't.

    False only means: not proved. Inside a quoted value, the last quote of its kind
    before ``hit`` is the opening one and follows ``=``. Elsewhere inside a tag, the
    last ``>`` before ``hit`` stands before the tag or inside a value that was closed
    since, so that a quote follows it.
    """
    opened = page.rfind(b"<", safe, hit)
    if opened < 0:
        return True
    closed = page.rfind(b">", opened, hit)
    if closed < 0:
        return False
    for quote in _QUOTES:
        last = page.rfind(quote, safe, hit)
        if last < 0:
            continue
        before = page[max(safe, last - _LOOK_BACK) : last].rstrip(b"\t\n\f\r ")
        if last > closed or before[-1:] in (b"", b"="):
            return False
    return True


def leave_tags(page: bytes, safe: int, hit: int) -> int | None:
    """Walk the ordinary tags from ``safe``: get ``hit`` if it is in none of them.

    Else get the end of the tag around it, or None if that tag is unfinished.
    """
    while (start := page.find(b"<", safe, hit)) >= 0:
        tag = TAG.match(page, start)
        if tag is None:
            if _TAG_START.match(page, start):
                return None
            safe = start + 1
        elif tag.end() > hit:
            return tag.end()
        else:
            safe = tag.end()
    return hit


def safe_cut(page: bytes, safe: int) -> int:
    """Get up to where a piece of ordinary tags and text can be passed on."""
    last = page.rfind(b"<", safe)
    if last < 0:
        return len(page)
    position = last if is_data(page, safe, last) else safe
    while (start := page.find(b"<", position)) >= 0:
        tag = TAG.match(page, start)
        if tag:
            position = tag.end()
        elif _TAG_START.match(page, start):
            return start
        else:
            position = start + 1
    return len(page)


def enclosing_tag(page: bytes, safe: int, hit: int) -> int | None:
    """Get the start of the tag that ``hit`` is inside, if it is in one."""
    start = page.rfind(b"<", safe, hit)
    if start < 0:
        return None
    if not is_data(page, safe, start):
        start = safe
    while (start := page.find(b"<", start, hit)) >= 0:
        tag = TAG.match(page, start)
        if tag and tag.end() <= hit:
            start = tag.end()
        elif tag or _TAG_START.match(page, start):
            return start
        else:
            start += 1
    return None


def first_text(page: bytes, start: int, end: int) -> int | None:
    """Get where the first text other than white space stands, if any does."""
    found = _TEXT.search(page, start, end)
    return found.start() if found else None


def text_of_drawing(markup: bytes) -> bytes:
    """Get the text of an element of SVG whose content is markup."""
    text = _NO_TEXT.sub(b"", markup).decode("latin-1")
    return decode_references(text).encode("latin-1", "replace")
