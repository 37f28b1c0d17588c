"""Who hasn't agreed meets nobody but the shop, and keeps nothing but essentials.

Every test is a tour of the shop, from the front page to the checkout, in one of the
states in which nothing is granted, with JavaScript and without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.shop import CONSENT_COOKIES, ESSENTIAL, PAYMENT_HOSTS, tour

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage


def assert_nothing_leaves(page: ShopPage, cookies: frozenset[str] = ESSENTIAL) -> None:
    page.forget()
    for path in tour(page):
        allowed = PAYMENT_HOSTS if path == "/checkout" else set()
        assert page.strangers <= allowed, path
        assert set(page.own_cookies) <= cookies, path
        assert page.storage == set(), path
        page.forget()


def test_before_a_choice(any_visitor: ShopPage) -> None:
    assert_nothing_leaves(any_visitor, ESSENTIAL - CONSENT_COOKIES)
    assert any_visitor.banner


def test_after_reject_all(any_visitor: ShopPage) -> None:
    any_visitor.open().reject()
    assert_nothing_leaves(any_visitor)
    assert not any_visitor.banner


def test_after_withdrawal(any_visitor: ShopPage) -> None:
    any_visitor.open().accept()
    any_visitor.open("/shop").withdraw()
    assert_nothing_leaves(any_visitor)


def test_under_global_privacy_control(any_visitor: ShopPage) -> None:
    any_visitor.send_gpc()
    assert_nothing_leaves(any_visitor)
    assert not any_visitor.banner


def test_after_refusing_under_global_privacy_control(visitor: ShopPage) -> None:
    visitor.send_gpc()
    visitor.open("/consent/").decide("reject_all")
    assert_nothing_leaves(visitor)


def test_with_a_forged_cookie(any_visitor: ShopPage) -> None:
    any_visitor.set_cookie("__Host-consent", "forged.cookie", secure=True, path="/")
    any_visitor.open()
    assert any_visitor.strangers == set()
    assert any_visitor.banner


def test_no_hint_names_a_refused_host(visitor: ShopPage) -> None:
    """DNS lookups make no request that a server could see: the page is judged."""
    visitor.open("/")
    hints = visitor.all(
        "link[rel~=dns-prefetch], link[rel~=preconnect], link[rel~=preload],"
        "link[rel~=prefetch], link[rel~=modulepreload]"
    )
    hosts = {str(hint.get_attribute("href")) for hint in hints}
    assert not [url for url in hosts if not url.startswith(visitor.origin)]
