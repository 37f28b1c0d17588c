"""No switch that a visitor controls turns enforcement off.

Two blockers with a million shops stop when a query names a page builder. Here, whatever
a request says, short of a signed consent, pages come without trackers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from flask import Flask, Response, request
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import escape
from werkzeug.test import Client, EnvironBuilder

from consentkit import ConsentKit

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST: Final = "connect.facebook.net"
TAG: Final = f'<script src="https://{HOST}/en_US/fbevents.js"></script>'
PAGE: Final = f"<!doctype html><html><body>{TAG}<p>Lamps</p></body></html>"

#: What turns others off, and what might turn anything off.
SWITCHES: Final = tuple(
    "cmplz_safe_mode fb-edit et_fb elementor-preview bricks tve fl_builder preview "
    "callback consent consentkit noconsent no_consent debug test safe_mode admin "
    "amp print format embed nocache bot webdriver _escaped_fragment_ ct_builder "
    "wp_customize vc_editable brizy-edit XDEBUG_SESSION_START consent_once consent_gpc "
    "consent_variant consent_sweep __Host-consent granted variant".split()
)
VALUES: Final = (
    *("", "1", "true", "on", "yes", "all", "granted", "accept_all", "personalisation"),
    *('{"granted":["personalisation"]}', "map-iframe", "Googlebot", "0", "off"),
)
HEADERS: Final = tuple(
    "X-Requested-With HX-Request HX-Boosted X-Purpose Purpose Sec-Purpose "
    "Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site DNT Sec-GPC Save-Data User-Agent "
    "Accept Range If-None-Match If-Modified-Since If-Range Consent-Variant X-Consent "
    "CF-IPCountry X-Forwarded-For X-Forwarded-Proto X-Forwarded-Prefix Referer "
    "X-Original-URL Origin Authorization Service-Worker Turbo-Frame X-PJAX TE "
    "Upgrade Accept-Language Cache-Control X-HTTP-Method-Override Content-Type".split()
)
HEADER_VALUES: Final = (
    *VALUES,
    *("XMLHttpRequest", "prefetch", "document", "iframe", "empty", "script", "image"),
    *("worker", "serviceworker", "no-cors", "*/*", "text/html", "application/json"),
    *("bytes=0-", "bytes=0-10", "*", '"a"', 'W/"a"', "US", "https", "/consent", "text"),
)
COOKIES: Final = tuple(
    "consent __Host-consent consent_variant consent_once consent_sweep session "
    "CookieConsent OptanonConsent cmplz_marketing wp_consent_marketing debug".split()
)
COOKIE_VALUES: Final = (*(v for v in VALUES if v.isalnum() or not v), "a.b.c", "gAAA=")
DATA: Final = tuple(
    "data-consent data-category data-cookieconsent data-cookie-consent data-service "
    "data-name data-purpose data-cookiecategory data-src data-cmplz-src data-no-defer "
    "data-consentkit data-cfasync data-consent-action data-ignore data-skip".split()
)
DATA_VALUES: Final = (
    *("", "essential", "necessary", "ignore", "functional", "!marketing", "allow"),
    *("c0001", "strictly-necessary", "meta_pixel_2", "true", "unknown"),
)

AS_EVER: Final = settings(max_examples=60, deadline=None)


def some(keys: tuple[str, ...], values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    text = st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]))
    key = st.one_of(st.sampled_from(keys), text.filter(bool))
    return st.dictionaries(key, st.one_of(st.sampled_from(values), text), max_size=4)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("switches")
    app = Flask("switches", instance_path=str(folder))
    app.config.from_mapping(
        SECRET_KEY="switches" * 4,
        CONSENTKIT_POLICY={
            "notice": {"controller": "Pebble & Pine", "contact": "us@pebble.example"},
            "services": {"meta_pixel": {}},
        },
    )
    ConsentKit(app)
    app.add_url_rule("/", "home", _home, methods=["GET", "POST"])
    yield Client(app)
    app.extensions["consentkit"].log.engine.dispose()


def _home() -> Response:
    """Get a page with a tracker, which has the attributes that are asked for."""
    more = "".join(f' {k}="{escape(v)}"' for k, v in request.args.items() if "-" in k)
    tag = TAG.replace("<script", f"<script{more}")
    text = PAGE.replace(TAG, tag) + TAG
    page = Response(text, mimetype="text/html")
    page.make_conditional(request, accept_ranges=True, complete_length=len(text))
    return page


def contents(browser: Client, **request: Any) -> str:
    answer = browser.open(EnvironBuilder(path="/", **request).get_environ())
    text = answer.get_data(as_text=True)
    assert answer.status_code < 500
    answer.close()
    return text


@AS_EVER
@given(some(SWITCHES, VALUES))
@example(dict.fromkeys(SWITCHES, "1"))
def test_no_query(browser: Client, query: dict[str, str]) -> None:
    assert HOST not in contents(browser, query_string=query)


@AS_EVER
@given(some(HEADERS, HEADER_VALUES))
@example(dict.fromkeys(HEADERS, "1"))
@example({"Range": "bytes=0-"})
@example({"Sec-Fetch-Dest": "serviceworker", "Service-Worker": "script"})
@example({"X-Requested-With": "XMLHttpRequest", "Accept": "*/*"})
def test_no_header(browser: Client, headers: dict[str, str]) -> None:
    assert HOST not in contents(browser, headers=headers)


@AS_EVER
@given(some(COOKIES, COOKIE_VALUES))
@example(dict.fromkeys(COOKIES, "1"))
def test_no_cookie(browser: Client, cookies: dict[str, str]) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())

    assert HOST not in contents(browser, headers={"Cookie": cookie})


@AS_EVER
@given(st.dictionaries(st.sampled_from(DATA), st.sampled_from(DATA_VALUES), max_size=3))
@example(dict.fromkeys(DATA, "essential"))
def test_no_attribute(browser: Client, attributes: dict[str, str]) -> None:
    assert HOST not in contents(browser, query_string=attributes)


@AS_EVER
@given(
    st.sampled_from(["GET", "POST", "HEAD"]),
    some(SWITCHES, VALUES),
    some(HEADERS, HEADER_VALUES),
    some(COOKIES, COOKIE_VALUES),
)
def test_nor_all_together(
    browser: Client,
    method: str,
    query: dict[str, str],
    headers: dict[str, str],
    cookies: dict[str, str],
) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    said = {**headers, "Cookie": cookie}

    assert HOST not in contents(
        browser, method=method, query_string=query, headers=said
    )


def test_the_page_has_a_tracker_for_those_who_agreed(browser: Client) -> None:
    agreed = Client(browser.application)
    agreed.post("/consent/", data={"decision": "accept_all"})

    assert HOST in agreed.get("/").get_data(as_text=True)
