"""The banner under a visitor's hands: buttons, keys, small screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.action_builder import ActionBuilder

from tests.browser.shop import PRODUCT, TAGS

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from tests.browser.pages import ShopPage

LOOKS = (
    "font-family",
    "font-size",
    "font-weight",
    "color",
    "background-color",
    "border",
    "border-radius",
    "padding",
    "width",
    "height",
    "opacity",
    "text-decoration",
    "cursor",
)


def test_accept_and_reject_look_the_same(visitor: ShopPage) -> None:
    visitor.open()
    accept, reject = visitor.button("accept_all"), visitor.button("reject_all")
    assert _looks(accept) == _looks(reject)
    assert accept.tag_name == reject.tag_name
    assert (accept.text, reject.text) == ("Accept all", "Reject all")


def _looks(button: WebElement) -> dict[str, str]:
    return {name: button.value_of_css_property(name) for name in LOOKS}


def test_the_choice_brings_back_to_the_same_page(any_visitor: ShopPage) -> None:
    any_visitor.open(f"{PRODUCT}?from=mail&x=%C3%A9").reject()
    assert any_visitor.path == f"{PRODUCT}?from=mail&x=%C3%A9"


def test_the_banner_stays_away_after_a_choice(any_visitor: ShopPage) -> None:
    any_visitor.open().reject()
    assert not any_visitor.reload().banner
    assert not any_visitor.open("/shop").banner


def test_reload_alone_decides_nothing(visitor: ShopPage) -> None:
    assert visitor.open().reload().banner
    assert visitor.consent_cookie is None


def test_scrolling_and_escape_decide_nothing(visitor: ShopPage) -> None:
    visitor.open()
    visitor.driver.execute_script("window.scrollTo(0, document.body.scrollHeight)")
    ActionChains(visitor.driver).send_keys(Keys.ESCAPE).perform()
    _click_beside(visitor)
    visitor.settle()
    assert visitor.consent_cookie is None
    assert visitor.strangers == set()
    assert visitor.open().banner


def _click_beside(page: ShopPage) -> None:
    mouse = ActionBuilder(page.driver)
    mouse.pointer_action.move_to_location(3, 60)  # type: ignore[no-untyped-call]
    mouse.pointer_action.click()
    mouse.perform()


def test_the_page_stays_usable_beneath_the_banner(any_visitor: ShopPage) -> None:
    any_visitor.open("/shop")
    any_visitor.find(f"a[href='{PRODUCT}']").send_keys(Keys.ENTER)
    any_visitor.wait(lambda: any_visitor.path == PRODUCT)
    assert any_visitor.banner


@pytest.mark.parametrize(
    ("decision", "granted"), [("reject_all", False), ("accept_all", True)]
)
def test_the_keyboard_alone_decides(
    any_visitor: ShopPage, decision: str, *, granted: bool
) -> None:
    any_visitor.open()
    _tab_to(any_visitor, decision)
    assert _focus_is_visible(any_visitor)
    any_visitor.driver.switch_to.active_element.send_keys(Keys.ENTER)
    any_visitor.wait(lambda: any_visitor.consent_cookie)
    any_visitor.wait(lambda: any_visitor.banner is None)
    any_visitor.settle()
    assert bool(any_visitor.strangers) is granted


def test_the_banner_comes_early_in_the_tab_order(visitor: ShopPage) -> None:
    visitor.open()
    for _ in range(2):  # a link that skips to the content may come first
        ActionChains(visitor.driver).send_keys(Keys.TAB).perform()
    assert _focus_is_in_banner(visitor)


def test_the_keyboard_leaves_the_banner(visitor: ShopPage) -> None:
    """A banner that isn't modal is no trap (WCAG 2.1.2)."""
    visitor.open()
    inside = [_tab(visitor) for _ in range(15)]
    assert True in inside
    assert False in inside[inside.index(True) :]


def _tab(page: ShopPage) -> bool:
    ActionChains(page.driver).send_keys(Keys.TAB).perform()
    return _focus_is_in_banner(page)


def _tab_to(page: ShopPage, decision: str) -> None:
    for _ in range(12):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        if page.driver.switch_to.active_element.get_attribute("value") == decision:
            return
    pytest.fail(f"Tab doesn't reach {decision}")


def _focus_is_in_banner(page: ShopPage) -> bool:
    return bool(
        page.driver.execute_script(
            "return document.getElementById('consentkit')"
            ".contains(document.activeElement)"
        )
    )


def _focus_is_visible(page: ShopPage) -> bool:
    focused = page.driver.switch_to.active_element
    style = focused.value_of_css_property("outline-style")
    width = focused.value_of_css_property("outline-width")
    return style != "none" and float(width.removesuffix("px")) >= 2


def test_a_double_click_decides_once(visitor: ShopPage) -> None:
    visitor.open()
    ActionChains(visitor.driver).double_click(visitor.button("accept_all")).perform()
    visitor.wait(lambda: visitor.consent_cookie)
    visitor.wait(lambda: visitor.banner is None)
    visitor.settle()
    decided = visitor.consent_cookie
    visitor.forget()
    visitor.reload()
    assert visitor.consent_cookie == decided
    assert len(visitor.vendors.requests(TAGS["meta_pixel"])) == 1


@pytest.mark.parametrize("path", ["/", PRODUCT, "/consent/"])
def test_no_page_scrolls_sideways_on_a_small_phone(
    visitor: ShopPage, path: str
) -> None:
    visitor.resize(320, 640)
    visitor.open(path)
    width = visitor.driver.execute_script("return document.documentElement.scrollWidth")
    assert width == 320


def test_the_banner_leaves_half_of_a_phone(visitor: ShopPage) -> None:
    visitor.resize(320, 640)
    visitor.open()
    banner = visitor.find("#consentkit").rect
    assert banner["height"] <= 320
    assert banner["width"] <= 320
    for decision in ("accept_all", "reject_all"):
        button = visitor.button(decision).rect
        assert button["y"] + button["height"] <= 640, "needs scrolling"
        assert button["height"] >= 24, "too small to hit (WCAG 2.5.8)"


def test_the_banner_is_a_named_dialog_that_blocks_nothing(visitor: ShopPage) -> None:
    visitor.open()
    banner = visitor.find("#consentkit")
    assert banner.aria_role == "dialog"
    assert banner.accessible_name
    assert banner.get_attribute("aria-modal") is None


def test_no_optional_switch_is_on_beforehand(visitor: ShopPage) -> None:
    visitor.open("/consent/")
    switches = visitor.all("input[type=checkbox]")
    assert switches
    assert not [switch for switch in switches if switch.is_selected()]
