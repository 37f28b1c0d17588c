"""The log's database: its transactions, its locks, and its tables made in time."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from consentkit.errors import LogUnavailable

from . import schema
from .engine import BEGIN, is_ours
from .partition import partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine
    from sqlalchemy.engine import URL

#: Held by who appends, together with others, and by who seals, alone: what is sealed
#: has no gap that a slower transaction could still fill.
_LOG_LOCK: Final = 0x434B_4C4F_4700_0001
#: Held by who is about to seal.
_TURN_LOCK: Final = 0x434B_4C4F_4700_0002

#: How long anybody waits for a lock of PostgreSQL's before the log counts as down.
LOCK_TIMEOUT: Final = "10s"

_TIMEOUT: Final = func.set_config("lock_timeout", LOCK_TIMEOUT, True)  # noqa: FBT003
_ENTRANCE: Final = (_TIMEOUT, func.pg_advisory_xact_lock_shared(_LOG_LOCK))
_TAKE_TURN: Final = select(func.pg_try_advisory_xact_lock(_TURN_LOCK))
_WAIT_FOR_TURN: Final = select(func.pg_advisory_xact_lock(_TURN_LOCK))
_SHUT: Final = select(_TIMEOUT, func.pg_advisory_xact_lock(_LOG_LOCK))


class Database:
    """Transactions over the log's tables, which are there at the first of them.

    All of them raise :exc:`~consentkit.errors.LogUnavailable` when the database can't
    be used.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._on_postgresql = engine.dialect.name == "postgresql"
        # Readers see one moment throughout, as they do anyway in SQLite.
        self._reading = engine
        # Writers take SQLite's lock before they read: nothing can come between.
        self._writing = engine.execution_options(**{BEGIN: "IMMEDIATE"})
        if self._on_postgresql:
            self._reading = engine.execution_options(isolation_level="REPEATABLE READ")
            if not is_ours(engine):
                committed = {"isolation_level": "READ COMMITTED"}
                self._writing = engine.execution_options(**committed)
        self._is_ready = False

    @property
    def locks_first(self) -> bool:
        """Whether a writer may read before it writes, and nothing comes between.

        A shop's own engine for SQLite takes the lock with the first change.
        """
        return self._on_postgresql or is_ours(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Get a connection that sees the log as it was at one moment."""
        with self.available(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Get a connection whose changes are all on the disk at the end, or none."""
        with self.available(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def appending(self) -> Iterator[Connection]:
        """Get a connection to add a record with; it has to enter first.

        Errors of the database come as they are.
        """
        with self._writing.begin() as connection:
            yield connection

    def entrance(self) -> Sequence[ColumnElement[object]]:
        """Get what a select evaluates to keep sealers out until its transaction ends.

        Before the record gets its number: then none is sealed below which another one
        may still come.
        """
        return _ENTRANCE if self._on_postgresql else ()

    @contextmanager
    def sealing(self) -> Iterator[Connection]:
        """Get a connection to seal with: all records before are there, none comes."""
        with self.writing() as connection:
            self._shut(connection)
            yield connection

    @contextmanager
    def sealing_unless_busy(self) -> Iterator[Connection | None]:
        """Get the same, or none at once if another process seals just now."""
        with self.writing() as connection:
            if self._on_postgresql and not connection.scalar(_TAKE_TURN):
                yield None
            else:
                self._shut(connection)
                yield connection

    def _shut(self, connection: Connection) -> None:
        if self._on_postgresql:
            # Who waits to be alone makes others wait: not two at a time.
            connection.execute(_WAIT_FOR_TURN)
            connection.execute(_SHUT)

    @contextmanager
    def available(self) -> Iterator[None]:
        """Make sure that the tables are there, and tell when the log is down."""
        with self._told():
            if not self._is_ready:
                schema.prepare(self._writing, may_upgrade=self._is_our_file)
                self._is_ready = True
            yield

    def look(self) -> None:
        """See before the first use whether the tables are as they should be.

        :raises SchemaMismatch: if they are others, and aren't raised by themselves.
        """
        if self.engine.dialect.name == "sqlite" and not _is_file(self.engine.url):
            return
        with self._told(), self.engine.connect() as connection:
            # Web servers may fork after this: no child may get the connection.
            connection.detach()
            found = schema.revision(connection)
        if found is not None and not schema.is_fit(found, raised=self._is_our_file):
            raise schema.SchemaMismatch(found)

    def upgrade(self) -> str | None:
        """Raise the schema, see :func:`.schema.upgrade`."""
        with self._told():
            return schema.upgrade(self._writing)

    def partition(self, ahead: int) -> list[str]:
        """Divide the records by month, see :func:`.partition.partition`."""
        with self.sealing() as connection:
            return partition(connection, datetime.now(UTC), ahead)

    def revision(self) -> str | None:
        """Get the schema's revision, see :func:`.schema.revision`."""
        with self._told(), self.engine.connect() as connection:
            return schema.revision(connection)

    def differences(self) -> list[str]:
        """Get what is wrong with the tables, see :func:`.schema.differences`."""
        with self._told(), self.engine.connect() as connection:
            return schema.differences(connection)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            self._is_ready = False  # whatever comes back may be a new database
            # Without its cause: whose words quote rows, and those name visitors.
            raise LogUnavailable(
                f"the consent log can't be used: {_why(error)}"
            ) from None

    @property
    def _is_our_file(self) -> bool:
        return self.engine.dialect.name == "sqlite" and is_ours(self.engine)


def _is_file(url: URL) -> bool:
    """Tell whether there is a file of this database in SQLite."""
    name = url.database or ""
    return name.startswith("file:") or Path(name).is_file()


def _why(error: Exception) -> object:
    """Get what a database says went wrong, without the values it was about."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    told = getattr(cause, "diag", None)  # PostgreSQL's, in parts
    return getattr(told, "message_primary", None) or cause
