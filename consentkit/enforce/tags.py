"""Start tags: where they end and which attributes they have (WHATWG HTML 13.2.5)."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from . import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Told = TypeVar("_Told")

_WS: Final = rb"[\t\n\f\r ]"

#: What follows a tag's name, up to its ``>``. Possessive, so that no input is
#: quadratic; an unclosed quote runs to the end and leaves the tag unfinished.
ATTRIBUTES: Final = (
    rb"(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rb"(?:" + _WS + rb"*+=" + _WS + rb"*+"
    rb"(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|(?![\"'])[^\t\n\f\r >]*+))?+)*+>"
)
#: A start or end tag from ``<`` to ``>``.
TAG: Final = re.compile(rb"</?([a-zA-Z][^\t\n\f\r />]*+)" + ATTRIBUTES)
_TAG_NAME: Final = re.compile(rb"</?([a-zA-Z][^\t\n\f\r />]*+)")
_NAME: Final = re.compile(rb"<([a-zA-Z][^\t\n\f\r />]*+)")
_ATTRIBUTE: Final = re.compile(
    rb"[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)"
    rb"(?:" + _WS + rb"*+=" + _WS + rb"*+"
    rb"(?:\"([^\"]*+)\"|'([^']*+)'|(?![\"'])([^\t\n\f\r >]*+)))?+"
)
_REFERENCE: Final = re.compile(
    r"&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([a-zA-Z][a-zA-Z0-9]*);?)"
)
_REPLACEMENT: Final = "\ufffd"
_SURROGATES: Final = range(0xD800, 0xE000)
#: Of a reference that needs no semicolon at its end.
_LONGEST_NAME: Final = max(len(name) for name in html5 if not name.endswith(";"))
_LONGEST_NUMBER: Final = 7
_QUOTED: Final = (2, 3)  #: groups of an attribute's value
#: Names of a tag, taken together, that are worth remembering.
_LONGEST_NAMES: Final = 256


class StartTag(NamedTuple):
    """A start tag as the parser hands it on: names lower-case, values decoded."""

    name: str
    attributes: Mapping[str, str]
    self_closing: bool = False

    def get(self, name: str) -> str:
        """Get an attribute's value, empty where it is missing."""
        return self.attributes.get(name, "")


def parse_tag(raw: bytes) -> StartTag:
    """Get the name and attributes of a whole start tag; the first duplicate counts."""
    if compiled.parse:
        name, values, is_empty = compiled.parse(raw)
        if b"&" in raw:
            values = {
                key: decode_references(text) if "&" in text else text
                for key, text in values.items()
            }
        return StartTag(name, values, self_closing=bool(is_empty))
    named = _NAME.match(raw)
    if named is None:
        return StartTag("", {})
    attributes: dict[str, str] = {}
    position = named.end()
    while found := _ATTRIBUTE.match(raw, position):
        position = found.end()
        name = text_of(found[1].lower())
        value = found[found.lastindex or 0] if (found.lastindex or 1) > 1 else b""
        attributes.setdefault(name, decode_references(text_of(value)))
    return StartTag(
        text_of(named[1].lower()),
        attributes,
        self_closing=raw[position:].endswith(b"/>"),
    )


def by_names(
    tell: Callable[[str, tuple[str, ...]], _Told],
) -> Callable[[StartTag], _Told]:
    """Remember what the names in a start tag tell, whatever its values are.

    A page has many tags, but few sets of names.
    """

    def told(names: str) -> _Told:
        element, *attributes = names.split(" ")  # which no name has in it
        return tell(element, tuple(attributes))

    known = lru_cache(maxsize=1024)(told)

    def of(tag: StartTag) -> _Told:
        names = " ".join((tag.name, *tag.attributes))
        return (known if len(names) <= _LONGEST_NAMES else told)(names)

    return of


class Value(NamedTuple):
    """Where an attribute's value stands in its tag."""

    start: int
    end: int
    quoted: bool


def values_of(raw: bytes) -> dict[str, Value]:
    """Get where the values of a whole start tag's attributes stand, as they count."""
    values: dict[str, Value] = {}
    named = _NAME.match(raw)
    position = named.end() if named else len(raw)
    while found := _ATTRIBUTE.match(raw, position):
        position = found.end()
        group = found.lastindex or 1
        name = text_of(found[1].lower())
        if name in values:
            continue
        span = found.span(group) if group > 1 else (position, position)
        # An empty span says that a name without a value has nothing to edit.
        values[name] = Value(*span, quoted=group in _QUOTED)
    return values


def tag_at(page: bytes, at: int) -> tuple[bytes, int] | None:
    """Get the name of the tag that begins at a place, and where it ends.

    None, if it isn't whole, or none begins there.
    """
    if compiled.tag_end:
        end = compiled.tag_end(page, at)
        named = _TAG_NAME.match(page, at) if end >= 0 else None
        return (named[1].lower(), end) if named else None
    whole = TAG.match(page, at)
    return (whole[1].lower(), whole.end()) if whole else None


def is_self_closing(raw: bytes) -> bool:
    """Tell whether a whole start tag ends itself, where SVG's rules hold.

    The slash of ``<path d=x/>`` belongs to the value.
    """
    return raw.endswith(b"/>") and parse_tag(raw).self_closing


def text_of(raw: bytes) -> str:
    """Decode bytes of a page for matching; any ASCII-compatible charset will do."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_references(value: str) -> str:
    """Decode character references as in an attribute (WHATWG HTML 13.2.5.73)."""
    references = value.count("&")
    if references == value.count("&amp;"):  # as in most addresses
        return value.replace("&amp;", "&")
    return _REFERENCE.sub(_character, value)


def _character(found: re.Match[str]) -> str:
    if found[3] is None:
        return _numbered(found)
    name = found[3]
    if found[0].endswith(";") and (whole := html5.get(name + ";")):
        return whole
    for length in range(min(len(name), _LONGEST_NAME), 1, -1):
        if character := html5.get(name[:length]):
            rest = found[0][1 + length :]
            after = rest[:1] or found.string[found.end() : found.end() + 1]
            # "&copy=1" and "&copyx" stay as they are in attributes.
            if after == "=" or (after.isalnum() and after.isascii()):
                return found[0]
            return character + rest
    return found[0]


def _numbered(found: re.Match[str]) -> str:
    digits = (found[1] or found[2]).lstrip("0")
    if len(digits) > _LONGEST_NUMBER:
        return _REPLACEMENT
    code = int(digits or "0", 16 if found[1] else 10)
    if code == 0 or code > sys.maxunicode or code in _SURROGATES:
        return _REPLACEMENT
    return chr(code)
