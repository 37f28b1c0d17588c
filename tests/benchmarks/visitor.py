"""Visitors who ask a WSGI app in this process, without a server between."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from consentkit.consent import decide

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from flask import Flask

    from consentkit.shop import Shop

HOST = "shop.example"
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.7,de;q=0.3",
    "Accept-Encoding": "gzip, deflate, br",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
}
SCRIPT = {**BROWSER, "Accept": "application/json", "Sec-Fetch-Dest": "empty"}


def asks(
    app: WSGIApplication, path: str, headers: dict[str, str], cookies: str = ""
) -> Callable[[], bytes]:
    """Get what sends one request to an app and reads its whole answer."""
    sent = headers | ({"Cookie": cookies} if cookies else {})
    environ = EnvironBuilder(
        path, f"https://{HOST}", headers=Headers(sent)
    ).get_environ()

    def ask() -> bytes:
        body = app(environ.copy(), _start_response)
        try:
            return b"".join(body)
        finally:
            if close := getattr(body, "close", None):
                close()

    return ask


def consent_cookie(app: Flask, *granted: str) -> str:
    """Get the cookie of a visitor who granted these keys and refused the others."""
    shop: Shop = app.extensions["consentkit"]
    decision = decide(
        shop.policy,
        shop.policy.expand(granted),
        consent_id="5e" * 16,
        source="banner",
        gpc=False,
        now=datetime.now(UTC),
    )
    value = shop.cookie.dumps(decision, HOST)
    return f"{shop.cookie.name(https=True)}={value}"


def _start_response(
    _status: str, _headers: list[tuple[str, str]], _exc_info: object = None
) -> Callable[[bytes], object]:
    return len
