"""Partitions: the records of each month in a table of their own, on PostgreSQL.

Constraints that are unique over all partitions have to include what they are divided
by. So the numbers of a visitor's decisions are kept apart by a trigger instead.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, text

from consentkit.errors import ConsentError

from .guards import GUARDS, guard_of_partition
from .tables import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_TABLE: Final = records.name
_PAST, _DEFAULT = f"{_TABLE}_past", f"{_TABLE}_default"

#: What a partitioned table has in the place of its unique constraints.
REPLACED: Final = frozenset({
    f"uq_{_TABLE}_id", f"uq_{_TABLE}_consent_id_sequence",
    f"ix_{_TABLE}_id", f"ix_{_TABLE}_consent_id_sequence",
})  # fmt: skip

_KIND: Final = text(
    "SELECT relkind FROM pg_class WHERE oid = to_regclass('consentkit_record')"
)

_UNIQUE: Final = f"""
CREATE OR REPLACE FUNCTION consentkit_unique() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({0x434B_4C56}, hashtext(NEW.consent_id));
    IF EXISTS (
        SELECT FROM {_TABLE}
        WHERE consent_id = NEW.consent_id AND sequence = NEW.sequence
    ) THEN
        RAISE EXCEPTION 'this number is taken' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$"""


class PartitionRefused(ConsentError):  # noqa: N818  states what it is
    """This database has no partitions."""


def is_partitioned(connection: Connection) -> bool:
    """Tell whether the records are in partitions."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.scalar(_KIND) in {"p", b"p"}


def partition(connection: Connection, now: datetime, ahead: int) -> list[str]:
    """Get the names of the partitions made now: of this month and some that follow.

    The first time, all records there are become one partition. Belongs into a
    transaction in which nobody can append.

    :raises PartitionRefused: if the database isn't PostgreSQL.
    """
    if connection.dialect.name != "postgresql":
        raise PartitionRefused("partitions need PostgreSQL")
    made = [] if is_partitioned(connection) else list(_convert(connection, now))
    there = set(connection.scalars(text(_PARTITIONS)))
    wanted = {_name(first): first for first in _months(now, ahead)}
    covered = _end_of_past(connection)
    new = {
        name: first
        for name, first in wanted.items()
        if name not in there and (covered is None or first >= covered)
    }
    if new:
        _add(connection, new)
    return [*made, *new]


_PARTITIONS: Final = (
    "SELECT inhrelid::regclass::text FROM pg_inherits"
    " WHERE inhparent = 'consentkit_record'::regclass"
)


def _months(now: datetime, ahead: int) -> Iterator[datetime]:
    """Get the first moments of this month and of some that follow."""
    for number in range(ahead + 1):
        yield _first(now.astimezone(UTC), number)


def _first(moment: datetime, later: int) -> datetime:
    years, month = divmod(moment.month - 1 + later, 12)
    return datetime(moment.year + years, month + 1, 1, tzinfo=UTC)


def _name(first: datetime) -> str:
    return f"{_TABLE}_{first:%Y_%m}"


def _end_of_past(connection: Connection) -> datetime | None:
    """Get the moment up to which one partition holds what there was at first."""
    bound = connection.scalar(
        text(
            "SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO \\(''(.*)''\\)')"
            "::timestamptz FROM pg_class"
            " WHERE oid = to_regclass('consentkit_record_past')"
        )
    )
    return bound.astimezone(UTC) if bound else None


def _convert(connection: Connection, now: datetime) -> Iterator[str]:
    """Make a partitioned table of the one there is, which becomes its first part."""
    latest = connection.scalar(select(func.max(records.c.decided_at)))
    end = _first(max(now, latest or now).astimezone(UTC), 1)
    for statement in (*_DIVIDE, *_attach(_PAST, "MINVALUE", _literal(end))):
        connection.execute(text(statement))
    yield _PAST
    # What roles may do with the table isn't a part of what LIKE copies.
    for statement in connection.scalars(text(_PRIVILEGES)).all():
        connection.execute(text(statement))
    for statement in (_UNIQUE, *_attach(_DEFAULT, None, None), *_parent_triggers()):
        connection.execute(text(statement))
    yield _DEFAULT


