"""A visitor erases their records: the page, the form, the cookie and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine
from webtest import TestApp

from consentkit import ConsentKit, consent_withdrawn
from consentkit.log.database import Database

from .conftest import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from consentkit.log import ConsentLog


@pytest.fixture
def log(shop: Flask) -> ConsentLog:
    found: ConsentLog = shop.extensions["consentkit"].log
    return found


def erase_form(page: Any) -> Any:
    return next(f for f in page.forms.values() if "/erase" in f.action)


def test_a_visitor_erases_their_records_without_a_script(
    visitor: TestApp, log: ConsentLog
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/", {"decision": "save", "granted": "spin"})
    page = visitor.get("/consent/", {"lang": "de"})
    answer = erase_form(page).submit()
    assert answer.status_int == 303
    assert answer.headers["Location"] == "/consent/?erased=1&lang=de"
    assert answer.headers["Cache-Control"] == "private, no-store"
    after = answer.follow()
    assert "Ihre Einträge sind gelöscht" in after.html.select_one(".ck-message").text
    assert after.html.select("td time") == []
    assert {(r.consent_id, r.browser, r.path) for r in log.records()} == {("", "", "")}
    assert visitor.get("/consent/receipts").json == []


def test_the_form_stands_under_the_history_and_explains_itself(
    visitor: TestApp,
) -> None:
    assert "/consent/erase" not in visitor.get("/consent/")
    visitor.post("/consent/", {"decision": "reject_all"})
    html: Any = visitor.get("/consent/").html
    details = html.select_one("section details:has(form)")
    assert details.summary.text == "Erase my records"
    assert details.p.text.endswith("This cannot be undone.")
    assert details.form["action"].startswith("/consent/erase")
    assert "open" not in details.attrs
    assert details.find_previous("ul").select("time")


def test_who_erases_is_undecided_and_asked_again(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    assert 'id="consentkit"' not in visitor.get("/")
    visitor.post("/consent/erase")
    assert "consent" not in visitor.cookies
    state = visitor.get("/consent/state").json
    assert (state["decided"], state["granted"]) == (False, [])
    page = visitor.get("/")
    assert 'id="consentkit"' in page
    assert "cdn.spin.example" not in page


def test_only_the_own_records_are_erased(
    shop: Flask, visitor: TestApp, log: ConsentLog
) -> None:
    other = TestApp(shop)
    other.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/erase")
    assert [bool(record.consent_id) for record in log.records()] == [True, False]
    assert len(other.get("/consent/receipts").json) == 1
    assert log.verify().findings == []


def test_json_is_answered_with_the_number(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    assert visitor.post_json("/consent/erase", {}).json == {"erased": 1, "held": 0}
    assert visitor.post_json("/consent/erase", {}).json == {"erased": 0, "held": 0}


def test_a_repeated_form_does_no_harm(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/erase", status=303)
    again = visitor.post("/consent/erase", status=303)
    assert "Your records are erased" in again.follow()


def test_the_message_needs_an_erasure(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    assert "Your records are erased" not in visitor.get("/consent/?erased=1")


def test_a_grant_that_ends_is_swept_and_told(shop: Flask, visitor: TestApp) -> None:
    told: list[Any] = []

    def listen(_sender: object, **facts: Any) -> None:
        told.append((facts["previous"].granted, facts["consent"].decided))

    with consent_withdrawn.connected_to(listen, shop):
        visitor.post("/consent/", {"decision": "save", "granted": "spin"})
        answer = visitor.post("/consent/erase")
    assert told == [({"spin"}, False)]
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert visitor.cookies["consent_sweep"] == "1"


def test_a_refusal_leaves_nothing_to_sweep(visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "reject_all"})
    answer = visitor.post("/consent/erase")
    assert "Clear-Site-Data" not in answer.headers
    assert "consent_sweep" not in visitor.cookies


@pytest.mark.parametrize(
    ("config", "attributes"),
    [
        ({}, ("Secure", "")),
        ({"CONSENTKIT_COOKIE_SECURE": True}, ("Secure", "Secure")),
        (
            {"CONSENTKIT_COOKIE_DOMAIN": ".localhost.example"},
            ("Secure", "Domain=localhost.example"),
        ),
    ],
)
def test_the_cookie_goes_under_all_its_names(
    make_shop: Callable[..., Flask], config: dict[str, Any], attributes: tuple[str, str]
) -> None:
    visitor = TestApp(make_shop(**config))
    lines = visitor.post("/consent/erase").headers.getall("Set-Cookie")
    assert [line.partition("=")[0] for line in lines] == ["__Host-consent", "consent"]
    for line, attribute in zip(lines, attributes, strict=True):
        assert {"Max-Age=0", "Path=/", "HttpOnly"} <= set(line.split("; "))
        assert attribute in line
    assert "Domain" not in lines[0]


def test_records_of_all_duplicates_of_the_cookie_are_erased(
    visitor: TestApp, log: ConsentLog
) -> None:
    values = []
    for _ in range(2):
        visitor.reset()
        answer = visitor.post("/consent/", {"decision": "reject_all"})
        values.append(answer.headers["Set-Cookie"].partition(";")[0])
    visitor.reset()
    visitor.post("/consent/erase", headers={"Cookie": "; ".join(values)})
    assert [record.consent_id for record in log.records()] == ["", ""]


def test_who_must_be_asked_again_keeps_their_rights(
    make_shop: Callable[..., Flask],
) -> None:
    engine = create_engine("sqlite://")
    shops = [
        make_shop(
            {**POLICY, "notice": {**POLICY["notice"], "revision": revision}},
            ConsentKit(engine=engine),
        )
        for revision in (1, 2)
    ]
    before, visitor = map(TestApp, shops)
    answer = before.post("/consent/", {"decision": "accept_all"})
    cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    assert not visitor.get("/consent/state", headers=cookie).json["decided"]
    assert len(visitor.get("/consent/receipts", headers=cookie).json) == 1
    erased = visitor.post_json("/consent/erase", {}, headers=cookie).json
    assert erased == {"erased": 1, "held": 0}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_erase(
    visitor: TestApp, log: ConsentLog, headers: dict[str, str]
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    for answer in (
        visitor.post("/consent/erase", headers=headers, status=403),
        visitor.post_json("/consent/erase", {}, headers=headers, status=403),
    ):
        assert "Set-Cookie" not in answer.headers
    assert all(record.consent_id for record in log.records())
    visitor.get("/consent/erase", status=405)


def test_what_the_log_cant_erase_stays_and_is_told(
    visitor: TestApp, log: ConsentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    gone = Database(create_engine("sqlite:////nowhere/at/all"))
    monkeypatch.setattr(log, "database", gone)
    page = visitor.post("/consent/erase", status=503)
    html: Any = page.html
    assert "could not erase your records" in html.select_one(".ck-message").text
    told = visitor.post_json("/consent/erase", {}, status=503)
    assert told.json["error"]["field"] == "log"
    for answer in (page, told):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Retry-After"] == "60"
    assert visitor.get("/consent/state").json["decided"]


def test_the_signal_of_the_browser_outlives_an_erasure(
    visitor: TestApp, log: ConsentLog
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    visitor.post("/consent/erase", headers={"Sec-GPC": "1"})
    state = visitor.get("/consent/state", headers={"Sec-GPC": "1"}).json
    assert (state["gpc"], state["granted"]) == (True, [])
    assert {record.consent_id for record in log.records()} == {""}
