"""Finds the services whose loaders an inline script holds.

The marks are looked up by one whole word of theirs, so that the cost of a script
depends on its length and not on the number of services.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consentkit.policy import InlineMark

    Test = Callable[[str], bool]

_WORD: Final = re.compile(r"[A-Za-z0-9_$]{3,}")
_BOUNDARY: Final = r"(?<![A-Za-z0-9_$])"
_END: Final = r"(?![A-Za-z0-9_$])"
#: Words of nearly every script or address: no use as a key.
_COMMON: Final = frozenset(
    "com net org www http https script js src function window document var src cdn "
    "static api type push async static true false this return".split()
)


class InlineIndex:
    """All inline marks of a policy and the catalogue, ready to be looked up."""

    def __init__(self, marks: Iterable[tuple[str, InlineMark]]) -> None:
        self._by_word: dict[str, list[tuple[str, Test]]] = defaultdict(list)
        self._others: list[tuple[str, Test]] = []
        for service, mark in marks:
            word, test = _word_of(mark), _test_of(mark)
            place = self._by_word[word] if word else self._others
            place.append((service, test))
        self._words = frozenset(self._by_word)

    def services(self, script: str) -> frozenset[str]:
        """Get the keys of the services that a script's text would load."""
        if "\\/" in script:
            script = script.replace("\\/", "/")
        candidates = list(self._others)
        for word in self._words.intersection(_WORD.findall(script)):
            candidates += self._by_word[word]
        return frozenset(service for service, test in candidates if test(script))


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


def _word_of(mark: InlineMark) -> str:
    """Get the longest uncommon word that any script with this mark must hold whole."""
    if mark.kind == "regex":
        return ""
    value = mark.value.replace("\\/", "/")
    whole = [
        found[0]
        for found in _WORD.finditer(value)
        if mark.kind != "substring" or _is_whole(value, found)
    ]
    uncommon = [word for word in whole if word.lower() not in _COMMON]
    return max(uncommon, key=len, default="")


def _is_whole(value: str, found: re.Match[str]) -> bool:
    """Tell whether a word of a substring is bounded on both sides within it."""
    return found.start() > 0 and found.end() < len(value)
