"""The vendors' snippets, pasted as they are: the page shows whose are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.example.reading import text

if TYPE_CHECKING:
    from webtest import TestApp

ON_EVERY_PAGE = [
    "googletagmanager.com/gtm.js",
    "googletagmanager.com/ns.html",
    "googletagmanager.com/gtag/js",
    "connect.facebook.net/en_US/fbevents.js",
    "facebook.com/tr?",
    "analytics.tiktok.com/i18n/pixel",
    "static.klaviyo.com/onsite/js",
    "_klOnsite",
    "static.hotjar.com/c/hotjar-",
    'rel="preconnect"',
    'rel="dns-prefetch"',
    "/static/beacon.js",
]
ON_A_PRODUCT = ["js.klarna.com/web-sdk", "youtube.com/embed/"]
AT_THE_CHECKOUT = ["paypal.com/sdk/js", "x.klarnacdn.net/kp/lib"]


@pytest.mark.parametrize("mark", ON_EVERY_PAGE + ON_A_PRODUCT)
def test_before_a_choice_no_tag_is_in_the_page(visitor: TestApp, mark: str) -> None:
    assert mark not in visitor.get("/products/watering-can")


@pytest.mark.parametrize("mark", ON_EVERY_PAGE + ON_A_PRODUCT)
def test_after_a_refusal_no_tag_is_in_the_page(refuser: TestApp, mark: str) -> None:
    assert mark not in refuser.get("/products/watering-can")


@pytest.mark.parametrize("mark", ON_EVERY_PAGE + ON_A_PRODUCT)
def test_who_agreed_gets_each_tag(agreeing: TestApp, mark: str) -> None:
    assert mark in agreeing.get("/products/watering-can")


@pytest.mark.parametrize("mark", AT_THE_CHECKOUT)
def test_payment_works_whatever_is_refused(refuser: TestApp, mark: str) -> None:
    refuser.post("/basket", {"product": "seed-tin"})
    assert mark in refuser.get("/checkout")


def test_payment_scripts_are_on_no_other_page(agreeing: TestApp) -> None:
    page = agreeing.get("/products/watering-can")
    assert not any(mark in page for mark in AT_THE_CHECKOUT)


def test_the_cookie_page_declares_what_the_policy_declares(visitor: TestApp) -> None:
    page = text(visitor.get("/cookies"), "main")
    for name in ["session", "basket", "pp_visitor", "spin_result", "_fbp", "__kla_id"]:
        assert name in page
