"""Which rule holds where a visitor is: asked first, or told and free to refuse.

The table in ``regimes.json`` names where the law lets tags run until they are refused.
Everywhere else, and wherever the region is unknown, visitors are asked first. It names
as well from which age people decide for themselves, where that is below sixteen.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

#: What visitors may opt out of, in the order in which they are told.
RIGHTS: Final = ("sale", "sharing", "targeted_ads", "profiling", "sensitive")
SENSITIVE: Final = "sensitive"
#: What ends a service that doesn't say what it uses data for.
UNSAID: Final = frozenset(RIGHTS) - {SENSITIVE}

#: An opt-out is respected for at least twelve months (CIV 1798.135(c)(4)); cookies are
#: kept no longer than this by browsers (RFC 6265bis, 5.5: 400 days).
OPT_OUT_KEPT: Final = timedelta(days=395)

_SIXTEEN: Final = 16

#: ISO 3166-1 alpha-2, or 3166-2 where the part of the country is known.
_REGION: Final = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Regime:
    """The rule for one visitor."""

    kind: Literal["opt-in", "opt-out"] = "opt-in"
    region: str = ""  #: where it is known to hold
    law: str = ""
    rights: tuple[str, ...] = ()  #: of :data:`RIGHTS`, what can be opted out of
    asks_sensitive: bool = True  #: what is sensitive waits for a grant
    notices: tuple[str, ...] = ()  #: to be posted, word for word, by who sells that

    @property
    def is_opt_out(self) -> bool:
        """Whether what isn't essential may run until it is refused."""
        return self.kind == "opt-out"

    def __str__(self) -> str:
        return f"{self.kind} {self.region}".strip()


OPT_IN: Final = Regime()


def regime_in(region: str | None, opt_out: Collection[str]) -> Regime:
    """Get the rule that holds in a region.

    :param region: ISO 3166-1 or 3166-2, such as ``DE`` or ``US-CA``; none if unknown.
    :param opt_out: where the shop uses the rule that tags run until they are refused.
    """
    found = _REGION.fullmatch((region or "").strip().upper()) if opt_out else None
    if not found or opt_out_places().isdisjoint(found.group(0, 1)):
        return OPT_IN
    place, country = found[0], found[1]
    if place not in opt_out and country not in opt_out:
        return OPT_IN
    # Of a state without a law of its own, or unknown, the country's strictest holds.
    entry = _table().get(place) or _table()[country]
    return Regime(
        "opt-out",
        place,
        entry["law"],
        tuple(right for right in RIGHTS if right in entry["rights"]),
        asks_sensitive=entry["sensitive"] == "opt-in",
        notices=tuple(entry.get("notices", ())),
    )


def age_of_consent(region: str | None) -> int:
    """Get the age from which people consent for themselves (GDPR 8(1)).

    Sixteen, the strictest, wherever no law that we know of has lowered it.

    :param region: ISO 3166-1 or 3166-2, such as ``FR``; none if unknown.
    """
    country = (region or "").strip().upper().partition("-")[0]
    return _data().ages.get(country, _SIXTEEN)


@cache
def opt_out_places() -> frozenset[str]:
    """Get the regions whose law knows opting out, by their ISO codes."""
    return frozenset(_table())


def _table() -> dict[str, dict[str, Any]]:
    return _data().opt_out


class _Data(NamedTuple):
    opt_out: dict[str, dict[str, Any]]
    ages: dict[str, int]


@cache
def _data() -> _Data:
    text = (files("consentkit") / "regimes.json").read_text(encoding="utf-8")
    return _Data(**json.loads(text))
