from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, request
from flask_talisman import Talisman  # type: ignore[import-untyped]
from webtest import TestApp

from consentkit import undeclared_seen
from consentkit.csp_reports import Allowance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeShop

PAGE = "https://localhost/lamps"
OLD, NEW = "application/csp-report", "application/reports+json"


def old(blocked: object, page: object = PAGE) -> dict[str, object]:
    return {"csp-report": {"document-uri": page, "blocked-uri": blocked}}


def new(*blocked: object, page: object = PAGE) -> list[dict[str, object]]:
    return [
        {"type": "csp-violation", "body": {"documentURL": page, "blockedURL": url}}
        for url in blocked
    ]


def send(
    visitor: TestApp, report: object, kind: str = OLD, status: int = 204, **headers: str
) -> None:
    body = report if isinstance(report, str) else json.dumps(report)
    sent = {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"} | headers
    answer = visitor.post("/consent/csp-report", body, headers=sent, status=status)
    assert not answer.headers.getall("Set-Cookie")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.fixture
def found(shop: Flask) -> Iterator[list[tuple[str, ...]]]:
    hosts: list[tuple[str, ...]] = []

    def note(sender: Flask, **facts: Any) -> None:
        hosts.append(facts["hosts"])

    with undeclared_seen.connected_to(note, shop):
        yield hosts


def test_both_formats_name_undeclared_hosts(
    visitor: TestApp, found: list[tuple[str, ...]]
) -> None:
    send(visitor, old("https://stranger.example/a?b"))
    send(visitor, new("wss://one.example/", "https://two.example", "inline"), NEW)
    assert found == [("stranger.example",), ("one.example", "two.example")]


@pytest.mark.parametrize(
    "report",
    [
        old("inline"),
        old("eval"),
        old("data"),
        old(""),
        old(7),
        old("https://localhost/own.js"),
        old("https://cdn.spin.example/w.js"),
        old("https://connect.facebook.net"),
        old("https://stranger/"),
        old("https://a b.example/"),
        old(f"https://{'a' * 3000}.example"),
        old("chrome-extension://abcdef"),
        old("https://stranger.example/", "https://elsewhere.example/"),
        old("https://stranger.example/", None),
        new("https://stranger.example/", page="about:blank"),
        {"csp-report": []},
        {},
        [],
        [1, {"type": "csp-violation"}, {"type": "deprecation", "body": {}}],
    ],
)
def test_other_reports_are_no_finding(
    visitor: TestApp, found: list[tuple[str, ...]], report: object
) -> None:
    send(visitor, report)
    assert found == []


def test_each_host_is_logged_once_with_its_remedy(
    visitor: TestApp, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        send(visitor, new("https://stranger.example/a", "https://js.stripe.com/v3"))
    first, second = caplog.messages
    assert first.startswith("pages load from stranger.example, which neither the")
    assert second.endswith("doesn't name: declare [services.stripe]")


@pytest.mark.parametrize(
    ("report", "kind", "status"),
    [
        ("{", OLD, 400),
        ("", OLD, 400),
        ("1", OLD, 400),
        ("\xff", NEW, 400),
        ("[" * 60_000, NEW, 400),
        (" " * 70_000, OLD, 413),
        (old("https://stranger.example/"), "text/plain", 415),
    ],
)
def test_what_is_no_report_is_refused(
    visitor: TestApp,
    found: list[tuple[str, ...]],
    report: object,
    kind: str,
    status: int,
) -> None:
    send(visitor, report, kind, status)
    assert found == []


def test_another_site_cannot_report(
    visitor: TestApp, found: list[tuple[str, ...]]
) -> None:
    report = old("https://stranger.example/")
    send(visitor, report, status=403, **{"Sec-Fetch-Site": "cross-site"})
    assert found == []


def test_a_flood_of_reports_is_not_read(
    shop: Flask,
    visitor: TestApp,
    found: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("consentkit.csp_reports.time.monotonic", lambda: 0.0)
    while shop.extensions["consentkit"].csp_reports.take():
        pass
    send(visitor, old("https://stranger.example/"), status=429)
    assert found == []


def test_an_allowance_is_renewed_every_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    allowance = Allowance(2)
    assert [allowance.take() for _ in range(3)] == [True, True, False]
    now = 60.0
    assert allowance.take()


# -- pages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "header"),
    [
        ("enforce", "Content-Security-Policy"),
        ("report-only", "Content-Security-Policy-Report-Only"),
    ],
)
def test_pages_are_under_a_policy_that_follows_the_choice(
    make_shop: MakeShop, mode: str, header: str
) -> None:
    visitor = TestApp(make_shop(CONSENTKIT_CSP=mode))
    visitor.extra_environ["HTTP_ACCEPT"] = "text/html"
    for decision, allowed in (("reject_all", False), ("accept_all", True)):
        visitor.post("/consent/", {"decision": decision})
        for page in (visitor.get("/"), visitor.head("/"), visitor.get("/consent/")):
            assert ("cdn.spin.example" in page.headers[header]) is allowed
            assert ("Permissions-Policy" in page.headers) is not allowed
    assert header not in visitor.get("/consent/state").headers


def test_pages_are_under_no_policy_by_default(visitor: TestApp) -> None:
    headers = visitor.get("/").headers
    assert not [name for name in headers if name.lower().startswith("content-sec")]


def _tagged() -> Response:
    page = Response("<!doctype html><body>Lamps")
    page.set_etag("lamps")
    return page


def test_entity_tags_change_with_the_policy(make_shop: MakeShop) -> None:
    tags = set()
    for mode in ("off", "report-only", "enforce"):
        app = make_shop(CONSENTKIT_CSP=mode)
        app.add_url_rule("/tagged", view_func=_tagged)
        tags.add(TestApp(app).get("/tagged").headers["ETag"])
    assert len(tags) == 3


def test_a_page_that_is_known_keeps_its_policies(make_shop: MakeShop) -> None:
    """A header of a 304 takes the place of the stored one (RFC 9111, 3.2)."""
    app = make_shop(CONSENTKIT_CSP="enforce")
    app.add_url_rule("/tagged", view_func=_tagged)
    app.after_request(lambda response: response.make_conditional(request))
    visitor = TestApp(app, extra_environ={"HTTP_ACCEPT": "text/html"})
    page = visitor.get("/tagged")
    known = {"If-None-Match": page.headers["ETag"]}
    assert "Content-Security-Policy" in page.headers
    same = visitor.get("/tagged", headers=known, status=304)
    assert "Content-Security-Policy" not in same.headers


def test_the_policy_of_flask_talisman_stands_beside_ours(make_shop: MakeShop) -> None:
    app = make_shop(CONSENTKIT_CSP="enforce")
    Talisman(app, force_https=False, content_security_policy={"img-src": "'none'"})
    page = TestApp(app).get("/")
    theirs, ours = page.headers.getall("Content-Security-Policy")
    assert theirs == "img-src 'none'"
    assert ours.startswith("default-src 'self'")
    permissions = page.headers.getall("Permissions-Policy")
    assert sum("browsing-topics" in value for value in permissions) == 1
