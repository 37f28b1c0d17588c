"""Opting out where tags run until they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.states import HOST, TAG
from tests.browser.world import World, new_visitor

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def californian(request: pytest.FixtureRequest, world: World) -> ShopPage:
    javascript = request.param == "with JavaScript"
    return new_visitor(world, f"https://{HOST}", javascript=javascript)


@pytest.mark.parametrize("path", ["/", "/linked"])
def test_everything_is_opted_out_of_by_two_keys(
    californian: ShopPage, path: str
) -> None:
    californian.open(path)
    assert TAG in californian.strangers
    assert not californian.banner
    californian.find("a.ck-link").send_keys(Keys.ENTER)
    californian.wait(lambda: californian.path.startswith("/consent/rights"))
    californian.settle()
    californian.find("button[value=reject_all]").send_keys(Keys.ENTER)
    californian.wait(lambda: "done=1" in californian.path)
    assert "Your refusal is saved" in californian.text
    californian.forget()
    californian.open(path)
    assert californian.strangers == set()
    assert not californian.banner


def test_one_right_ends_what_bears_on_it(californian: ShopPage) -> None:
    californian.open("/consent/rights")
    box = californian.find("input[value=sale]")
    assert not box.is_selected()
    box.send_keys(Keys.SPACE)
    californian.find("button[value=save]").send_keys(Keys.ENTER)
    californian.wait(lambda: "done=1" in californian.path)
    chosen = {b.get_attribute("value") for b in californian.all("input:checked")}
    assert chosen == {"sale", "sharing"}  # both end the same service
    californian.forget()
    assert californian.open("/").strangers == set()


def test_the_signal_is_honoured_in_sight(californian: ShopPage) -> None:
    californian.send_gpc()
    californian.open("/")
    assert "Opt-out request honoured" in californian.text
    assert californian.strangers == set()


def test_the_line_hides_nothing_of_a_phone(californian: ShopPage) -> None:
    californian.resize(320, 568)
    californian.open("/")
    strip = californian.find(".ck-strip")
    assert strip.value_of_css_property("position") == "static"
    assert strip.size["height"] <= 100
    assert strip.size["width"] <= 320
