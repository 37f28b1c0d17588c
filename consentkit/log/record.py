"""Records: what the log keeps of one decision, and the visitor's receipt of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DecisionKind = Literal[
    "accept_all", "reject_all", "save", "withdraw", "gpc", "once", "guardian"
]
Surface = Literal[
    "banner", "preferences", "placeholder", "api", "gpc", "rights", "guardian"
]

PATH_LENGTH = 200
_PERSONAL = re.compile(r"@|%40|(?=[A-Za-z_]*\d)[A-Za-z0-9_]{16,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A decision as the shop hands it to the log, before it is proved."""

    consent_id: str
    decision: DecisionKind
    surface: Surface
    granted: tuple[str, ...]  #: group and service keys, sorted
    refused: tuple[str, ...]
    previous_granted: tuple[str, ...] = ()
    previous_decided: bool = False
    revision: int
    fingerprint: str  #: of the policy
    notice_hash: str  #: of what the visitor was shown
    language: str
    regime: str = "opt-in"  #: or ``opt-out`` and the region
    browser: str = "other"  #: the family, see :func:`.browser.browser_family`
    path: str = "/"  #: see :func:`recorded_path`
    gpc: bool = False  #: the browser sent ``Sec-GPC: 1`` with this decision

    def __post_init__(self) -> None:
        """Put keys into one order and the path into its short form."""
        for name in ("granted", "refused", "previous_granted"):
            object.__setattr__(self, name, sorted_keys(getattr(self, name)))
        object.__setattr__(self, "path", recorded_path(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Draft):
    """One row of the log: a decision that is proved."""

    id: str  #: UUID, version 4
    decided_at: datetime  #: by the server's clock; aware, UTC
    sequence: int  #: 1 for a visitor's first decision, 2 for the next


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSnapshot:
    """What visitors were shown, as it was at the time."""

    hash: str
    language: str
    content: str  #: canonical JSON
    first_shown_at: datetime

    @property
    def shown(self) -> Mapping[str, object]:
        """The texts, groups and services as data."""
        data: Mapping[str, object] = json.loads(self.content)
        return data


def sorted_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Get keys in the one order in which records hold them, each once."""
    return tuple(sorted(set(keys)))


def recorded_path(path: str) -> str:
    """Get what the log keeps of an address: neither query nor fragment.

    Queries carry names, e-mail addresses and click identifiers (GDPR 5(1)(c)); parts
    that look like an address or a token become a star.
    Characters that not every database can store become question marks.
    """
    whole = path.partition("?")[0].partition("#")[0]
    parts = ("*" if _PERSONAL.search(part) else part for part in whole.split("/"))
    bare = "/".join(parts)[:PATH_LENGTH]
    storable = bare.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in storable)


def as_receipt(record: Record) -> dict[str, object]:
    """Get a record as JSON-able data, for its visitor and for exports."""
    receipt: dict[str, object] = {}
    for name in FIELDS:
        value = getattr(record, name)
        receipt[name] = list(value) if isinstance(value, tuple) else value
    receipt["decided_at"] = timestamp(record.decided_at)
    return receipt


def timestamp(moment: datetime) -> str:
    """Get a moment as RFC 3339 text in UTC, always with microseconds."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="microseconds") + "Z"


_FIRST = ("id", "decided_at", "consent_id", "sequence")

#: The fields of a record, in the order in which exports show them.
FIELDS = (*_FIRST, *(f.name for f in fields(Draft) if f.name not in _FIRST))
