"""Guards: triggers by which the database itself refuses to change what is written.

They stop mistakes, not somebody who may drop triggers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from .leaf import PERSONAL
from .tables import accesses, checkpoints, holds, keys, leaves, links, notices, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Table

_REFUSAL: Final = "the consent log is append-only"

#: How two values, NULL among them, are the same.
_IS: Final = {"sqlite": "IS", "postgresql": "IS NOT DISTINCT FROM"}

#: How a trigger is made that may be there already.
_CREATE: Final = {
    "sqlite": "CREATE TRIGGER IF NOT EXISTS {}",
    "postgresql": "CREATE OR REPLACE TRIGGER {}",
}

_FUNCTION: Final = "consentkit_refuse"

#: Where triggers that are on can be found, by name, with their text in SQLite.
_CATALOGUE: Final = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname, NULL FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'D'"
    ),
}

#: What PostgreSQL's triggers call; 23001 is SQL's "restrict violation".
FUNCTION: Final = (
    f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = '23001'; END$$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What may not happen to the rows of one table."""

    table: str
    kept: tuple[str, ...]  #: columns that an erasure leaves as they are
    #: Columns that an erasure sets, all at once, and the SQL condition that it did.
    erased: Mapping[str, str] = field(default_factory=dict)
    deletable: bool = False

    @classmethod
    def of(
        cls, table: Table, erased: Mapping[str, str] = {}, *, deletable: bool = False
    ) -> Guard:
        """Get the guard of a table, over all its columns."""
        kept = tuple(c.name for c in table.c if c.name not in erased)
        return cls(table=table.name, kept=kept, erased=erased, deletable=deletable)

    def triggers(self, dialect: str) -> Mapping[str, str]:
        """Get the statements that make the triggers, by the triggers' names.

        None for databases other than SQLite and PostgreSQL.
        """
        if dialect not in _IS:
            return {}
        changes = ["UPDATE"] if self.deletable else ["UPDATE", "DELETE"]
        if dialect == "postgresql" and not self.deletable:
            changes.append("TRUNCATE")
        names = {change: f"{self.table}_no_{change.lower()}" for change in changes}
        return {
            name: self._trigger(dialect, name, change) for change, name in names.items()
        }

    def _trigger(self, dialect: str, name: str, change: str) -> str:
        each = "STATEMENT" if change == "TRUNCATE" else "ROW"
        condition = ""
        if change == "UPDATE" and self.erased:
            condition = f" WHEN (NOT ({' AND '.join(self._erasure(dialect))}))"
        refuse = (
            f"EXECUTE FUNCTION {_FUNCTION}()"
            if dialect == "postgresql"
            else f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        create = _CREATE[dialect].format(name)
        head = f"{create} BEFORE {change} ON {self.table} FOR EACH {each}"
        return f"{head}{condition} {refuse}"

    def _erasure(self, dialect: str) -> Iterator[str]:
        """Get the SQL conditions that hold for a change that is an erasure."""
        for name, is_erased in self.erased.items():
            yield f"NEW.{name} {is_erased}"
        for name in self.kept:
            yield f"NEW.{name} {_IS[dialect]} OLD.{name}"


GUARDS: Final = (
    Guard.of(notices),
    Guard.of(records, dict.fromkeys((*PERSONAL, "salt"), "IS NULL")),
    Guard.of(leaves),
    Guard.of(checkpoints),
    Guard.of(keys),
    Guard.of(links, deletable=True),
    Guard.of(holds, {"consent_id": "= ''"}),
    Guard.of(accesses),
)


def guard_of_partition(name: str) -> str:
    """Get the statement for what a partition doesn't have from its table."""
    return (
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
    )


def missing(connection: Connection) -> list[str]:
    """Get the names of triggers that aren't there, are off, or do something else."""
    dialect = connection.dialect.name
    query = _CATALOGUE.get(dialect)
    rows = connection.execute(text(query)).all() if query else []
    there = {row[0]: row[1] for row in rows}
    wanted = {
        name: statement
        for guard in GUARDS
        for name, statement in guard.triggers(dialect).items()
    }
    return [
        name
        for name, statement in wanted.items()
        if name not in there or (there[name] and there[name] != _as_kept(statement))
    ]


def put_back(connection: Connection) -> None:
    """Make the triggers again that aren't as they should be."""
    lost = missing(connection)
    if connection.dialect.name == "sqlite":
        for name in lost:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    for statement in statements(connection.dialect.name) if lost else ():
        connection.exec_driver_sql(statement)


def _as_kept(statement: str) -> str:
    """Get a statement as SQLite keeps it."""
    return statement.replace("IF NOT EXISTS ", "", 1)


def statements(dialect: str, guards: tuple[Guard, ...] = GUARDS) -> Iterator[str]:
    """Get the statements that guard new tables."""
    if dialect == "postgresql":
        yield FUNCTION
    for guard in guards:
        yield from guard.triggers(dialect).values()
