"""Parts of pages, which scripts such as htmx fetch, obey as pages do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response
from werkzeug.test import Client

if TYPE_CHECKING:
    from tests.conftest import MakeShop

HOST = "cdn.spin.example"
FRAGMENT = f'<li>Lamp<img src="https://{HOST}/px"></li>\n<li>Pot</li>'
FRAME = f'<p>a</p><iframe src="https://{HOST}/w" width="300" height="200"></iframe>'
PAGE = f'<!doctype html><html lang="en"><body><p>a</p><script src="//{HOST}"></script>'

#: What tells that a script, not a person, asked.
ASKED = {
    "htmx": {"HX-Request": "true", "Accept": "*/*"},
    "htmx, by its address": {"HX-Request": "true", "Accept": "text/html"},
    "fetch": {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Accept": "*/*"},
    "fetch of HTML": {"Sec-Fetch-Dest": "empty", "Accept": "text/html"},
    "jQuery": {
        "X-Requested-With": "XMLHttpRequest",
        "Accept": "text/html, */*; q=0.01",
    },
    "Turbo": {"Turbo-Frame": "list", "Accept": "text/html", "Sec-Fetch-Dest": "empty"},
    "nothing at all": {},
}


@pytest.fixture
def parts(make_shop: MakeShop) -> Flask:
    app = make_shop()
    for name, body in {"li": FRAGMENT, "frame": FRAME, "page": PAGE}.items():
        app.add_url_rule(f"/{name}", name, lambda body=body: Response(body))
    app.add_url_rule("/none", "none", lambda: "<li>Pot</li>")
    return app


BY_ASKING = pytest.mark.parametrize("headers", ASKED.values(), ids=ASKED)


@BY_ASKING
def test_a_fragment_loses_what_is_refused_and_nothing_else(
    parts: Flask, headers: dict[str, str]
) -> None:
    fragment = Client(parts).get("/li", headers=headers)

    assert fragment.text == "<li>Lamp</li>\n<li>Pot</li>"


@BY_ASKING
def test_a_harmless_fragment_stays_as_it_is(
    parts: Flask, headers: dict[str, str]
) -> None:
    assert Client(parts).get("/none", headers=headers).text == "<li>Pot</li>"


@BY_ASKING
def test_a_fragment_keeps_the_place_of_what_a_person_would_see(
    parts: Flask, headers: dict[str, str]
) -> None:
    fragment = Client(parts).get("/frame", headers=headers).text

    assert HOST not in fragment
    assert "consentkit-placeholder" in fragment
    assert 'id="consentkit"' not in fragment


@BY_ASKING
def test_a_fragment_depends_on_the_visitor(
    parts: Flask, headers: dict[str, str]
) -> None:
    fragment = Client(parts).get("/li", headers=headers)

    assert "Cookie" in fragment.headers["Vary"]


@BY_ASKING
def test_once_granted_a_fragment_is_as_the_app_made_it(
    parts: Flask, headers: dict[str, str]
) -> None:
    client = Client(parts)
    client.post("/consent/", data={"decision": "accept_all"})

    assert client.get("/li", headers=headers).text == FRAGMENT


def test_a_whole_page_has_its_banner_whoever_asks(parts: Flask) -> None:
    page = Client(parts).get("/page", headers=ASKED["htmx"]).text

    assert 'id="consentkit"' in page
    assert HOST not in page


@pytest.mark.parametrize(
    "asked",
    [
        {"Accept": "text/vnd.turbo-stream.html, text/html, application/xhtml+xml"},
        {"Accept": "text/vnd.turbo-stream.html", "Sec-Fetch-Dest": "empty"},
        {"Accept": "text/html", "Sec-Fetch-Dest": "document"},
    ],
)
def test_a_stream_of_turbo_is_a_fragment_whose_template_is_used(
    parts: Flask, asked: dict[str, str]
) -> None:
    stream = "<turbo-stream action=append><template>{}</template></turbo-stream>"
    spare = f"<template>{FRAGMENT}</template>"
    answer = Response(
        stream.format(FRAGMENT) + stream.format("<p>b</p>") + spare,
        content_type="text/vnd.turbo-stream.html; charset=utf-8",
    )
    parts.add_url_rule("/stream", "stream", lambda: answer)

    text = Client(parts).get("/stream", headers=asked).text

    left = stream.format("<li>Lamp</li>\n<li>Pot</li>")
    assert text == left + stream.format("<p>b</p>") + spare
