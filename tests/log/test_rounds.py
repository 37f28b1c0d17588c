"""Rounds: a log verified piece by piece, and anew after a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consentkit.log import ConsentLog, KeyFile, rounds
from consentkit.log.rounds import Rounds

from .sealing import fill, tamper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Engine

    from consentkit.log import Draft

    MakeDraft = Callable[..., Draft]


@pytest.fixture
def log(
    engine: Engine,
    tmp_path: Path,
    draft: MakeDraft,
    notice: Mapping[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> ConsentLog:
    """Get a log of ten records in two checkpoints; three are verified at a time."""
    log = ConsentLog(engine, key=KeyFile(tmp_path / "key.pem"))
    monkeypatch.setattr(log, "_seal_due", float("inf"))
    monkeypatch.setattr(rounds, "AT_ONCE", 3)
    record = log.append(draft(), notice)
    fill(log, record, 5)
    log.seal()
    fill(log, record, 4)
    log.seal()
    return log


def test_it_goes_on_to_the_newest_checkpoint(log: ConsentLog) -> None:
    verifying = Rounds(log)
    verified = []
    for _ in range(5):
        mark, last = verifying.go_on()
        assert mark is not None
        assert (mark.size, mark.findings, last) == (10, (), None)
        verified.append(mark.verified)
        done = mark.is_done
    assert (verified, done) == ([3, 6, 9, 10, 10], True)


def test_every_checkpoint_is_verified(
    log: ConsentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_NOTES", 1)
    statement = "UPDATE consentkit_checkpoint SET note = 'forged' WHERE size = 6"
    tamper(log.engine, statement)
    verifying = Rounds(log)
    for _ in range(4):
        mark, _ = verifying.go_on()
    assert mark is not None
    assert [finding.problem for finding in mark.findings] == ["forged"]


def test_what_was_changed_is_found_where_it_is(log: ConsentLog) -> None:
    tamper(log.engine, "UPDATE consentkit_record SET decision = 'save' WHERE seq = 5")
    verifying = Rounds(log)
    mark, _ = verifying.go_on()
    assert mark is not None
    assert mark.findings == ()
    mark, _ = verifying.go_on()
    assert mark is not None
    assert [finding.problem for finding in mark.findings] == ["edited"]


def test_leaves_that_are_gone_end_the_round(log: ConsentLog) -> None:
    tamper(log.engine, "DELETE FROM consentkit_leaf WHERE leaf_index >= 4")
    verifying = Rounds(log)
    for _ in range(2):
        mark, _ = verifying.go_on()
    assert mark is not None
    assert mark.is_done
    assert "truncated" in [finding.problem for finding in mark.findings]


def test_a_log_that_was_emptied_is_found_out(log: ConsentLog) -> None:
    tables = ("record", "leaf", "checkpoint", "key")
    tamper(log.engine, *(f"DELETE FROM consentkit_{name}" for name in tables))
    mark, _ = Rounds(log).go_on()
    assert mark is not None
    assert (mark.size, mark.is_done) == (0, True)
    assert [finding.problem for finding in mark.findings] == ["truncated"]


def test_the_next_round_begins_after_a_pause(
    log: ConsentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifying = Rounds(log)
    for _ in range(4):
        verifying.go_on()
    monkeypatch.setattr(rounds, "PAUSE", timedelta(0))
    tamper(log.engine, "UPDATE consentkit_record SET decision = 'save' WHERE seq = 1")
    mark, last = verifying.go_on()
    assert mark is not None
    assert last is not None
    assert (mark.verified, len(mark.findings)) == (3, 1)
    assert (last.verified, last.findings) == (10, ())


def test_without_a_checkpoint_there_is_nothing_to_verify(engine: Engine) -> None:
    assert Rounds(ConsentLog(engine)).go_on() == (None, None)
