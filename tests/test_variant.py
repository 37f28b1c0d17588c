"""Pages for all visitors in one state, seen from the shop's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, Response, render_template_string, request

from consentkit import ConsentKit
from tests.conftest import PAGE, POLICY, TAG

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.conftest import MakeShop

SHARED = "public, s-maxage=600, max-age=0, must-revalidate"
ALONE = "private, no-store"
OPT_OUT: dict[str, Any] = {**POLICY, "regimes": {"opt_out": ["US"]}}


def of_all(page: str) -> Response:
    response = Response(page)
    response.headers["Cache-Control"] = "public, max-age=600"
    response.set_etag("v1")
    return response


@pytest.fixture
def shop(make_shop: MakeShop) -> Flask:
    app = make_shop(CONSENTKIT_DELIVERY="variant")
    app.add_url_rule("/all", "all", lambda: of_all(PAGE))
    return app


def edge(visitor: FlaskClient) -> dict[str, str]:
    """Get what a cache before the shop adds to a visitor's request."""
    token = visitor.get_cookie("consent_variant")
    return {"Consent-Variant": token.value} if token else {}


def ask(visitor: FlaskClient, path: str = "/all", **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.get(path, headers={"Accept": "text/html", **edge(visitor), **sent})


def test_a_decision_tells_the_browser_its_token(shop: Flask) -> None:
    visitor = shop.test_client()
    assert ask(visitor).headers["Cache-Control"] == SHARED
    assert visitor.get_cookie("consent_variant") is None
    tokens = set()
    for decision in ("accept_all", "reject_all", "withdraw", "accept_all"):
        visitor.post("/consent/", data={"decision": decision})
        ask(visitor)  # the page that empties storage
        assert ask(visitor).headers["Cache-Control"] == SHARED
        tokens.add(edge(visitor)["Consent-Variant"])
    assert len(tokens) == 2
    visitor.post("/consent/erase")
    assert visitor.get_cookie("consent_variant") is None


def test_the_token_is_declared_where_it_is_set(
    shop: Flask, make_shop: MakeShop
) -> None:
    for app, declared in ((shop, True), (make_shop(), False)):
        page = app.test_client().get("/consent/").text
        assert ("consent_variant" in page) is declared


def test_what_ends_cookies_is_for_one_visitor_alone(shop: Flask) -> None:
    visitor = shop.test_client()
    visitor.set_cookie("spin_result", "7")
    page = ask(visitor)
    assert page.headers["Cache-Control"] == ALONE
    assert "spin_result=;" in page.headers["Set-Cookie"]
    assert ask(visitor).headers["Cache-Control"] == SHARED


def test_what_may_be_shared_follows_no_browsers_language(shop: Flask) -> None:
    shop.add_url_rule(
        "/nameless",
        "nameless",
        lambda: of_all(render_template_string("<!doctype html>{{ consent_link() }}")),
    )
    visitor = shop.test_client()
    pages = {
        ask(visitor, "/nameless", Accept_Language=tag).text for tag in ("de", "fr")
    }
    assert len(pages) == 1
    # Ours are kept by no cache.
    assert 'lang="de"' in ask(visitor, "/consent/", Accept_Language="de").text


def test_a_fragment_is_one_whatever_it_is_asked_for_as(shop: Flask) -> None:
    shop.add_url_rule("/part", "part", lambda: of_all(f"<p>{TAG}</p>"))
    visitor = shop.test_client()
    parts = {
        ask(visitor, "/part", Sec_Fetch_Dest=d).text for d in ("document", "empty")
    }
    assert len(parts) == 1
    assert TAG not in parts.pop()


def test_a_page_without_language_changes_its_tag_with_the_browsers(
    make_shop: MakeShop,
) -> None:
    """A 304 would bring the banner back in the language of before."""
    app = make_shop()
    app.add_url_rule(
        "/nameless", "nameless", lambda: conditional("<!doctype html><p>a")
    )
    visitor = app.test_client()
    german = ask(visitor, "/nameless", Accept_Language="de")
    tag = german.headers["ETag"]
    for language, status in (("de", 304), ("de-AT, en", 304), ("fr", 200)):
        headers = {"Accept_Language": language, "If_None_Match": tag}
        assert ask(visitor, "/nameless", **headers).status_code == status


def conditional(page: str) -> Response:
    response = of_all(page)
    response.make_conditional(request)
    return response


# -- regions and children --------------------------------------------------------------


def test_the_regions_header_is_named(make_shop: MakeShop) -> None:
    for delivery in ("private", "variant"):
        app = make_shop(
            OPT_OUT,
            CONSENTKIT_DELIVERY=delivery,
            CONSENTKIT_REGION_HEADER="X-Region",
        )
        app.add_url_rule("/all", "all", lambda: of_all(PAGE))
        for region, runs in (("DE", False), ("US-CA", True)):
            page = ask(app.test_client(), X_Region=region)
            assert (TAG in page.text) is runs
            assert "X-Region" in page.headers["Vary"].split(", ")
            shares = delivery == "variant"
            assert (page.headers["Cache-Control"] == SHARED) is shares


def test_a_region_that_no_header_tells_is_kept_apart(make_shop: MakeShop) -> None:
    """Else caches would show the page of one region to those of another."""
    consent = ConsentKit()
    consent.region(lambda: request.headers.get("X-Place"))
    app = make_shop(OPT_OUT, consent, CONSENTKIT_DELIVERY="variant")
    app.add_url_rule("/all", "all", lambda: of_all(PAGE))
    visitor = app.test_client()
    first = ask(visitor, X_Place="US-CA")
    assert TAG in first.text
    assert first.headers["Cache-Control"] == ALONE
    assert ask(visitor, X_Place="US-CA").headers["Cache-Control"] == SHARED
    assert ask(app.test_client(), X_Place="DE").headers["Cache-Control"] == SHARED


def test_a_childs_page_is_kept_apart(make_shop: MakeShop) -> None:
    consent = ConsentKit()
    consent.is_child(lambda: "X-Child" in request.headers)
    app = make_shop(OPT_OUT, consent, CONSENTKIT_DELIVERY="variant")
    app.add_url_rule("/all", "all", lambda: of_all(PAGE))
    page = ask(app.test_client(), X_Child="1")
    assert TAG not in page.text
    assert page.headers["Cache-Control"] == ALONE
