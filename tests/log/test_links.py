"""Links: what the log knows of customers, and how it forgets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from consentkit.log import ConsentLog, Draft, holds, links
from consentkit.log.links import CustomerKeys
from consentkit.log.tables import links as table
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    MakeDraft = Callable[..., Draft]

PHONE, DESK = "a" * 32, "b" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = CustomerKeys(["secret"]).hashes("1")
TWO = CustomerKeys(["secret"]).hashes("2")


@pytest.fixture
def log(engine: Engine, draft: MakeDraft, notice: Mapping[str, object]) -> ConsentLog:
    """Get a log in which one customer has two browsers, and shares one of them."""
    log = ConsentLog(engine, clock=lambda: START)
    for visitor in (PHONE, DESK):
        log.append(draft(consent_id=visitor), notice)
    with log.writing() as connection:
        assert links.link(connection, ONE, PHONE, START)
        assert links.link(connection, ONE, DESK, START)
        assert links.link(connection, TWO, DESK, START)
    return log


def ids_of(log: ConsentLog, customers: tuple[str, ...]) -> tuple[str, ...]:
    with log.reading() as connection:
        return links.consent_ids(connection, customers)


def number(log: ConsentLog) -> int:
    with log.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


@BOTH
def test_a_link_is_made_once(log: ConsentLog) -> None:
    with log.writing() as connection:
        assert not links.link(connection, ONE, PHONE, START + DAY)
    assert ids_of(log, ONE) == (PHONE, DESK)
    assert ids_of(log, TWO) == (DESK,)
    with log.reading() as connection:
        assert links.count_customers(connection, (DESK,)) == 2
        assert links.count_customers(connection, (PHONE,)) == 1
        assert links.count_customers(connection, ()) == 0


@BOTH
def test_links_go_with_the_records(log: ConsentLog) -> None:
    log.erase(DESK)
    assert (ids_of(log, ONE), ids_of(log, TWO)) == ((PHONE,), ())
    log.purge(START + 999 * DAY, DAY)
    assert number(log) == 0


@BOTH
def test_an_opt_out_is_stored_anew_after_a_decision(
    log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]
) -> None:
    for days, is_new in ((1, True), (2, False)):
        with log.writing() as connection:
            moment = START + days * DAY
            assert links.note_opt_out(connection, ONE, moment) == is_new
    later = ConsentLog(log.engine, clock=lambda: START + 3 * DAY)
    later.append(draft(consent_id=PHONE, decision="save", granted=()), notice)
    with log.writing() as connection:
        assert links.note_opt_out(connection, ONE, START + 4 * DAY)
        assert links.opted_out_at(connection, ONE) == START + 4 * DAY
        assert links.opted_out_at(connection, TWO) is None


@BOTH
def test_an_opt_out_is_purged_when_it_is_old(log: ConsentLog) -> None:
    with log.writing() as connection:
        links.note_opt_out(connection, ONE, START + 100 * DAY)
    log.purge(START + 101 * DAY, 2 * DAY)
    assert number(log) == 1
    log.purge(START + 102 * DAY, 2 * DAY)
    assert number(log) == 0


@BOTH
def test_what_is_held_stays_linked(log: ConsentLog) -> None:
    with log.writing() as connection:
        scope = holds.Scope(consent_ids=(PHONE,))
        holds.place(connection, scope, who="Counsel", reason="claim", now=START)
    log.erase(PHONE, DESK)
    with log.writing() as connection:
        links.unlink(connection, ONE)
    assert ids_of(log, ONE) == (PHONE,)


@BOTH
def test_a_link_is_never_changed(log: ConsentLog) -> None:
    statement = f"UPDATE consentkit_link SET customer = '{TWO[0]}'"
    with (
        pytest.raises(IntegrityError, match="append-only"),
        log.engine.begin() as connection,
    ):
        connection.execute(text(statement))
