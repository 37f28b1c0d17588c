"""What PostgreSQL does in its own way, on a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from traceback import format_exception
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, text

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, KeyFile, engine_for
from consentkit.log import engine as engine_module
from consentkit.log.append import Appender
from consentkit.log.archive_audit import verify_archive
from tests.log.sealing import fill, problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from consentkit.log import Record
    from tests.log.postgres import Server

pytestmark = pytest.mark.parametrize("address", ["postgresql"], indirect=True)

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> ConsentLog:
    return ConsentLog(engine, key=KeyFile(tmp_path / "key"))


@pytest.fixture
def sealed(log: ConsentLog, draft: MakeDraft, notice: Notice) -> list[str]:
    """Get the ids of three sealed records and, last, of one that isn't sealed."""
    first = log.append(draft(), notice)
    ids = [first.id, *fill(log, first, 2)]
    log.seal()
    return [*ids, *fill(log, first, 1)]


def alter(engine: Engine, *statements: str) -> None:
    """Change the database as its owner can, past the guards."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_log_is_sealed_proved_and_verified(
    log: ConsentLog, sealed: list[str]
) -> None:
    report = log.verify()
    assert (report.sealed, report.unsealed, problems(report)) == (3, 1, [])
    proof = log.proof(sealed[1])
    assert proof is not None
    assert proof.leaf_index == 1
    assert log.proof(sealed[3]) is None


def test_leaves_that_cant_be_stored_stop_the_seal(
    log: ConsentLog, sealed: list[str]
) -> None:
    alter(
        log.engine,
        "ALTER TABLE consentkit_leaf ADD CONSTRAINT few CHECK (leaf_index < 3)",
    )
    with pytest.raises(LogUnavailable, match="few"):
        log.seal()
    assert log.verify().sealed == 3
    alter(log.engine, "ALTER TABLE consentkit_leaf DROP CONSTRAINT few")
    assert log.seal() is not None
    assert (log.verify().sealed, problems(log.verify())) == (4, [])


def test_an_export_proves_itself(log: ConsentLog, sealed: list[str]) -> None:
    file = BytesIO()
    log.seal()
    log.export(file)
    report = verify_archive(file, log.verifier())
    assert (report.sealed, problems(report)) == (4, [])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE consentkit_record SET decision = 'save' WHERE id = '{}'", "edited"),
        ("DELETE FROM consentkit_record WHERE id = '{}'", "deleted"),
        ("UPDATE consentkit_record SET path = '/x' WHERE id = '{}'", "edited"),
    ],
)
def test_what_is_changed_is_found(
    log: ConsentLog, sealed: list[str], change: str, problem: str
) -> None:
    alter(log.engine, change.format(sealed[1]))
    assert problems(log.verify()) == [(problem, sealed[1])]


def test_no_record_slips_in_below_a_seal(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    first = log.append(draft(), notice)
    with ThreadPoolExecutor(1) as pool:
        # A decision that took its number, and takes its time.
        with entered(log) as connection:
            connection.execute(text("SELECT nextval('consentkit_record_seq_seq')"))
            sealing = pool.submit(log.seal)
            with pytest.raises(TimeoutError):
                sealing.result(0.3)
            _copy(connection, first, seq=2)
        sealed = sealing.result(300)
    assert sealed is not None
    assert sealed.checkpoint.size == 2
    assert problems(log.verify()) == []


@contextmanager
def entered(log: ConsentLog) -> Iterator[Connection]:
    """Get a connection of somebody who is about to add a record."""
    with log.database.appending() as connection:
        connection.execute(select(*log.database.entrance()))
        yield connection


def _copy(connection: Connection, record: Record, seq: int) -> None:
    names = "decided_at, decision, surface, granted, refused, previous_granted,"
    names += "previous_decided, revision, fingerprint, notice_hash, language, regime,"
    names += "gpc, browser, path, consent_id, salt, personal_digest"
    connection.execute(
        text(
            f"INSERT INTO consentkit_record (seq, id, sequence, {names})"
            f" SELECT {seq}, '{uuid4()}', 2, {names} FROM consentkit_record"
            f" WHERE id = '{record.id}'"
        )
    )


def test_decisions_wait_for_a_seal_and_not_for_each_other(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    with ThreadPoolExecutor(2) as pool:
        with entered(log):
            other = pool.submit(log.append, draft(consent_id="b" * 32), notice)
            assert other.result(300).sequence == 1
        with log.database.sealing():
            waiting = pool.submit(log.append, draft(consent_id="c" * 32), notice)
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
        assert waiting.result(300).sequence == 1


def test_who_waits_too_long_is_told(
    log: ConsentLog, draft: MakeDraft, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(draft(), notice)
    hasty = func.set_config("lock_timeout", "100ms", True)  # noqa: FBT003
    entrance = (hasty, *log.database.entrance()[1:])
    monkeypatch.setattr(log.database, "entrance", lambda: entrance)
    impatient = Appender(log.database, lambda: datetime.now(UTC))
    with (
        log.database.sealing(),
        pytest.raises(LogUnavailable, match="lock timeout"),
    ):
        impatient.append(draft(revision=2), notice)
    assert log.append(draft(revision=2), notice).sequence == 2


@pytest.mark.parametrize("pause", [0.0, 3600.0], ids=["after a pause", "at once"])
def test_connections_that_the_server_closed_are_replaced(  # noqa: PLR0913, PLR0917
    log: ConsentLog,
    draft: MakeDraft,
    notice: Notice,
    postgresql: Server,
    pause: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "_PAUSE", pause)
    log.append(draft(), notice)
    with postgresql.connection(str(log.engine.url.database)) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    if not pause:
        assert log.count() == 1
    assert log.append(draft(revision=2), notice).sequence == 2


def test_commits_wait_for_the_disk_whatever_the_server_is_set_to(
    log: ConsentLog, postgresql: Server
) -> None:
    def setting() -> object:
        log.engine.dispose()
        with log.engine.connect() as connection:
            return connection.scalar(text("SHOW synchronous_commit"))

    name = str(log.engine.url.database)
    for given, found in (("off", "on"), ("remote_apply", "remote_apply")):
        postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = {given}")
        assert setting() == found


def test_a_record_whose_commit_was_not_answered_is_stored_once(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    engine = log.engine
    lost: list[int] = []

    def lose(connection: Any) -> None:
        # The commit reaches the server; its answer gets lost with the connection.
        if not lost:
            lost.append(1)
            driver = connection.connection.driver_connection
            driver.execute("COMMIT")
            driver.close()

    event.listen(engine, "commit", lose)
    changed = draft(revision=2, previous_decided=True)
    assert log.append(changed, notice).sequence == 2
    assert lost
    assert [record.sequence for record in log.history("a" * 32)] == [1, 2]


def test_reading_sees_one_moment(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    count = text("SELECT count(*) FROM consentkit_record")
    with log.reading() as connection:
        assert connection.scalar(count) == 1
        log.append(draft(revision=2), notice)
        assert connection.scalar(count) == 1


def test_errors_tell_nothing_about_the_visitor(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.count()
    # PostgreSQL quotes the whole row that a constraint refuses.
    alter(
        log.engine,
        "ALTER TABLE consentkit_record ADD CONSTRAINT brief CHECK (path = '/')",
    )
    visitor = uuid4().hex
    with pytest.raises(LogUnavailable, match="brief") as caught:
        log.append(draft(consent_id=visitor), notice)
    assert visitor not in "".join(format_exception(caught.value))


def test_forked_workers_open_connections_of_their_own(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            log.append(draft(consent_id="child"), notice)
            log.engine.dispose()
            code = 0
        finally:
            os._exit(code)
    log.append(draft(consent_id="parent"), notice)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = {record.consent_id for record in log.records()}
    assert found == {"a" * 32, "parent", "child"}


# -- erasure ---------------------------------------------------------------------------

GONE = uuid4().hex


@pytest.fixture
def erased(log: ConsentLog, draft: MakeDraft, notice: Notice) -> ConsentLog:
    """Get a log in which a visitor is erased, and another one stays."""
    for consent_id in (GONE, "stays"):
        log.append(draft(consent_id=consent_id), notice)
    assert log.erase(GONE) == 1
    return log


def files_with(server: Server, engine: Engine, word: str) -> list[str]:
    """Get the names of the files of a database in which a word can be read."""
    server.execute("CHECKPOINT")
    query = text("SELECT oid FROM pg_database WHERE datname = current_database()")
    with engine.connect() as connection:
        folder = server.data / "base" / str(connection.scalar(query))
    return [f.name for f in folder.iterdir() if word.encode() in f.read_bytes()]


def test_a_vacuum_leaves_nothing_in_the_tables_files(
    erased: ConsentLog, postgresql: Server
) -> None:
    assert files_with(postgresql, erased.engine, GONE) != []
    assert erased.vacuum()
    assert files_with(postgresql, erased.engine, GONE) == []
    assert files_with(postgresql, erased.engine, "stays") != []
    erased.seal()
    report = erased.verify()
    assert (report.erased, problems(report)) == (1, [])


def test_what_somebody_may_still_read_is_not_gone(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(consent_id=GONE), notice)
    other = engine_for(log.engine.url)
    with other.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.execute(text("SELECT 1"))
        assert log.erase(GONE) == 1
        assert not log.vacuum()
    assert log.vacuum()
    other.dispose()


def test_who_does_not_own_the_tables_vacuums_nothing(
    erased: ConsentLog, postgresql: Server
) -> None:
    role = f"reader_{uuid4().hex}"
    with erased.engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"))
    address = erased.engine.url.set(username=role)
    other = ConsentLog(engine_for(address))
    assert not other.vacuum()
    assert other.count() == 2
    other.engine.dispose()
    with erased.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


def test_a_purge_erases_what_ended(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    first = log.append(draft(), notice)
    log.append(draft(revision=2), notice)
    after = first.decided_at + timedelta(days=1)
    assert log.count_ended(after, timedelta(days=100)) == 1
    assert log.purge(after, timedelta(days=100)) == 1
    assert [bool(record.consent_id) for record in log.records()] == [False, True]


def test_threads_neither_lose_nor_double(
    log: ConsentLog, draft: MakeDraft, notice: Notice
) -> None:
    def decide(thread: int) -> None:
        for number in range(10):
            log.append(draft(revision=100 * thread + number), notice)
            log.append(draft(consent_id=f"{thread}-{number}"), notice)
            log.append(draft(consent_id="clicks"), notice)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide, range(8)))
    history = log.history("a" * 32)
    assert [record.sequence for record in history] == list(range(1, 81))
    assert len(log.history("clicks")) == 1
    assert log.count() == 161
    log.seal()
    assert problems(log.verify()) == []


@pytest.fixture(autouse=True)
def _closed(engine: Engine) -> Iterator[None]:
    yield
    engine.dispose()
