"""The overview: what happened in a time, summed up from daily counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select

from consentkit.log.events import totals
from consentkit.log.tables import leaves, records, tallies
from consentkit.log.tally import AT_ONCE, Count, count, counted_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection

    from consentkit.log.events import EventKind
    from consentkit.log.tally import Counts

EVENT_KINDS: Final[tuple[EventKind, ...]] = ("tag", "cookie", "hook", "host", "page")
#: Revisions of the policy that are compared, the latest ones.
_REVISIONS: Final = 8


class Row(NamedTuple):
    """One line of a chart and of its table."""

    key: str
    counts: Count

    @property
    def share(self) -> float:
        """The share of decisions that granted it, or granted something; 0 to 1."""
        decisions, granted = self.counts
        return granted / decisions if decisions else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What visitors decided under one revision of the policy."""

    number: int
    first_day: str
    last_day: str
    decisions: int
    rows: list[Row]  #: by group


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything that the overview shows."""

    since: str  #: ISO 8601
    total: Count
    days: Mapping[str, Mapping[str, int]]  #: decisions of a day by kind
    languages: list[Row]
    surfaces: list[Row]
    keys: list[Row]  #: groups and services
    revisions: list[Revision]
    events: Mapping[EventKind, Mapping[str, int]]
    records: int  #: in the log, by their order of arrival
    sealed: int
    uncounted: int  #: records that are too new, or too many, to be in the counts


def overview(connection: Connection, since: date, groups: Iterable[str]) -> Overview:
    """Get the overview from a day on.

    :param groups: the keys by which revisions of the policy are compared.
    """
    counted = counted_until(connection)
    newest = connection.scalar(select(func.max(records.c.seq))) or 0
    live = count(connection, counted, counted + AT_ONCE)
    sums = _Sums(connection, live, since.isoformat())
    days: dict[str, dict[str, int]] = defaultdict(dict)
    for (day, kind), n in sums.by("decision", "day", "value").items():
        days[day][kind] = n.decisions
    surfaces = sums.rows("surface")
    total = Count(
        sum(row.counts.decisions for row in surfaces),
        sum(row.counts.granted for row in surfaces),
    )
    return Overview(
        since=since.isoformat(),
        total=total,
        days=dict(sorted(days.items())),
        languages=sums.rows("language"),
        surfaces=surfaces,
        keys=sums.rows("key"),
        revisions=_revisions(_Sums(connection, live, ""), set(groups)),
        events={k: totals(connection, k, since.isoformat()) for k in EVENT_KINDS},
        records=newest,
        sealed=_sealed(connection),
        uncounted=max(0, newest - counted - AT_ONCE),
    )


class _Sums:
    """Adds the tally up, together with what isn't in it yet."""

    def __init__(self, connection: Connection, live: Counts, since: str) -> None:
        self._connection = connection
        self._live = live
        self._since = since

    def by(self, dimension: str, *names: str) -> dict[tuple[str, ...], Count]:
        """Get sums of a dimension, by fields of :class:`consentkit.log.tally.Cell`."""
        columns = [tallies.c[name] for name in names]
        sums = [func.sum(tallies.c.decisions), func.sum(tallies.c.granted)]
        query = select(*columns, *sums).where(
            tallies.c.dimension == dimension, tallies.c.day >= self._since
        )
        found: dict[tuple[str, ...], Count] = {}
        for *key, decisions, granted in self._connection.execute(
            query.group_by(*columns)
        ):
            found[tuple(map(str, key))] = Count(int(decisions), int(granted))
        for cell, n in self._live.items():
            if cell.dimension == dimension and cell.day >= self._since:
                place = tuple(str(getattr(cell, name)) for name in names)
                before = found.get(place, Count(0, 0))
                found[place] = Count(
                    before.decisions + n.decisions, before.granted + n.granted
                )
        return found

    def rows(self, dimension: str) -> list[Row]:
        """Get sums by value, the largest first."""
        found = [Row(key, n) for (key,), n in self.by(dimension, "value").items()]
        return sorted(found, key=lambda row: (-row.counts.decisions, row.key))


def _revisions(sums: _Sums, groups: set[str]) -> list[Revision]:
    days: dict[int, list[str]] = defaultdict(list)
    decisions: dict[int, int] = defaultdict(int)
    for (revision, day), n in sums.by("surface", "revision", "day").items():
        days[int(revision)].append(day)
        decisions[int(revision)] += n.decisions
    by_key = sums.by("key", "revision", "value")
    return [
        Revision(
            number=number,
            first_day=min(days[number]),
            last_day=max(days[number]),
            decisions=decisions[number],
            rows=sorted(
                Row(key, n)
                for (revision, key), n in by_key.items()
                if int(revision) == number and key in groups
            ),
        )
        for number in sorted(days)[-_REVISIONS:]
    ]


def _sealed(connection: Connection) -> int:
    last = connection.scalar(select(func.max(leaves.c.leaf_index)))
    return 0 if last is None else last + 1


def filled(
    days: Mapping[str, Mapping[str, int]], first: date, last: date, step: int
) -> list[tuple[date, Mapping[str, int]]]:
    """Get counts by kind for spans of so many days, those without any as well."""
    spans: list[tuple[date, Mapping[str, int]]] = []
    day = first
    while day <= last:
        sums: dict[str, int] = defaultdict(int)
        for offset in range(step):
            of_day = days.get((day + timedelta(days=offset)).isoformat(), {})
            for kind, number in of_day.items():
                sums[kind] += number
        spans.append((day, dict(sums)))
        day += timedelta(days=step)
    return spans
