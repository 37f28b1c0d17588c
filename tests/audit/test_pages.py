"""The dashboard's pages: what they show, and what can't get through them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from consentkit.log import ConsentLog, Record, holds
from consentkit.log.archive_audit import verify_archive
from consentkit.log.events import Event, add

if TYPE_CHECKING:
    from flask import Flask
    from webtest import TestApp

HOME = "/consent/audit/"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>'\""


@pytest.fixture
def record(log: ConsentLog, visitor: TestApp) -> Record:
    """Get the record of a visitor who has accepted, and then chose anew."""
    visitor.post("/consent/", {"decision": "accept_all", "next": "/lamps"})
    visitor.post("/consent/", {"decision": "save", "granted": "spin", "next": "/"})
    return next(log.records())


def words(answer: Any) -> str:
    """Get the text of a page as a person reads it."""
    return " ".join(answer.html.get_text(" ").split())


def tampered(log: ConsentLog, statement: str) -> None:
    with log.writing() as connection:
        connection.execute(text("DROP TRIGGER consentkit_record_no_update"))
        connection.execute(text(statement))


def pages(log: ConsentLog) -> list[str]:
    """Get the addresses of every page that there is."""
    record = next(log.records())
    names = ["", "?days=0", "records", "checkpoints", "notices", "exports", "accesses"]
    return [
        *names,
        "records?decision=x&since=y&revision=z",
        f"records/{record.id}",
        f"notices/{record.notice_hash}",
    ]


def test_every_page_is_under_a_strict_policy(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    log.seal()
    for path in pages(log):
        answer = auditor.get(HOME + path)
        policies = answer.headers.getall("Content-Security-Policy")
        assert any("default-src 'none'" in p for p in policies)
        assert any("frame-ancestors 'none'" in p for p in policies)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        page: Any = answer.html
        assert page.select("script, style, iframe, [style]") == []
        assert [
            n for e in page.select("*") for n in e.attrs if n.startswith("on")
        ] == []
        assert [f.get("method") for f in page.select("form")] in ([], ["get"])
        assert page.select_one("#consentkit") is None
    assert record


def test_the_style_sheet_is_there(auditor: TestApp, record: Record) -> None:
    page: Any = auditor.get(HOME).html
    (sheet,) = page.select("link[rel=stylesheet]")
    answer = auditor.get(sheet["href"])
    assert answer.content_type == "text/css"
    assert b"@media print" in answer.body
    assert record


# -- the overview ----------------------------------------------------------------------


def test_the_overview_counts_what_is_sealed_and_what_isnt(
    auditor: TestApp, visitor: TestApp, log: ConsentLog, record: Record
) -> None:
    log.seal()
    log.tally()
    visitor.post("/consent/", {"decision": "withdraw"})
    answer = auditor.get(HOME)
    page: Any = answer.html
    # One day, or two around midnight.
    rows = page.select("#c-time ~ .scroll tbody tr")
    cells = [[int(cell.text) for cell in row.select("td")] for row in rows]
    assert [sum(column) for column in zip(*cells, strict=True)] == [1, 1, 1, 3]
    assert page.select_one(".figures dd").text == "3"
    table = page.select_one("#c-surfaces ~ .scroll tbody")
    assert [c.text for c in table.select("th, td")] == [
        "preferences",
        "3",
        "2",
        "66.7%",
    ]
    keys = {
        row.select_one("th").text: [c.text for c in row.select("td")]
        for row in page.select("#c-keys ~ .scroll tbody tr")
    }
    assert keys["Spin to win"] == ["3", "2", "66.7%"]
    assert keys["Personalisation"] == ["3", "1", "33.3%"]
    assert record


def test_every_chart_has_its_numbers_in_a_table(
    app: Flask, auditor: TestApp, visitor: TestApp, record: Record
) -> None:
    visitor.get("/")
    app.extensions["consentkit"].counters.count("hook", ["cart_reminder"])
    page: Any = auditor.get(HOME).html
    charts = page.select("svg[role=img]")
    assert len(charts) >= 6
    for chart in charts:
        assert chart["aria-label"].endswith("the numbers are in the table below")
        assert chart.find_next("table") is not None
        assert chart.find_next(attrs={"role": "region"})["tabindex"] == "0"
    assert record


def test_what_was_withheld_is_counted(
    app: Flask, auditor: TestApp, visitor: TestApp
) -> None:
    visitor.get("/")
    visitor.get("/")
    app.extensions["consentkit"].counters.count("host", ["cdn.unknown.example"])
    page: Any = auditor.get(HOME).html
    tags = page.select("#c-tag ~ .scroll tbody tr")
    assert [[c.text for c in row.select("th, td")] for row in tags] == [["spin", "2"]]
    hosts = page.select_one("#c-host ~ .scroll tbody tr")
    assert [c.text for c in hosts.select("th, td")] == ["cdn.unknown.example", "1"]
    again: Any = auditor.get(HOME).html
    assert again.select_one("#c-tag ~ .scroll td").text == "2"


def test_old_decisions_are_in_longer_periods_only(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    old = datetime.now(UTC) - timedelta(days=200)
    tampered(
        log,
        f"UPDATE consentkit_record SET decided_at = '{old:%Y-%m-%d %H:%M:%S.%f}'",
    )
    for days, number in ((30, "0"), (90, "0"), (365, "2"), (0, "2"), (7, "0")):
        page: Any = auditor.get(f"{HOME}?days={days}").html
        assert page.select_one(".figures dd").text == number
    assert record


def test_revisions_are_compared(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    tampered(
        log, "UPDATE consentkit_record SET revision = 2 WHERE decision = 'accept_all'"
    )
    page: Any = auditor.get(HOME).html
    rows = page.select("#c-revisions ~ .scroll tbody tr")
    cells = [[c.text for c in row.select("th, td")] for row in rows]
    assert [(c[0], c[-1]) for c in cells] == [("2", "100.0%"), ("1", "0.0%")]
    assert record


def test_an_empty_log_has_an_overview(auditor: TestApp) -> None:
    for days in (0, 30):
        assert "Nobody decided in this time." in words(
            auditor.get(f"{HOME}?days={days}")
        )
    assert "The log is empty." in words(auditor.get(HOME + "records"))
    assert "Nothing is sealed yet." in words(auditor.get(HOME + "checkpoints"))


# -- search ----------------------------------------------------------------------------


SEARCHES = {
    "": ["save", "accept all"],
    "decision=save": ["save"],
    "granted=personalisation": ["accept all"],
    "revision=1": ["save", "accept all"],
    "revision=2": [],
    "since=2026-01-01": ["save", "accept all"],
    "until=2026-01-01T12:00": [],
    "since=9999-12-31T23:59:59-12:00": [],
    "consent_id=unknown": [],
    "customer=unknown": [],
    "consent_id=%00%ff": [],
    "decision=unknown": [],
    "revision=-1": [],
    "revision=99999999999999999999": [],
    "since=soon": [],
    "before=nonsense": ["save", "accept all"],
    f"before=2026-01-01T00:00:00Z_{10**30}": ["save", "accept all"],
}


def test_a_search_finds_what_it_asks_for(auditor: TestApp, record: Record) -> None:
    for query, expected in SEARCHES.items():
        page: Any = auditor.get(f"{HOME}records?{query}").html
        found = [kind.text for kind in page.select(".records tbody tr .kind")]
        assert (query, found) == (query, expected)
    assert record


def test_a_search_goes_on_page_by_page(
    auditor: TestApp,
    log: ConsentLog,
    record: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("consentkit.log.search.PAGE", 1)
    first: Any = auditor.get(HOME + "records?since=2026-01-01").html
    (older,) = first.select(".pages a")
    assert "since=2026-01-01" in older["href"]
    second: Any = auditor.get(older["href"]).html
    links = [a["href"] for p in (first, second) for a in p.select(".records a")]
    assert links == [f"{HOME}records/{r.id}" for r in log.records(newest_first=True)]
    assert [a.text for a in second.select(".pages a")] == ["Newest"]
    assert record


def test_what_cant_be_read_is_explained(auditor: TestApp, record: Record) -> None:
    page: Any = auditor.get(HOME + "records?since=soon").html
    field = page.select_one("#f-since")
    assert field["value"] == "soon"
    assert field["aria-invalid"] == "true"
    assert "Write a date" in page.select_one(f"#{field['aria-describedby']}").text
    assert record


# -- one record ------------------------------------------------------------------------


def test_a_record_is_shown_with_history_and_notice(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    answer = auditor.get(f"{HOME}records/{record.id}")
    page: Any = answer.html
    assert "Not sealed yet." in words(answer)
    assert [li.code.text for li in page.select(".line li") if li.code] == [
        log.history(record.consent_id)[1].id[:8]
    ]
    assert "/lamps" in words(answer)
    receipt = json.loads(page.select("pre")[-1].text)
    assert receipt["id"] == record.id
    notice = auditor.get(page.select_one("#r-changes ~ p a")["href"])
    assert "Your privacy at Pebble & Pine" in words(notice)
    public: Any = notice.html.select_one(
        f"a[href='/consent/notice/{record.notice_hash}']"
    )
    auditor.get(public["href"])


def test_a_sealed_record_is_proved(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    log.seal()
    answer = auditor.get(f"{HOME}records/{record.id}")
    assert "Proved." in words(answer)
    assert "0 of 2" in words(answer)


@pytest.mark.parametrize("change", ["browser = 'Safari'", "decision = 'reject_all'"])
def test_a_changed_record_is_not(
    auditor: TestApp, log: ConsentLog, record: Record, change: str
) -> None:
    log.seal()
    tampered(log, f"UPDATE consentkit_record SET {change}")
    answer = auditor.get(f"{HOME}records/{record.id}")
    assert "The proof fails:" in words(answer)
    assert "Proved." not in words(answer)


def test_an_erased_record_is_shown_and_proved(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    log.seal()
    log.erase(record.consent_id)
    answer = auditor.get(f"{HOME}records/{record.id}")
    assert "Who decided this was erased" in words(answer)
    assert "Proved." in words(answer)
    assert record.consent_id not in answer.text


def test_a_hold_is_told(auditor: TestApp, log: ConsentLog, record: Record) -> None:
    now = datetime.now(UTC)
    with log.writing() as connection:
        holds.place(connection, holds.Scope(), who="Counsel", reason="claim", now=now)
    assert "A legal hold keeps" in words(auditor.get(f"{HOME}records/{record.id}"))


def test_what_isnt_there_isnt_found(auditor: TestApp) -> None:
    for path in (
        "records/00000000-0000-4000-8000-000000000000",
        "records/x",
        f"notices/{'0' * 64}",
        "notices/..%2f..%2fetc",
        "notices/%00",
        "exports/records.exe",
    ):
        auditor.get(HOME + path, status=404)


# -- checkpoints -----------------------------------------------------------------------


def test_the_mark_moves_until_all_is_verified(
    auditor: TestApp,
    log: ConsentLog,
    record: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("consentkit.log.rounds.AT_ONCE", 1)
    log.seal()
    first = auditor.get(HOME + "checkpoints?watch=1")
    assert "1 of 2 records are verified" in words(first)
    assert first.headers["Refresh"] == f"1; url={HOME}checkpoints?watch=1"
    second = auditor.get(HOME + "checkpoints?watch=1")
    assert "All 2 sealed records are verified." in words(second)
    assert "Refresh" not in second.headers
    page: Any = second.html
    assert log.latest_checkpoint() in page.select_one(".notes pre").text
    assert record


def test_it_never_goes_on_by_itself_unasked(
    auditor: TestApp,
    log: ConsentLog,
    record: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("consentkit.log.rounds.AT_ONCE", 1)
    log.seal()
    assert "Refresh" not in auditor.get(HOME + "checkpoints").headers
    assert record


def test_what_was_changed_is_named(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    log.seal()
    tampered(log, "UPDATE consentkit_record SET decision = 'reject_all' WHERE seq = 1")
    answer = auditor.get(HOME + "checkpoints")
    assert "Something was changed." in words(answer)
    assert f"edited {record.id}" in words(answer)


def test_checkpoints_are_paged(
    auditor: TestApp,
    visitor: TestApp,
    log: ConsentLog,
    record: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("consentkit.audit.pages.PAGE", 1)
    log.seal()
    visitor.post("/consent/", {"decision": "withdraw"})
    log.seal()
    page: Any = auditor.get(HOME + "checkpoints").html
    assert page.select_one(".notes strong").text == "3"
    older: Any = auditor.get(page.select_one(".pages a")["href"]).html
    assert older.select_one(".notes strong").text == "2"
    assert older.select(".pages a") == []
    for odd in ("x", "-1", "9" * 30):
        auditor.get(f"{HOME}checkpoints?before={odd}")
        auditor.get(f"{HOME}accesses?before={odd}")
    assert record


# -- exports ---------------------------------------------------------------------------


def test_records_are_downloaded(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    answer = auditor.get(HOME + "exports/records.jsonl?decision=accept_all")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Disposition"].endswith('.jsonl"')
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == [record.id]
    table = auditor.get(HOME + "exports/records.csv").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["id"] for row in rows] == [r.id for r in log.records()]


def test_the_zip_verifies(auditor: TestApp, log: ConsentLog, record: Record) -> None:
    log.seal()
    answer = auditor.get(HOME + "exports/records.zip")
    report = verify_archive(io.BytesIO(answer.body), log.verifier())
    assert (report.findings, report.sealed, report.left_out) == ([], 2, 0)
    some = auditor.get(HOME + "exports/records.zip?decision=save")
    report = verify_archive(io.BytesIO(some.body), log.verifier())
    assert (report.findings, report.sealed, report.left_out) == ([], 2, 1)
    assert record


WRONG = {
    "exports/records.zip?revision=x": "Write a whole number.",
    "exports/records.csv?since=soon": "Write a date",
    "exports/records.jsonl?decision=unknown": "There is no such decision.",
}


def test_a_wrong_export_is_refused(auditor: TestApp, record: Record) -> None:
    for path, why in WRONG.items():
        assert why in words(auditor.get(HOME + path, status=400))
    assert record


# -- attacks ---------------------------------------------------------------------------


def test_nothing_stored_becomes_markup(
    auditor: TestApp, log: ConsentLog, record: Record
) -> None:
    log.seal()
    columns = ("browser", "path", "language", "surface", "regime", "consent_id")
    values = ", ".join(f"{name} = :value" for name in columns)
    keys = json.dumps([HOSTILE])
    with log.writing() as connection:
        connection.execute(text("DROP TRIGGER consentkit_record_no_update"))
        connection.execute(text("DROP TRIGGER consentkit_notice_no_update"))
        statement = f"UPDATE consentkit_record SET granted = :keys, {values}"
        statement += " WHERE seq = 1"
        connection.execute(text(statement), {"value": HOSTILE, "keys": keys})
        connection.execute(
            text("UPDATE consentkit_notice SET language = :value"), {"value": HOSTILE}
        )
        day = datetime.now(UTC).date().isoformat()
        add(connection, {Event("host", day, HOSTILE): 1, Event("tag", day, HOSTILE): 1})
    for path in pages(log):
        page: Any = auditor.get(HOME + path).html
        assert page.select("script, [onerror], img") == []
    assert "alert(1)" in auditor.get(HOME).text
    assert "alert(1)" in auditor.get(f"{HOME}records/{record.id}").text


def test_nothing_asked_for_becomes_markup(auditor: TestApp, record: Record) -> None:
    names = ("since", "until", "consent_id", "customer", "revision", "granted")
    for path in ("records", "exports"):
        answer = auditor.get(HOME + path, dict.fromkeys(names, HOSTILE))
        page: Any = answer.html
        assert page.select("script, [onerror], img") == []
        assert page.select_one("#f-granted")["value"] == HOSTILE
    assert record


def test_what_a_browser_sends_is_stored_tame(
    visitor: TestApp, auditor: TestApp, log: ConsentLog
) -> None:
    hostile = {"User-Agent": HOSTILE, "Accept-Language": HOSTILE, "Referer": HOSTILE}
    sent = {"decision": "reject_all", "next": f"/{HOSTILE}", "lang": HOSTILE}
    visitor.post("/consent/", sent, headers=hostile)
    for path in pages(log):
        page: Any = auditor.get(HOME + path).html
        assert page.select("script, [onerror], img") == []
