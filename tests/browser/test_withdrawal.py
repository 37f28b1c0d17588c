"""Taking consent back is as easy as giving it, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.shop import CONSENT_COOKIES, PRODUCT

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage


@pytest.mark.parametrize("path", [PRODUCT, "/no-such-page"])
def test_two_clicks_withdraw_from_any_page(any_visitor: ShopPage, path: str) -> None:
    any_visitor.open().accept()
    any_visitor.open(path)
    before = any_visitor.consent_cookie
    any_visitor.preferences_link.click()
    any_visitor.wait(lambda: any_visitor.withdraw_button)
    any_visitor.withdraw_button.click()
    any_visitor.wait(lambda: any_visitor.consent_cookie != before)
    any_visitor.settle()
    assert set(any_visitor.own_cookies) <= CONSENT_COOKIES | {"session"}


@pytest.mark.parametrize("path", ["/", PRODUCT])
def test_the_back_button_brings_no_tags_back(any_visitor: ShopPage, path: str) -> None:
    """Browsers show pages of old, scripts and all, without asking the server."""
    any_visitor.open().accept()
    any_visitor.open(path).withdraw()
    any_visitor.forget()
    while any_visitor.path != path:
        any_visitor.driver.back()
        any_visitor.settle()
    assert any_visitor.strangers == set()


def test_scripts_cookies_and_storage_go(visitor: ShopPage) -> None:
    visitor.open().accept()
    assert visitor.storage
    assert {"_ga", "_fbp"} <= set(visitor.cookies)
    visitor.withdraw()
    assert set(visitor.own_cookies) <= CONSENT_COOKIES
    assert visitor.storage == set()


def test_cookies_that_no_script_can_see_go(any_visitor: ShopPage) -> None:
    any_visitor.open().accept()
    any_visitor.set_cookie("_fbc", httpOnly=True)
    any_visitor.set_cookie("spin_result", httpOnly=True, secure=True)
    any_visitor.set_cookie("_hjSession_9", httpOnly=True, domain=".pebble.example")
    any_visitor.set_cookie("_ga_X", httpOnly=True, domain=".www.pebble.example")
    any_visitor.withdraw()
    assert set(any_visitor.own_cookies) <= CONSENT_COOKIES


def test_cookies_on_a_path_go_when_the_path_is_visited(any_visitor: ShopPage) -> None:
    any_visitor.open().accept()
    any_visitor.set_cookie("_fbc", httpOnly=True, path="/products")
    any_visitor.withdraw()
    any_visitor.open(PRODUCT)
    assert "_fbc" not in any_visitor.cookies


def test_cookies_that_nobody_declared_stay(visitor: ShopPage) -> None:
    visitor.open().accept()
    visitor.set_cookie("theme", "dark", path="/")
    visitor.withdraw()
    assert visitor.cookies["theme"]["value"] == "dark"


def test_refusing_after_granting_counts_like_withdrawing(any_visitor: ShopPage) -> None:
    any_visitor.open().accept()
    any_visitor.open("/consent/").decide("reject_all")
    any_visitor.forget()
    any_visitor.open()
    assert any_visitor.strangers == set()
