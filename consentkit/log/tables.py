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
)

from .leaf import SALT_SIZE, commitment
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
    # Searches page by time, the latest first, whatever they look for.
    Index(None, "decision", "decided_at"),
    Index(None, "revision", "decided_at"),
    sqlite_autoincrement=True,
)

leaves = Table(
    "consentkit_leaf",
    metadata,
    # As an "INTEGER PRIMARY KEY", SQLite stores leaves in this order, with no index.
    Column(
        "leaf_index",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    # No foreign keys: a leaf outlives the record that it proves.
    Column("seq", BigInteger, nullable=False),
    Column("record_id", String(36), nullable=False),
    # What the leaf is the hash of, see consentkit.log.leaf.entry.
    Column("entry", LargeBinary(HASH_SIZE), nullable=False),
    # Hashes of the perfect subtrees that end here, lowest first: each node of the
    # tree is stored once, where proofs find it by arithmetic.
    Column("nodes", LargeBinary, nullable=False),
    UniqueConstraint("seq"),
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

keys = Table(
    "consentkit_key",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("vkey", Text, nullable=False),
    # The size from which on this key signs.
    Column("first_size", BigInteger, nullable=False),
    # How the log came to this key, signed by it and by the one before.
    Column("note", Text, nullable=False),
    Column("added_at", _Moment, nullable=False),
)


def _arrival() -> Column[int]:
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("seq", kind, primary_key=True)


links = Table(
    "consentkit_link",
    metadata,
    _arrival(),
    Column("kind", String(10), nullable=False),  # see log.links
    Column("customer", String(64), nullable=False),  # keyed hash, not the reference
    Column("consent_id", String(64)),
    Column("linked_at", _Moment, nullable=False),
    UniqueConstraint("customer", "consent_id"),
    Index(None, "consent_id"),
    sqlite_autoincrement=True,
)

holds = Table(
    "consentkit_hold",
    metadata,
    _arrival(),
    Column("hold_id", String(36), nullable=False),
    Column("action", String(10), nullable=False),  # see log.holds
    Column("at", _Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("consent_id", String(64)),
    Column("since", _Moment),
    Column("until", _Moment),
    Index(None, "hold_id"),
    Index(None, "consent_id"),
    sqlite_autoincrement=True,
)

accesses = Table(
    "consentkit_access",
    metadata,
    _arrival(),
    Column("at", _Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("via", String(20), nullable=False),
    Column("page", String(40), nullable=False),
    Column("detail", String(200), nullable=False),
    sqlite_autoincrement=True,
)

# What follows only counts: caches that can be made again, and no proof.
tallies = Table(
    "consentkit_tally",
    metadata,
    Column("dimension", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("value", String(100), primary_key=True),
    Column("decisions", BigInteger, nullable=False),
    Column("granted", BigInteger, nullable=False),
)

progress = Table(
    "consentkit_progress",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

events = Table(
    "consentkit_event",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("name", String(253), primary_key=True),  # a host's length, RFC 1035 2.3.4
    Column("number", BigInteger, nullable=False),
)
