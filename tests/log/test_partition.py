from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from consentkit.cli_db import db_group
from consentkit.log import ConsentLog, KeyFile, Selection, engine_for
from consentkit.log.partition import partition
from tests.log.sealing import problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Engine

    from consentkit.log import Draft

    MakeDraft = Callable[..., Draft]
    Notice = Mapping[str, object]

ON_POSTGRESQL = pytest.mark.parametrize("address", ["postgresql"], indirect=True)
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOVEMBER

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(engine: Engine, tmp_path: Path, clock: Clock) -> ConsentLog:
    return ConsentLog(engine, key=KeyFile(tmp_path / "key"), clock=clock)


def divide(log: ConsentLog, now: datetime, ahead: int = 1) -> list[str]:
    with log.database.sealing() as connection:
        return [
            name.removeprefix("consentkit_record_")
            for name in partition(connection, now, ahead)
        ]


def places(log: ConsentLog) -> list[str]:
    """Get the partitions in which the records are, in their order of arrival."""
    query = text("SELECT tableoid::regclass::text FROM consentkit_record ORDER BY seq")
    with log.reading() as connection:
        names = connection.scalars(query)
        return [name.removeprefix("consentkit_record_") for name in names]


@ON_POSTGRESQL
def test_a_log_goes_on_in_partitions(
    log: ConsentLog, clock: Clock, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    log.seal()
    assert divide(log, clock.now) == ["past", "default", "2026_12"]
    assert divide(log, clock.now) == []
    for month in range(1, 4):
        clock.now = NOVEMBER + timedelta(days=31 * month)
        log.append(draft(revision=1 + month), notice)
    assert places(log) == ["past", "2026_12", "default", "default"]
    assert divide(log, clock.now) == ["2027_02", "2027_03"]
    assert divide(log, NOVEMBER, 2) == ["2027_01"]
    assert places(log) == ["past", "2026_12", "2027_01", "2027_02"]
    assert [record.sequence for record in log.history("a" * 32)] == [1, 2, 3, 4]
    log.seal()
    report = log.verify()
    assert (report.sealed, problems(report)) == (4, [])
    assert list(log.statistics().by_day) == [
        f"{NOVEMBER + timedelta(days=31 * month):%Y-%m-%d}" for month in range(4)
    ]
    assert log.count(Selection(since=NOVEMBER + timedelta(days=40))) == 2


@ON_POSTGRESQL
def test_partitions_are_guarded_as_the_table_was(
    log: ConsentLog, clock: Clock, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    divide(log, clock.now)
    clock.now += timedelta(days=31)
    log.append(draft(revision=2), notice)
    with log.reading() as connection:
        places = connection.scalars(
            text("SELECT DISTINCT tableoid::regclass::text FROM consentkit_record")
        ).all()
    for table in ("consentkit_record", *places):
        for change in ("UPDATE {} SET revision = 9", "DELETE FROM {}", "TRUNCATE {}"):
            with (
                log.engine.connect() as connection,
                pytest.raises(IntegrityError, match="append-only"),
            ):
                connection.execute(text(change.format(table)))
    assert log.erase("a" * 32) == 2
    assert log.vacuum()
    log.seal()
    report = log.verify()
    assert (report.erased, problems(report)) == (2, [])
    assert log.purge(clock.now, timedelta(days=1)) == 0


@ON_POSTGRESQL
def test_a_visitors_decisions_are_numbered_in_partitions_too(
    log: ConsentLog, clock: Clock, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    for number in range(8):  # by then psycopg has prepared its statements
        log.append(draft(consent_id=f"before-{number}"), notice)
    divide(log, clock.now)

    def decide(thread: int) -> None:
        for number in range(5):
            log.append(draft(revision=2 + 100 * thread + number), notice)
            log.append(draft(consent_id="clicks"), notice)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(decide, range(6)))
    history = log.history("a" * 32)
    assert [record.sequence for record in history] == list(range(1, 32))
    assert len(log.history("clicks")) == 1


@ON_POSTGRESQL
def test_whom_the_table_was_open_to_goes_on_in_partitions(
    log: ConsentLog, clock: Clock, draft: MakeDraft, notice: Notice
) -> None:
    log.append(draft(), notice)
    role = f"shop {uuid4().hex}"
    with log.writing() as connection:
        connection.execute(text(f'CREATE ROLE "{role}" LOGIN'))
        connection.execute(
            text(
                "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public"
                f' TO "{role}"'
            )
        )
        connection.execute(
            text(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
        )
        connection.execute(text("GRANT SELECT ON consentkit_record TO PUBLIC"))
    divide(log, clock.now)
    engine = engine_for(log.engine.url.set(username=role))
    shop = ConsentLog(engine, clock=clock)
    clock.now += timedelta(days=31)
    shop.append(draft(revision=2), notice)
    assert places(shop) == ["past", "2026_12"]
    engine.dispose()
    with log.reading() as connection:
        public = "SELECT has_table_privilege('public', 'consentkit_record', {})"
        may = [connection.scalar(text(public.format(f"'{right}'"))) for right in RIGHTS]
    assert may == [True, False, False, False]
    with log.writing() as connection:
        connection.execute(text(f'DROP OWNED BY "{role}"'))
        connection.execute(text(f'DROP ROLE "{role}"'))


@ON_POSTGRESQL
def test_the_command_divides_and_the_check_agrees(log: ConsentLog) -> None:
    app = Flask(__name__)
    app.extensions["consentkit"] = type("Shop", (), {"log": log})
    runner = app.test_cli_runner()
    names = runner.invoke(db_group, ["partition", "--ahead", "2"]).output.split()
    assert names[:2] == ["consentkit_record_past", "consentkit_record_default"]
    assert len(names) == 4
    assert runner.invoke(db_group, ["partition"]).output.count("consentkit_record") == 1
    assert runner.invoke(db_group, ["partition"]).output == "Nothing to do.\n"
    check = runner.invoke(db_group, ["check"])
    assert (check.exit_code, check.output[:11]) == (0, "All is well")
    with log.writing() as connection:
        connection.execute(text("DROP INDEX ix_consentkit_record_decided_at"))
    assert runner.invoke(db_group, ["check"]).exit_code == 1


def test_sqlite_has_no_partitions(log: ConsentLog) -> None:
    app = Flask(__name__)
    app.extensions["consentkit"] = type("Shop", (), {"log": log})
    result = app.test_cli_runner().invoke(db_group, ["partition"])
    assert result.exit_code == 1
    assert "partitions need PostgreSQL" in result.output
