"""What a withdrawal makes the browser forget besides cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from webtest import TestApp

from consentkit import ConsentKit

if TYPE_CHECKING:
    from collections.abc import Iterator

from flask import Flask

POLICY = {
    "notice": {"controller": "Shop", "contact": "a@shop.example"},
    "services": {
        "spin": {
            "name": "Spin",
            "hosts": ["spin.example"],
            "cookies": [
                {"name": "spin_*", "storage": "local", "lifetime": "90 days"},
                {"name": "spin_tab", "storage": "session", "lifetime": "session"},
            ],
        },
    },
}
PAGE = "<!doctype html><title>t</title><p>a</p>"
FRAMES = "<!doctype html><frameset><frame src=/></frameset>"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
SWEEP = "<template data-consentkit-sweep></template>"


@pytest.fixture
def visitor() -> Iterator[TestApp]:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="k" * 32, CONSENTKIT_DATABASE_URL="sqlite://")
    ConsentKit(app, policy=POLICY)
    app.add_url_rule("/", "home", lambda: PAGE)
    app.add_url_rule("/order", "order", lambda: PAGE, methods=["POST"])
    app.add_url_rule("/frames", "frames", lambda: FRAMES)
    yield TestApp(app)
    app.extensions["consentkit"].log.engine.dispose()


def decide(visitor: TestApp, decision: str) -> object:
    return visitor.post_json("/consent/", {"decision": decision})


def test_the_page_after_a_withdrawal_sweeps_once(visitor: TestApp) -> None:
    decide(visitor, "accept_all")
    assert visitor.get("/", headers=BROWSER).text == PAGE
    answer = visitor.post_json("/consent/", {"decision": "withdraw"})
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    # What a script fetches isn't the page whose storage has to be emptied.
    assert SWEEP not in visitor.get("/", headers={"Sec-Fetch-Dest": "empty"}).text
    page = visitor.get("/", headers=BROWSER).text
    assert page.index(SWEEP) < page.index("<p>a</p>")
    assert "/consent/static/consentkit/consentkit." in page
    assert visitor.get("/", headers=BROWSER).text == PAGE


def test_a_page_without_a_place_for_it_leaves_the_sweep_to_the_next(
    visitor: TestApp,
) -> None:
    decide(visitor, "accept_all")
    decide(visitor, "withdraw")
    assert visitor.get("/frames", headers=BROWSER).text == FRAMES
    assert "consent_sweep" in visitor.cookies
    assert SWEEP in visitor.get("/", headers=BROWSER).text
    assert "consent_sweep" not in visitor.cookies


@pytest.mark.parametrize("decision", ["reject_all", "withdraw"])
def test_who_granted_nothing_has_nothing_to_sweep(
    visitor: TestApp, decision: str
) -> None:
    answer = visitor.post_json("/consent/", {"decision": decision})
    assert "Clear-Site-Data" not in answer.headers
    assert "consent_sweep" not in visitor.cookies


def test_scripts_are_told_what_refused_services_may_not_keep(visitor: TestApp) -> None:
    refused = visitor.get("/consent/state").json["refused_storage"]
    assert "spin_*" in refused["local"]
    assert "spin_tab" in refused["session"]
    decide(visitor, "accept_all")
    refused = visitor.get("/consent/state").json["refused_storage"]
    assert "spin_*" not in refused["local"]
    assert "spin_tab" not in refused["session"]


def test_a_page_that_is_fetched_again_gets_our_script_once(visitor: TestApp) -> None:
    visitor.post_json("/consent/", {"decision": "accept_all"})
    assert visitor.get("/", headers=BROWSER).text == PAGE
    kept = visitor.get("/consent/state?keep")
    assert "consent_sweep=1" in kept.headers["Set-Cookie"]
    assert "Max-Age=60" in kept.headers["Set-Cookie"]
    assert "/static/consentkit/consentkit." in visitor.get("/", headers=BROWSER)
    assert visitor.get("/", headers=BROWSER).text == PAGE


def test_a_sweep_that_is_due_is_not_put_off(visitor: TestApp) -> None:
    visitor.post_json("/consent/", {"decision": "accept_all"})
    visitor.post_json("/consent/", {"decision": "withdraw"})
    kept = visitor.get("/consent/state?keep")
    assert "Max-Age=2592000" in kept.headers["Set-Cookie"]


def test_the_answer_of_a_form_says_so(visitor: TestApp) -> None:
    page = visitor.post("/order", headers=BROWSER)
    assert "data-posted" in page
    assert "It shows from the next page on." in page
    assert "data-posted" not in visitor.get("/", headers=BROWSER)
