"""What the enhancement adds where scripts run, and what pages may build on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.shop import TAGS

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage

_LISTEN = """
window.heard = [];
document.addEventListener('consentkit:change', e => heard.push(e.detail.granted));
"""


def test_pages_can_ask_what_is_granted(visitor: ShopPage) -> None:
    ask = "return ['hotjar', 'youtube', 'essential'].map(window.consentkit.has)"
    assert visitor.open().driver.execute_script(ask) == [False, False, True]
    visitor.choose_services("hotjar")
    assert visitor.open("/consent/").driver.execute_script(ask) == [True, False, True]


def test_a_refusal_is_told_once(visitor: ShopPage) -> None:
    visitor.open().driver.execute_script(_LISTEN)
    visitor.reject()
    assert visitor.driver.execute_script("return window.heard") == [[]]


def test_a_refusal_closes_the_banner_without_loading_the_page_again(
    visitor: ShopPage,
) -> None:
    visitor.open().driver.execute_script("window.same = true")
    visitor.reject()
    assert visitor.driver.execute_script("return window.same")


def test_pages_can_save_a_choice(visitor: ShopPage) -> None:
    visitor.open().driver.execute_script("window.consentkit.save(['hotjar'])")
    visitor.wait(lambda: visitor.vendors.requests(TAGS["hotjar"]))
    visitor.settle()
    assert visitor.banner is None
    assert visitor.strangers == {"static.hotjar.com"}


@pytest.mark.parametrize("path", ["/", "/nonce"])
def test_a_strict_security_policy_is_kept(strict_visitor: ShopPage, path: str) -> None:
    strict_visitor.open(path)
    banner = strict_visitor.find("#consentkit")
    assert banner.value_of_css_property("position") == "fixed"
    assert strict_visitor.placeholder.is_displayed()
    assert strict_visitor.driver.execute_script("return !!window.consentkit")
    strict_visitor.reject()
    assert strict_visitor.complaints == []


@pytest.mark.parametrize("path", ["/", "/nonce"])
def test_a_grant_works_under_a_strict_security_policy(
    strict_visitor: ShopPage, path: str
) -> None:
    strict_visitor.open(path).accept()
    assert strict_visitor.vendors.requests("www.youtube.com/embed/x")
    assert strict_visitor.complaints == []
