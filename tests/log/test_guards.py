from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from consentkit.log import ConsentLog, Draft, KeyFile
from consentkit.log.guards import GUARDS, Guard
from consentkit.log.tables import metadata, records
from tests.log.postgres import BOTH

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]

#: What only counts, and may be counted anew.
COUNTERS = {"consentkit_tally", "consentkit_progress", "consentkit_event"}


@pytest.fixture
def log(engine: Engine, tmp_path: Path, draft: MakeDraft, notice: Notice) -> ConsentLog:
    """Get a sealed log with a record in it."""
    log = ConsentLog(engine, key=KeyFile(tmp_path / "key"))
    log.append(draft(), notice)
    return log


def refused(log: ConsentLog, statement: str) -> None:
    with (
        log.engine.connect() as connection,
        pytest.raises(IntegrityError, match="append-only"),
    ):
        connection.execute(text(statement))


def test_every_table_is_guarded_but_counters() -> None:
    assert {guard.table for guard in GUARDS} == metadata.tables.keys() - COUNTERS


@BOTH
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("consentkit_record", "language"),
        ("consentkit_notice", "content"),
        ("consentkit_leaf", "record_id"),
        ("consentkit_checkpoint", "note"),
    ],
)
def test_rows_cannot_be_changed(log: ConsentLog, table: str, column: str) -> None:
    before = list(log.records())
    refused(log, f"UPDATE {table} SET {column} = 'x'")
    refused(log, f"DELETE FROM {table}")
    assert list(log.records()) == before


@BOTH
def test_an_erasure_empties_all_or_nothing(log: ConsentLog) -> None:
    refused(log, "UPDATE consentkit_record SET browser = NULL")
    empty = "browser = NULL, consent_id = NULL, path = NULL, salt = NULL"
    refused(log, f"UPDATE consentkit_record SET {empty}, revision = revision + 1")
    with log.writing() as connection:
        connection.execute(text(f"UPDATE consentkit_record SET {empty}"))
    assert [record.consent_id for record in log.records()] == [""]


def test_replacing_a_row_is_refused_too(log: ConsentLog) -> None:
    columns = ", ".join(c.name for c in records.c)
    changed = columns.replace("decision,", "'withdraw',")
    replace = f"INSERT OR REPLACE INTO {records.name} ({columns})"
    refused(log, f"{replace} SELECT {changed} FROM {records.name}")


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_table_cannot_be_truncated(log: ConsentLog) -> None:
    for guard in GUARDS:
        if not guard.deletable:
            refused(log, f"TRUNCATE {guard.table} CASCADE")


@BOTH
def test_what_may_go_can_be_deleted_and_not_changed(log: ConsentLog) -> None:
    table = metadata.tables["consentkit_link"]
    row = {
        "kind": "login",
        "customer": "c",
        "linked_at": next(log.records()).decided_at,
    }
    with log.writing() as connection:
        connection.execute(insert(table), row)
    refused(log, "UPDATE consentkit_link SET customer = 'd'")
    with log.writing() as connection:
        assert connection.execute(table.delete()).rowcount == 1


def test_other_databases_get_no_triggers() -> None:
    assert Guard.of(records).triggers("mysql") == {}
