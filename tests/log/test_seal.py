from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, KeyFile, Proof, Record, SealingRefused
from consentkit.log import store as store_module
from consentkit.log.leaf import commitment, entry
from consentkit.log.note import Verifier, open_checkpoint
from consentkit.log.record import as_receipt
from consentkit.log.tables import checkpoints, leaves
from consentkit.log.tree import leaf_hash, proves_inclusion
from tests.log.sealing import fill, tamper

if TYPE_CHECKING:
    from sqlalchemy import Engine

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]
Decide = Callable[..., Record]

SEALER = Path(__file__).with_name("sealer.py")
ROOT = SEALER.parents[2]


@pytest.fixture
def key(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "consent-log.key")


@pytest.fixture
def log(engine: Engine, key: KeyFile) -> ConsentLog:
    return ConsentLog(engine, key=key)


@pytest.fixture
def decide(draft: MakeDraft, notice: Notice) -> Decide:
    """Get what stores a decision in a log."""
    return lambda log, **changes: log.append(draft(**changes), notice)


def public(log: ConsentLog) -> Verifier:
    verifier = log.verifier()
    assert verifier is not None
    return verifier


def rows(log: ConsentLog) -> tuple[int, int]:
    """Count leaves and checkpoints."""
    with log.engine.connect() as connection:
        found = [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (leaves, checkpoints)
        ]
    return found[0], found[1]


