"""How single values of ``consent.toml`` are written.

Each parser takes whatever stands in the file and says in a :class:`ValueError` what
to write instead.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from .catalogue.hosts import parse_host
from .policy import HostRule, InlineMark, Text
from .regime import opt_out_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SPAN = re.compile(r"([0-9]{1,6})\s+(minute|hour|day|week|month|year)s?")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}
_SHORTEST_MARK = 4
_LAST_REVISION = 2**31 - 1  # what an integer column of PostgreSQL holds


def nearest(word: object, known: Iterable[str]) -> str:
    """Get a suggestion to append to a message; empty if nothing is near."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.7)
    return f"; did you mean {close[0]!r}?" if close else ""


def line(value: object) -> str:
    """Get a text in one language, without the space around it."""
    if not isinstance(value, str):
        raise ValueError('write text in quotes: "..."')  # noqa: TRY004  all parsers raise ValueError
    if not value.strip():
        raise ValueError("this is empty: write something, or leave the field out")
    return value.strip()


def text(value: object) -> Text:
    """Get a text, or one for each language: ``{ en = "...", de = "..." }``."""
    if not isinstance(value, Mapping):
        return line(value)
    if not value:
        raise ValueError('name at least one language: { en = "..." }')
    for language in value:
        if not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
            raise ValueError(f'{language!r} is no language tag as "en" or "pt-BR"')
    return {language: line(wording) for language, wording in value.items()}


def key(value: object) -> str:
    """Get the name under which code and forms refer to a part of the policy."""
    if not (isinstance(value, str) and _KEY.fullmatch(value)):
        raise ValueError("write a key of a-z, 0-9 and _ that begins with a letter")
    return value


def lifetime(value: object) -> timedelta | None:
    """Get how long something is kept; nothing for ``"session"``."""
    if value == "session":
        return None
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('write as "90 days", "13 months", "1 hour" or "session"')
    count, unit = int(found[1]), found[2]
    if unit in _MINUTES:
        return timedelta(minutes=count * _MINUTES[unit])
    # In whole days, so that 13 months are the 395 days that regulators accept.
    return timedelta(days=count * 365 // (1 if unit == "year" else 12))


def answer_lifetime(value: object) -> timedelta:
    """Get how long an answer is remembered."""
    span = lifetime(value)
    if span is None or not timedelta(days=30) <= span <= timedelta(days=395):
        raise ValueError("an answer is kept for 30 to 395 days; 182 days is usual")
    return span


def retention(value: object) -> timedelta:
    """Get how long the log names who decided, once their choice has ended."""
    span = lifetime(value)
    if span is None or not timedelta(days=30) <= span <= timedelta(days=3650):
        raise ValueError("write 1 month to 10 years; 25 months are usual")
    return span


def revision(value: object) -> int:
    """Get the number that is raised to ask everybody again."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("write a whole number without quotes")  # noqa: TRY004  all parsers raise ValueError
    if not 1 <= value <= _LAST_REVISION:
        raise ValueError("count revisions from 1 upwards")
    return value


def flag(value: object) -> bool:
    """Get a yes or no."""
    if not isinstance(value, bool):
        raise ValueError("write true or false")  # noqa: TRY004  all parsers raise ValueError
    return value


def link(value: object) -> str:
    """Get an address to link to; never one that would run as a script."""
    address = line(value)
    on_own_host = address.startswith("/") and not address.startswith("//")
    if not on_own_host and not address.startswith(("https://", "http://")):
        raise ValueError('write an address: "/privacy" or "https://..."')
    return address


def links(value: object) -> Text:
    """Get an address to link to, or one for each language."""
    written = text(value)
    if isinstance(written, str):
        return link(written)
    return {language: link(address) for language, address in written.items()}


def host(value: object) -> HostRule:
    """Get the addresses that ``host``, ``host/path`` or ``/path`` stand for."""
    return parse_host(line(value))


def own_host(value: object) -> str:
    """Get the name of a host that the shop runs itself."""
    rule = host(value)
    if not rule.host or rule.path or rule.query:
        raise ValueError('write the host alone: "cdn.shop.example"')
    return rule.host


def opt_out_place(value: object) -> str:
    """Get a region whose law lets tags run until they are refused."""
    place = line(value).upper()
    if place not in opt_out_places():
        known = ", ".join(sorted(opt_out_places()))
        raise ValueError(f"visitors have to be asked first there; known are {known}")
    return place


def inline_mark(value: object) -> InlineMark:
    """Get what marks an inline loader."""
    mark = line(value)
    if len(mark) < _SHORTEST_MARK:
        raise ValueError("too short to mark one loader: copy more of its code")
    return InlineMark("substring", mark)


def cookie_name(value: object) -> str:
    """Get the name or pattern of a cookie."""
    name = line(value)
    if not name.strip("*"):
        raise ValueError("this claims every cookie, the login too: write a prefix")
    return name


def country(value: object) -> str:
    """Get a country, as ISO 3166 writes it."""
    if isinstance(value, str) and _COUNTRY.fullmatch(value):
        return value
    raise ValueError('write a code of ISO 3166, such as "DE" or "US-CA"')


def one_of(*choices: str) -> Callable[[object], str]:
    """Get a parser that takes only these words."""

    def choice(value: object) -> str:
        if value not in choices:
            raise ValueError(f"write one of {', '.join(choices)}")
        return str(value)

    return choice
