"""Allowing something once: for one view of one page, by nobody but the visitor."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from webtest import TestApp

from consentkit import ConsentKit, current_consent
from consentkit.consent import Decision
from consentkit.errors import LogUnavailable
from consentkit.hooks import hook
from consentkit.once import OncePass, binding, path_of
from consentkit.policy_file import load_policy
from tests.conftest import POLICY, MakeShop

if TYPE_CHECKING:
    from flask import Flask
    from webtest import TestResponse

FRAME = '<iframe src="https://cdn.spin.example/f" width=640 height=360></iframe>'
TAG = '<script src="https://connect.facebook.net/en_US/fbevents.js"></script>'
BOUND = b"b" * 16


@pytest.fixture
def visitor(shop: Flask, visitor: TestApp) -> TestApp:
    """Get a visitor of two pages with a frame, and a tag of another service."""
    html = f"<!doctype html><html lang=en><body>{FRAME}{TAG}"
    for path in ("/frame", "/other", "/frame/deeper"):
        shop.add_url_rule(path, path, lambda: (html, {"Cache-Control": "max-age=60"}))
    return visitor


def allow(visitor: TestApp, path: str = "/frame", status: int = 303) -> TestResponse:
    page = visitor.get(path)
    form = next(f for f in page.forms.values() if "once" in f.fields)
    return form.submit("once", status=status)


def consent_cookie(visitor: TestApp) -> str | None:
    return visitor.cookies.get("consent")


@pytest.mark.parametrize("before", [None, "reject_all"])
def test_the_part_shows_once_and_is_withheld_again(
    visitor: TestApp, before: str | None
) -> None:
    if before:
        visitor.post("/consent/", {"decision": before})
    decided = consent_cookie(visitor)
    answer = allow(visitor)
    assert answer.headers["Location"] == "/frame"
    assert FRAME in visitor.get("/frame")
    assert FRAME not in visitor.get("/frame")
    assert consent_cookie(visitor) == decided


def test_only_what_was_allowed_loads(visitor: TestApp) -> None:
    allow(visitor)
    page = visitor.get("/frame")
    assert FRAME in page
    assert TAG not in page
    assert 'id="consentkit"' in page


def test_another_page_does_not_show_it_and_uses_the_leave_up(visitor: TestApp) -> None:
    allow(visitor)
    for path in ("/frame/deeper", "/frame"):
        assert FRAME not in visitor.get(path)


def test_what_a_page_fetches_neither_profits_nor_uses_the_leave_up(
    visitor: TestApp,
) -> None:
    allow(visitor)
    for destination in ("iframe", "image", "empty"):
        part = visitor.get("/frame", headers={"Sec-Fetch-Dest": destination})
        assert FRAME not in part
    assert FRAME in visitor.get("/frame")


def test_no_cache_keeps_the_page(visitor: TestApp) -> None:
    usual = visitor.get("/frame").headers["Cache-Control"]
    allow(visitor)
    assert visitor.get("/frame").headers["Cache-Control"] == "private, no-store"
    assert (
        visitor.get("/frame").headers["Cache-Control"] == usual != "private, no-store"
    )


def test_the_cookie_is_out_of_reach_and_short_lived(visitor: TestApp) -> None:
    answer = allow(visitor)
    cookie = next(
        c for c in answer.headers.getall("Set-Cookie") if c.startswith("consent_once=")
    )
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=120"} <= set(
        cookie.split("; ")
    )
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_later_decision_ends_the_leave(visitor: TestApp) -> None:
    allow(visitor)
    visitor.post("/consent/", {"decision": "reject_all"})
    assert FRAME not in visitor.get("/frame")


def test_global_privacy_control_stays_as_it_is(visitor: TestApp) -> None:
    gpc = {"Sec-GPC": "1"}
    page = visitor.get("/frame", headers=gpc)
    page.form.submit("once", headers=gpc)
    assert FRAME in visitor.get("/frame", headers=gpc)
    assert FRAME not in visitor.get("/frame", headers=gpc)
    assert visitor.get("/consent/state", headers=gpc).json["granted"] == []


def test_a_leave_given_without_the_signal_does_not_hold_under_it(
    visitor: TestApp,
) -> None:
    allow(visitor)
    assert FRAME not in visitor.get("/frame", headers={"Sec-GPC": "1"})


def test_a_cache_in_front_is_passed_for_that_page(make_shop: MakeShop) -> None:
    shop = make_shop(CONSENTKIT_DELIVERY="variant")
    shop.add_url_rule("/frame", "frame", lambda: f"<!doctype html><body>{FRAME}")
    visitor: TestApp = TestApp(shop, extra_environ={"HTTP_ACCEPT": "text/html"})
    visitor.post("/consent/", {"decision": "reject_all"})
    refused = visitor.cookies["consent_variant"]
    allow(visitor)
    assert visitor.cookies["consent_variant"] != refused
    assert FRAME in visitor.get("/frame")
    assert FRAME not in visitor.get("/frame")
    assert visitor.cookies["consent_variant"] == refused


def test_no_child_profits_from_a_leave(make_shop: MakeShop) -> None:
    consent = ConsentKit()
    shop = make_shop(consent=consent)
    ages = [20]
    consent.is_child(lambda: ages[-1] < 13)
    shop.add_url_rule("/frame", "frame", lambda: f"<!doctype html><body>{FRAME}")
    visitor: TestApp = TestApp(shop, extra_environ={"HTTP_ACCEPT": "text/html"})
    allow(visitor)
    ages.append(12)
    assert FRAME not in visitor.get("/frame")


def test_it_is_recorded_and_tied_to_nobody(shop: Flask, visitor: TestApp) -> None:
    visitor.post("/consent/", {"decision": "reject_all"})
    allow(visitor)
    refusal, leave = shop.extensions["consentkit"].log.records()
    assert (leave.decision, leave.surface, leave.path) == (
        "once",
        "placeholder",
        "/frame",
    )
    assert leave.granted == ("spin",)
    assert leave.refused == ()
    assert leave.consent_id != refusal.consent_id


def test_without_a_record_nothing_shows(
    shop: Flask, visitor: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LogUnavailable("no disk")

    monkeypatch.setattr(type(shop.extensions["consentkit"].log), "append", fail)
    answer = allow(visitor, status=503)
    assert answer.headers["Retry-After"]
    assert "consent_once" not in visitor.cookies


def test_hooks_do_not_run_for_it(shop: Flask, visitor: TestApp) -> None:
    ran: list[int] = []
    remind = hook("cart_reminder", lambda: ran.append(1), None)

    def page() -> str:
        remind()
        return f"<!doctype html><body>{FRAME}<p>{current_consent.has('spin')}"

    shop.add_url_rule("/hooked", "hooked", page)
    allow(visitor, "/hooked")
    assert "<p>True" in visitor.get("/hooked")
    assert ran == []


def test_as_json_it_answers_with_the_choice_that_still_holds(visitor: TestApp) -> None:
    sent = {"decision": "save", "once": "spin", "next": "/frame?a=1"}
    answer = visitor.post_json("/consent/", sent).json
    assert answer["granted"] == []
    assert answer["receipt"]["granted"] == ["spin"]
    assert FRAME in visitor.get("/frame?a=1")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"once": "spin"}, "next"),
        ({"once": "spin", "next": "//evil.example"}, "next"),
        ({"once": "nothing", "next": "/frame"}, "once"),
    ],
)
def test_a_leave_names_a_page_and_something_known(
    visitor: TestApp, sent: dict[str, str], field: str
) -> None:
    choice = {"decision": "save"} | sent
    answer = visitor.post_json("/consent/", choice, status=400)
    assert answer.json["error"]["field"] == field


def test_another_site_gives_no_leave(visitor: TestApp) -> None:
    sent = {"decision": "save", "once": "spin", "next": "/frame"}
    visitor.post(
        "/consent/", sent, headers={"Sec-Fetch-Site": "cross-site"}, status=403
    )
    assert FRAME not in visitor.get("/frame")


@pytest.mark.parametrize(
    "forge",
    [
        lambda value: "",
        lambda value: "1",
        lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
        lambda value: "." + value,
        lambda value: value + "x" * 5000,
        lambda value: base64.b64encode(b"spin").decode(),
    ],
)
def test_nobody_writes_a_leave_themselves(visitor: TestApp, forge: Any) -> None:
    allow(visitor)
    forged = forge(visitor.cookies["consent_once"])
    visitor.reset()
    page = visitor.get("/frame", headers={"Cookie": f"consent_once={forged}"})
    assert FRAME not in page


def test_a_leave_holds_for_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load_policy(POLICY)
    leave = OncePass(["old", "new"], "consent_once")
    value = leave.dumps(policy, ["spin"], BOUND)
    now = time.time()
    assert leave.loads(value, policy, BOUND) == {"spin"}
    assert OncePass(["new"], "n").loads(value, policy, BOUND) == {"spin"}
    assert leave.loads(value, policy, b"c" * 16) == frozenset()
    for later in (-10, 130):
        monkeypatch.setattr("consentkit.once.time", lambda: now + later)  # noqa: B023
        assert leave.loads(value, policy, BOUND) == frozenset()


def test_a_leave_is_bound_to_page_choice_and_signal() -> None:
    decision = Decision(
        "ab" * 16, datetime.now(UTC), 1, "banner", frozenset(), frozenset()
    )
    later = Decision(
        decision.id,
        decision.decided_at + timedelta(seconds=1),
        *(1, "banner", frozenset(), frozenset()),
    )
    bindings = {
        binding("a.example", "/p", None, gpc=False),
        binding("b.example", "/p", None, gpc=False),
        binding("a.example", "/q", None, gpc=False),
        binding("a.example", "/p", None, gpc=True),
        binding("a.example", "/p", decision, gpc=False),
        binding("a.example", "/p", later, gpc=False),
    }
    assert len(bindings) == 6


@pytest.mark.parametrize(
    ("target", "path"),
    [("/caf%C3%A9?a=1", "/caf\xc3\xa9"), ("/a%20b#c", "/a b"), ("/", "/")],
)
def test_an_address_gives_the_path_that_wsgi_tells(target: str, path: str) -> None:
    assert path_of(target) == path
