"""The words that visitors read, one catalogue file for each language."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, TypeAlias

from .plurals import category

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from .policy import Text

DEFAULT_LANGUAGE = "en"

#: A service's purpose that starts so is looked up in the language's catalogue.
PURPOSE = "purpose:"

Unit: TypeAlias = Literal["minutes", "hours", "days", "months", "years"]

#: Tags whose shortening would lead astray, by CLDR's likely subtags and aliases.
_SAME_SCRIPT = {
    "zh": "zh-hans",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-tw": "zh-hant",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
}

_DAY = timedelta(days=1)
_YEAR = timedelta(days=365)
_DAYS_PER_MONTH = 365.25 / 12
_COUNTED_IN_DAYS = timedelta(days=120)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """All words of one language."""

    language: str  #: BCP 47 tag, as the catalogue file is named
    name: str  #: what the language calls itself
    direction: Literal["ltr", "rtl"]
    strings: Mapping[str, str]
    plurals: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, Mapping[str, str]]
    purposes: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.strings[key]

    def resolve(self, text: Text) -> str:
        """Get a text of the policy or the catalogue in this language."""
        found = in_language(text, self.language)
        if not found.startswith(PURPOSE):
            return found
        key = found.removeprefix(PURPOSE)
        return self.purposes.get(key, key)

    def group(self, key: str, part: Literal["name", "purpose"]) -> str:
        """Get our own words for a group that the shop gave none."""
        fallback = key if part == "name" else ""
        return self.groups.get(key, {}).get(part, fallback)

    def counted(self, key: str, number: int) -> str:
        """Get a phrase with its number, in the plural form that the number takes."""
        forms = self.plurals[key]
        form = forms[category(self.language, number)]
        return form.replace("{n}", str(number))

    def lifetime(self, lifetime: timedelta | None) -> str:
        """Say how long something is kept, in the unit that people would use."""
        if lifetime is None:
            return self["session"]
        unit, number = _measure(lifetime)
        return self.counted(unit, number)


@cache
def available() -> tuple[str, ...]:
    """Get the tags of the languages we speak."""
    names = (entry.name for entry in _catalogues().iterdir())
    return tuple(sorted(n.removesuffix(".json") for n in names if n.endswith(".json")))


@cache
def texts(language: str) -> Texts:
    """Get the words of a language.

    :raises KeyError: if :func:`available` doesn't name it.
    """
    if language not in available():
        raise KeyError(language)
    source = (_catalogues() / f"{language}.json").read_text(encoding="utf-8")
    data = json.loads(source)
    return Texts(
        language=language,
        name=data["name"],
        direction=data["direction"],
        strings=data["texts"],
        plurals=data["plurals"],
        groups=data["groups"],
        purposes=data["purposes"],
    )


@cache
def edition() -> str:
    """Get a short text that changes with any word of any language."""
    sources = ((_catalogues() / f"{tag}.json").read_bytes() for tag in available())
    return hashlib.sha256(b"".join(sources)).hexdigest()[:12]


def in_language(text: Text, language: str) -> str:
    """Get a shop's own text in a language, else in the nearest one it has."""
    if isinstance(text, str):
        return text
    known = {tag.lower(): words for tag, words in text.items()}
    known = {_SAME_SCRIPT.get(tag, tag): words for tag, words in known.items()} | known
    for tag in (*_shortened(language), DEFAULT_LANGUAGE):
        if tag in known:
            return known[tag]
    return next(iter(known.values()), "")


@lru_cache(maxsize=256)
def negotiate(html_lang: str | None, accept_language: str | None) -> str:
    """Get the language for a visitor: that of the page, else one they read."""
    known = {tag.lower(): tag for tag in available()}
    for wanted in (html_lang or "", *_ranges(accept_language or "")):
        for tag in _shortened(wanted):
            if (tag := _SAME_SCRIPT.get(tag, tag)) in known:
                return known[tag]
    return DEFAULT_LANGUAGE


def _catalogues() -> Traversable:
    return files("consentkit") / "translations"


def _shortened(language_range: str) -> Iterator[str]:
    """Give ever shorter tags to look up (RFC 4647, 3.4)."""
    parts = language_range.strip().lower().replace("_", "-").split("-")
    while parts and parts[0]:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:
            parts.pop()


_RANGE = re.compile(
    r"\s*([a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*)"
    r"\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def _ranges(accept_language: str) -> list[str]:
    """Get the languages of the header, best first; what isn't one is skipped."""
    found = [
        (float(match[2] or 1), match[1])
        for part in accept_language[:1000].split(",")
        if (match := _RANGE.fullmatch(part))
    ]
    found.sort(key=lambda weighed: -weighed[0])
    return [tag for quality, tag in found if quality > 0]


def _measure(lifetime: timedelta) -> tuple[Unit, int]:
    days = round(lifetime / _DAY)
    if lifetime < _DAY:
        minutes = max(1, round(lifetime / timedelta(minutes=1)))
        whole_hours = minutes % 60 == 0
        return ("hours", minutes // 60) if whole_hours else ("minutes", minutes)
    if days % _YEAR.days == 0:
        return "years", days // _YEAR.days
    months = round(days / _DAYS_PER_MONTH)
    nearly_whole = abs(days - months * _DAYS_PER_MONTH) <= 1
    if lifetime > _COUNTED_IN_DAYS and nearly_whole:
        return "months", months
    return "days", days
