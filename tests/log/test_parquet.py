"""The log as Parquet, read back with pyarrow."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.cli import consent
from consentkit.log import ConsentLog, KeyFile, Selection, parquet
from consentkit.log.parquet import ParquetRefused, write_parquet
from consentkit.log.record import FIELDS, as_receipt
from tests.log.sealing import fill, forget, tamper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine
    from webtest import TestApp

    from consentkit.log import Draft

    MakeDraft = Callable[..., Draft]

ds: Any = import_module("pyarrow.dataset")  # they have no types
pq: Any = import_module("pyarrow.parquet")

FIRST = datetime(2026, 3, 29, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture
def log(
    engine: Engine, tmp_path: Path, draft: MakeDraft, notice: Mapping[str, object]
) -> ConsentLog:
    """Get a log with six records on three days, the last one not sealed."""
    log = ConsentLog(engine, key=KeyFile(tmp_path / "consent-log.key"))
    record = log.append(draft(), notice)
    fill(log, record, 5)
    changes = [
        f"UPDATE consentkit_record SET decided_at = '{moment:%Y-%m-%d %H:%M:%S.%f}'"
        f" WHERE seq = {seq}"
        for seq in range(1, 7)
        for moment in [FIRST + timedelta(days=(seq - 1) // 2)]
    ]
    tamper(
        log.engine,
        *changes,
        """UPDATE consentkit_record SET gpc = 1, granted = '["say \\"yes\\"", "Ü"]'
            WHERE seq = 2""",
        "DELETE FROM consentkit_leaf",
        "DELETE FROM consentkit_checkpoint",
    )
    forget(log)
    log.seal(5)
    return log


def test_records_are_read_back_by_day(log: ConsentLog, tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    assert write_parquet(log.lines(), folder) == 6
    days = sorted(path.name for path in folder.iterdir())
    assert days == ["day=2026-03-29", "day=2026-03-30", "day=2026-03-31"]
    table = ds.dataset(folder, partitioning="hive").to_table()
    rows = sorted(
        table.to_pylist(),
        key=lambda row: (row["leaf_index"] is None, row["leaf_index"]),
    )
    expected = [
        as_receipt(record) | {"decided_at": record.decided_at}
        for record in log.records()
    ]
    assert [{name: row[name] for name in FIELDS} for row in rows] == expected
    assert [row["leaf_index"] for row in rows] == [0, 1, 2, 3, 4, None]
    assert [row["day"] for row in rows[:2]] == ["2026-03-29", "2026-03-29"]


def test_one_day_is_read_without_the_others(log: ConsentLog, tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    write_parquet(log.lines(), folder)
    dataset = ds.dataset(folder, partitioning="hive")
    chosen = list(dataset.get_fragments(filter=ds.field("day") == "2026-03-30"))
    assert [fragment.path for fragment in chosen] == [
        str(folder / "day=2026-03-30" / "part-0.parquet")
    ]


def test_many_records_of_a_day_are_written_in_groups(
    log: ConsentLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_BATCH", 1)
    folder = tmp_path / "warehouse"
    write_parquet(log.lines(), folder)
    assert ds.dataset(folder, partitioning="hive").count_rows() == 6
    file = pq.ParquetFile(folder / "day=2026-03-30" / "part-0.parquet")
    assert file.num_row_groups == 2
    file.close()


def test_a_clock_that_went_back_over_midnight_loses_nothing(
    log: ConsentLog, tmp_path: Path
) -> None:
    lines = list(log.lines())
    folder = tmp_path / "warehouse"
    assert write_parquet([lines[0], lines[2], lines[1]], folder) == 3
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*.parquet"))
    assert files == [
        "day=2026-03-29/part-0.parquet",
        "day=2026-03-29/part-1.parquet",
        "day=2026-03-30/part-0.parquet",
    ]


def test_salts_stay_in_the_log(log: ConsentLog, tmp_path: Path) -> None:
    write_parquet(log.lines(), tmp_path / "warehouse")
    schema = ds.dataset(tmp_path / "warehouse", partitioning="hive").schema
    assert set(schema.names) == {*FIELDS, "leaf_index", "day"}


def test_what_was_chosen_is_written(log: ConsentLog, tmp_path: Path) -> None:
    chosen = Selection(since=FIRST + timedelta(days=2))
    assert write_parquet(log.lines(chosen), tmp_path / "warehouse") == 2
    nothing = Selection(decision="withdraw")
    assert write_parquet(log.lines(nothing), tmp_path / "empty") == 0


def test_nothing_is_written_over(log: ConsentLog, tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    write_parquet(log.lines(), folder)
    with pytest.raises(ParquetRefused, match="isn't empty"):
        write_parquet(log.lines(), folder)


def test_without_pyarrow_the_remedy_is_told(
    log: ConsentLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetRefused, match=r"pip install pyarrow"):
        write_parquet(log.lines(), tmp_path / "warehouse")


def test_the_command_writes_parquet(
    shop: Flask, visitor: TestApp, tmp_path: Path
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    run = shop.test_cli_runner()
    folder = tmp_path / "warehouse"
    words = ["log", "export", "--format", "parquet"]
    refused = run.invoke(consent, words)
    assert "name the folder with --output" in refused.output
    assert refused.exit_code == 2
    done = run.invoke(consent, [*words, "--output", str(folder)])
    assert done.exit_code == 0
    assert ds.dataset(folder, partitioning="hive").count_rows() == 1
    again = run.invoke(consent, [*words, "--output", str(folder)])
    assert "isn't empty" in again.output
    assert again.exit_code == 1
