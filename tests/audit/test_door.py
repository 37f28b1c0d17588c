"""The door to the dashboard: closed, unless the shop or a link opens it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from itsdangerous import URLSafeSerializer
from webtest import TestApp

from consentkit.audit.door import Door
from consentkit.cli import consent as commands
from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog
from consentkit.log.accesses import latest_accesses

if TYPE_CHECKING:
    from flask import Flask

    from consentkit import ConsentKit
    from consentkit.log.accesses import Access
    from tests.conftest import MakeShop

HOME = "/consent/audit/"
PAGES = ("", "records", "checkpoints", "notices", "exports", "accesses")
DOWNLOADS = ("exports/records.zip", "exports/records.csv", "exports/records.jsonl")
UNKNOWN = (
    "records/00000000-0000-4000-8000-000000000000",
    f"notices/{'0' * 64}",
    "exports/records.exe",
)


def accesses(app: Flask) -> list[Access]:
    """Get the recorded accesses, the newest first."""
    with app.extensions["consentkit"].log.reading() as connection:
        return [access for _, access in latest_accesses(connection, 100)]


@pytest.fixture
def closed(make_shop: MakeShop) -> Flask:
    return make_shop()


def door_of(app: Flask) -> Door:
    found: Door = app.extensions["consentkit"].audit.door
    return found


def test_it_is_closed(closed: Flask) -> None:
    stranger = TestApp(closed)
    elsewhere = stranger.get("/nowhere", status=404).text
    for path in (*PAGES, *DOWNLOADS, *UNKNOWN, "nothing"):
        answer = stranger.get(HOME + path, status=404)
        # The banner's form leads back to the page.
        assert answer.text.replace(HOME + path, "/nowhere") == elsewhere
        assert "Content-Security-Policy" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert accesses(closed) == []


def test_the_shop_can_say_no(consent: ConsentKit, auditor: TestApp) -> None:
    answers: tuple[Any, ...] = (False, None, "", 0)
    for answer in answers:
        consent.audit_access(lambda answer=answer: answer)
        auditor.get(HOME, status=404)


def test_a_callback_that_fails_keeps_it_closed(
    consent: ConsentKit, auditor: TestApp
) -> None:
    def fail() -> bool:
        raise RuntimeError("no session")

    consent.audit_access(fail)
    auditor.get(HOME, status=404)


def test_the_shop_lets_somebody_in_and_it_is_recorded(
    app: Flask, auditor: TestApp
) -> None:
    assert "Dana Weiss" in auditor.get(HOME).text
    (access,) = accesses(app)
    assert access[1:] == ("Dana Weiss", "shop", "show_overview", "")
    assert abs(datetime.now(UTC) - access.at) < timedelta(minutes=1)


def test_who_has_no_name_is_let_in_too(
    app: Flask, consent: ConsentKit, auditor: TestApp
) -> None:
    consent.audit_access(lambda: True)
    auditor.get(HOME)
    assert accesses(app)[0].who == "let in by the shop"


def test_what_is_recorded_tells_nothing_of_visitors(
    app: Flask, auditor: TestApp
) -> None:
    auditor.get(HOME + "records?consent_id=abc&customer=jane&decision=&before=x")
    auditor.get(HOME + UNKNOWN[0], status=404)
    second, first = accesses(app)
    assert (first.page, first.detail) == ("search", "before, consent_id, customer")
    assert second.detail == "00000000-0000-4000-8000-000000000000"


def test_nothing_is_shown_that_cant_be_recorded(
    auditor: TestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_log: ConsentLog) -> None:
        raise LogUnavailable("down")

    monkeypatch.setattr(ConsentLog, "writing", fail)
    answer = auditor.get(HOME, status=503)
    assert answer.text == "The consent log can't be used now.\n"
    assert answer.headers["Retry-After"] == "60"


def test_nothing_can_be_sent_to_it(auditor: TestApp) -> None:
    for path in PAGES:
        for send in (auditor.post, auditor.put, auditor.delete, auditor.patch):
            send(HOME + path, status=405)


# -- links -----------------------------------------------------------------------------


def link(app: Flask, *words: str) -> str:
    runner = app.test_cli_runner()
    result = runner.invoke(commands, ["audit-link", "--json", *words])
    assert result.exit_code == 0, result.output
    found: str = json.loads(result.output)["link"]
    return found


def test_a_link_opens_it_and_leaves_the_address(closed: Flask) -> None:
    guest = TestApp(closed)
    answer = guest.get(link(closed, "--name", "Dana Weiss"), status=303)
    assert answer.headers["Location"] == HOME
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("consent_audit=")
    for attribute in ("HttpOnly", f"Path={HOME}", "SameSite=Lax", "Expires="):
        assert attribute in cookie
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.follow()
    assert "Dana Weiss (" in page.text
    assert "key=" not in page.text
    for path in PAGES:
        guest.get(HOME + path)
    assert {(a.via, a.who[:10]) for a in accesses(closed)} == {("link", "Dana Weiss")}


def test_the_cookie_is_secure_where_the_page_is(closed: Flask) -> None:
    guest = TestApp(closed, extra_environ={"wsgi.url_scheme": "https"})
    assert "Secure" in guest.get(link(closed), status=303).headers["Set-Cookie"]


def test_a_link_is_told_to_people_as_well(closed: Flask) -> None:
    words = ["audit-link", "--hours", "3", "--site", "https://shop.example/"]
    result = closed.test_cli_runner().invoke(commands, words)
    assert f"https://shop.example{HOME}?key=" in result.output
    told = re.search(r"until (.{16}) UTC", result.output)
    assert told is not None
    ends = datetime.fromisoformat(f"{told[1]}+00:00") - datetime.now(UTC)
    assert timedelta(hours=2, minutes=55) < ends <= timedelta(hours=3)


def test_a_link_lasts_an_hour_at_least_and_a_month_at_most(closed: Flask) -> None:
    runner = closed.test_cli_runner()
    for hours in ("0", "-1", "745"):
        result = runner.invoke(commands, ["audit-link", "--hours", hours])
        assert result.exit_code == 2


def test_a_link_ends(closed: Flask) -> None:
    door = door_of(closed)
    ended = door.link("Dana", timedelta(seconds=-1))
    guest = TestApp(closed)
    guest.get(f"{HOME}?key={ended}", status=404)
    guest.set_cookie("consent_audit", ended)
    guest.get(HOME, status=404)


def test_a_link_that_was_changed_opens_nothing(closed: Flask) -> None:
    token = door_of(closed).link("Dana", timedelta(hours=1))
    guest = TestApp(closed)
    other = URLSafeSerializer("another" * 5, salt=b"consentkit.audit")
    hour = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    forged = other.dumps(["Dana", hour, "0"])
    last = "A" if token[-2] != "A" else "B"
    for bad in (token[:-2] + last + token[-1], token[1:], forged, "x", "\u20ac", "."):
        guest.get(HOME, {"key": bad}, status=404)
    guest.get(HOME, {"key": token * 50}, status=404)


def test_links_outlive_a_change_of_secrets() -> None:
    old = Door(lambda: None, ["a" * 32]).link("Dana", timedelta(hours=1))
    auditor = Door(lambda: None, ["a" * 32, "b" * 32]).by_link(old)
    assert auditor is not None
    assert auditor.name.startswith("Dana (")
    assert Door(lambda: None, ["b" * 32]).by_link(old) is None


def test_what_was_signed_for_something_else_opens_nothing(closed: Flask) -> None:
    hour = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    keys = closed.extensions["consentkit"].settings.secret_keys
    door = door_of(closed)
    other = URLSafeSerializer(list(keys), salt=b"cookie-session")
    assert door.by_link(str(other.dumps(["Dana", hour, "0"]))) is None
    links: Any = door._links  # noqa: SLF001  to sign what we never do
    for odd in ([], ["Dana"], ["Dana", "soon", "0"], ["Dana", 10**30, "0"], 5, None):
        assert door.by_link(links.dumps(odd)) is None
