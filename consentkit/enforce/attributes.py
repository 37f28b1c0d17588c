"""Attributes that load something beside the element they stand on.

Their values are emptied where an address is refused; the element stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .css import may_load, style_parts
from .parts import Part
from .tags import Value, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tags import StartTag

#: Presentation attributes of SVG that take ``url()`` (SVG 2, 6.6).
_STYLES: Final = frozenset(
    "style clip-path cursor fill filter marker marker-end marker-mid marker-start mask "
    "stroke".split()
)
_ELEMENTS: Final = {"background": "body", "poster": "video"}
_NAMES: Final = _STYLES.union(_ELEMENTS)
#: Code of an event handler that makes the browser fetch something.
_FETCHES: Final = re.compile(
    r"createElement|\.\s*src\b|\bImage\b|\bimport\s*\(|\bfetch\s*\(|sendBeacon"
    r"|XMLHttpRequest|setAttribute|innerHTML|insertAdjacentHTML|document\.write"
    r"|getScript"
)
_ADDRESS: Final = re.compile(r"(?:https?:)?//[^\s\"'`<>\\)]+", re.IGNORECASE)


def parts_of(raw: bytes, tag: StartTag) -> Iterator[Part]:
    """Get the parts of a start tag that load something by themselves."""
    attributes = tag.attributes
    names = _NAMES.intersection(attributes)
    names |= {name for name in attributes if name.startswith("on")}
    if not names:
        return
    for name, value in values_of(raw).items():
        if name not in names:
            continue
        text = attributes[name]
        if name in _STYLES:
            yield from _style(raw, value, text)
        elif urls := tuple(_urls(tag.name, name, text)):
            yield _whole(value, urls)


def _urls(element: str, name: str, text: str) -> Iterator[str]:
    if element == _ELEMENTS.get(name):
        yield text
    elif name.startswith("on") and _FETCHES.search(text):
        # A click may well lead to another site: only what is fetched counts.
        yield from _ADDRESS.findall(text.replace("\\/", "/"))


def _style(raw: bytes, value: Value, text: str) -> Iterator[Part]:
    css = raw[value.start : value.end]
    if not may_load(text.encode().lower()):
        return
    if b"&" not in css:
        for urls, start, end, _ in style_parts(css):
            yield Part(urls, value.start + start, value.start + end)
        return
    # Character references move what is behind them: all of the value goes.
    found = [url for part in style_parts(text.encode()) for url in part.urls]
    if found:
        yield _whole(value, tuple(found))


def _whole(value: Value, urls: tuple[str, ...]) -> Part:
    return Part(urls, value.start, value.end, b"" if value.quoted else b'""')
