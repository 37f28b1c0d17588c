"""The schema of the log's database: which revision it is, how it is made and raised."""

from __future__ import annotations

import re
from importlib.resources import as_file, files
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Column,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    text,
)

from consentkit.errors import LogUnavailable

from .engine import BEGIN
from .guards import missing, put_back, statements
from .partition import REPLACED, is_partitioned
from .tables import metadata, records

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: All revisions there have been, the newest last; the files in ``migrations``.
REVISIONS: Final = ("0001",)
HEAD: Final = REVISIONS[-1]

#: Stands for tables that were made before there were revisions.
UNKNOWN: Final = "unknown"

VERSION_TABLE: Final = "consentkit_version"
_versions: Final = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)

_REMEDIES: Final = {
    "older": "run flask consent db upgrade",
    "newer": "install the version of ConsentKit that has made it",
    UNKNOWN: "a version before the first release made it: move it away",
}

#: What Alembic runs.
SCRIPTS: Final = files(__package__) / "migrations"

_MIGRATING: Final = Lock()

#: Our tables, but for the partitions of one.
_OUR_TABLE: Final = re.compile(rf"consentkit_(?!{records.name.split('_')[1]}_)")

#: Two that make or raise a schema at once come one after the other.
_SCHEMA_LOCK: Final = 0x434B_5343_4845_4D41


class SchemaMismatch(LogUnavailable):
    """The database has another schema than this version works with.

    :ivar found: its revision; ``unknown`` if it has tables and no revision.
    :ivar remedy: what to do.
    """

    def __init__(self, found: str) -> None:
        self.found = found
        self.remedy = _REMEDIES[_age(found)]
        super().__init__(
            f"the consent log's schema is {found} and should be {HEAD}: {self.remedy}"
        )


def revision(connection: Connection) -> str | None:
    """Get the revision of the tables, ``unknown`` if none is noted, none without."""
    there = inspect(connection)
    if not there.has_table(records.name):
        return None
    if not there.has_table(VERSION_TABLE):
        return UNKNOWN
    found: str | None = connection.scalar(select(_versions.c.version_num))
    return found or UNKNOWN


def prepare(engine: Engine, *, may_upgrade: bool) -> None:
    """Make sure that the tables are there, all of them and as they should be.

    What is missing is made. Any number of processes may do so at once.

    :param engine: begins transactions with the lock for writing.
    :param may_upgrade: whether an older schema is raised, too.
    :raises SchemaMismatch: if the schema is another, and isn't raised.
    """
    with engine.connect().execution_options(**{BEGIN: "DEFERRED"}) as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is None:
        with engine.begin() as connection:
            lock(connection)
            found = revision(connection) or _make(connection)
    if not is_fit(found, raised=may_upgrade):
        raise SchemaMismatch(found)
    if found != HEAD:
        upgrade(engine)


def is_fit(found: str, *, raised: bool) -> bool:
    """Tell whether this version works with a schema, once it is raised if it is."""
    return found == HEAD or (raised and found in REVISIONS)


def upgrade(engine: Engine) -> str | None:
    """Raise the schema to what this version works with; get what it was.

    Guards that are missing are put back.

    :raises SchemaMismatch: if it is no older schema.
    """
    with engine.begin() as connection:
        lock(connection)
        found = revision(connection)
        if found is None:
            _make(connection)
        elif not is_fit(found, raised=True):
            raise SchemaMismatch(found)
        elif found != HEAD:
            _migrate(connection)
        put_back(connection)
    return found


def differences(connection: Connection) -> list[str]:
    """Get what the tables lack or have too much, one line each; none if all is well."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  seldom needed
    from alembic.migration import MigrationContext  # noqa: PLC0415

    replaced = REPLACED if is_partitioned(connection) else frozenset()

    def is_ours(_item: object, name: str | None, kind: str, *_: object) -> bool:
        if kind == "table":
            return name is not None and _OUR_TABLE.match(name) is not None
        return name not in replaced

    context = MigrationContext.configure(
        connection, opts={"include_object": is_ours, "version_table": VERSION_TABLE}
    )
    changed = [_words(change) for change in compare_metadata(context, metadata)]
    lacking = missing(connection)
    return [*changed, *(f"the trigger {name} is missing" for name in lacking)]


def lock(connection: Connection) -> None:
    """Wait until nobody else makes or raises a schema."""
    if connection.dialect.name == "postgresql":
        wait = text("SELECT pg_advisory_xact_lock(:lock)")
        connection.execute(wait, {"lock": _SCHEMA_LOCK})
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        # A shop's own engine begins transactions late, and with tables not at all.
        if not getattr(driver, "in_transaction", True):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _age(found: str) -> str:
    if found in REVISIONS:
        return "older"
    return UNKNOWN if found == UNKNOWN else "newer"


def _make(connection: Connection) -> str:
    # New tables are made at once, without the steps that older ones came by.
    metadata.create_all(connection)
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    _versions.create(connection, checkfirst=True)
    connection.execute(delete(_versions))
    connection.execute(insert(_versions), {"version_num": HEAD})
    return HEAD


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  seldom needed, and slow to import
    from alembic.config import Config  # noqa: PLC0415

    # Alembic keeps what it works on in globals.
    with _MIGRATING, as_file(SCRIPTS) as folder:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        command.upgrade(config, "head")


def _words(change: Any) -> str:
    """Get a difference as Alembic tells it, in one line."""
    if isinstance(change, list):
        return "; ".join(map(_words, change))
    kind, *what = change
    return f"{kind}: {' '.join(str(part) for part in what if part is not None)}"
