"""The places of withheld elements that a person would have seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .tags import StartTag

#: Elements in whose place a block of text may stand.
_BLOCKS: Final = frozenset(
    "iframe embed video object div section article aside figure form main".split()
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_LENGTH: Final = re.compile(r"\s*(\d{1,4})(?:px)?\s*\Z")
_STYLED: Final = re.compile(r"(?:\A|;)\s*(width|height)\s*:\s*(\d{1,4})px\s*(?=;|\Z)")
#: How an element is made to fill a box whose size its parent keeps.
_FILLS: Final = re.compile(r"(?:\A|;)\s*position\s*:\s*absolute\b")


@dataclass(frozen=True, slots=True)
class Gap:
    """The place of a withheld element, to be filled with a placeholder."""

    service: str
    language: str
    width: int | None
    height: int | None
    element: str = ""
    fills: bool = False  #: it lies over all of its parent, which has the size


def gap_of(tag: StartTag, service: str, language: str) -> Gap | None:
    """Get the gap that an element leaves, none if no one would miss it."""
    style = tag.get("style").lower()
    styled = dict(_STYLED.findall(style))
    width = _length(styled.get("width") or tag.get("width"))
    height = _length(styled.get("height") or tag.get("height"))
    hidden = "hidden" in tag.attributes or _HIDDEN.search(style)
    # A pixel in a frame's clothes is nothing to see.
    if tag.name not in _BLOCKS or hidden or {width, height} & {0, 1}:
        return None
    fills = _FILLS.search(style) is not None
    return Gap(service, language, width, height, tag.name, fills)


def _length(value: str) -> int | None:
    found = _LENGTH.match(value)
    return int(found[1]) if found else None
