"""Engines for the log: durable, and safe in many threads and forked workers."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

#: Execution option: how SQLite begins a transaction, ``DEFERRED`` if not given.
BEGIN = "consentkit_begin"

_PRAGMAS = (
    # A commit is on the disk when it returns, on macOS too, where a plain fsync
    # stops at the drive's cache.
    "synchronous=FULL",
    "fullfsync=ON",
    "foreign_keys=ON",
    # INSERT OR REPLACE would slip past the triggers on DELETE without this.
    "recursive_triggers=ON",
    # What is erased is overwritten, not just unlinked.
    "secure_delete=ON",
)

#: How long libpq waits for servers that don't answer, in seconds but for the last.
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}

#: After so many seconds a connection of the pool is tried before it is used.
_PAUSE = 5.0
_LAST_USE = "consentkit_last_use"

_ours: WeakSet[Engine] = WeakSet()
_forked: WeakSet[Engine] = WeakSet()


def engine_for(url: str | URL, *, busy_seconds: float = 10.0) -> Engine:
    """Get an engine for the log; nothing is opened before its first use.

    :param busy_seconds: how long SQLite waits for another writer.
    """
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite":
        engine = _sqlite_engine(address, busy_seconds)
    else:
        engine = _server_engine(address)
    _ours.add(engine)
    return engine


def is_ours(engine: Engine) -> bool:
    """Tell whether an engine was made here, and not by the shop."""
    return engine in _ours


def _sqlite_engine(url: URL, busy_seconds: float) -> Engine:
    in_memory = url.database in {None, "", ":memory:"}
    engine = create_engine(
        url,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        poolclass=QueuePool,
        # A database in memory lives in one connection, which all threads share.
        pool_size=1 if in_memory else 5,
        max_overflow=0 if in_memory else 10,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    if not in_memory:
        event.listen(engine, "connect", _wal_within(busy_seconds))
        _forked.add(engine)
    return engine


def _server_engine(url: URL) -> Engine:
    options: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        # What is read after a lock was waited for has to be of after the wait.
        options["isolation_level"] = "READ COMMITTED"
    if url.get_driver_name() == "psycopg":
        given = {k: v for k, v in _PATIENCE.items() if k not in url.query}
        options["connect_args"] = given
    engine = create_engine(url, hide_parameters=True, **options)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _wait_for_the_disk)
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", _ping_after_a_pause)
    _forked.add(engine)
    return engine


def _wait_for_the_disk(connection: DBAPIConnection, _entry: object) -> None:
    """Make commits wait for the disk where the server's settings don't."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _note_time(_connection: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_LAST_USE] = time.monotonic()


def _ping_after_a_pause(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object
) -> None:
    """Find out whether a server or a firewall has closed a connection meanwhile.

    One that was in use just now isn't asked: it is on the way of every decision.
    """
    if time.monotonic() - entry.info.get(_LAST_USE, time.monotonic()) < _PAUSE:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except Exception as error:
        # The pool then opens another.
        raise DisconnectionError("the connection is gone") from error


def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # sqlite3 begins transactions too late, at the first change; with None it
    # leaves them to _begin, as SQLAlchemy documents for its pysqlite dialect.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get(BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _wal_within(seconds: float) -> Callable[[sqlite3.Connection, object], None]:
    """Get what switches a new connection to WAL, where readers never wait."""

    def switch(connection: sqlite3.Connection, _entry: object) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return connection.execute("PRAGMA journal_mode=WAL").close()
            except sqlite3.OperationalError:
                # Of two that switch at once one is told "locked" straight away:
                # SQLite doesn't use its busy timeout here.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    return switch


def _close_idle() -> None:
    # SQLite forbids to carry a connection into a child, even just to close it.
    for engine in list(_forked):
        engine.dispose()


def _start_afresh() -> None:
    for engine in list(_forked):
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_idle, after_in_child=_start_afresh)
