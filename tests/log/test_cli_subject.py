"""Rights and retention at the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from consentkit.cli import consent
from consentkit.log import ConsentLog, Draft, Record, as_receipt, links
from consentkit.log.links import CustomerKeys
from consentkit.policy import NoticeTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from click.testing import Result
    from sqlalchemy import Engine

    MakeDraft = Callable[..., Draft]
    Run = Callable[..., Result]

SOMEBODY, ELSE = "a" * 32, "b" * 32
CUSTOMERS = CustomerKeys(["old secret", "secret"])
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
    app.extensions["consentkit"] = SimpleNamespace(
        log=log, policy=policy, customers=CUSTOMERS
    )
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
    assert found["consent_ids"] == [SOMEBODY]
    assert found["opted_out_at"] is None
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
    assert f"no customer or consent id is {'0' * 32}" in result.output
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
    assert found == {"erased": 2, "held": 0, "vacuumed": True}
    files = list(tmp_path.glob("consent.*"))
    assert files
    assert not any(SOMEBODY.encode() in file.read_bytes() for file in files)
    assert log.count() == len(records)


@pytest.fixture
def customer(log: ConsentLog, records: dict[str, Record]) -> str:
    """Get a customer's reference, tied to both visitors, once by the older secret."""
    assert records
    old = CustomerKeys(["old secret"])
    with log.writing() as connection:
        links.link(connection, old.hashes("C-17"), SOMEBODY, NOW)
        links.link(connection, CUSTOMERS.hashes("C-17"), ELSE, NOW)
        links.link(connection, CUSTOMERS.hashes("C-18"), ELSE, NOW)
        links.note_opt_out(connection, CUSTOMERS.hashes("C-17"), NOW)
    return "C-17"


def test_a_customer_gets_the_records_of_all_their_browsers(
    run: Run, customer: str
) -> None:
    found = json.loads(output(run("subject", "export", customer)))
    assert found["consent_ids"] == [SOMEBODY, ELSE]
    assert found["opted_out_at"].startswith(f"{NOW:%Y-%m-%d}")
    assert [line["revision"] for line in found["records"]] == [1000, 900, 10]
    assert len(found["notices"]) == 1


def test_a_customer_is_erased_with_their_links(
    run: Run, log: ConsentLog, customer: str, tmp_path: Path
) -> None:
    told = json.loads(output(run("subject", "erase", customer, "--yes", "--json")))
    assert told == {"erased": 3, "held": 0, "vacuumed": True}
    assert named(log) == []
    assert run("subject", "export", customer).exit_code == 1
    assert run("subject", "export", "C-18").exit_code == 1
    files = b"".join(file.read_bytes() for file in tmp_path.glob("consent.*"))
    for digest in (*CUSTOMERS.hashes("C-17"), *CUSTOMERS.hashes("C-18")):
        assert digest.encode() not in files


def test_a_customer_who_only_opted_out_is_known(
    run: Run, log: ConsentLog, records: dict[str, Record]
) -> None:
    with log.writing() as connection:
        links.note_opt_out(connection, CUSTOMERS.hashes("C-19"), NOW)
    found = json.loads(output(run("subject", "export", "C-19")))
    assert (found["consent_ids"], found["records"]) == ([], [])
    assert found["opted_out_at"]
    told = json.loads(output(run("subject", "erase", "C-19", "--yes", "--json")))
    assert told == {"erased": 0, "held": 0, "vacuumed": True}
    assert run("subject", "export", "C-19").exit_code == 1
    assert len(named(log)) == len(records)


def test_a_purge_takes_links_along(run: Run, log: ConsentLog, customer: str) -> None:
    output(run("log", "purge", "--older-than", "24 months"))
    assert named(log) == [900, 10]
    output(run("log", "purge", "--older-than", "1 month"))
    assert named(log) == [10]
    found = json.loads(output(run("subject", "export", customer)))
    assert found["consent_ids"] == [SOMEBODY]
    assert run("subject", "export", "C-18").exit_code == 1


# -- legal hold ------------------------------------------------------------------------


def hold(run: Run, *words: str) -> str:
    more = ("--reason", "claim 7", "--by", "Counsel", "--json")
    found: str = json.loads(output(run("log", "hold", "add", *words, *more)))["hold"]
    return found


def test_what_is_held_is_erased_at_the_end(
    run: Run, log: ConsentLog, customer: str
) -> None:
    held = hold(run, customer)
    told = output(run("subject", "erase", customer, "--yes"))
    assert "no longer tell who decided: 0." in told
    assert "Under a legal hold, and not erased: 3." in told
    assert named(log) == [1000, 900, 10]
    found = json.loads(output(run("subject", "export", SOMEBODY)))
    assert len(found["records"]) == 2
    end = ("log", "hold", "release", held, "--reason", "settled", "--by", "Counsel")
    told = json.loads(output(run(*end, "--json")))
    assert told == {"erased": 3, "held": 0, "vacuumed": True}
    assert named(log) == []
    assert run(*end).exit_code == 1


def test_a_time_is_held(run: Run, log: ConsentLog, records: dict[str, Record]) -> None:
    middle = (NOW - timedelta(days=950)).strftime("%Y-%m-%d")
    hold(run, "--until", middle)
    output(run("log", "purge", "--older-than", "1 month"))
    assert named(log) == [1000, 10]
    hold(run, "--everything")
    output(run("subject", "erase", SOMEBODY, "--yes"))
    assert named(log) == [1000, 10]
    assert records


@pytest.mark.parametrize("words", [(), ("--everything", "--since", "2026-01-01")])
def test_a_hold_says_what_it_holds(run: Run, words: tuple[str, ...]) -> None:
    result = run("log", "hold", "add", *words, "--reason", "claim", "--by", "Counsel")
    assert result.exit_code == 2
    assert "--everything" in result.output


def test_holds_are_listed(run: Run, records: dict[str, Record]) -> None:
    assert output(run("log", "hold", "list")) == "Nothing is or was held.\n"
    assert json.loads(output(run("log", "hold", "list", "--json"))) == []
    first = hold(run, SOMEBODY, "--since", "2026-01-01")
    second = hold(run, "--everything")
    end = ("log", "hold", "release", first, "--reason", "settled", "--by", "Judge")
    output(run(*end))
    told = output(run("log", "hold", "list"))
    assert f"{first}  of {SOMEBODY} since 2026-01-01 00:00" in told
    assert "by Judge: settled" in told
    assert f"{second}  everything" in told
    assert told.count("by Counsel: claim 7") == 2
    data = json.loads(output(run("log", "hold", "list", "--json")))
    assert [line["id"] for line in data] == [first, second]
    assert data[0]["consent_ids"] == [SOMEBODY]
    assert data[0]["since"] == "2026-01-01T00:00:00.000000Z"
    assert data[1]["released_at"] is None
    assert records


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
    assert told == {"erased": number, "held": 0, "vacuumed": True}
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
