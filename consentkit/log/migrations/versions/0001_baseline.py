"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consentkit.log.guards import Guard, statements

revision = "0001"
down_revision = None

_ARRIVAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_GUARDS = (
    Guard(
        table="consentkit_notice",
        kept=("hash", "language", "content", "first_shown_at"),
    ),
    Guard(
        table="consentkit_record",
        kept=(
            "seq",
            "id",
            "decided_at",
            "sequence",
            "decision",
            "surface",
            "granted",
            "refused",
            "previous_granted",
            "previous_decided",
            "revision",
            "fingerprint",
            "notice_hash",
            "language",
            "regime",
            "gpc",
            "personal_digest",
        ),
        erased={
            "browser": "IS NULL",
            "consent_id": "IS NULL",
            "path": "IS NULL",
            "salt": "IS NULL",
        },
    ),
    Guard(
        table="consentkit_leaf",
        kept=("leaf_index", "seq", "record_id", "entry", "nodes"),
    ),
    Guard(
        table="consentkit_checkpoint",
        kept=("size", "note", "frontier", "sealed_at", "complete_until"),
    ),
    Guard(
        table="consentkit_key",
        kept=("number", "vkey", "first_size", "note", "added_at"),
    ),
    Guard(
        table="consentkit_link",
        kept=("seq", "kind", "customer", "consent_id", "linked_at"),
        deletable=True,
    ),
    Guard(
        table="consentkit_hold",
        kept=("seq", "hold_id", "action", "at", "who", "reason", "since", "until"),
        erased={"consent_id": "= ''"},
    ),
    Guard(
        table="consentkit_access", kept=("seq", "at", "who", "via", "page", "detail")
    ),
)


def upgrade() -> None:
    """Make all tables."""
    _make_access()
    _make_checkpoint()
    _make_event()
    _make_hold()
    _index_hold()
    _make_key()
    _make_leaf()
    _make_link()
    _index_link()
    _make_notice()
    _make_progress()
    _make_tally()
    _make_record()
    _index_record()
    for statement in statements(op.get_context().dialect.name, _GUARDS):
        op.execute(statement)


def _make_access() -> None:
    op.create_table(
        "consentkit_access",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consentkit_access")),
        sqlite_autoincrement=True,
    )


def _make_checkpoint() -> None:
    op.create_table(
        "consentkit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_consentkit_checkpoint")),
    )


def _make_event() -> None:
    op.create_table(
        "consentkit_event",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "day", "name", name=op.f("pk_consentkit_event")
        ),
    )


def _make_hold() -> None:
    op.create_table(
        "consentkit_hold",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("hold_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consentkit_hold")),
        sqlite_autoincrement=True,
    )


def _index_hold() -> None:
    op.create_index(
        op.f("ix_consentkit_hold_consent_id"),
        "consentkit_hold",
        ["consent_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consentkit_hold_hold_id"), "consentkit_hold", ["hold_id"], unique=False
    )


def _make_key() -> None:
    op.create_table(
        "consentkit_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("first_size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_consentkit_key")),
    )


def _make_leaf() -> None:
    op.create_table(
        "consentkit_leaf",
        sa.Column(
            "leaf_index",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("entry", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_consentkit_leaf")),
        sa.UniqueConstraint("seq", name=op.f("uq_consentkit_leaf_seq")),
    )


def _make_link() -> None:
    op.create_table(
        "consentkit_link",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consentkit_link")),
        sa.UniqueConstraint(
            "customer",
            "consent_id",
            name=op.f("uq_consentkit_link_customer_consent_id"),
        ),
        sqlite_autoincrement=True,
    )


def _index_link() -> None:
    op.create_index(
        op.f("ix_consentkit_link_consent_id"),
        "consentkit_link",
        ["consent_id"],
        unique=False,
    )


def _make_notice() -> None:
    op.create_table(
        "consentkit_notice",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_consentkit_notice")),
    )


def _make_progress() -> None:
    op.create_table(
        "consentkit_progress",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consentkit_progress")),
    )


def _make_tally() -> None:
    op.create_table(
        "consentkit_tally",
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("decisions", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "dimension", "day", "revision", "value", name=op.f("pk_consentkit_tally")
        ),
    )


def _make_record() -> None:
    op.create_table(
        "consentkit_record",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("previous_granted", sa.Text(), nullable=False),
        sa.Column("previous_decided", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("notice_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("regime", sa.String(length=20), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=True),
        sa.Column("path", sa.String(length=200), nullable=True),
        sa.Column("gpc", sa.Boolean(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=True),
        sa.Column("personal_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_hash"],
            ["consentkit_notice.hash"],
            name=op.f("fk_consentkit_record_notice_hash"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consentkit_record")),
        sa.UniqueConstraint(
            "consent_id",
            "sequence",
            name=op.f("uq_consentkit_record_consent_id_sequence"),
        ),
        sa.UniqueConstraint("id", name=op.f("uq_consentkit_record_id")),
        sqlite_autoincrement=True,
    )


def _index_record() -> None:
    op.create_index(
        op.f("ix_consentkit_record_decided_at"),
        "consentkit_record",
        ["decided_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consentkit_record_decision_decided_at"),
        "consentkit_record",
        ["decision", "decided_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_consentkit_record_revision_decided_at"),
        "consentkit_record",
        ["revision", "decided_at"],
        unique=False,
    )
