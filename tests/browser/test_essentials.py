"""A shop that was refused everything else still sells."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from selenium.webdriver.common.keys import Keys

from tests.browser.shop import PAYMENT_HOSTS, fill_basket

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage

ADDRESS = {
    "name": "A. Customer",
    "email": "customer@mail.example",
    "address": "1 Garden Row",
    "postcode": "AB1 2CD",
}


def test_the_basket_survives(any_visitor: ShopPage) -> None:
    any_visitor.open().reject()
    fill_basket(any_visitor)
    any_visitor.open()
    assert any_visitor.open("/basket").all("form[action^='/basket/']")


def test_an_order_goes_through(any_visitor: ShopPage) -> None:
    any_visitor.open().reject()
    fill_basket(any_visitor)
    any_visitor.open("/checkout")
    assert any_visitor.strangers <= PAYMENT_HOSTS
    fill_in(any_visitor, ADDRESS)
    if not any_visitor.all("input[name=payment]:checked"):
        any_visitor.find("input[name=payment][value=card]").send_keys(Keys.SPACE)
    any_visitor.find("input[name=postcode]").send_keys(Keys.ENTER)
    any_visitor.wait(lambda: any_visitor.path.startswith("/orders/PP-"))


def test_registering_logs_in(any_visitor: ShopPage) -> None:
    any_visitor.open().reject()
    open_account(any_visitor, "A")
    assert "session" in any_visitor.cookies
    assert any_visitor.cookies["session"]["secure"]


def test_a_long_name_leaves_the_head_of_the_page_in_order(visitor: ShopPage) -> None:
    visitor.open().reject()
    open_account(visitor, "Bartholomew Featherstonehaugh")
    fill_basket(visitor)
    for width in (320, 390, 700, 980, 1280):
        visitor.resize(width, 800)
        assert visitor.driver.execute_script(_OVERLAPS) == [], width


_OVERLAPS = """
const parts = [...document.querySelectorAll('.brand span, .menu a, .mine a')]
  .map(e => [e.textContent.trim(), e.getBoundingClientRect()]);
return parts.filter(([, a], i) => a.right > innerWidth || a.width < 10
  || parts.slice(i + 1).some(([, b]) => a.left < b.right && b.left < a.right
    && a.top < b.bottom && b.top < a.bottom)).map(([name]) => name);
"""


def open_account(page: ShopPage, name: str) -> None:
    page.open("/account/register")
    fill_in(page, {"name": name, "email": f"{secrets.token_hex(8)}@mail.example"})
    page.find("input[name=password]").send_keys("a-long-password", Keys.ENTER)
    page.wait(lambda: page.path == "/account/")


def test_without_tls_the_shop_works_too(visitor_without_tls: ShopPage) -> None:
    visitor_without_tls.open().reject()
    assert not visitor_without_tls.reload().banner
    assert visitor_without_tls.strangers == set()


def test_the_consent_cookie_is_out_of_reach(any_visitor: ShopPage) -> None:
    any_visitor.open().reject()
    cookie = any_visitor.cookies["__Host-consent"]
    assert cookie["httpOnly"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert cookie["sameSite"] == "Lax"
    assert len(cookie["value"]) < 300


def fill_in(page: ShopPage, values: dict[str, str]) -> None:
    for name, value in values.items():
        page.find(f"[name={name}]").send_keys(value)
