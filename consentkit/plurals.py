"""Which plural form a whole number takes in a language (Unicode CLDR, plural rules)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: Gets the category of a number: ``zero one two few many other``.
Rule = Callable[[int], str]


def _in(number: int, first: int, last: int) -> bool:
    return first <= number <= last


def _never(_number: int) -> str:
    return "other"


def _one(number: int) -> str:
    return "one" if number == 1 else "other"


def _one_or_none(number: int) -> str:
    return "one" if number in (0, 1) else "other"


def _arabic(number: int) -> str:
    named = {0: "zero", 1: "one", 2: "two"}.get(number)
    if named:
        return named
    rest = number % 100
    return "few" if _in(rest, 3, 10) else "many" if rest > 10 else "other"  # noqa: PLR2004  the rule's own number


def _czech(number: int) -> str:
    return "one" if number == 1 else "few" if _in(number, 2, 4) else "other"


def _croatian(number: int) -> str:
    category = _ukrainian(number)
    return "other" if category == "many" else category


def _hebrew(number: int) -> str:
    return {1: "one", 2: "two"}.get(number, "other")


def _icelandic(number: int) -> str:
    return "one" if number % 10 == 1 and number % 100 != 11 else "other"  # noqa: PLR2004


def _irish(number: int) -> str:
    named = {1: "one", 2: "two"}.get(number)
    if named:
        return named
    return "few" if _in(number, 3, 6) else "many" if _in(number, 7, 10) else "other"


def _latvian(number: int) -> str:
    teen = _in(number % 100, 11, 19)
    if number % 10 == 0 or teen:
        return "zero"
    return "one" if number % 10 == 1 else "other"


def _lithuanian(number: int) -> str:
    if number % 10 == 0 or _in(number % 100, 11, 19):
        return "other"
    return "one" if number % 10 == 1 else "few"


def _maltese(number: int) -> str:
    named = {1: "one", 2: "two"}.get(number)
    if named:
        return named
    rest = number % 100
    if number == 0 or _in(rest, 3, 10):
        return "few"
    return "many" if _in(rest, 11, 19) else "other"


def _polish(number: int) -> str:
    category = _ukrainian(number)
    if category == "one":
        return "one" if number == 1 else "many"
    return category


def _romanian(number: int) -> str:
    if number == 1:
        return "one"
    return "few" if number == 0 or _in(number % 100, 1, 19) else "other"


def _slovenian(number: int) -> str:
    named = {1: "one", 2: "two", 3: "few", 4: "few"}
    return named.get(number % 100, "other")


def _ukrainian(number: int) -> str:
    teen = _in(number % 100, 11, 14)
    if number % 10 == 1 and not teen:
        return "one"
    return "few" if _in(number % 10, 2, 4) and not teen else "many"


_RULES: Final[dict[str, Rule]] = {
    "ar": _arabic,
    "cs": _czech,
    "fr": _one_or_none,
    "ga": _irish,
    "he": _hebrew,
    "hr": _croatian,
    "is": _icelandic,
    "ja": _never,
    "ko": _never,
    "lt": _lithuanian,
    "lv": _latvian,
    "mt": _maltese,
    "pl": _polish,
    "pt": _one_or_none,
    "ro": _romanian,
    "sk": _czech,
    "sl": _slovenian,
    "uk": _ukrainian,
    "zh": _never,
}


def category(language: str, number: int) -> str:
    """Get the plural category of a number in a language."""
    return _RULES.get(language.partition("-")[0], _one)(number)


def categories(language: str) -> frozenset[str]:
    """Get all categories that whole numbers take in a language."""
    return frozenset(category(language, number) for number in range(201))
