"""The tally: every sealed record counted once, and nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consentkit.log import ConsentLog, KeyFile
from consentkit.log.events import MOST_NAMES, OTHERS, Event, add, totals
from consentkit.log.tables import events, tallies
from consentkit.log.tally import Cell, Count, catch_up, count, counted_until
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Engine

    from consentkit.log import Draft

    MakeDraft = Callable[..., Draft]

DAY = "2026-01-31"
START = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
#: Three decisions, each half an hour after the one before: two days in UTC.
CHOICES: tuple[dict[str, object], ...] = (
    {},
    {"decision": "save", "granted": ("klaviyo",), "refused": ("personalisation",)},
    {"decision": "withdraw", "granted": (), "refused": ("klaviyo", "personalisation")},
)


@pytest.fixture
def log(
    engine: Engine,
    tmp_path: Path,
    draft: MakeDraft,
    notice: Mapping[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> ConsentLog:
    """Get a log of three decisions that aren't sealed yet."""
    times = iter([START + timedelta(minutes=30 * n) for n in range(100)])
    log = ConsentLog(
        engine, key=KeyFile(tmp_path / "key.pem"), clock=lambda: next(times)
    )
    monkeypatch.setattr(log, "_seal_due", float("inf"))
    for choice in CHOICES:
        log.append(draft(previous_decided=True, **choice), notice)
    return log


def counted(log: ConsentLog) -> dict[Cell, Count]:
    """Get all that is in the tally."""
    with log.reading() as connection:
        rows = connection.execute(select(tallies)).mappings().all()
    return {
        Cell(row["dimension"], row["day"], row["revision"], row["value"]): Count(
            row["decisions"], row["granted"]
        )
        for row in rows
    }


@BOTH
def test_what_is_sealed_is_counted_by_day_in_utc(log: ConsentLog) -> None:
    assert not log.tally()
    assert counted(log) == {}
    log.seal()
    assert not log.tally()
    found = counted(log)
    assert found[Cell("decision", DAY, 1, "accept_all")] == Count(1, 1)
    assert found[Cell("decision", "2026-02-01", 1, "save")] == Count(1, 1)
    assert found[Cell("decision", "2026-02-01", 1, "withdraw")] == Count(1, 0)
    assert found[Cell("surface", "2026-02-01", 1, "banner")] == Count(2, 1)
    assert found[Cell("language", DAY, 1, "de")] == Count(1, 1)
    assert found[Cell("key", DAY, 1, "klaviyo")] == Count(1, 1)
    assert found[Cell("key", "2026-02-01", 1, "klaviyo")] == Count(2, 1)
    assert found[Cell("key", "2026-02-01", 1, "personalisation")] == Count(2, 0)


@BOTH
def test_nothing_is_counted_twice(
    log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]
) -> None:
    log.seal()
    for _ in range(3):
        log.tally()
    log.append(draft(consent_id="b" * 32), notice)
    log.tally()
    log.seal()
    log.tally()
    surfaces = [n for cell, n in counted(log).items() if cell.dimension == "surface"]
    assert sum(n.decisions for n in surfaces) == 4


@BOTH
def test_piece_by_piece_gives_the_same(log: ConsentLog) -> None:
    log.seal()
    steps = 0
    more = True
    while more:
        with log.writing() as connection:
            more = catch_up(connection, most=1)
        steps += 1
    assert steps == 3
    with log.reading() as connection:
        assert counted_until(connection) == 3
        assert counted(log) == count(connection, 0, 3)
        assert count(connection, 3, 99) == {}


@BOTH
def test_many_at_once_count_once(log: ConsentLog) -> None:
    log.seal()
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda _: log.tally(), range(8))] == [False] * 8
    surfaces = [n for cell, n in counted(log).items() if cell.dimension == "surface"]
    assert sum(n.decisions for n in surfaces) == 3


def test_an_erasure_changes_no_count(log: ConsentLog) -> None:
    log.seal()
    log.tally()
    before = counted(log)
    log.erase("a" * 32)
    log.tally()
    assert counted(log) == before


# -- events ----------------------------------------------------------------------------


def stored(log: ConsentLog) -> dict[tuple[str, str], int]:
    with log.reading() as connection:
        rows = connection.execute(select(events)).all()
    return {(row.kind, row.name): row.number for row in rows}


@BOTH
def test_events_add_up(log: ConsentLog) -> None:
    for _ in range(2):
        with log.writing() as connection:
            add(connection, {Event("tag", DAY, "x"): 2, Event("hook", DAY, "x"): 1})
    assert stored(log) == {("tag", "x"): 4, ("hook", "x"): 2}
    with log.reading() as connection:
        assert totals(connection, "tag", DAY) == {"x": 4}
        assert totals(connection, "tag", "2026-02-01") == {}
        assert totals(connection, "cookie", DAY) == {}


def test_who_floods_names_gets_one_counter(log: ConsentLog) -> None:
    flood = {Event("host", DAY, f"{n}.example"): 1 for n in range(MOST_NAMES + 50)}
    with log.writing() as connection:
        add(connection, flood)
        add(connection, {Event("host", DAY, "late.example"): 7})
        add(connection, {Event("host", DAY, "0.example"): 7})
    found = stored(log)
    assert len(found) == MOST_NAMES + 1
    assert found["host", OTHERS] == 57
    assert found["host", "0.example"] == 8


@BOTH
def test_long_names_are_cut(log: ConsentLog) -> None:
    long = "x" * 300
    with log.writing() as connection:
        add(
            connection, {Event("host", DAY, f"{long}1"): 1, Event("host", DAY, long): 1}
        )
    assert stored(log) == {("host", "x" * 253): 2}
