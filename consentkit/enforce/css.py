"""What a style sheet loads, read as browsers tokenise it (CSS Syntax Level 3, 4.3)."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from .literals import is_absolute
from .parts import Part
from .tags import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SURROGATES: Final = range(0xD800, 0xE000)
_WS: Final = rb"[\t\n\f\r ]"
_LETTER: Final = rb"[\w\-\x80-\xff]"
_ESCAPE: Final = (
    rb"\\(?:[0-9a-fA-F]{1,6}+(?:\r\n|" + _WS + rb")?+|[^\n\r\f0-9a-fA-F]|\Z)"
)
_COMMENT: Final = rb"/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)"
_STRING: Final = (
    rb"(?:\"(?:[^\"\\\n\r\f]++|\\(?:\r\n|.|\Z))*+\"?+"
    rb"|'(?:[^'\\\n\r\f]++|\\(?:\r\n|.|\Z))*+'?+)"
)
_KEY: Final = (
    rb"(?:(?i:url|(?:-webkit-)?image-set)\(|(?i:@import|@namespace)(?!"
    + _LETTER
    + rb"))"
)
_BORING: Final = (
    rb"(?:[^\"'/\\@#\w\-\x80-\xff]++|"
    + _COMMENT
    + rb"|/|"
    + _STRING
    + rb"|(?!"
    + _KEY
    + rb")[@#]?+"
    + _LETTER
    + rb"++(?!\\)|[@#](?!"
    + _LETTER
    + rb"|\\)|\\[\n\r\f])*+"
)
#: The next name that may load something, or that is written with escapes.
_NEXT: Final = re.compile(
    _BORING + rb"([@#]?+(?:" + _LETTER + rb"|" + _ESCAPE + rb")++)(\(?)", re.DOTALL
)
_QUOTED: Final = re.compile(_WS + rb"*+(" + _STRING + rb")", re.DOTALL)
_UNQUOTED: Final = re.compile(
    _WS
    + rb"*+((?:[^\"'()\\\x00-\x20\x7f]|"
    + _ESCAPE
    + rb")*+)"
    + _WS
    + rb"*+(?:\)|\Z)",
    re.DOTALL,
)
_BAD_URL: Final = re.compile(rb"(?:[^)\\]++|\\.|\\\Z)*+\)?+", re.DOTALL)
_GAP: Final = re.compile(rb"(?:" + _WS + rb"++|" + _COMMENT + rb")*+", re.DOTALL)
_RULE_END: Final = re.compile(
    rb"(?:[^\"'/\\;{}(]++|" + _COMMENT + rb"|/|\\.|\\\Z|" + _STRING + rb"|\([^)]*+\)?+)"
    rb"*+;?+",
    re.DOTALL,
)
#: What stands inside ``image-set(...)``: its strings are addresses.
_INSIDE: Final = re.compile(
    _COMMENT
    + rb"|("
    + _STRING
    + rb")|((?:"
    + _LETTER
    + rb"|"
    + _ESCAPE
    + rb")++\()|([()])|(?:"
    + _LETTER
    + rb"|"
    + _ESCAPE
    + rb")++|[^\"'()/\\\w\-\x80-\xff]++|/|\\",
    re.DOTALL,
)
_TEXT: Final = re.compile(_COMMENT + rb"|(" + _STRING + rb")", re.DOTALL)
_ESCAPED: Final = re.compile(
    rb"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[\t\n\f\r ])?|(\r\n|.|\Z))", re.DOTALL
)


def may_load(low: bytes) -> bool:
    """Tell whether a style sheet in lower case could load anything at all."""
    return b"url(" in low or b"\\" in low or b"@import" in low or b"-set(" in low


def style_parts(css: bytes) -> Iterator[Part]:
    """Get the addresses that a style sheet loads, and what to leave out for each."""
    position = 0
    while found := _NEXT.match(css, position):
        position = found.end()
        name = _plain(found[1]).lower()
        if found[2]:
            if name == b"url":
                part, position = _url(css, position)
                yield from part
            elif name in (b"image-set", b"-webkit-image-set"):
                part, position = _image_set(css, position)
                yield from part
        elif name == b"@import":
            part, position = _import(css, found.start(1), position)
            yield from part
        elif name == b"@namespace":
            position = _end(_RULE_END, css, position)
    low = css.lower()
    if b"-set(" in low and b"var(" in low:
        yield from _handed_in(css)


def _url(css: bytes, at: int) -> tuple[list[Part], int]:
    """Get the address after ``url(`` and where reading goes on."""
    if quoted := _QUOTED.match(css, at):
        return [_string_part(quoted)], quoted.end()
    if plain := _UNQUOTED.match(css, at):
        return [Part((_text(plain[1]),), *plain.span(1))], plain.end()
    return [], _end(_BAD_URL, css, at)


def _import(css: bytes, start: int, at: int) -> tuple[list[Part], int]:
    """Get the address of a whole ``@import`` rule, which goes up to its ``;``."""
    at = _end(_GAP, css, at)
    if quoted := _QUOTED.match(css, at):
        found, after = [_string_part(quoted)], quoted.end()
    else:
        name = _NEXT.match(css, at)
        if name is None or name.start(1) != at or _plain(name[1]).lower() != b"url":
            return [], at
        found, after = _url(css, name.end())
    end = _end(_RULE_END, css, after)
    return [Part(part.urls, start, end) for part in found], end


def _image_set(css: bytes, at: int) -> tuple[list[Part], int]:
    """Get the addresses in ``image-set(...)`` and where it ends."""
    parts: list[Part] = []
    depth = 1
    while depth and (found := _INSIDE.match(css, at)):
        at = found.end()
        if found[1] and depth == 1:
            parts.append(_string_part(found))
        elif found[2] and _plain(found[2]).lower() == b"url(":
            more, at = _url(css, at)
            parts += more
        elif found[3] or found[2]:
            depth += -1 if found[3] == b")" else 1
    return parts, at


def _handed_in(css: bytes) -> Iterator[Part]:
    """Get the strings that variables may carry to where they are addresses."""
    for found in _TEXT.finditer(css):
        if found[1] and is_absolute(_text(found[1][1:])):
            yield _string_part(found)


def _string_part(found: re.Match[bytes]) -> Part:
    start, end = found.span(1)
    closed = found[1][-1:] == found[1][:1] and end - start > 1
    content = found.string[start + 1 : end - closed]
    return Part((_text(content),), start + 1, end - closed)


def _end(pattern: re.Pattern[bytes], css: bytes, at: int) -> int:
    found = pattern.match(css, at)
    return found.end() if found else at


def _text(raw: bytes) -> str:
    return text_of(_plain(raw))


def _plain(raw: bytes) -> bytes:
    return _ESCAPED.sub(_character, raw) if b"\\" in raw else raw


def _character(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return b"" if found[2] in (b"\n", b"\r\n", b"\r", b"\f") else found[2]
    code = int(found[1], 16)
    valid = 0 < code <= sys.maxunicode and code not in _SURROGATES
    return chr(code if valid else 0xFFFD).encode()
