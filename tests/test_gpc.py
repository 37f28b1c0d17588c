from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import render_template_string

if TYPE_CHECKING:
    from flask import Flask
    from webtest import TestApp

    from consentkit.log import Record

GPC = {"Sec-GPC": "1"}
TAG = "cdn.spin.example"


def records(shop: Flask) -> list[Record]:
    return list(shop.extensions["consentkit"].log.records())


def grant(visitor: TestApp, **headers: str) -> None:
    answer = visitor.post_json(
        "/consent/", {"decision": "accept_all"}, headers=headers or None
    )
    assert answer.json["granted"]


def test_the_first_page_refuses_and_keeps_nothing_of_the_visitor(
    shop: Flask, visitor: TestApp
) -> None:
    page = visitor.get("/", headers=GPC)
    assert TAG not in page
    assert 'id="consentkit"' not in page
    assert "Set-Cookie" not in page.headers
    assert records(shop) == []


@pytest.mark.parametrize("value", ["0", "true", "11", "", '"1"'])
def test_only_the_exact_signal_counts(visitor: TestApp, value: str) -> None:
    assert 'id="consentkit"' in visitor.get("/", headers={"Sec-GPC": value})


def test_an_earlier_grant_ends_and_is_recorded_once(
    shop: Flask, visitor: TestApp
) -> None:
    grant(visitor)
    for _ in range(3):
        assert TAG not in visitor.get("/", headers=GPC)
    assert [(r.decision, r.surface, r.gpc) for r in records(shop)] == [
        ("accept_all", "api", False),
        ("gpc", "gpc", True),
    ]
    assert len({r.consent_id for r in records(shop)}) == 1


def test_the_answer_that_ends_a_grant_is_stored_nowhere(visitor: TestApp) -> None:
    grant(visitor)
    page = visitor.get("/", headers=GPC)
    assert page.headers["Cache-Control"] == "private, no-store"
    cookies = page.headers.getall("Set-Cookie")
    assert any(value.startswith("__Host-consent=") for value in cookies) or any(
        value.startswith("consent=") for value in cookies
    )


def test_the_signals_later_absence_is_no_consent(visitor: TestApp) -> None:
    grant(visitor)
    visitor.get("/", headers=GPC)
    page = visitor.get("/")
    assert TAG not in page
    assert 'id="consentkit"' not in page


def test_a_grant_under_the_signal_stands(shop: Flask, visitor: TestApp) -> None:
    grant(visitor, **GPC)
    assert TAG in visitor.get("/", headers=GPC)
    assert TAG in visitor.get("/")
    assert [r.gpc for r in records(shop)] == [True]


def test_a_grant_that_no_longer_holds_ends_without_a_record(
    shop: Flask, visitor: TestApp
) -> None:
    visitor.set_cookie("consent", "forged")
    page = visitor.get("/", headers=GPC)
    assert "Set-Cookie" not in page.headers
    assert records(shop) == []


def test_it_is_said_that_the_signal_is_honoured(visitor: TestApp) -> None:
    assert "Opt-out request honoured" in visitor.get("/consent/", headers=GPC)
    state = visitor.get("/consent/state", headers=GPC).json
    assert (state["gpc"], state["decided"], state["granted"]) == (True, True, [])


def test_every_page_with_the_link_says_that_the_signal_is_honoured(
    shop: Flask, visitor: TestApp
) -> None:
    shop.add_url_rule(
        "/foot", "foot", lambda: render_template_string("<p>{{ consent_link() }}</p>")
    )
    assert "Opt-out request honoured" in visitor.get("/foot", headers=GPC)
    assert "Opt-out request honoured" not in visitor.get("/foot")
    grant(visitor, **GPC)
    assert "Opt-out request honoured" not in visitor.get("/foot", headers=GPC)


def test_support_is_stated_where_browsers_look(visitor: TestApp) -> None:
    answer = visitor.get("/.well-known/gpc.json")
    assert answer.content_type == "application/json"
    assert answer.json["gpc"] is True


def test_pages_hang_on_the_signal(visitor: TestApp) -> None:
    plain, opted_out = visitor.get("/"), visitor.get("/", headers=GPC)
    assert "Sec-GPC" in plain.headers["Vary"]
    assert "Sec-GPC" in opted_out.headers["Vary"]
