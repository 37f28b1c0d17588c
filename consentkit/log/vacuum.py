"""Vacuuming: what was erased leaves the database's files, too."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from consentkit.errors import LogUnavailable

from .database import LOCK_TIMEOUT
from .tables import holds, links, records

if TYPE_CHECKING:
    from psycopg import Connection as PsycopgConnection
    from psycopg.errors import Diagnostic
    from sqlalchemy import Connection, Engine

#: The tables from which something is erased.
_TABLES: Final = tuple(table.name for table in (records, links, holds))

_MAY_VACUUM: Final = text(
    "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class"
    " WHERE oid = to_regclass('consentkit_record')"
)
_NUMBER: Final = re.compile(r"\d+")


def vacuum(engine: Engine) -> bool:
    """Tell whether what was erased is gone from all files of the tables.

    In SQLite it isn't as long as another process reads from the write-ahead log, in
    PostgreSQL as long as an older transaction may still look at it, and if the role
    doesn't own the tables. PostgreSQL's own write-ahead log isn't in our hands. False
    for other databases, which clear up by their own commands.

    :raises LogUnavailable: if somebody is writing, or the disk is full.
    """
    try:
        if engine.dialect.name == "sqlite":
            return _vacuum_file(engine)
        if engine.dialect.name == "postgresql":
            return _vacuum_tables(engine)
    except (sqlite3.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise LogUnavailable(f"the database isn't vacuumed: {cause}") from error
    return False


def _vacuum_file(engine: Engine) -> bool:
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        try:
            cursor.execute("VACUUM")
            # The new pages go through the log too, in which the old ones still are.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_ = cursor.fetchone() or (1,)
        finally:
            cursor.close()
    return not busy


def _vacuum_tables(engine: Engine) -> bool:
    # VACUUM runs in no transaction; only FULL writes new files.
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(_MAY_VACUUM):
            return False
        wait = text("SELECT set_config('lock_timeout', :timeout, false)")
        connection.execute(wait, {"timeout": LOCK_TIMEOUT})
        try:
            return sum(_rewrite(connection, table) for table in _TABLES) == 0
        finally:
            connection.execute(text("RESET lock_timeout"))


def _rewrite(connection: Connection, table: str) -> int:
    """Get the number of rows that are gone, and had to be kept for somebody."""
    kept: list[int] = []

    def listen(notice: Diagnostic) -> None:
        # "3 dead row versions cannot be removed yet", in whatever language.
        found = _NUMBER.search(notice.message_detail or "")
        kept.append(int(found[0]) if found else 0)

    driver = cast("PsycopgConnection[Any]", connection.connection.driver_connection)
    driver.add_notice_handler(listen)
    try:
        connection.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {table}")
    finally:
        driver.remove_notice_handler(listen)
    return sum(kept)
