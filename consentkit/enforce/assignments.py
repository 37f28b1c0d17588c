"""Attributes by which a page's author assigns an element to a group or service.

``data-consent`` is ours; the others are idioms of consent banners that a shop may have
used before. They can only make an element stricter than its address does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from consentkit.policy import PERSONALISATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tags import StartTag

_PEERS: Final = (
    "data-category",
    "data-cookiecategory",
    "data-cookieconsent",
    "data-cookie-consent",
    "data-service",
    "data-purpose",
    "data-name",
)
#: Those that say something even where nothing else marks the element as held back.
_UNMISTAKABLE: Final = frozenset(
    {"data-cookieconsent", "data-cookie-consent", "data-cookiecategory"}
)
_OPTANON: Final = re.compile(r"optanon-category-([^\s-]+)", re.IGNORECASE)
_ESSENTIAL: Final = frozenset(
    {
        "necessary",
        "essential",
        "strictly-necessary",
        "strictly_necessary",
        "c0001",
        "ignore",
    }
)
_HELD_TYPES: Final = frozenset({"text/plain", "opt-in", "application/consent"})
_HELD: Final = frozenset({"data-src", "data-href", "data-type"})

#: Peers' names of purposes, as they fall to a shop that has no group of that name.
PEER_PURPOSES: Final = frozenset(
    "ads advertisement advertising analytics c0002 c0003 c0004 c0005 experience "
    "functional functionality marketing measurement performance personalization "
    "preferences social statistics targeting unclassified".split()
)


def assignments_of(tag: StartTag) -> Iterator[str]:
    """Get the keys that must all be granted for the element, as its author says."""
    attributes = tag.attributes
    if "data-consent" in attributes:
        yield from _own_keys(attributes["data-consent"])
    held = tag.get("type").strip().lower() in _HELD_TYPES or not _HELD.isdisjoint(
        attributes
    )
    for name in _PEERS:
        if name in attributes and (held or name in _UNMISTAKABLE):
            yield from _keys(attributes[name])
    for found in _OPTANON.finditer(tag.get("class")):
        yield from _keys(found[1])


def _own_keys(value: str) -> list[str]:
    """Get all keys of ``data-consent``; an empty one is a doubt, never granted."""
    return [key for key in value.split() or [""] if key.lower() not in _ESSENTIAL]


def _keys(value: str) -> Iterator[str]:
    for key in value.replace(",", " ").split():
        # "!analytics" runs on refusal, in the banner it was written for.
        if not key.startswith("!") and key.lower() not in _ESSENTIAL:
            yield key


def group_of_purpose(key: str) -> str | None:
    """Get the group that a peer's name of a purpose falls to, if it is one."""
    return PERSONALISATION if key.lower() in PEER_PURPOSES else None
