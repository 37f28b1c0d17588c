"""Attributes by which a page's author assigns an element to a group or service.

``data-consent`` is ours; the others are idioms of consent banners that a shop may have
used before. They can only make an element stricter than its address does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from consentkit.policy import PERSONALISATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
_PEERS_NAMES: Final = frozenset(_PEERS)
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
_HELD_ADDRESSES: Final = frozenset({"data-src", "data-href"})
_ADDRESSES: Final = frozenset({"src", "href"})
#: Elements that are held back by having no address; pictures may be lazy instead.
_HELD_BY_ADDRESS: Final = frozenset({"script", "iframe", "embed"})
#: Elements on which the idioms of others are understood.
_PEERS_ELEMENTS: Final = frozenset(
    "audio embed iframe image img link object script source style video".split()
)

#: Peers' names of purposes, as they fall to a shop that has no group of that name.
PEER_PURPOSES: Final = frozenset(
    "ads advertisement advertising analytics c0002 c0003 c0004 c0005 experience "
    "functional functionality marketing measurement performance personalization "
    "preferences social statistics targeting unclassified".split()
)


def assignments_of(tag: StartTag, is_known: Callable[[str], bool]) -> Iterator[str]:
    """Get the keys that must all be granted for the element, as its author says."""
    attributes = tag.attributes
    if "data-consent" in attributes:
        yield from _own_keys(attributes["data-consent"])
    if tag.name not in _PEERS_ELEMENTS:
        return
    if not _PEERS_NAMES.isdisjoint(attributes):
        yield from _peers_keys(tag, is_known)
    if "class" in attributes:
        for found in _OPTANON.finditer(attributes["class"]):
            yield from _keys(found[1])


def _peers_keys(tag: StartTag, is_known: Callable[[str], bool]) -> Iterator[str]:
    attributes = tag.attributes
    held = tag.get("type").strip().lower() in _HELD_TYPES
    # Lazy pictures of products look the same, and have names and categories too.
    lazy = _ADDRESSES.isdisjoint(attributes) and not _HELD_ADDRESSES.isdisjoint(
        attributes
    )
    for name in _PEERS:
        if name in attributes:
            keys = _keys(attributes[name])
            if held or name in _UNMISTAKABLE:
                yield from keys
            elif lazy:
                yield from filter(is_known, keys)


def held_keys(tag: StartTag, is_known: Callable[[str], bool]) -> list[str] | None:
    """Get what must be granted for an element that another banner's markup holds back.

    None, if nothing holds it back, or if it says something that isn't known here: it
    stays as it is then, and so does what is to run on a refusal.
    """
    attributes = tag.attributes
    held = tag.get("type").strip().lower() in _HELD_TYPES
    lazy = tag.name in _HELD_BY_ADDRESS and (
        _ADDRESSES.isdisjoint(attributes) and not _HELD_ADDRESSES.isdisjoint(attributes)
    )
    if tag.name not in _PEERS_ELEMENTS or not (held or lazy):
        return None
    said = [attributes[name] for name in _PEERS if name in attributes]
    said += _OPTANON.findall(tag.get("class"))
    words = [word for value in said for word in value.replace(",", " ").split()]
    keys = [word for word in words if word.lower() not in _ESSENTIAL]
    if not words or not all(map(is_known, keys)) or (lazy and not (held or keys)):
        return None
    return keys


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
