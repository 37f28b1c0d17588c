"""Legal hold: what a claim needs stays, and goes when the claim is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from consentkit.log import ConsentLog, Draft, holds
from consentkit.log.tables import holds as table
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    MakeDraft = Callable[..., Draft]

HELD, FREE = "a" * 32, "b" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BY = {"who": "Counsel", "reason": "claim 7", "now": START}


@pytest.fixture
def log(engine: Engine, draft: MakeDraft, notice: Mapping[str, object]) -> ConsentLog:
    """Get a log: of HELD on days 0 and 10, of FREE on day 20."""
    for day, visitor in ((0, HELD), (10, HELD), (20, FREE)):
        at = START + day * DAY
        aged = ConsentLog(engine, clock=lambda at=at: at)  # type: ignore[misc]
        aged.append(draft(consent_id=visitor, revision=day), notice)
    return ConsentLog(engine, clock=lambda: START + 30 * DAY)


def place(log: ConsentLog, **scope: object) -> str:
    with log.writing() as connection:
        return holds.place(connection, holds.Scope(**scope), **BY)  # type: ignore[arg-type]


def release(log: ConsentLog, hold_id: str) -> tuple[str, ...]:
    with log.writing() as connection:
        return holds.release(
            connection, hold_id, who="Counsel", reason="settled", now=START + DAY
        )


def named(log: ConsentLog) -> list[int]:
    """Get the days of the records that still tell who decided."""
    return [record.revision for record in log.records() if record.consent_id]


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({}, [0, 10, 20]),
        ({"consent_ids": (HELD,)}, [0, 10]),
        ({"consent_ids": (HELD, FREE)}, [0, 10, 20]),
        ({"since": START + 10 * DAY}, [10, 20]),
        ({"until": START + 10 * DAY}, [0]),
        ({"consent_ids": (HELD,), "since": START + DAY}, [10]),
        ({"consent_ids": ("c" * 32,)}, []),
        ({"since": START + DAY, "until": START + 11 * DAY}, [10]),
    ],
)
def test_neither_erasure_nor_purge_reaches_what_is_held(
    log: ConsentLog, scope: dict[str, object], left: list[int]
) -> None:
    place(log, **scope)
    late = START + timedelta(days=9999)
    assert log.count_ended(late, DAY) == 3 - len(left)
    assert log.purge(late, DAY) == 3 - len(left)
    assert named(log) == left
    assert log.erase(HELD, FREE) == 0
    assert named(log) == left


@BOTH
def test_an_erasure_erases_the_rest(log: ConsentLog) -> None:
    place(log, since=START + DAY)
    assert log.erase(HELD) == 1
    assert named(log) == [10, 20]


@BOTH
def test_what_was_asked_for_is_told_at_the_release(log: ConsentLog) -> None:
    first, second = place(log, consent_ids=(HELD,)), place(log)
    log.erase(HELD)
    log.erase(HELD)
    assert release(log, first) == (HELD,)
    assert log.erase(HELD) == 0
    asked = release(log, second)
    assert asked == (HELD,)
    assert log.erase(*asked) == 2
    assert named(log) == [20]


@BOTH
def test_nothing_of_the_erased_stays_in_holds_that_ended(log: ConsentLog) -> None:
    hold = place(log, consent_ids=(HELD, FREE))
    log.erase(HELD)
    release(log, hold)
    log.erase(HELD)
    with log.reading() as connection:
        found = list(
            connection.scalars(select(table.c.consent_id).order_by(table.c.seq))
        )
    assert found == ["", FREE, "", None]


def test_a_hold_in_force_keeps_whom_it_is_about(log: ConsentLog) -> None:
    place(log, consent_ids=(HELD,), until=START)
    assert log.erase(HELD) == 2
    with log.reading() as connection:
        (hold,) = holds.listed(connection)
    assert hold.scope.consent_ids == (HELD,)


def test_holds_are_listed_with_their_ends(log: ConsentLog) -> None:
    open_one = place(log, since=START)
    ended = place(log, consent_ids=(HELD, FREE))
    release(log, ended)
    with log.reading() as connection:
        first, second = holds.listed(connection)
    assert (first.id, first.released_at) == (open_one, None)
    assert first.scope == holds.Scope(since=START)
    assert second.scope == holds.Scope(consent_ids=(HELD, FREE))
    assert (second.who, second.reason, second.placed_at) == (
        "Counsel",
        "claim 7",
        START,
    )
    assert second.released_at == START + DAY
    assert (second.released_by, second.release_reason) == ("Counsel", "settled")


def test_what_isnt_held_cant_be_released(log: ConsentLog) -> None:
    hold = place(log)
    release(log, hold)
    for hold_id in (hold, "unknown", ""):
        with pytest.raises(holds.UnknownHold, match="no hold is in force"):
            release(log, hold_id)


def test_held_records_are_counted(log: ConsentLog) -> None:
    place(log, until=START + DAY)
    with log.reading() as connection:
        assert holds.count_held(connection, (HELD, FREE)) == 1
        assert holds.count_held(connection, (FREE,)) == 0


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM consentkit_hold",
        "UPDATE consentkit_hold SET reason = 'none'",
        "UPDATE consentkit_hold SET consent_id = 'c'",
        "UPDATE consentkit_hold SET consent_id = '', action = 'release'",
    ],
)
def test_holds_are_append_only(log: ConsentLog, statement: str) -> None:
    place(log, consent_ids=(HELD,))
    with (
        pytest.raises(IntegrityError, match="append-only"),
        log.engine.begin() as connection,
    ):
        connection.execute(text(statement))
