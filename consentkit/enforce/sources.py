"""Addresses that an element loads at once, or that a script would make it load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .embedded import code_of, data_of
from .tags import by_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .tags import StartTag

#: By the elements that load anything, the attributes that say what.
ADDRESSES: Final = {
    "script": ("src", "href", "xlink:href"),
    "iframe": ("src",),
    "frame": ("src",),
    "img": ("src",),
    "image": ("href", "xlink:href", "src"),
    "feimage": ("href", "xlink:href"),
    "input": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("src",),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "link": ("href",),
}
FRAMES: Final = frozenset("iframe frame object embed".split())
#: An address of a ``srcset`` and the descriptor after it (WHATWG HTML 2.4.9.3).
_CANDIDATE: Final = re.compile(
    r"[\t\n\f\r ,]*+([^\t\n\f\r ]++)(?:(?<!,)[^,]*+)?", re.ASCII
)
_SETS: Final = ("srcset", "imagesrcset", "data-srcset", "data-lazy-srcset")
_LAZY: Final = re.compile(r"data-(?:.*[-_])?(?:src|href|original)")
_ROOTED: Final = re.compile(
    r"[/\\]|(?:https?|wss?):[/\\]{2}|data:|javascript:", re.IGNORECASE
)


def urls_of(tag: StartTag) -> tuple[str, ...]:
    """Get the addresses of an element, none of one that loads nothing."""
    urls: list[str] = []
    for name in _sources(tag):
        value = tag.attributes[name]
        if name in _SETS:
            urls += _CANDIDATE.findall(value)
        else:
            urls.append(value)
    return tuple(urls)


@by_names
def _sources(element: str, names: Iterable[str]) -> tuple[str, ...]:
    if element not in ADDRESSES:
        return ()
    own = (*_SETS, *ADDRESSES[element])
    return tuple(name for name in names if name in own or _LAZY.fullmatch(name))


def documents_of(tag: StartTag, urls: Iterable[str]) -> Iterator[bytes]:
    """Get the pages that an element holds in itself.

    :param urls: its addresses.
    """
    if tag.name not in FRAMES:
        return
    if tag.name == "iframe" and "srcdoc" in tag.attributes:
        yield tag.get("srcdoc").encode()
    for url in urls:
        if data := data_of(url):
            yield from data.readings()
        elif code := code_of(url):
            yield code.encode("utf-8", "replace")  # its result is the page


def is_rooted(url: str) -> bool:
    """Tell whether an address leads to the same place from all pages of a host."""
    return _ROOTED.match(url) is not None
