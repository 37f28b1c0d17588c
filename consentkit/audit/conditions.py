"""What an auditor asks for: conditions and places, read from the query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast, get_args

from flask import request

from consentkit.log import links
from consentkit.log.record import DecisionKind, timestamp
from consentkit.log.search import Place
from consentkit.log.selection import Selection
from consentkit.shop import current_shop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

KINDS: Final[tuple[str, ...]] = get_args(DecisionKind)
_FIELDS: Final = (
    "since", "until", "consent_id", "customer", "decision", "revision", "granted",
)  # fmt: skip
_LONGEST: Final = 200
_LARGEST: Final = 2**31 - 1
#: No number of a row is that large, and every database takes it.
FAR: Final = 2**62


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as it was sent, what it selects, and what can't be read of it."""

    values: Mapping[str, str]
    selection: Selection
    problems: Mapping[str, str]

    @property
    def names(self) -> str:
        """The names of the conditions, for the record of accesses."""
        return ", ".join(name for name, value in self.values.items() if value)


def asked(connection: Connection) -> Asked:
    """Get what the current request asks for; an unreadable condition finds nothing."""
    sent = request.args
    values = {name: _plain(sent.get(name, "")) for name in _FIELDS}
    problems: dict[str, str] = {}
    since = _moment(values, "since", problems)
    until = _moment(values, "until", problems)
    revision = _number(values, problems)
    if values["decision"] and values["decision"] not in KINDS:
        problems["decision"] = "There is no such decision."
    consent_ids = None
    if values["customer"]:
        hashes = current_shop().customers.hashes(values["customer"])
        consent_ids = links.consent_ids(connection, hashes)
    if problems:
        return Asked(values, Selection(consent_ids=()), problems)
    selection = Selection(
        since=since,
        until=until,
        consent_id=values["consent_id"] or None,
        consent_ids=consent_ids,
        decision=cast("DecisionKind | None", values["decision"] or None),
        revision=revision,
        granted=values["granted"] or None,
    )
    return Asked(values, selection, problems)


def place() -> Place | None:
    """Get where the asked-for page begins, none for the first one."""
    moment, _, seq = request.args.get("before", "").rpartition("_")
    try:
        found = Place(datetime.fromisoformat(moment).astimezone(UTC), int(seq))
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found.seq < FAR else None


def written(place: Place) -> str:
    """Get a place as a page's address names it."""
    return f"{timestamp(place.decided_at)}_{place.seq}"


def number(name: str) -> int | None:
    """Get a number from the query, none if it can't be that of a row."""
    try:
        found = int(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 0 <= found < FAR else None


def _plain(text: str) -> str:
    """Get a text as any database takes it: PostgreSQL knows no NUL, for one."""
    storable = text.encode("utf-8", "replace").decode().strip()[:_LONGEST]
    return "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in storable
    )


def _moment(
    values: Mapping[str, str], name: str, problems: dict[str, str]
) -> datetime | None:
    if not values[name]:
        return None
    try:
        moment = datetime.fromisoformat(values[name])
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        problems[name] = "Write a date such as 2026-11-22, or 2026-11-22T14:30 (UTC)."
        return None


def _number(values: Mapping[str, str], problems: dict[str, str]) -> int | None:
    text = values["revision"]
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST:
        return int(text)
    problems["revision"] = "Write a whole number."
    return None
