"""In which language visitors are asked: the page's, the app's, their browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from flask import request, session
from flask_babel import Babel, get_locale  # type: ignore[import-untyped]

from consentkit import ConsentKit

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.conftest import MakeShop

PAGE = "<!doctype html><html><body><p>Lamps</p></body></html>"


def chosen() -> str | None:
    return request.args.get("locale") or session.get("locale")


@pytest.fixture
def visitor(make_shop: MakeShop) -> FlaskClient:
    """Get a visitor of a shop that Flask-Babel translates."""
    shop = make_shop()
    Babel(shop, locale_selector=chosen)
    shop.add_url_rule("/babel", "babel", lambda: PAGE)
    return shop.test_client()


def asked_in(visitor: FlaskClient, path: str, accept: str = "") -> str:
    page = visitor.get(path, headers={"Accept": "text/html", "Accept-Language": accept})
    return page.text.partition('id="consentkit"')[2].partition('lang="')[2][:7]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de_AT", "de"),
        ("nb_NO", "nb"),
        ("zh_Hant_TW", "zh-Hant"),
        ("zh_TW", "zh-Hant"),
        ("pt_BR", "pt"),
    ],
)
def test_the_apps_locale_comes_before_the_browsers(
    visitor: FlaskClient, locale: str, language: str
) -> None:
    found = asked_in(visitor, f"/babel?locale={locale}", "fr")
    assert found.partition('"')[0] == language


def test_without_a_locale_of_the_apps_it_is_the_default_of_babel(
    visitor: FlaskClient,
) -> None:
    assert asked_in(visitor, "/babel", "fr").startswith('en"')


def test_our_own_pages_follow_the_apps_locale(visitor: FlaskClient) -> None:
    page = visitor.get("/consent/?locale=fr", headers={"Accept-Language": "de"})
    assert '<html lang="fr"' in page.text


def test_the_pages_own_language_comes_first(visitor: FlaskClient) -> None:
    shop: Any = visitor.application
    shop.add_url_rule(
        "/german", "german", lambda: PAGE.replace("<html", "<html lang=de")
    )
    assert asked_in(visitor, "/german?locale=fr", "nl").startswith('de"')


def test_what_the_shop_tells_comes_before_babel(make_shop: MakeShop) -> None:
    shop: Flask = make_shop(consent=ConsentKit(language="it"))
    Babel(shop, locale_selector=lambda: "fr")
    shop.add_url_rule("/babel", "babel", lambda: PAGE + str(get_locale()))
    assert asked_in(shop.test_client(), "/babel", "nl").startswith('it"')
