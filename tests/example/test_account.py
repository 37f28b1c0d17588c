from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from consentkit.cli import consent
from tests.example.reading import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from webtest import TestApp

    from tests.example.conftest import Query

NEW = {"name": "H. B.", "email": "hb@visitor.example", "password": "correct horse"}


def test_a_refuser_can_register_log_out_and_log_in(refuser: TestApp) -> None:
    assert "Hello, H. B." in refuser.post("/account/register", NEW).follow()
    refuser.post("/account/logout")
    refuser.get("/account/", status=303)
    assert "Hello, H. B." in refuser.post("/account/login", NEW).follow()


def test_a_login_ties_consent_to_the_account(shop: Flask, refuser: TestApp) -> None:
    refuser.post("/account/register", NEW)
    run = shop.test_cli_runner().invoke
    told = json.loads(run(consent, ["subject", "export", "1"]).stdout)
    assert [record["decision"] for record in told["records"]] == ["reject_all"]


def test_a_password_is_kept_as_a_hash(visitor: TestApp, query: Query) -> None:
    visitor.post("/account/register", NEW)
    ((kept,),) = query("SELECT password_hash FROM customer")
    assert str(kept).startswith("scrypt:")
    assert NEW["password"] not in str(kept)


@pytest.mark.parametrize("email", ["hb@visitor.example", "nobody@visitor.example"])
def test_a_wrong_password_and_an_unknown_address_look_alike(
    visitor: TestApp, visit: Callable[[], TestApp], email: str
) -> None:
    visitor.post("/account/register", NEW)
    wrong = {"email": email, "password": "wrong horse"}
    page = visit().post("/account/login", wrong, status=401)
    assert "match" in text(page, ".message")


def test_an_address_registers_once(
    visitor: TestApp, visit: Callable[[], TestApp]
) -> None:
    visitor.post("/account/register", NEW)
    again = NEW | {"email": "HB@visitor.example"}
    visit().post("/account/register", again, status=409)


@pytest.mark.parametrize("bad", [{"email": "hb"}, {"password": "short"}])
def test_an_account_needs_an_address_and_a_long_password(
    visitor: TestApp, bad: dict[str, str]
) -> None:
    visitor.post("/account/register", NEW | bad, status=400)


def test_over_https_the_session_cookie_is_secure(visitor: TestApp) -> None:
    https = {"wsgi.url_scheme": "https"}
    answer = visitor.post("/account/register", NEW, extra_environ=https)
    cookie = next(c for c in answer.headers.getall("Set-Cookie") if "session=" in c)
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
