"""Attributes that load something beside the element they stand on.

Their values are emptied where an address is refused; the element stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from .css import may_load, style_parts
from .embedded import code_of, url_of
from .literals import addresses_in, is_absolute
from .parts import Part
from .sources import ADDRESSES
from .tags import Value, by_names, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tags import StartTag

#: Presentation attributes of SVG that take ``url()`` (SVG 2, 6.6).
_STYLES: Final = frozenset(
    "style clip-path cursor fill filter marker marker-end marker-mid marker-start mask "
    "stroke".split()
)
#: Attributes whose value is an address, and the elements on which it is loaded.
_ELEMENTS: Final = {
    "background": frozenset("body table thead tbody tfoot tr td th".split()),
    "poster": frozenset({"video"}),
    "ping": frozenset({"a", "area"}),
}
#: Elements of SVG that set another attribute, such as ``href`` (SVG Animations, 2.7).
_SETTERS: Final = frozenset({"set", "animate"})
_SET: Final = frozenset({"to", "from", "by", "values"})
_NAMES: Final = _STYLES.union(_ELEMENTS)
#: Addresses that a person follows; a script may stand in their place.
_FOLLOWED: Final = frozenset("action formaction href xlink:href".split())
#: Where lazy loaders keep an address until the element is seen.
_LAZY: Final = re.compile(
    r"data-(?:.*[-_])?(?:src|(?:set)?bg|bgset|(?:bg|background)(?:[-_]?(?:image|img|url))?"
    r"|poster|parallax[-_]image)"
)
_LAZY_STYLE: Final = re.compile(r"data-(?:.*[-_])?(?:cf)?style")
#: What else loaders keep on an element that loads: data, and names made of these.
_KEPT: Final = re.compile(r"data-.*|.*(?:src|lazy|original).*")
#: Addresses of the elements of AMP, which a script of it loads.
_OF_AMP: Final = frozenset({"src", "srcset", "poster"})
_LAZY_ADDRESS: Final = re.compile(r"data-(?:.*[-_])?src")
#: Code of an event handler that makes the browser fetch something.
_FETCHES: Final = re.compile(
    r"createElement|\.\s*(?:src|srcset|poster|background)\b|\bImage\b|\bimport\s*\("
    r"|\bfetch(?:Later)?\s*\(|sendBeacon|XMLHttpRequest|setAttribute|HTML|FontFace"
    r"|document\.write|getScript|Worker\b|\bEventSource\b|\bWebSocket\b|\.\s*style\b"
    r"|\bAudio\b|\bcaches\b|\bRequest\b|\.\s*data\s*=|\[\s*['\"`]"
)
#: What a browser itself loads is judged with the element.
_STANDARD: Final = frozenset(
    "src srcset imagesrcset srcdoc srclang data-srcset data-lazy-srcset data-id "
    "data-index data-n data-sku".split()
)
#: How an expression begins, in the attributes of frameworks.
_EXPRESSED: Final = frozenset("'\"`[{")
_WORD: Final = re.compile(r"[^\t\n\f\r ]+")


class _Telling(NamedTuple):
    """Names of attributes that load something, as far as names tell."""

    loading: frozenset[str] = frozenset()
    kept: tuple[str, ...] = ()  #: if their values are addresses
    followed: tuple[str, ...] = ()  #: if their values are code


_NONE: Final = _Telling()


def parts_of(raw: bytes, tag: StartTag) -> Iterator[Part]:
    """Get the parts of a start tag that load something by themselves.

    In an element that loads something, the addresses of lazy loaders are those of the
    whole element.
    """
    telling = _telling(tag)
    if telling is _NONE:
        return
    names = set(telling.loading)
    if "style" in names and not may_load(tag.get("style").encode().lower()):
        names.remove("style")
    names.update(name for name in telling.kept if _is_address(name, tag.get(name)))
    names.update(name for name in telling.followed if code_of(tag.get(name)))
    if not names:
        return
    for name, value in values_of(raw).items():
        if name in names:
            yield from _parts(raw, tag, name, value)


@by_names
def _telling(element: str, names: tuple[str, ...]) -> _Telling:
    whole = element in ADDRESSES
    loading = {
        name
        for name in names
        if name in _NAMES
        or name[:2] == "on"
        or (name[:5] == "data-" and _is_lazy(name, whole=whole))
        or (element in _SETTERS and name in _SET)
        or (name in _OF_AMP and not whole and _is_amp(element))
    }
    kept = tuple(name for name in names if whole and _may_keep_address(name))
    followed = tuple(name for name in names if name in _FOLLOWED)
    told = _Telling(frozenset(loading), kept, followed)
    return told if any(told) else _NONE


def _is_lazy(name: str, *, whole: bool) -> bool:
    if _LAZY_STYLE.fullmatch(name):
        return True
    return bool(_LAZY.fullmatch(name)) and not (whole and _LAZY_ADDRESS.fullmatch(name))


def _is_amp(element: str) -> bool:
    return element.startswith("amp-")


def _may_keep_address(name: str) -> bool:
    """Tell whether an attribute of an element that loads may be there for a loader."""
    if name in _STANDARD or _LAZY_ADDRESS.fullmatch(name):
        return False
    return _KEPT.fullmatch(name) is not None


def _is_address(name: str, text: str) -> bool:
    urls = text.replace(",", " ").split() if "set" in name else [text]
    return any(is_absolute(url.lstrip("'\"`")) for url in urls)


def _parts(raw: bytes, tag: StartTag, name: str, value: Value) -> Iterator[Part]:
    text = tag.attributes[name]
    if name.startswith("on"):
        yield _handler(value, text)
    elif name in _FOLLOWED:
        yield _handler(value, code_of(text) or "")
    elif name in _STYLES or "url(" in text:
        yield from _style(raw, value, text)
    elif _LAZY_STYLE.fullmatch(name):
        return  # without url() it loads nothing
    elif name == "ping" and b"&" not in raw[value.start : value.end]:
        if tag.name in _ELEMENTS[name]:
            yield from _words(value, raw[value.start : value.end].decode("latin-1"))
    elif urls := tuple(_urls(tag, name, text)):
        yield _whole(value, urls)


def _handler(value: Value, code: str) -> Part:
    # A click may well lead to another site: only what is fetched counts.
    fetched = _FETCHES.search(code)
    urls = addresses_in(code) if fetched else ()
    return _whole(value, (*urls, url_of(code)))


def _urls(tag: StartTag, name: str, text: str) -> Iterator[str]:
    if name in _SET:
        if tag.get("attributename").strip().lower().endswith("href"):
            yield from text.split(";")
    elif name == "ping":
        yield from text.split()
    elif "set" in name:
        yield from text.replace(",", " ").split()
    elif text[:1] in _EXPRESSED and not is_absolute(text):
        yield from addresses_in(text)
    elif name not in _ELEMENTS or tag.name in _ELEMENTS[name] or _is_amp(tag.name):
        yield text


def _words(value: Value, text: str) -> Iterator[Part]:
    """Get a part for each of the addresses, which white space parts."""
    found = list(_WORD.finditer(text))
    if len(found) == 1 and not value.quoted:
        yield _whole(value, (text,))
        return
    for word in found:
        start, end = word.span()
        yield Part((word[0],), value.start + start, value.start + end)


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
