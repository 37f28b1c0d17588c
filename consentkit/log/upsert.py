"""Counters in the database: rows that are added up, or made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table


def add_up(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[str],
) -> None:
    """Add numbers to the rows of the same key; a row that isn't there yet is made.

    For SQLite, PostgreSQL and what speaks its dialect.

    :param columns: what is added up; the rest is the table's primary key.
    """
    if not rows:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    statement = insert(table)
    sums = {name: table.c[name] + statement.excluded[name] for name in columns}
    key = [column.name for column in table.primary_key]
    # One order for all writers, so that none waits for one who waits for it.
    in_order = sorted(rows, key=lambda row: tuple(str(row[name]) for name in key))
    connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_=sums), in_order
    )
