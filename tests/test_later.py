"""Later: work that waits is done once, and by whoever is still there."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, NoReturn

import pytest
from flask import Flask

from consentkit import later
from consentkit.later import Later
from consentkit.log import engine_for
from tests.waiting import Waiting, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from webtest import TestApp


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = engine_for("sqlite://")
    yield engine
    engine.dispose()


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.testing = True
    return app


@pytest.fixture
def work(app: Flask, engine: Engine, done: list[str]) -> Later:
    return Later(app, engine, 7, lambda: done.append("done"))


@pytest.fixture
def timers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Waiting]:
    return waiting(app, monkeypatch)


def test_it_is_done_once_for_all_who_ask(
    work: Later, timers: list[Waiting], done: list[str]
) -> None:
    work.ask()
    work.ask()
    assert ([timer.seconds for timer in timers], done) == ([7], [])
    timers[0].function()
    work.ask()
    assert (len(timers), done) == (2, ["done"])


def test_without_a_thread_who_asks_next_tries_again(
    work: Later, timers: list[Waiting], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_timer: Waiting) -> NoReturn:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(Waiting, "start", fail)
        work.ask()
    work.ask()
    assert len(timers) == 2


def test_a_database_that_is_closed_is_left_alone(
    work: Later, timers: list[Waiting], engine: Engine
) -> None:
    work.ask()
    engine.dispose()
    assert timers[0].cancelled
    work.ask()
    assert len(timers) == 2


def test_a_forked_process_waits_by_itself(work: Later, timers: list[Waiting]) -> None:
    work.ask()
    later._start_afresh()  # noqa: SLF001  as in a child
    work.ask()
    assert len(timers) == 2


def test_nothing_is_done_by_itself_while_testing(
    work: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "Timer", lambda *_: pytest.fail("there is a thread"))
    work.ask()


def test_the_last_decision_is_sealed_though_none_follows(
    shop: Flask, visitor: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = shop.extensions["consentkit"].log
    timers = waiting(shop, monkeypatch)
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/", {"decision": "reject_all"})
    visitor.post("/consent/", {"decision": "withdraw"})
    assert log.verify().unsealed > 0
    for timer in timers:
        timer.function()
    report = log.verify()
    assert (report.unsealed, report.findings) == (0, [])


def test_what_another_process_is_sealing_is_looked_at_again(
    shop: Flask, visitor: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = shop.extensions["consentkit"].log
    timers = waiting(shop, monkeypatch)
    visitor.post("/consent/", {"decision": "accept_all"})
    asked = len(timers)
    monkeypatch.setattr(log.database, "sealing_unless_busy", nullcontext)
    log.seal_quietly()
    assert len(timers) == asked + 1