_PRIVILEGES: Final = f"""
SELECT format('GRANT %s ON {_TABLE} TO %s', string_agg(privilege_type, ', '),
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
FROM pg_class, aclexplode(relacl)
WHERE oid = '{_PAST}'::regclass AND grantee <> relowner GROUP BY grantee"""  # noqa: S608  names of our own


def _drops() -> Iterator[str]:
    for kind in ("update", "delete", "truncate"):
        yield f"DROP TRIGGER {_TABLE}_no_{kind} ON {_PAST}"
    for name in (f"pk_{_TABLE}", f"uq_{_TABLE}_id", f"uq_{_TABLE}_consent_id_sequence"):
        yield f"ALTER TABLE {_PAST} DROP CONSTRAINT {name}"
    for index in records.indexes:
        yield f"DROP INDEX {index.name}"


_DIVIDE: Final = (
    f"ALTER TABLE {_TABLE} RENAME TO {_PAST}",
    *_drops(),
    f"""CREATE TABLE {_TABLE} (LIKE {_PAST} INCLUDING DEFAULTS)
    PARTITION BY RANGE (decided_at)""",
    f"ALTER SEQUENCE {_TABLE}_seq_seq OWNED BY {_TABLE}.seq",
    f"ALTER TABLE {_TABLE} ADD CONSTRAINT pk_{_TABLE} PRIMARY KEY (seq, decided_at)",
    f"""ALTER TABLE {_TABLE} ADD CONSTRAINT fk_{_TABLE}_notice_hash
    FOREIGN KEY (notice_hash) REFERENCES consentkit_notice (hash)""",
    f"CREATE INDEX ix_{_TABLE}_id ON {_TABLE} (id)",
    f"CREATE INDEX ix_{_TABLE}_consent_id_sequence ON {_TABLE} (consent_id, sequence)",
    *(
        f"CREATE INDEX {index.name} ON {_TABLE}"
        f" ({', '.join(column.name for column in index.columns)})"
        for index in sorted(records.indexes, key=lambda index: str(index.name))
    ),
)


def _parent_triggers() -> Iterator[str]:
    guard = next(guard for guard in GUARDS if guard.table == _TABLE)
    yield from guard.triggers("postgresql").values()
    yield (
        f"CREATE TRIGGER {_TABLE}_unique BEFORE INSERT ON {_TABLE}"
        " FOR EACH ROW EXECUTE FUNCTION consentkit_unique()"
    )


def _attach(name: str, start: str | None, end: str | None) -> Iterator[str]:
    """Get what makes a table a partition: of all that has no other, without a start."""
    bounds = f"FOR VALUES FROM ({start}) TO ({end})" if start else "DEFAULT"
    if name == _PAST:
        yield f"ALTER TABLE {_TABLE} ATTACH PARTITION {name} {bounds}"
    else:
        yield f"CREATE TABLE {name} PARTITION OF {_TABLE} {bounds}"
    yield guard_of_partition(name)  # rows' triggers come from the parent


def _add(connection: Connection, months: dict[str, datetime]) -> None:
    """Add partitions, and move into them what had none to go to."""
    aside = f"{_DEFAULT}_aside"
    statements = [
        f"ALTER TABLE {_TABLE} DETACH PARTITION {_DEFAULT}",
        f"ALTER TABLE {_DEFAULT} RENAME TO {aside}",
    ]
    for name, first in months.items():
        end = _literal(_first(first, 1))
        statements += _attach(name, _literal(first), end)
    columns = ", ".join(column.name for column in records.c)
    statements += [
        *_attach(_DEFAULT, None, None),
        f"""INSERT INTO {_TABLE} ({columns})
        SELECT {columns} FROM {aside} ORDER BY seq""",  # noqa: S608  names of our own
        f"DROP TABLE {aside}",
    ]
    for statement in statements:
        connection.execute(text(statement))


def _literal(moment: datetime) -> str:
    return f"'{moment.isoformat()}'"
