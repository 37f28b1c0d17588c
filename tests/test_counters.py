"""Counters: what was withheld is counted, without a page waiting for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consentkit import counters
from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog
from consentkit.log.events import OTHERS
from consentkit.log.tables import events

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


class _Timer:
    """Stands for a thread that waits; the test decides when it goes on."""

    made: list[_Timer]

    def __init__(self, seconds: float, function: Any) -> None:
        self.function, self.cancelled, self.daemon = function, False, False
        assert seconds == counters.FLUSH_EVERY
        self.made.append(self)

    def start(self) -> None:
        assert self.daemon

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def timers(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> list[_Timer]:
    """Get the timers that are made, outside of what counts as testing."""
    monkeypatch.setattr(_Timer, "made", [], raising=False)
    monkeypatch.setattr(counters, "Timer", _Timer)
    monkeypatch.setattr(shop, "testing", False)
    return _Timer.made


def test_counts_are_stored_from_time_to_time(
    shop: Flask, counting: Counters, timers: list[_Timer]
) -> None:
    counting.count("tag", ["spin"])
    counting.count("tag", ["spin"])
    assert len(timers) == 1
    timers[0].function()
    counting.count("tag", ["spin"])
    assert len(timers) == 2
    assert stored(shop) == {("tag", "spin"): 3}


def test_without_a_thread_counts_wait(
    shop: Flask, counting: Counters, timers: list[_Timer], monkeypatch: Any
) -> None:
    def fail(_timer: _Timer) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(_Timer, "start", fail)
        counting.count("tag", ["spin"])
    counting.count("tag", ["spin"])
    assert len(timers) == 2
    timers[1].function()
    assert stored(shop) == {("tag", "spin"): 2}


def test_a_log_that_is_closed_is_left_alone(
    shop: Flask, counting: Counters, timers: list[_Timer]
) -> None:
    counting.count("tag", ["spin"])
    shop.extensions["consentkit"].log.engine.dispose()
    assert timers[0].cancelled
    counting.count("tag", ["spin"])
    assert len(timers) == 2
    assert stored(shop) == {("tag", "spin"): 2}


def test_a_forked_process_counts_for_itself(
    shop: Flask, counting: Counters, timers: list[_Timer]
) -> None:
    counting.count("tag", ["spin"])
    counters._start_afresh()  # noqa: SLF001  as in a child
    assert stored(shop) == {}
    counting.count("tag", ["spin"])
    assert len(timers) == 2
    assert stored(shop) == {("tag", "spin"): 1}


def test_nothing_is_counted_by_itself_while_testing(counting: Counters) -> None:
    counting.count("tag", ["spin"])
    assert counting._timer is None  # noqa: SLF001  there is no thread
