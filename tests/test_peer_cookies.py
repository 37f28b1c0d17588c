"""A refusal in another banner isn't asked for again; a grant is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.assets import ASSETS
from consentkit.peer_cookies import refused_before

if TYPE_CHECKING:
    from webtest import TestApp

NOTICE = {"controller": "Teapots Ltd", "contact": "privacy@teapots.example"}
SERVICES: dict[str, object] = {"hotjar": {}, "stripe": {}}
POLICY = load_policy({"notice": NOTICE, "services": SERVICES})
NAMES = (
    "cc_cookie",
    "klaro",
    "orejime",
    "eu-consent",
    "tarteaucitron",
    "cookieconsent_status",
    "CookieConsent",
)


def vanilla(*categories: str, **services: list[str]) -> str:
    return quote(
        json.dumps(
            {"categories": categories, "services": services, "revision": 0, "data": 0}
        )
    )


def cookiebot(method: str = "explicit", marketing: str = "false") -> str:
    return quote(
        "{stamp:'a+b==',necessary:true,preferences:false,statistics:false,"
        f"marketing:{marketing},method:'{method}',ver:1,utc:1,region:'de'}}"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cc_cookie", vanilla("necessary")),
        ("cc_cookie", vanilla()),
        ("cc_cookie", vanilla("necessary", necessary=["session"], ads=[])),
        ("klaro", '{"hotjar":false,"matomo":false}'),
        ("klaro", '{"stripe":true,"hotjar":false}'),
        ("orejime", "%7B%22hotjar%22%3Afalse%7D"),
        ("eu-consent", '{"necessary":true,"ads":false}'),
        ("tarteaucitron", "!gajs=false!youtube=false"),
        ("cookieconsent_status", "deny"),
        ("CookieConsent", cookiebot()),
    ],
)
def test_a_refusal_counts(name: str, value: str) -> None:
    assert refused_before(POLICY, [("session", "x"), (name, value)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cc_cookie", vanilla("necessary", "analytics")),
        ("cc_cookie", vanilla("necessary", ads=["meta"])),
        ("klaro", '{"hotjar":true}'),
        ("klaro", '{"unheard_of":true,"hotjar":false}'),
        ("eu-consent", '{"necessary":true}'),
        ("tarteaucitron", "!gajs=true!youtube=false"),
        ("cookieconsent_status", "allow"),
        ("CookieConsent", cookiebot(marketing="true")),
    ],
)
def test_an_unproved_grant_is_no_answer(name: str, value: str) -> None:
    assert not refused_before(POLICY, [(name, value)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in NAMES),
        *((name, "%ff") for name in NAMES),
        *((name, "[" * 4000) for name in NAMES),
        *((name, "null") for name in NAMES),
        ("cc_cookie", "{}"),
        ("cc_cookie", '{"categories":"necessary"}'),
        ("cc_cookie", '{"categories":[],"services":[]}'),
        ("cc_cookie", vanilla("necessary") + "%20" * 4096),
        ("klaro", "{}"),
        ("klaro", '{"hotjar":0}'),
        ("tarteaucitron", "!gajs=wait!youtube=false"),
        ("tarteaucitron", "!gajs=false;"),
        ("cookieconsent_status", "dismiss"),
        ("CookieConsent", cookiebot(method="implied")),
        ("CookieConsent", "-1"),
        ("consent", "deny"),
    ],
)
def test_what_cannot_be_read_is_no_answer(name: str, value: str) -> None:
    assert not refused_before(POLICY, [(name, value)])


def test_two_that_disagree_are_no_answer() -> None:
    deny, allow = ("cookieconsent_status", "deny"), ("cookieconsent_status", "allow")
    assert refused_before(POLICY, [deny, deny])
    assert not refused_before(POLICY, [deny, allow])
    assert not refused_before(POLICY, [deny, ("klaro", "broken")])


def test_a_new_revision_asks_these_visitors_too() -> None:
    later = load_policy({"notice": NOTICE | {"revision": 2}, "services": SERVICES})
    assert not refused_before(later, [("cookieconsent_status", "deny")])


@given(st.sampled_from(NAMES), st.text())
def test_no_value_breaks_anything(name: str, value: str) -> None:
    assert refused_before(POLICY, [(name, value)]) in {True, False}


def test_who_refused_elsewhere_is_not_asked_and_gets_no_tags(visitor: TestApp) -> None:
    visitor.set_cookie("cookieconsent_status", "deny")
    page = visitor.get("/")
    assert 'id="consentkit"' not in page
    assert "cdn.spin.example" not in page
    state = visitor.get("/consent/state").json
    assert (state["decided"], state["granted"]) == (True, [])


def test_who_granted_elsewhere_is_asked(visitor: TestApp) -> None:
    visitor.set_cookie("cookieconsent_status", "allow")
    page = visitor.get("/")
    assert 'id="consentkit"' in page
    assert "cdn.spin.example" not in page


def test_a_choice_made_here_counts_alone(visitor: TestApp) -> None:
    visitor.set_cookie("cookieconsent_status", "deny")
    visitor.post_json("/consent/", {"decision": "accept_all"})
    assert "cdn.spin.example" in visitor.get("/")


def test_pages_for_everybody_ask_about_each_of_them() -> None:
    """Their script can't read these cookies, but knows them by name."""
    script = ASSETS["universal.js"].content.decode()
    assert [name for name in NAMES if name not in script] == []
