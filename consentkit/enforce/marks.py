"""Finds the services whose loaders an inline script holds.

The marks are looked up by one whole word of theirs, so that the cost of a script
depends on its length and not on the number of services.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from . import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consentkit.policy import InlineMark

    Test = Callable[[str], bool]
    _Index = defaultdict[str, list[tuple[str, Test]]]

_WORD: Final = re.compile(r"[A-Za-z0-9_$]{3,}")
_BOUNDARY: Final = r"(?<![A-Za-z0-9_$])"
_END: Final = r"(?![A-Za-z0-9_$])"
_PART: Final = 4
#: Words of nearly every script or address: no use as a key.
_COMMON: Final = frozenset(
    "com net org www http https script js src function window document var src cdn "
    "static api type push async static true false this return".split()
)


class InlineIndex:
    """All inline marks of a policy and the catalogue, ready to be looked up."""

    def __init__(self, marks: Iterable[tuple[str, InlineMark]]) -> None:
        self._by_word: _Index = defaultdict(list)
        self._by_ending: _Index = defaultdict(list)
        self._by_beginning: _Index = defaultdict(list)
        self._others: list[tuple[str, Test]] = []
        for service, mark in marks:
            self._place(mark).append((service, _test_of(mark)))

    def services(self, script: str) -> frozenset[str]:
        """Get the keys of the services that a script's text would load."""
        if "\\/" in script:
            script = script.replace("\\/", "/")
        candidates = list(self._others)
        words = set(self._words(script))
        for index, keys in (
            (self._by_word, words),
            (self._by_ending, {word[-_PART:] for word in words}),
            (self._by_beginning, {word[:_PART] for word in words}),
        ):
            for key in index.keys() & keys:
                candidates += index[key]
        return frozenset(service for service, test in candidates if test(script))

    def _words(self, script: str) -> list[str]:
        """Get the words of a script, at least those by which a mark may be found."""
        if compiled.sift and self._sieve:
            return compiled.sift(script.encode("utf-8", "replace"), self._sieve)
        return _WORD.findall(script)

    @cached_property
    def _sieve(self) -> bytes:
        """What most words don't pass by which no mark is found."""
        indexes = (self._by_word, self._by_ending, self._by_beginning)
        keys = [key.encode() for index in indexes for key in index]
        return compiled.sieve(keys) if compiled.sieve else b""

    def _place(self, mark: InlineMark) -> list[tuple[str, Test]]:
        """Get the list in which a mark is found by its most telling word.

        A word at a substring's edge may be the end or the beginning of a longer one
        in the script, so it is found by its last or first letters only.
        """
        if mark.kind == "regex":
            return self._others
        value = mark.value.replace("\\/", "/")
        exact = mark.kind != "substring"
        places: list[tuple[int, _Index, str]] = []
        for found in _WORD.finditer(value):
            word = found[0]
            bounded = exact or found.start() > 0, exact or found.end() < len(value)
            if word.lower() in _COMMON or (len(word) < _PART and not all(bounded)):
                continue
            if all(bounded):
                places.append((len(word), self._by_word, word))
            elif bounded[1]:
                places.append((len(word), self._by_ending, word[-_PART:]))
            elif bounded[0]:
                places.append((len(word), self._by_beginning, word[:_PART]))
        if not places:
            return self._others
        _, index, key = max(places, key=lambda place: place[0])
        return index[key]


def _test_of(mark: InlineMark) -> Test:
    value = mark.value.replace("\\/", "/")
    if mark.kind == "substring":
        return lambda script: value in script
    pattern = {
        "identifier": _BOUNDARY + re.escape(value) + _END,
        "call": r"(?<![A-Za-z0-9_$.])" + re.escape(value) + r"\s*\(",
        "regex": value,
    }[mark.kind]
    search = re.compile(pattern).search
    return lambda script: search(script) is not None
