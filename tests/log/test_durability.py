"""What is answered is on the disk, whoever writes and whatever breaks."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, Selection, engine_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    MakeDraft = Callable[..., Draft]
    Notice = Mapping[str, object]

WRITER = Path(__file__).with_name("writer.py")
ROOT = WRITER.parents[2]


def database_file(address: str) -> str:
    return make_url(address).database or ""


def plain_connection(address: str) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(database_file(address), isolation_level=None))


def in_threads(number: int, work: Callable[[int], object]) -> None:
    """Run the same work in threads that start at the same moment."""
    gate = threading.Barrier(number)

    def start(name: int) -> None:
        gate.wait()
        work(name)

    with ThreadPoolExecutor(number) as pool:
        list(pool.map(start, range(number)))


def start_writer(**instructions: object) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", WRITER],
        stdin=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(instructions).encode())
    process.stdin.close()
    return process


def test_another_connection_sees_a_record_when_append_returns(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    record = log.append(draft(), notice)
    with plain_connection(address) as other:
        found = other.execute("SELECT id, granted FROM consentkit_record").fetchall()
    assert found == [(record.id, '["klaviyo", "personalisation"]')]


def test_a_record_survives_the_death_of_its_writer(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    with start_writer(
        address=address,
        usual=asdict(draft()),
        notice=notice,
        consent_ids=["one", "two"],
        die=True,
    ) as process:
        assert process.wait(300) == -signal.SIGKILL
    assert [record.consent_id for record in log.records()] == ["one", "two"]


def test_a_commit_waits_for_the_disk(engine: Engine) -> None:
    def setting(name: str) -> object:
        with engine.connect() as connection:
            return connection.scalar(text(f"PRAGMA {name}"))

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 2  # FULL
    assert setting("fullfsync") == 1
    assert setting("foreign_keys") == 1


def test_concurrent_grants_are_neither_lost_nor_doubled(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    def grant(thread: int) -> None:
        for number in range(25):
            log.append(draft(consent_id=f"{thread}-{number}"), notice)

    in_threads(8, grant)
    found = [record.consent_id for record in log.records()]
    assert sorted(found) == sorted(f"{t}-{n}" for t in range(8) for n in range(25))


def test_a_visitors_concurrent_decisions_are_numbered_without_a_gap(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    def decide(thread: int) -> None:
        for number in range(10):
            log.append(draft(revision=100 * thread + number), notice)

    in_threads(8, decide)
    history = log.history("a" * 32)
    assert [record.sequence for record in history] == list(range(1, 81))
    assert len({record.revision for record in history}) == 80


def test_a_double_click_makes_one_row(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    in_threads(8, lambda _thread: log.append(draft(), notice))
    assert log.count() == 1


def test_processes_write_side_by_side(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    wanted = [[f"{name}-{number}" for number in range(50)] for name in "ab"]
    instructions = {"address": address, "usual": asdict(draft()), "notice": notice}
    writers = [
        start_writer(**instructions, consent_ids=consent_ids, die=False)
        for consent_ids in wanted
    ]
    for writer in writers:
        with writer:
            assert writer.wait(300) == 0
    found = sorted(record.consent_id for record in log.records())
    assert found == sorted(wanted[0] + wanted[1])


def test_forked_workers_write_what_their_parent_began(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    opened_by: list[int] = []
    event.listen(log.engine, "connect", lambda *_: opened_by.append(os.getpid()))
    child = os.fork()
    if child == 0:
        try:
            log.append(draft(consent_id="child"), notice)
            log.engine.dispose()
        finally:
            # SQLite forbids to use a connection that a parent has opened.
            os._exit(opened_by != [os.getpid()])
    log.append(draft(consent_id="parent"), notice)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = {record.consent_id for record in log.records()}
    assert found == {"a" * 32, "parent", "child"}


def test_an_append_waits_for_another_writer(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    with (
        plain_connection(address) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        waiting = pool.submit(log.append, draft(revision=2), notice)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        other.execute("COMMIT")
        assert waiting.result(300).sequence == 2


def test_a_log_that_stays_locked_is_unavailable(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    hasty = ConsentLog(engine_for(address, busy_seconds=0.1))
    with closing(
        sqlite3.connect(database_file(address), isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogUnavailable, match="locked"):
            hasty.append(draft(revision=2), notice)
        assert len(hasty.history("a" * 32)) == 1  # readers don't wait
    hasty.append(draft(revision=2), notice)
    hasty.engine.dispose()
    assert log.count() == 2


def test_a_lost_database_is_noticed_at_the_first_use(
    tmp_path: Path, draft: MakeDraft, notice: Notice
) -> None:
    folder = tmp_path / "unmounted"
    log = ConsentLog(engine_for(f"sqlite:///{folder}/consent.sqlite3"))
    for use in (
        lambda: log.append(draft(), notice),
        lambda: log.history("a" * 32),
        lambda: next(log.records()),
        lambda: log.get("x"),
        lambda: log.notice("x"),
        log.count,
        log.statistics,
    ):
        with pytest.raises(LogUnavailable, match="unable to open"):
            use()
    folder.mkdir()
    assert log.append(draft(), notice).sequence == 1
    log.engine.dispose()


def test_a_database_that_loses_its_tables_gets_them_again(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    with log.engine.begin() as connection:
        connection.execute(text("DROP TABLE consentkit_record"))
    with pytest.raises(LogUnavailable, match="no such table"):
        log.append(draft(), notice)
    assert log.append(draft(), notice).sequence == 1


def test_a_read_only_log_takes_no_record_but_can_be_read(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    record = log.append(draft(), notice)
    uri = f"sqlite:///file:{database_file(address)}?mode=ro&uri=true"
    read_only = ConsentLog(engine_for(uri))
    with pytest.raises(LogUnavailable, match="readonly"):
        read_only.append(draft(revision=2), notice)
    assert read_only.history("a" * 32) == [record]
    read_only.engine.dispose()


def test_a_file_that_is_no_database_is_no_log(
    log: ConsentLog, address: str, draft: MakeDraft, notice: Notice
) -> None:
    Path(database_file(address)).write_bytes(b"no database " * 100)
    with pytest.raises(LogUnavailable, match="not a database"):
        log.append(draft(), notice)


def test_errors_tell_nothing_about_the_visitor(
    tmp_path: Path, draft: MakeDraft, notice: Notice
) -> None:
    log = ConsentLog(engine_for(f"sqlite:///{tmp_path}/consent.sqlite3"))
    log.append(draft(), notice)
    with log.engine.begin() as connection:
        connection.execute(text("DROP TABLE consentkit_record"))
    with pytest.raises(LogUnavailable) as caught:
        log.append(draft(consent_id="ann"), notice)
    log.engine.dispose()
    assert "'ann'" not in f"{caught.value} {caught.value.__cause__}"


def test_a_shops_own_engine_loses_nothing_either(
    address: str, draft: MakeDraft, notice: Notice
) -> None:
    log = ConsentLog(create_engine(address, connect_args={"timeout": 300}))

    def decide(thread: int) -> None:
        for number in range(5):
            log.append(draft(revision=100 * thread + number), notice)

    decide(9)
    in_threads(4, decide)
    assert [r.sequence for r in log.history("a" * 32)] == list(range(1, 26))
    log.engine.dispose()


def test_threads_share_a_log_in_memory(draft: MakeDraft, notice: Notice) -> None:
    log = ConsentLog(engine_for("sqlite://"))
    in_threads(4, lambda thread: log.append(draft(consent_id=f"{thread}"), notice))
    for record in log.records(Selection(decision="accept_all")):
        log.append(draft(consent_id=record.consent_id, revision=2), notice)
        if record.revision == 2:
            break
    assert log.count() >= 4
    log.engine.dispose()
