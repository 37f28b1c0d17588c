"""Finds the services whose loaders an inline script holds.

The marks are looked up by one whole word of theirs, so that the cost of a script
depends on its length and not on the number of services.
"""

from __future__ import annotations

import re
from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from consentkit.policy import InlineMark

    from . import compiled

    Test = Callable[[str], bool]

_WORD: Final = re.compile(r"[A-Za-z0-9_$]{3,}")
_BOUNDARY: Final = r"(?<![A-Za-z0-9_$])"
_END: Final = r"(?![A-Za-z0-9_$])"
_PART: Final = 4
#: Words of nearly every script or address: no use as a key.
_COMMON: Final = frozenset(
    "com net org www http https script js src function window document var src cdn "
    "static api type push async static true false this return".split()
)


#: Characters by their numbers, flags, and comments: nothing is told then.
_UNTOLD: Final = re.compile(r"\\[xuUN0-9]|\(\?[aiLmsux#-]")
#: The parts of a regular expression. A brace that is no quantifier stands for itself.
_PART_OF: Final = re.compile(
    r"\\([^A-Za-z0-9])|\\.|\[\^?\]?(?:[^\]\\]|\\.)*+\]|([^\\\[(){}.^$*+?|])"
    r"|(\{[0-9]*,?[0-9]*\}|.)",
    re.DOTALL,
)
_GAP: Final = "\0"
_KINDS: Final = {"substring": 0, "identifier": 1, "call": 2}


class Way(IntEnum):
    """How a mark is found in a script."""

    WORD = 0
    ENDING = 1  #: of a word, by its last letters
    BEGINNING = 2  #: of a word, by its first letters
    ANYWHERE = 3  #: no word tells of it


class _Loader(NamedTuple):
    """What a service's script is told by, and what tests a script for it."""

    service: str
    mark: InlineMark
    test: Test


class InlineIndex:
    """All inline marks of a policy and the catalogue, ready to be looked up."""

    def __init__(self, marks: Iterable[tuple[str, InlineMark]]) -> None:
        self._ways: dict[Way, defaultdict[str, list[_Loader]]] = {
            way: defaultdict(list) for way in Way
        }
        for service, mark in marks:
            way, key = place_of(mark)
            self._ways[way][key].append(_Loader(service, mark, _test_of(mark)))

    def services(self, script: str) -> frozenset[str]:
        """Get the keys of the services that a script's text would load."""
        if "\\/" in script:
            script = script.replace("\\/", "/")
        words = set(_WORD.findall(script))
        keys = {
            Way.WORD: words,
            Way.ENDING: {word[-_PART:] for word in words},
            Way.BEGINNING: {word[:_PART] for word in words},
            Way.ANYWHERE: {""},
        }
        candidates = (
            loader
            for way, index in self._ways.items()
            for key in index.keys() & keys[way]
            for loader in index[key]
        )
        return frozenset(found.service for found in candidates if found.test(script))

    def compiled(self, numbers: Mapping[str, int]) -> tuple[compiled.Marks, ...]:
        """Get the marks as compiled code takes them, by the way they are found in.

        :param numbers: of the services.
        """
        return tuple(
            tuple(
                (
                    key.encode(),
                    _number_of(at.mark),
                    _plain(at.mark).encode(),
                    numbers[at.service],
                    at.test,
                )
                for key, marks in index.items()
                for at in marks
            )
            for index in self._ways.values()
        )


def _number_of(mark: InlineMark) -> int:
    """Get the number by which compiled code knows a kind of mark, -1 for others."""
    # In a text of another charset than UTF-8, letters are other bytes.
    return _KINDS.get(mark.kind, -1) if mark.value.isascii() else -1


def place_of(mark: InlineMark) -> tuple[Way, str]:
    """Get by what a mark is found: its most telling word.

    A word at a substring's edge may be the end or the beginning of a longer one in the
    script, so it is found by its last or first letters only.
    """
    exact = mark.kind in ("identifier", "call")
    value = _fixed(mark) if mark.kind == "regex" else _GAP + _plain(mark) + _GAP
    places: list[tuple[int, Way, str]] = []
    for found in _WORD.finditer(value):
        word = found[0]
        begins = exact or value[found.start() - 1] != _GAP
        ends = exact or value[found.end()] != _GAP
        if word.lower() in _COMMON or (len(word) < _PART and not (begins and ends)):
            continue
        if begins and ends:
            places.append((len(word), Way.WORD, word))
        elif ends:
            places.append((len(word), Way.ENDING, word[-_PART:]))
        elif begins:
            places.append((len(word), Way.BEGINNING, word[:_PART]))
    if not places:
        return Way.ANYWHERE, ""
    _, way, key = max(places, key=lambda place: place[0])
    return way, key


def _plain(mark: InlineMark) -> str:
    return mark.value.replace("\\/", "/")


def _fixed(mark: InlineMark) -> str:
    """Get what is the same in all that a regular expression finds, with gaps in it."""
    pattern = _plain(mark)
    out = [_GAP]
    depth = 0
    if _UNTOLD.search(pattern):
        return _GAP
    for found in _PART_OF.finditer(pattern):
        sign = found[3] or ""
        if sign == "|" and depth == 0:
            return _GAP
        if (sign in ("*", "?") or len(sign) > 1) and depth == 0:
            out.pop()  # what stands before it may be missing
        depth += (sign == "(") - (sign == ")")
        is_said = depth == 0 and sign == ""
        out.append((found[1] or found[2] or _GAP) if is_said else _GAP)
    return "".join([*out, _GAP])


def _test_of(mark: InlineMark) -> Test:
    value = _plain(mark)
    if mark.kind == "substring":
        return lambda script: value in script
    pattern = {
        "identifier": _BOUNDARY + re.escape(value) + _END,
        "call": r"(?<![A-Za-z0-9_$.])" + re.escape(value) + r"\s*\(",
        "regex": value,
    }[mark.kind]
    search = re.compile(pattern).search
    return lambda script: search(script) is not None
