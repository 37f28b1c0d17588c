"""Selections: which records somebody asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Text, type_coerce

from .record import timestamp
from .tables import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement

    from .record import DecisionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that all hold for a record; what is none doesn't count."""

    since: datetime | None = None  #: decided then or later
    until: datetime | None = None  #: decided before
    consent_id: str | None = None
    consent_ids: tuple[str, ...] | None = None  #: any of them, see log.links
    decision: DecisionKind | None = None
    revision: int | None = None
    granted: str | None = None  #: the key of a group or service

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Get the conditions on a row of the log."""
        row = records.c
        if self.since is not None:
            yield row.decided_at >= self.since
        if self.until is not None:
            yield row.decided_at < self.until
        if self.consent_ids is not None:
            yield row.consent_id.in_(self.consent_ids)
        if self.granted is not None:
            # Quotes make it a whole element of the JSON array.
            quoted = json.dumps(self.granted, ensure_ascii=False)
            text = type_coerce(row.granted, Text)
            yield text.contains(quoted, autoescape=True)
        for name in ("consent_id", "decision", "revision"):
            wanted = getattr(self, name)
            if wanted is not None:
                yield row[name] == wanted

    def as_json(self) -> dict[str, object]:
        """Get the conditions that count as JSON-able data."""
        found: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, datetime):
                found[field.name] = timestamp(value)
            elif value is not None:
                found[field.name] = list(value) if isinstance(value, tuple) else value
        return found


EVERYTHING = Selection()
