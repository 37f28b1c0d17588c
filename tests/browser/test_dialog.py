"""The choices over the page: all that the page of choices can, and no way to lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.action_builder import ActionBuilder

from tests.browser.shop import TAGS

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from tests.browser.pages import ShopPage


def _press(page: ShopPage, key: str) -> None:
    ActionChains(page.driver).send_keys(key).perform()


def _is_closed(page: ShopPage) -> bool:
    return not page.all("dialog")


def _focused(page: ShopPage) -> WebElement:
    return page.driver.switch_to.active_element


def test_the_banner_and_the_link_open_it(visitor: ShopPage) -> None:
    visitor.show("/")
    assert visitor.open_dialog().accessible_name == "Privacy choices"
    assert visitor.path == "/"
    _press(visitor, Keys.ESCAPE)
    visitor.wait(lambda: _is_closed(visitor))
    visitor.reject()
    visitor.open("/shop").open_dialog()
    assert visitor.path == "/shop"


def test_it_is_modal_and_says_what_it_is_first(visitor: ShopPage) -> None:
    visitor.show("/")
    dialog = visitor.open_dialog()
    assert dialog.aria_role == "dialog"
    assert _focused(visitor).text == "Privacy choices"
    behind = "return document.querySelector('dialog').matches(':modal')"
    assert visitor.driver.execute_script(behind)
    for _ in range(25):
        ActionChains(visitor.driver, duration=0).send_keys(Keys.TAB).perform()
        inside = visitor.driver.execute_script(
            "return !document.hasFocus() || document.activeElement === document.body"
            " || !!document.activeElement.closest('dialog')"
        )
        assert inside


#: What covers the focus: the title that stays above, or the buttons below.
_COVERED = """
const {activeElement: focused} = document, dialog = focused.closest('dialog');
if (!dialog || focused.closest('.ck-bar, .ck-close, h1')) return '';
const {top, bottom} = focused.getBoundingClientRect();
const title = dialog.querySelector('h1').getBoundingClientRect();
const bar = dialog.querySelector('.ck-bar').getBoundingClientRect();
const hidden = bottom <= title.bottom || (top >= bar.top && bottom <= bar.bottom);
return hidden ? focused.outerHTML : '';
"""


@pytest.mark.parametrize("size", [(320, 568), (390, 844), (1280, 800)])
def test_its_title_stays_and_covers_nothing_that_has_the_focus(
    visitor: ShopPage, size: tuple[int, int]
) -> None:
    visitor.resize(*size)
    ground = visitor.show("/").open_dialog().value_of_css_property("background-color")
    title = visitor.find("dialog h1").value_of_css_property("background-color")
    assert title == ground
    for back in [False] * 25 + [True] * 30:
        chain = ActionChains(visitor.driver, duration=0)
        if back:
            chain.key_down(Keys.SHIFT)
        chain.send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        assert visitor.driver.execute_script(_COVERED) == ""
        strip, cross = visitor.find("dialog h1").rect, visitor.find(".ck-close").rect
        assert strip["y"] <= cross["y"]
        assert cross["y"] + cross["height"] <= strip["y"] + strip["height"]


@pytest.mark.parametrize("way", ["Escape", "button", "beside"])
def test_closing_saves_nothing_and_gives_the_focus_back(
    visitor: ShopPage, way: str
) -> None:
    visitor.resize(1280, 800)
    visitor.show("/")
    dialog = visitor.open_dialog()
    visitor.switch("youtube").send_keys(Keys.SPACE)
    if way == "Escape":
        _press(visitor, Keys.ESCAPE)
    elif way == "button":
        dialog.find_element("css selector", ".ck-close").click()
    else:
        mouse = ActionBuilder(visitor.driver)
        mouse.pointer_action.move_to_location(5, 300)  # type: ignore[no-untyped-call]
        mouse.pointer_action.click()
        mouse.perform()
    visitor.wait(lambda: _is_closed(visitor))
    assert _focused(visitor).text == "Manage choices"
    assert visitor.consent_cookie is None
    assert visitor.banner
    visitor.open_dialog()
    assert not visitor.switch("youtube").is_selected()


def test_pressing_inside_and_letting_go_beside_closes_nothing(
    visitor: ShopPage,
) -> None:
    """WCAG 2.5.2."""
    visitor.resize(1280, 800)
    visitor.show("/")
    visitor.open_dialog()
    chain = ActionChains(visitor.driver).move_to_element(visitor.find("dialog h1"))
    chain.click_and_hold().move_by_offset(-600, 0).release().perform()
    assert not _is_closed(visitor)


def test_a_selection_saved_in_it_holds_at_once(visitor: ShopPage) -> None:
    visitor.show("/")
    visitor.open_dialog()
    visitor.switch("hotjar").send_keys(Keys.SPACE)
    visitor.find("dialog [value=save]").click()
    visitor.wait(lambda: visitor.find("[role=status]").text == "Your choice is saved.")
    visitor.wait(lambda: visitor.vendors.requests(TAGS["hotjar"]))
    visitor.settle()
    assert visitor.path == "/"
    assert visitor.strangers == {"static.hotjar.com"}


def test_a_refusal_in_it_closes_dialog_and_banner(visitor: ShopPage) -> None:
    visitor.show("/")
    visitor.open_dialog()
    visitor.find("dialog [value=reject_all]").click()
    visitor.wait(lambda: visitor.consent_cookie)
    visitor.wait(lambda: _is_closed(visitor) and visitor.banner is None)
    visitor.wait(lambda: _focused(visitor).tag_name == "main")
    assert visitor.driver.execute_script("return scrollY") == 0


def test_two_clicks_withdraw_without_leaving_the_page(visitor: ShopPage) -> None:
    visitor.open("/").accept()
    visitor.open("/shop")
    before = visitor.consent_cookie
    visitor.open_dialog()
    visitor.find("dialog [value=withdraw]").click()
    visitor.wait(lambda: visitor.consent_cookie != before)
    visitor.settle()
    visitor.forget()
    visitor.reload()
    assert visitor.path == "/shop"
    assert visitor.strangers == set()


def test_a_group_in_part_is_shown_so_and_counted(visitor: ShopPage) -> None:
    visitor.show("/")
    visitor.open_dialog()
    group = visitor.find("[aria-labelledby=ck-group-personalisation]")
    lead = group.find_element("css selector", "[data-ck-all] input")
    count = group.find_element("css selector", "[data-ck-count]")
    number = len(group.find_elements("css selector", "[name=granted]"))
    mixed = "return arguments[0].indeterminate"
    visitor.switch("youtube").send_keys(Keys.SPACE)
    assert visitor.driver.execute_script(mixed, lead)
    assert count.text == f"On: 1 of {number}"
    lead.send_keys(Keys.SPACE)
    assert count.text == f"On: {number} of {number}"
    lead.send_keys(Keys.SPACE)
    assert not visitor.switch("youtube").is_selected()
    assert not visitor.driver.execute_script(mixed, lead)


@pytest.mark.parametrize("path", ["/", "/nonce"])
def test_it_opens_under_a_strict_security_policy(
    strict_visitor: ShopPage, path: str
) -> None:
    strict_visitor.show(path)
    dialog = strict_visitor.open_dialog()
    assert dialog.value_of_css_property("overflow-y") == "auto"
    strict_visitor.find("dialog [value=reject_all]").click()
    strict_visitor.wait(lambda: strict_visitor.consent_cookie)
    strict_visitor.wait(lambda: _is_closed(strict_visitor))
    assert strict_visitor.complaints == []
    status = strict_visitor.find("[role=status]")
    strict_visitor.wait(lambda: status.text == "Your choice is saved.")


def test_without_scripts_the_same_is_a_page(scriptless: ShopPage) -> None:
    scriptless.show("/")
    scriptless.find("#consentkit a.ck-quiet").send_keys(Keys.ENTER)
    scriptless.wait(lambda: scriptless.path.startswith("/consent/"))
    assert "On: 0 of" in scriptless.text


def test_what_opens_a_new_tab_still_does(visitor: ShopPage) -> None:
    visitor.show("/")
    link = visitor.find("#consentkit a.ck-quiet")
    handles = set(visitor.driver.window_handles)
    chain = ActionChains(visitor.driver).key_down(Keys.CONTROL).click(link)
    chain.key_up(Keys.CONTROL).perform()
    visitor.wait(lambda: set(visitor.driver.window_handles) > handles)
    assert _is_closed(visitor)
    for handle in set(visitor.driver.window_handles) - handles:
        visitor.driver.switch_to.window(handle)
        visitor.driver.close()
    visitor.driver.switch_to.window(next(iter(handles)))
