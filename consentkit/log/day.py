"""Days in UTC, whatever the zone of a database's session is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class utc_day(FunctionElement[str]):  # noqa: N801  it reads as a function in SQL
    """Get the day of a moment as ISO 8601 text, such as ``2026-11-22``."""

    type = String()
    inherit_cache = True


@compiles(utc_day)
def _anywhere(element: utc_day, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite keeps moments as text in UTC, the day first.
    (column,) = element.clauses
    return compiler.process(func.date(column), **options)


@compiles(utc_day, "postgresql")
def _postgresql(element: utc_day, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = element.clauses
    moment = compiler.process(column, **options)
    # Written out: PostgreSQL can't group by what holds parameters.
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
