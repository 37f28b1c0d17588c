"""Many real processes write at once, and some are killed: nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from consentkit.log import ConsentLog, Draft, KeyFile, engine_for
from tests.log.postgres import Server, folder, run, server
from tests.log.sealing import problems

if TYPE_CHECKING:
    from consentkit.log import Record

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]

CROWD = Path(__file__).with_name("crowd.py")
ROOT = CROWD.parents[2]


class Watched:
    """A log that crowds write to, and what they were answered."""

    def __init__(
        self, address: str, folder: Path, usual: Draft, notice: Notice
    ) -> None:
        self.address = address
        self._folder = folder
        self._usual = usual
        self._notice = notice
        self.log = self.opened(address)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def stop(self) -> Path:
        return self._folder / "stop"

    def opened(self, address: str) -> ConsentLog:
        return ConsentLog(engine_for(address), key=KeyFile(self._folder / "key"))

    @contextmanager
    def crowd(self, **orders: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Get a crowd at work; it is done, and all well, at the end."""
        told = {
            "address": self.address,
            "key": str(self._folder / "key"),
            "answered": str(self._folder / "answered"),
            "usual": asdict(self._usual),
            "notice": self._notice,
            "stop": str(self.stop),
        }
        process = subprocess.Popen(
            [sys.executable, "-W", "error", CROWD],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert process.stdin is not None
        self._process = process
        with process:
            process.stdin.write(json.dumps(told | orders).encode())
            process.stdin.close()
            try:
                yield process
            finally:
                if not orders.keys() & {"each", "kills"}:
                    self.stop.touch()
            assert process.wait(900) == 0

    def answered(self) -> list[str]:
        """Get the ids of the records that writers were answered with."""
        file = self._folder / "answered"
        return file.read_text().splitlines() if file.exists() else []

    def wait_for(self, number: int) -> None:
        """Wait until so many more decisions are answered."""
        wanted, deadline = len(self.answered()) + number, time.monotonic() + 300
        while len(self.answered()) < wanted:
            assert time.monotonic() < deadline
            assert self._process is not None
            assert self._process.poll() is None
            time.sleep(0.01)

    def check(self) -> list[Record]:
        """See that nothing is lost, doubled or changed; get all records."""
        stored = list(self.log.records())
        ids = Counter(record.id for record in stored)
        assert [one for one in self.answered() if ids[one] != 1] == []
        visitors = Counter(record.consent_id for record in stored)
        assert {v: n for v, n in visitors.items() if n != 1} == {}
        self.log.seal()
        report = self.log.verify()
        assert (report.sealed, problems(report)) == (len(stored), [])
        self.log.engine.dispose()
        return stored


@pytest.fixture
def watched(address: str, tmp_path: Path, draft: MakeDraft, notice: Notice) -> Watched:
    return Watched(address, tmp_path, draft(), notice)


@pytest.fixture(scope="session")
def durable() -> Iterator[Server]:
    """Get a PostgreSQL server that waits for the disk."""
    with server() as made:
        yield made


def test_eight_processes_share_a_file(watched: Watched) -> None:
    with watched.crowd(writers=8, each=250, patience=300):
        pass
    assert len(watched.check()) == len(watched.answered()) == 2000


def test_sixteen_processes_share_a_server(
    durable: Server, tmp_path: Path, draft: MakeDraft, notice: Notice
) -> None:
    with durable.database() as name:
        watched = Watched(durable.url(name), tmp_path, draft(), notice)
        with watched.crowd(writers=16, each=500, patience=300):
            pass
        assert len(watched.check()) == len(watched.answered()) == 8000


@pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
def test_writers_are_killed_fifty_times(watched: Watched) -> None:
    with watched.crowd(writers=2, kills=50, patience=300):
        pass
    stored = watched.check()
    killed = {r.consent_id.partition("-")[0] for r in stored if r.consent_id[0] == "k"}
    # One that dies between the commit and the answer leaves a record more.
    assert len(watched.answered()) <= len(stored) <= len(watched.answered()) + 50
    assert killed


def test_a_server_is_restarted_under_load(
    durable: Server, tmp_path: Path, draft: MakeDraft, notice: Notice
) -> None:
    with durable.database() as name:
        watched = Watched(durable.url(name), tmp_path, draft(), notice)
        with watched.crowd(writers=4, patience=300):
            for end in (durable.stop, durable.kill):
                watched.wait_for(100)
                end()
                durable.start()
            watched.wait_for(100)
        watched.check()


def state_of_standby(primary: Server) -> str:
    """Get whether commits wait for the primary's standby: ``sync`` if they do."""
    with primary.connection() as connection:
        query = "SELECT sync_state FROM pg_stat_replication"
        (state,) = connection.execute(query).fetchone() or ("",)
    return str(state)


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """Get a server that has all that the primary commits before it is answered."""
    with folder() as home:
        standby = Server(home)
        run(
            "pg_basebackup", "--pgdata", str(standby.data), "--host",
            str(primary.folder), "--username", "consentkit", "--checkpoint=fast",
            "--write-recovery-conf", "--no-sync",
        )  # fmt: skip
        standby.configure({"synchronous_standby_names": "''"})
        standby.start()
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")
        try:
            deadline = time.monotonic() + 300
            while state_of_standby(primary) != "sync":
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield standby
        finally:
            standby.stop()


def test_a_standby_takes_over_under_load(
    tmp_path: Path, draft: MakeDraft, notice: Notice
) -> None:
    with server() as primary, standby_of(primary) as standby:
        both = "&".join(f"host={s.folder}" for s in (primary, standby))
        address = (
            f"postgresql+psycopg://consentkit@/postgres?{both}"
            "&target_session_attrs=read-write"
        )
        watched = Watched(address, tmp_path, draft(), notice)
        with watched.crowd(writers=4, patience=300):
            watched.wait_for(200)
            assert state_of_standby(primary) == "sync"
            primary.kill()
            standby.execute("SELECT pg_promote()")
            watched.wait_for(200)
        watched.check()
        alone = watched.opened(standby.url())
        with alone.engine.connect() as connection:
            assert not connection.scalar(text("SELECT pg_is_in_recovery()"))
        assert {record.id for record in alone.records()} >= {*watched.answered()}
        alone.engine.dispose()
