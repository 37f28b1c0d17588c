"""Logs to seal and to tamper with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert

from consentkit.log.record import FIELDS
from consentkit.log.tables import records

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from consentkit.log import ConsentLog, Record
    from consentkit.log.audit import Report


def fill(log: ConsentLog, record: Record, number: int) -> list[str]:
    """Store copies of a record at once, and get their ids."""
    usual = {name: getattr(record, name) for name in FIELDS}
    now = datetime.now(UTC)
    rows = [
        usual
        | {
            "id": str(uuid4()),
            "consent_id": uuid4().hex,
            "sequence": 1,
            "decided_at": now + timedelta(microseconds=place),
        }
        for place in range(number)
    ]
    with log.engine.begin() as connection:
        if rows:
            connection.execute(insert(records), rows)
    return [str(row["id"]) for row in rows]


def tamper(engine: Engine, *statements: str) -> None:
    """Change the database as somebody would who may do anything to it."""
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        guards = connection.execute(triggers).fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)
        connection.commit()


def forget(log: ConsentLog) -> None:
    """Take away the checkpoint that is kept beside the key."""
    assert log.key is not None
    log.key.memory.unlink()


def problems(report: Report) -> list[tuple[str, str | None]]:
    """Get what was found, and about which record."""
    return [(finding.problem, finding.record) for finding in report.findings]
