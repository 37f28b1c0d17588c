"""Nothing that visitors can send turns enforcement off."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from flask import Response, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PAGE, TAG

if TYPE_CHECKING:
    from flask import Flask

    from tests.conftest import MakeShop

#: What we read, what proxies and frameworks read, and what other tools' users try.
HEADERS = (
    "Accept Accept-Charset Accept-Encoding Accept-Language Authorization Cache-Control"
    " Connection Consent-Variant Content-Type DNT Early-Data Expect Forwarded Host"
    " HX-Boosted HX-Request If-Match If-Modified-Since If-None-Match If-Range"
    " If-Unmodified-Since Link Origin Permissions-Policy Pragma Purpose Range Referer"
    " Sec-CH-UA Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Sec-GPC"
    " Sec-Purpose Service-Worker Service-Worker-Navigation-Preload Surrogate-Capability"
    " TE Turbo-Frame Upgrade User-Agent Via X-Consent X-Country X-Debug"
    " X-Forwarded-Host X-Forwarded-Prefix X-Forwarded-Proto X-HTTP-Method-Override"
    " X-Original-URL X-Pjax X-Real-IP X-Requested-With X-Rewrite-URL"
).split()
VALUES = (
    "1 0 on off true false all none * document empty frame iframe script style worker"
    " sharedworker serviceworker navigate prefetch prerender same-origin cross-site"
    " text/html */* application/json text/plain identity br gzip bytes=0- bytes=5-40"
    ' "first" W/"first" no-cache only-if-cached XMLHttpRequest consent preview'
    " shop.example accept_all personalisation spin"
).split()
NAMES = (
    "consent __Host-consent consent_variant consent_sweep consent_once consent_audit"
    " cookieconsent_status CookieConsent euconsent-v2 OptanonConsent cmplz_marketing"
    " wp_consent_marketing preview nocache debug lang next done fl_builder"
    " cmplz_safe_mode et_fb elementor-preview consentkit consent_own granted decision"
).split()

tokens = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';,"\\'),
    max_size=20,
)
values = st.sampled_from(VALUES) | tokens
pairs = st.dictionaries(
    st.sampled_from(NAMES) | tokens.filter(bool), values, max_size=4
)


#: Inert, until the server says that it is granted.
RESERVE = f'<template data-consentkit-reserve="spin">{TAG}</template>'


def conditional(kind: str = "text/html") -> Response:
    response = Response(PAGE, content_type=kind)
    response.set_etag("first")
    response.headers["Cache-Control"] = "public, max-age=600"
    response.make_conditional(request, accept_ranges=True)
    return response


@pytest.fixture(params=["private", "variant", "universal"])
def shop(request: pytest.FixtureRequest, make_shop: MakeShop) -> Flask:
    app = make_shop(CONSENTKIT_DELIVERY=request.param, CONSENTKIT_CSP="report-only")
    app.add_url_rule("/page", "page", conditional, methods=["GET", "POST"])
    app.add_url_rule("/bare", "bare", lambda: conditional(""))
    return app


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    derandomize=True,
    max_examples=150,
)
@given(
    st.dictionaries(st.sampled_from(HEADERS), values, max_size=5),
    pairs,
    pairs,
    st.sampled_from(["GET /page", "POST /page", "HEAD /page", "GET /bare"]),
)
def test_no_header_no_cookie_and_no_query_brings_a_refused_tag(
    shop: Flask,
    headers: dict[str, str],
    cookies: dict[str, str],
    query: dict[str, str],
    target: str,
) -> None:
    method, path = target.split()
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    asked = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
    answer = shop.test_client().open(
        f"{path}?{asked}", method=method, headers={**headers, "Cookie": cookie}
    )
    assert TAG not in answer.text.replace(RESERVE, "")
    assert "cdn.spin.example" not in answer.headers.get("Link", "")
