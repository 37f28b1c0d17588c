"""The log's tables. A row, once written, stays as it is, but for an erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
)

from .leaf import PERSONAL, SALT_SIZE, commitment
from .record import PATH_LENGTH
from .tree import HASH_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine.default import DefaultExecutionContext


class _Moment(TypeDecorator[datetime]):
    """An aware moment in UTC, also where the database keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        del dialect
        return value and value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        del dialect
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class _Keys(TypeDecorator[tuple[str, ...]]):
    """Group and service keys, as a JSON array that any tool can read."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Sequence[str] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        return None if value is None else json.dumps(list(value), ensure_ascii=False)

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[str, ...] | None:
        del dialect
        return None if value is None else tuple(json.loads(value))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

notices = Table(
    "consentkit_notice",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("language", String(35), nullable=False),  # the longest tag, RFC 5646 4.4.1
    Column("content", Text, nullable=False),
    Column("first_shown_at", _Moment, nullable=False),
)


def _salt() -> bytes:
    return token_bytes(SALT_SIZE)


def _personal_digest(context: DefaultExecutionContext) -> str:
    # Whoever stores a record commits to its personal fields.
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return commitment(row["salt"], row)


records = Table(
    "consentkit_record",
    metadata,
    # The order of arrival, never used twice: exports and proofs follow it.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", String(36), nullable=False),
    Column("decided_at", _Moment, nullable=False),
    Column("consent_id", String(64)),
    Column("sequence", Integer, nullable=False),
    Column("decision", String(20), nullable=False),
    Column("surface", String(20), nullable=False),
    Column("granted", _Keys, nullable=False),
    Column("refused", _Keys, nullable=False),
    Column("previous_granted", _Keys, nullable=False),
    Column("previous_decided", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("notice_hash", ForeignKey(notices.c.hash), nullable=False),
    Column("language", String(35), nullable=False),
    Column("regime", String(20), nullable=False),
    Column("browser", String(40)),
    Column("path", String(PATH_LENGTH)),
    Column("gpc", Boolean, nullable=False),
    Column("salt", LargeBinary(SALT_SIZE), default=_salt),
    Column("personal_digest", String(64), nullable=False, default=_personal_digest),
    UniqueConstraint("id"),
    UniqueConstraint("consent_id", "sequence"),
    Index(None, "decided_at"),
    sqlite_autoincrement=True,
)

leaves = Table(
    "consentkit_leaf",
    metadata,
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False),
    # No foreign key: a leaf outlives the record that it proves.
    Column("record_id", String(36), nullable=False),
    Column("hash", LargeBinary(HASH_SIZE), nullable=False),
    # Hashes of the perfect subtrees that end here, lowest first: each node of the
    # tree is stored once, where proofs find it by arithmetic.
    Column("nodes", LargeBinary, nullable=False),
    UniqueConstraint("record_id"),
)

checkpoints = Table(
    "consentkit_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("sealed_at", _Moment, nullable=False),
    # All records up to this moment have leaves: whatever has none is younger.
    Column("complete_until", _Moment, nullable=False),
)


#: What an erasure empties, all of it at once.
_ERASABLE = (*PERSONAL, "salt")


def _is_no_erasure() -> str:
    """Get the SQL condition on a change of a record that isn't its erasure."""
    kept = [c.name for c in records.c if c.name not in _ERASABLE]
    conditions = [f"NEW.{name} IS NULL" for name in _ERASABLE]
    conditions += [f"NEW.{name} IS OLD.{name}" for name in kept]
    return f"NOT ({' AND '.join(conditions)})"


def _refuse(table: Table, change: str) -> None:
    """Make SQLite refuse a kind of change to a table's rows, but for an erasure.

    This guards against mistakes, not against someone who may drop triggers.
    """
    erasable = table is records and change == "UPDATE"
    trigger = (
        f"CREATE TRIGGER {table.name}_no_{change.lower()}"
        f" BEFORE {change} ON {table.name}"
        + (f" WHEN {_is_no_erasure()}" if erasable else "")
        + " BEGIN SELECT RAISE(ABORT, 'the consent log is append-only'); END"
    )

    @event.listens_for(table, "after_create")
    def create(_table: Table, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(trigger)


for _table in metadata.sorted_tables:
    for _change in ("UPDATE", "DELETE"):
        _refuse(_table, _change)
