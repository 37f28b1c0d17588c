"""Real PostgreSQL servers, each in a folder of its own, reached by a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER: Final = "consentkit"

#: Marks tests of a log that hold on SQLite and on PostgreSQL alike.
BOTH: Final = pytest.mark.parametrize(
    "address", ["sqlite", "postgresql"], indirect=True
)

#: Loses nothing that is committed when a process dies, only when a machine does.
FAST: Final = {"fsync": "off", "full_page_writes": "off"}

_USUAL: Final = {
    "listen_addresses": "''",  # sockets only: no port to collide on
    "max_connections": "100",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


def program(name: str) -> str:
    """Get the path of a program of the server; Debian keeps them out of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [*folders, *map(Path, os.get_exec_path())]:
        if (folder / name).exists():
            return str(folder / name)
    raise FileNotFoundError(f"{name}: install PostgreSQL, see .ci/machine")


class Server:
    """A server; it runs between :meth:`start` and :meth:`stop` or :meth:`kill`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The folder of the cluster."""
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        """Get the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def make(self, settings: dict[str, str]) -> None:
        """Make an empty cluster."""
        options = ["--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"]
        run("initdb", "-D", str(self.data), "-U", OWNER, *options)
        self.configure(_USUAL | settings)

    def configure(self, settings: dict[str, str]) -> None:
        """Add settings, which hold from the next start on."""
        own = settings | {"unix_socket_directories": f"'{self.folder}'"}
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in own.items())

    def start(self) -> None:
        """Start, and wait until the server takes connections."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("postgres"), "-D", self.data],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as_owner(),
            )
        deadline = time.monotonic() + 300
        while True:
            with suppress(psycopg.OperationalError):
                return self.execute("SELECT 1")
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once: nobody is waited for, and the next start recovers."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """Kill all processes of the server, as a machine that fails does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        workers = _children(process.pid) if how == signal.SIGKILL else []
        for pid in (process.pid, *workers):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        process.wait(300)
        while any(map(_lives, workers)):  # they aren't ours to wait for
            time.sleep(0.01)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement of the tests' own as the owner, outside a transaction."""
        with self.connection(database) as connection:
            connection.execute(statement.encode())

    def connection(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Get a connection that belongs to no engine."""
        return psycopg.connect(
            host=str(self.folder), user=OWNER, dbname=database, autocommit=True
        )

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Get the name of a new database, which is gone afterwards.

        :param template: the database that it begins as a copy of.
        """
        name = f"log_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def server(**settings: str) -> Iterator[Server]:
    """Get a server that runs; it and its folder are gone afterwards.

    :param settings: beside those of all test servers, such as :data:`FAST`.
    """
    with folder() as home:
        made = Server(home)
        made.make(settings)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@contextmanager
def folder() -> Iterator[Path]:
    """Get a folder for a server: with a short name, as a socket's path is short."""
    home = Path(tempfile.mkdtemp(prefix="consentkit-pg-"))
    owner = _as_owner()
    if owner:
        os.chown(home, owner["user"], owner["group"])
    try:
        yield home
    finally:
        shutil.rmtree(home)


def run(name: str, *arguments: str) -> None:
    """Run a program of the server's as the user it runs as."""
    command = [program(name), *arguments]
    subprocess.run(command, check=True, capture_output=True, **_as_owner())


def _as_owner() -> dict[str, Any]:
    """Get as whom the server runs: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    owner = pwd.getpwnam("nobody")
    return {
        "user": owner.pw_uid,
        "group": owner.pw_gid,
        "extra_groups": [],
        "cwd": "/",
    }


def _lives(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] not in {"Z", "X"}
    return False


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
