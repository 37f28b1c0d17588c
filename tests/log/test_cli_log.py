from __future__ import annotations

import csv
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click import unstyle
from flask import Flask

from consentkit.cli_log import log_group
from consentkit.log import ConsentLog, Draft, Record, as_receipt, engine_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from click.testing import Result

    MakeDraft = Callable[..., Draft]
    Run = Callable[..., Result]


def runner(log: ConsentLog) -> Run:
    app = Flask(__name__)
    app.extensions["consentkit"] = SimpleNamespace(log=log)
    cli = app.test_cli_runner()
    return lambda *words: cli.invoke(log_group, list(words))


@pytest.fixture
def run(log: ConsentLog) -> Run:
    return runner(log)


@pytest.fixture
def three(
    log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]
) -> list[Record]:
    decisions: list[dict[str, object]] = [
        {},
        {"decision": "save", "granted": ("klaviyo",), "refused": ("hotjar",)},
        {"decision": "withdraw", "granted": (), "refused": ("hotjar", "klaviyo")},
    ]
    return [log.append(draft(**changes), notice) for changes in decisions]


def output(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def test_list_prints_the_newest_first(run: Run, three: list[Record]) -> None:
    lines = output(run("list")).strip().splitlines()
    assert lines[0].startswith("decided at (UTC)")
    assert [three[n].id in line for n, line in zip((2, 1, 0), lines[2:], strict=True)]
    assert lines[2].endswith("nothing")
    assert lines[4].endswith("klaviyo, personalisation")


def test_list_prints_fifty_unless_told_otherwise(
    run: Run, log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]
) -> None:
    for revision in range(1, 53):
        log.append(draft(revision=revision), notice)
    assert len(json.loads(output(run("list", "--json")))) == 50
    limited = json.loads(output(run("list", "--json", "--limit", "2")))
    assert [found["revision"] for found in limited] == [52, 51]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--decision", "save"], [1]),
        (["--granted", "klaviyo"], [1, 0]),
        (["--revision", "7"], []),
        (["--consent-id", "a" * 32], [2, 1, 0]),
        (["--consent-id", "b"], []),
        (["--since", "2026-01-01"], [2, 1, 0]),
        (["--until", "2020-01-01"], []),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_list_takes_filters(
    run: Run, three: list[Record], filters: list[str], wanted: list[int]
) -> None:
    found = json.loads(output(run("list", "--json", *filters)))
    assert found == [as_receipt(three[n]) for n in wanted]


def test_show_prints_the_record_and_the_notice(run: Run, three: list[Record]) -> None:
    lines = output(run("show", three[1].id)).splitlines()
    assert f"  id: {three[1].id}" in lines
    assert "    - klaviyo" in lines
    assert "  gpc: no" in lines
    assert "  previous_granted: none" in lines
    assert "  controller: Kiesel & Kiefer Ütersen" in lines
    assert "      key: personalisation" in lines


def test_show_prints_json(
    run: Run, three: list[Record], notice: Mapping[str, object]
) -> None:
    shown = json.loads(output(run("show", three[0].id, "--json")))
    assert shown == {"record": as_receipt(three[0]), "notice": notice}


def test_show_says_that_a_record_is_unknown(run: Run, three: list[Record]) -> None:
    result = run("show", "12")
    assert result.exit_code == 1
    assert "no record has the id 12" in result.output


def test_stats_prints_counts(run: Run, three: list[Record]) -> None:
    text = output(run("stats"))
    assert text.startswith("3 decisions")
    rows = [line.split() for line in text.splitlines()]
    assert ["withdraw", "1"] in rows
    assert ["klaviyo", "2", "1", "67%"] in rows
    counted = json.loads(output(run("stats", "--json", "--decision", "withdraw")))
    assert counted["total"] == 1
    assert counted["acceptance"]["klaviyo"] == {"granted": 0, "refused": 1}


def test_export_prints_json_lines(run: Run, three: list[Record]) -> None:
    lines = output(run("export")).splitlines()
    found = [json.loads(line) for line in lines]
    assert all(bytes.fromhex(line.pop("salt")) for line in found)
    assert all(bytes.fromhex(line.pop("personal_digest")) for line in found)
    assert found == [as_receipt(r) for r in three]


def test_export_writes_csv_to_a_file(
    run: Run, three: list[Record], tmp_path: Path
) -> None:
    target = tmp_path / "log.csv"
    shown = output(
        run("export", "--format", "csv", "--output", str(target), "--decision", "save")
    )
    assert three[1].id not in shown
    with target.open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [three[1].id]


@pytest.mark.parametrize(
    "words", [["list"], ["show", "1"], ["stats"], ["export"]], ids=lambda w: w[0]
)
def test_a_lost_database_is_one_line(tmp_path: Path, words: list[str]) -> None:
    log = ConsentLog(engine_for(f"sqlite:///{tmp_path}/lost/consent.sqlite3"))
    result = runner(log)(*words)
    log.engine.dispose()
    assert result.exit_code == 1
    message = unstyle(result.output).strip()
    assert message.startswith("Error: the consent log can't be used")
    assert "\n" not in message
