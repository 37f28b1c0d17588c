"""Compares what the engine makes of a page with what a second, independent parser says.

The parser is lexbor, which builds the tree that the HTML standard demands, by code and
people of its own. It reads pages as a browser without scripts, and knows no shadow
roots: pages with ``noscript`` or ``shadowrootmode`` are judged by Chromium elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser

from consentkit import load_policy
from consentkit.enforce import Rewriter
from consentkit.enforce.reserve import Reserving

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY: Final = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "services": {"spin": {"name": "Spin to win", "hosts": ["spin.example"]}},
    }
)
URL: Final = "https://shop.example/p"
#: What loads something, and by which attributes.
_LOADING: Final = {
    "embed": ("src",),
    "frame": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src", "href", "xlink:href"),
    "video": ("src",),
}
_TRACKER: Final = re.compile(r"(?:https?:)?//spin\.example/", re.IGNORECASE)
_OUT_OF_SCOPE: Final = re.compile(rb"<noscript|shadowrootmode|<base", re.IGNORECASE)
_DRAWING: Final = re.compile(rb"<(?:svg|math)", re.IGNORECASE)


def rewritten(
    page: bytes, size: int = 1 << 20, kind: type[Rewriter] = Rewriter
) -> bytes:
    """Get a page without what the visitor refused, as the engine has it."""
    one = kind(POLICY, url=URL)
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*out, one.close()])


def live_trackers(page: bytes) -> list[str]:
    """Get the elements that load the tracker, as the other parser has it."""
    return list(_live(LexborHTMLParser(page.decode("latin-1"))))


def _live(tree: LexborHTMLParser) -> Iterator[str]:
    for name, attributes in _LOADING.items():
        for node in tree.css(name):
            values = [node.attributes.get(attribute) for attribute in attributes]
            if any(value and _TRACKER.match(value) for value in values):
                yield node.html or name


def disagreement(page: bytes) -> str | None:
    """Get what is wrong with the engine's reading of a page, none if nothing is."""
    if _OUT_OF_SCOPE.search(page):
        return None
    out = rewritten(page)
    if left := live_trackers(out):
        return f"left alive: {left[0]!r} in {out!r}"
    if rewritten(page, size=1) != out:
        return f"pieces make a difference: {rewritten(page, size=1)!r} is not {out!r}"
    # Where tags of drawings aren't balanced, the engine withholds what it can't tell.
    sure = not _DRAWING.search(page)
    if sure and out != page and not live_trackers(page):
        return f"changed for nothing: {out!r}"
    return _disagreement_in_reserve(page)


def _disagreement_in_reserve(page: bytes) -> str | None:
    """Get what is wrong with a page as everybody gets it, none if nothing is."""
    out = rewritten(page, kind=Reserving)
    if left := live_trackers(out):
        return f"alive in reserve: {left[0]!r} in {out!r}"
    if rewritten(page, 1, Reserving) != out:
        return f"pieces make a difference to {out!r}"
    return None
