"""Counters: what was withheld is counted, without a page waiting for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consentkit import counters, later
from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog
from consentkit.log.events import OTHERS
from consentkit.log.tables import events
from tests.waiting import Waiting, waiting

if TYPE_CHECKING:
    from flask import Flask
    from webtest import TestApp

    from consentkit.counters import Counters


@pytest.fixture
def counting(shop: Flask) -> Counters:
    found: Counters = shop.extensions["consentkit"].counters
    return found


def stored(shop: Flask) -> dict[tuple[str, str], int]:
    shop.extensions["consentkit"].counters.flush()
    with shop.extensions["consentkit"].log.reading() as connection:
        rows = connection.execute(select(events)).all()
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:  # of two days, around midnight
        found[row.kind, row.name] += row.number
    return dict(found)


def test_tags_and_cookies_are_counted_by_service(shop: Flask, visitor: TestApp) -> None:
    for _ in range(3):
        visitor.get("/")
    visitor.get("/spin")
    assert stored(shop) == {("tag", "spin"): 3, ("cookie", "spin"): 1}


def test_nothing_is_counted_that_was_granted(shop: Flask, visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.get("/")
    visitor.get("/spin")
    assert stored(shop) == {}


def test_what_the_log_doesnt_take_waits(
    shop: Flask, counting: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_log: ConsentLog) -> None:
        raise LogUnavailable("down")

    counting.count("tag", ["spin"])
    with monkeypatch.context() as patch:
        patch.setattr(ConsentLog, "writing", fail)
        with pytest.raises(LogUnavailable):
            counting.flush()
        counting.count("tag", ["spin"])
        counting._flush_late()  # noqa: SLF001  as its thread does
    assert stored(shop) == {("tag", "spin"): 2}


def test_a_flood_of_names_takes_no_memory(
    shop: Flask, counting: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_MOST", 2)
    counting.count("host", [f"{n}.example" for n in range(9)])
    assert stored(shop) == {
        ("host", "0.example"): 1,
        ("host", "1.example"): 1,
        ("host", OTHERS): 7,
    }


@pytest.fixture
def timers(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Waiting]:
    """Get the timers that are made, outside of what counts as testing."""
    return waiting(shop, monkeypatch)


def test_counts_are_stored_from_time_to_time(
    shop: Flask, counting: Counters, timers: list[Waiting]
) -> None:
    counting.count("tag", ["spin"])
    counting.count("tag", ["spin"])
    assert len(timers) == 1
    timers[0].function()
    counting.count("tag", ["spin"])
    assert len(timers) == 2
    assert stored(shop) == {("tag", "spin"): 3}


def test_a_forked_process_counts_for_itself(
    shop: Flask, counting: Counters, timers: list[Waiting]
) -> None:
    counting.count("tag", ["spin"])
    later._start_afresh()  # noqa: SLF001  as in a child
    counters._start_afresh()  # noqa: SLF001
    assert stored(shop) == {}
    counting.count("tag", ["spin"])
    assert len(timers) == 2
    assert stored(shop) == {("tag", "spin"): 1}