def start_sealer(address: str, key: KeyFile, limit: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", SEALER, address, str(key.path), str(limit)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_sealing_signs_the_tree_of_all_records(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    fill(log, log.append(draft(), notice), 6)
    sealed = log.seal()
    assert sealed is not None
    assert sealed.note == log.latest_checkpoint()
    assert open_checkpoint(sealed.note, public(log)) == sealed.checkpoint
    assert sealed.checkpoint.size == 7
    assert log.verify().sealed == 7


def test_sealing_twice_changes_nothing(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    first = log.seal()
    assert (log.seal(), rows(log)) == (first, (1, 1))


def test_sealing_can_go_step_by_step(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    fill(log, log.append(draft(), notice), 2500)
    for size in (1201, 2401, 2501):
        sealed = log.seal(1200)
        assert sealed is not None
        assert sealed.checkpoint.size == size
        assert log.verify().findings == []


def test_a_decision_is_sealed_at_once_where_nothing_was_sealed_lately(
    log: ConsentLog,
    draft: MakeDraft,
    notice: Notice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(store_module, "monotonic", lambda: now)
    for revision in (1, 2, 3):
        log.append(draft(revision=revision), notice)
    assert rows(log) == (1, 1)
    now += store_module.SEAL_EVERY
    log.append(draft(revision=4), notice)
    assert rows(log) == (4, 2)


def test_a_log_without_a_key_is_not_sealed(
    engine: Engine, draft: MakeDraft, notice: Notice, caplog: pytest.LogCaptureFixture
) -> None:
    log = ConsentLog(engine)
    log.append(draft(), notice)
    assert rows(log) == (0, 0)
    with pytest.raises(SealingRefused, match="no key"):
        log.seal()
    assert caplog.records == []


def test_a_key_that_cant_be_made_stops_no_decision_and_is_told_once(
    engine: Engine,
    tmp_path: Path,
    decide: Decide,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").touch()
    log = ConsentLog(engine, key=KeyFile(tmp_path / "file" / "consent-log.key"))
    monkeypatch.setattr(store_module, "SEAL_EVERY", 0)
    for revision in (1, 2, 3):
        assert decide(log, revision=revision).sequence == revision
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert "isn't sealed: the key can't be used" in caplog.text


@pytest.mark.parametrize("error", [LogUnavailable("locked"), TypeError("odd")])
def test_a_failed_seal_is_no_concern_of_the_visitor(
    log: ConsentLog,
    decide: Decide,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(store_module, "seal", fail)
    assert decide(log).sequence == 1
    assert str(error) in caplog.text


def test_only_databases_with_the_right_locks_are_sealed(
    log: ConsentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log.engine.dialect, "name", "mysql")
    with pytest.raises(SealingRefused, match="SQLite or PostgreSQL"):
        log.seal()


@pytest.mark.parametrize("number", [0, 1, 6, 62])
def test_every_record_can_be_proved_from_its_receipt(
    log: ConsentLog, draft: MakeDraft, notice: Notice, number: int
) -> None:
    first = log.append(draft(), notice)
    others = fill(log, first, number)
    log.seal()
    for record_id in [first.id, *others]:
        record, proof = log.get(record_id), log.proof(record_id)
        assert record is not None
        assert proof is not None
        assert proof.salt is not None
        receipt = as_receipt(record)
        assert commitment(proof.salt, receipt) == proof.personal_digest
        checkpoint = open_checkpoint(proof.checkpoint, public(log))
        assert proves_inclusion(
            leaf_hash(entry(receipt, proof.personal_digest)),
            proof.leaf_index,
            checkpoint.size,
            proof.path,
            checkpoint.root,
        )


def test_what_is_not_sealed_has_no_proof(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    assert log.proof("unknown") is None
    (late,) = fill(log, log.append(draft(), notice), 1)
    assert log.proof(late) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consentkit_checkpoint SET note = 'x'",
        "DELETE FROM consentkit_leaf WHERE leaf_index = 1",
        "UPDATE consentkit_leaf SET nodes = x''",
        "DELETE FROM consentkit_checkpoint",
    ],
)
def test_a_damaged_tree_gives_no_proof(
    log: ConsentLog, draft: MakeDraft, notice: Notice, change: str
) -> None:
    record = log.append(draft(), notice)
    fill(log, record, 6)
    log.seal()
    tamper(log.engine, change)
    assert log.proof(record.id) is None


def test_a_proof_is_plain_data() -> None:
    proof = Proof(
        leaf_index=3,
        salt=b"\1",
        personal_digest="d",
        path=(b"\2", b"\3"),
        checkpoint="note",
    )
    assert proof.as_json() == {
        "leaf_index": 3,
        "salt": "01",
        "personal_digest": "d",
        "path": ["02", "03"],
        "checkpoint": "note",
    }


def test_threads_seal_side_by_side(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    record = log.append(draft(), notice)
    gate = threading.Barrier(4)

    def seal(_thread: int) -> None:
        gate.wait()
        for _ in range(5):
            fill(log, record, 10)
            log.seal(7)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(seal, range(4)))
    log.seal()
    report = log.verify()
    assert (report.findings, report.sealed, report.unsealed) == ([], 201, 0)


def test_processes_seal_side_by_side(
    log: ConsentLog, address: str, key: KeyFile, draft: MakeDraft, notice: Notice
) -> None:
    fill(log, log.append(draft(), notice), 500)
    sealers = [start_sealer(address, key, 20) for _ in range(2)]
    for sealer in sealers:
        sealer.communicate(timeout=300)
        assert sealer.returncode == 0
    report = log.verify()
    assert (report.findings, report.sealed, report.unsealed) == ([], 501, 0)


@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_sealer_that_is_killed_leaves_a_valid_log(
    log: ConsentLog,
    address: str,
    key: KeyFile,
    decide: Decide,
    after: int,
) -> None:
    fill(log, decide(log), 2000)
    with start_sealer(address, key, 100) as sealer:
        assert sealer.stdout is not None
        told = [int(sealer.stdout.readline()) for _ in range(after)]
        time.sleep(0.003 * after)
        sealer.kill()
    report = log.verify()
    assert report.findings == []
    assert report.sealed >= told[-1]
    log.seal()
    assert (log.verify().findings, log.verify().unsealed) == ([], 0)


def test_ten_thousand_records_are_sealed_and_verified(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    ids = fill(log, log.append(draft(), notice), 10_000)
    log.seal()
    report = log.verify()
    assert (report.findings, report.sealed) == ([], 10_001)
    proof = log.proof(ids[-1])
    assert proof is not None
    assert proof.leaf_index == 10_000
