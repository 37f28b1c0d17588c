"""Rights and retention at the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from consentkit.cli import consent
from consentkit.log import ConsentLog, Draft, Record, as_receipt
from consentkit.policy import NoticeTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from click.testing import Result
    from sqlalchemy import Engine

    MakeDraft = Callable[..., Draft]
    Run = Callable[..., Result]

SOMEBODY, ELSE = "a" * 32, "b" * 32
NOW = datetime.now(UTC)
AGES = {"recent": 10, "old": 900, "older": 1000}  # days


@pytest.fixture
def records(
    engine: Engine, draft: MakeDraft, notice: Mapping[str, object]
) -> dict[str, Record]:
    """Get one record of each age; the latest of the first visitor is recent."""

    def aged(days: int, **changes: object) -> Record:
        log = ConsentLog(engine, clock=lambda: NOW - timedelta(days=days))
        return log.append(draft(revision=days, **changes), notice)

    return {
        "older": aged(AGES["older"]),
        "old": aged(AGES["old"], consent_id=ELSE),
        "recent": aged(AGES["recent"]),
    }


@pytest.fixture
def run(log: ConsentLog) -> Run:
    app = Flask(__name__)
    policy = SimpleNamespace(notice=NoticeTerms("Pebble & Pine", "x@pebble.example"))
    app.extensions["consentkit"] = SimpleNamespace(log=log, policy=policy)
    cli = app.test_cli_runner()
    return lambda *words, **more: cli.invoke(consent, list(words), **more)


def output(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def named(log: ConsentLog) -> list[int]:
    """Get the age of the records that still tell who decided."""
    return [record.revision for record in log.records() if record.consent_id]


def test_an_export_has_records_proofs_and_notices(
    run: Run, records: dict[str, Record], notice: Mapping[str, object]
) -> None:
    found = json.loads(output(run("subject", "export", SOMEBODY)))
    assert found["consent_id"] == SOMEBODY
    assert [line.pop("proof") for line in found["records"]] == [None, None]
    expected = [as_receipt(records[name]) for name in ("older", "recent")]
    assert found["records"] == expected
    (shown,) = found["notices"]
    assert shown["content"] == notice
    assert shown["hash"] == found["records"][0]["notice_hash"]
    assert (NOW - timedelta(days=1000)).isoformat()[:10] in shown["first_shown_at"]


def test_an_export_goes_to_a_file(
    run: Run, records: dict[str, Record], tmp_path: Path
) -> None:
    target = tmp_path / "subject.json"
    words = ("subject", "export", SOMEBODY, "--json", "--output", str(target))
    assert output(run(*words)) == ""
    assert len(json.loads(target.read_text(encoding="utf-8"))["records"]) == 2
    assert records


@pytest.mark.parametrize("command", ["export", "erase"])
def test_an_unknown_visitor_is_an_error(
    run: Run, records: dict[str, Record], command: str
) -> None:
    result = run("subject", command, "0" * 32)
    assert result.exit_code == 1
    assert "no record has the consent id" in result.output
    assert records


def test_an_erasure_asks_first(
    run: Run, log: ConsentLog, records: dict[str, Record]
) -> None:
    result = run("subject", "erase", SOMEBODY, input="n\n")
    assert "Erase who decided, for good? Records: 2" in result.output
    assert result.exit_code == 1
    assert len(log.history(SOMEBODY)) == 2
    told = output(run("subject", "erase", SOMEBODY, input="y\n"))
    assert told.endswith("Records that no longer tell who decided: 2.\n")
    assert log.history(SOMEBODY) == []
    assert log.history(ELSE) == [records["old"]]


def test_an_erasure_leaves_the_files_clean(
    run: Run, log: ConsentLog, records: dict[str, Record], tmp_path: Path
) -> None:
    assert any(SOMEBODY.encode() in f.read_bytes() for f in tmp_path.glob("consent.*"))
    found = json.loads(output(run("subject", "erase", SOMEBODY, "--yes", "--json")))
    assert found == {"erased": 2, "vacuumed": True}
    files = list(tmp_path.glob("consent.*"))
    assert files
    assert not any(SOMEBODY.encode() in file.read_bytes() for file in files)
    assert log.count() == len(records)


def test_a_purge_takes_the_policys_retention(
    run: Run, log: ConsentLog, records: dict[str, Record]
) -> None:
    # Answers hold for 182 days: the oldest ended 818 days ago, the next 718.
    told = output(run("log", "purge"))
    assert told == "Records that no longer tell who decided: 1.\n"
    assert named(log) == [900, 10]
    assert records


@pytest.mark.parametrize(
    ("span", "left"),
    [("27 months", [1000, 900, 10]), ("24 months", [900, 10]), ("1 month", [10])],
)
def test_a_purge_erases_what_ended_long_enough_ago(
    run: Run, log: ConsentLog, records: dict[str, Record], span: str, left: list[int]
) -> None:
    number = len(records) - len(left)
    dry = json.loads(
        output(run("log", "purge", "--older-than", span, "--dry-run", "--json"))
    )
    assert dry == {"would_erase": number}
    assert len(named(log)) == len(records)
    told = json.loads(output(run("log", "purge", "--older-than", span, "--json")))
    assert told == {"erased": number, "vacuumed": True}
    assert named(log) == left
    assert log.count() == len(records)


@pytest.mark.parametrize("span", ["29 days", "11 years", "session", "long"])
def test_a_span_that_no_policy_may_have_is_refused(
    run: Run, log: ConsentLog, records: dict[str, Record], span: str
) -> None:
    result = run("log", "purge", "--older-than", span)
    assert result.exit_code == 2
    assert "--older-than" in result.output
    assert len(named(log)) == len(records)


def test_a_vacuum_cleans_up_after_visitors(
    run: Run, log: ConsentLog, records: dict[str, Record], tmp_path: Path
) -> None:
    log.erase(SOMEBODY)
    assert output(run("log", "vacuum")) == "The files are clean.\n"
    files = [file.read_bytes() for file in tmp_path.glob("consent.*")]
    assert not any(SOMEBODY.encode() in content for content in files)
    assert records


def test_a_vacuum_that_leaves_something_says_so(
    run: Run,
    log: ConsentLog,
    records: dict[str, Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ConsentLog, "vacuum", lambda _log: False)
    result = run("log", "vacuum")
    assert result.exit_code == 1
    assert "may still be in the database's files" in result.output
    told = output(run("subject", "erase", ELSE, "--yes"))
    assert "may still be in the database's files" in told
    assert named(log) == [1000, 10]
    assert records
