"""Statistics: what an auditor sees of the log at a glance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from .day import utc_day
from .tables import records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

    from .selection import Selection


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How often a group or service was granted and refused."""

    granted: int
    refused: int

    @property
    def share(self) -> float:
        """The share of decisions that granted it, from 0 to 1."""
        asked = self.granted + self.refused
        return self.granted / asked if asked else 0.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of decisions."""

    total: int
    by_decision: Mapping[str, int]
    by_surface: Mapping[str, int]
    by_language: Mapping[str, int]
    by_day: Mapping[str, int]  #: ISO date, UTC
    acceptance: Mapping[str, Acceptance]  #: by group and service key


def statistics(connection: Connection, selection: Selection) -> Statistics:
    """Get the counts over the selected records; the database does the counting."""

    def counts(column: ColumnElement[Any]) -> dict[str, int]:
        query = select(column, func.count()).group_by(column).order_by(column)
        rows = connection.execute(query.where(*selection.conditions()))
        return {str(value): n for value, n in rows}

    by_decision = counts(records.c.decision)
    return Statistics(
        total=sum(by_decision.values()),
        by_decision=by_decision,
        by_surface=counts(records.c.surface),
        by_language=counts(records.c.language),
        by_day=counts(utc_day(records.c.decided_at)),
        acceptance=_acceptance(connection, selection),
    )


def _acceptance(
    connection: Connection, selection: Selection
) -> Mapping[str, Acceptance]:
    """Count by key. Visitors make few different choices, so few rows come back."""
    columns = records.c.granted, records.c.refused
    query = select(*columns, func.count()).where(*selection.conditions())
    granted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for chosen, declined, n in connection.execute(query.group_by(*columns)):
        granted.update(dict.fromkeys(chosen, n))
        refused.update(dict.fromkeys(declined, n))
    keys = sorted({*granted, *refused})
    return {key: Acceptance(granted[key], refused[key]) for key in keys}
