"""Who has agreed gets what they agreed to: all of it, once, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Keys

from tests.browser.shop import TAGS, VIDEO_PRODUCT

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage


def loaded(page: ShopPage) -> dict[str, int]:
    """Count how often each vendor's tag was asked for."""
    return {key: len(page.vendors.requests(tag)) for key, tag in TAGS.items()}


def assert_loaded(page: ShopPage, expected: dict[str, int]) -> None:
    """Give slow machines time to load what is due; then nothing more may come."""
    page.wait(lambda: sum(loaded(page).values()) >= sum(expected.values()))
    page.settle()
    assert loaded(page) == expected


@pytest.mark.parametrize("path", ["/", VIDEO_PRODUCT])
def test_each_tag_loads_once_a_page_view(visitor: ShopPage, path: str) -> None:
    visitor.open().accept()
    visitor.forget()
    visitor.open(path)
    assert_loaded(visitor, dict.fromkeys(TAGS, 1))


def test_each_tag_loads_once_when_accepted(visitor: ShopPage) -> None:
    """The page that asked shows what was granted, without a second visit."""
    visitor.open().accept()
    assert_loaded(visitor, dict.fromkeys(TAGS, 1))


def test_pixels_load_where_scripts_do_not(scriptless: ShopPage) -> None:
    scriptless.open().accept()
    assert {"www.facebook.com", "www.googletagmanager.com"} <= scriptless.strangers


@pytest.mark.parametrize(
    "service", ["google_tag_manager", "google_analytics", "meta_pixel", "klaviyo"]
)
def test_a_service_chosen_alone_loads_alone(visitor: ShopPage, service: str) -> None:
    visitor.choose_services(service)
    visitor.forget()
    visitor.open()
    assert_loaded(visitor, dict.fromkeys(TAGS, 0) | {service: 1})


def test_services_are_chosen_without_javascript(scriptless: ShopPage) -> None:
    scriptless.choose_services("youtube")
    scriptless.forget()
    scriptless.open(VIDEO_PRODUCT)
    assert {contact.host for contact in scriptless.vendors.contacts} <= {
        "www.youtube.com",
        "www.youtube-nocookie.com",
    }
    assert scriptless.strangers


def test_a_choice_not_saved_is_none(visitor: ShopPage) -> None:
    visitor.open_preferences().switch("youtube").send_keys(Keys.SPACE)
    assert visitor.switch("youtube").is_selected()
    visitor.open()
    assert visitor.consent_cookie is None
    assert visitor.banner
    assert not visitor.open("/consent/").switch("youtube").is_selected()


def test_a_saved_choice_is_shown_again(any_visitor: ShopPage) -> None:
    any_visitor.choose_services("youtube")
    any_visitor.open("/consent/")
    assert any_visitor.switch("youtube").is_selected()
    assert not any_visitor.switch("meta_pixel").is_selected()


def test_cookies_of_granted_services_stay(visitor: ShopPage) -> None:
    visitor.open().accept()
    visitor.open("/shop")
    assert {"_ga", "_fbp", "_ttp", "__kla_id"} <= set(visitor.cookies)


def test_cookies_of_refused_services_go_alone(visitor: ShopPage) -> None:
    visitor.open().accept()
    visitor.choose_services("meta_pixel")
    visitor.open()
    assert "_fbp" in visitor.cookies
    assert not {"_ga", "_ttp", "__kla_id"} & set(visitor.cookies)


def test_an_explicit_grant_overrides_global_privacy_control(visitor: ShopPage) -> None:
    visitor.send_gpc()
    visitor.choose_services("meta_pixel")
    visitor.forget()
    visitor.open()
    assert loaded(visitor)["meta_pixel"] == 1


def test_the_shop_says_that_the_opt_out_signal_was_honoured(
    visitor: ShopPage,
) -> None:
    visitor.send_gpc()
    assert "Opt-out request honoured" in visitor.open("/consent/").text


def test_the_video_is_a_placeholder_until_allowed(any_visitor: ShopPage) -> None:
    any_visitor.open(VIDEO_PRODUCT).reject()
    assert "YouTube" in any_visitor.placeholder.text
    assert not any_visitor.all("iframe[src*=youtube]")
    size = any_visitor.placeholder.rect
    any_visitor.allow_in_place()
    assert any_visitor.vendors.requests("www.youtube")
    video = any_visitor.find("iframe[src*=youtube]").rect
    assert video["width"] == pytest.approx(size["width"], abs=1)
    assert video["height"] == pytest.approx(size["height"], abs=1)


def test_allowed_once_is_shown_once(any_visitor: ShopPage) -> None:
    any_visitor.open(VIDEO_PRODUCT).reject()
    refused = any_visitor.consent_cookie
    any_visitor.allow_once()
    assert any_visitor.path == VIDEO_PRODUCT
    assert any_visitor.vendors.requests("www.youtube")
    assert "consent_once" not in any_visitor.cookies
    any_visitor.forget()
    any_visitor.reload()
    assert any_visitor.placeholder.is_displayed()
    assert any_visitor.strangers == set()
    assert any_visitor.consent_cookie == refused


@pytest.mark.parametrize("name", ["once", "add"])
def test_the_keyboard_goes_on_at_what_was_allowed(visitor: ShopPage, name: str) -> None:
    visitor.open(VIDEO_PRODUCT).reject()
    button = visitor.find(f".consentkit-placeholder button[name={name}]")
    button.send_keys(Keys.ENTER)
    visitor.wait(lambda: _focused(visitor) == "iframe")


def test_the_keyboard_goes_on_in_a_page_that_came_again(visitor: ShopPage) -> None:
    visitor.open(VIDEO_PRODUCT)
    visitor.find("#consentkit button[value=accept_all]").send_keys(Keys.ENTER)
    visitor.wait(lambda: _focused(visitor) == "main")
    assert not visitor.banner


def _focused(page: ShopPage) -> str | None:
    # Between two pages there is nothing to name.
    with suppress(WebDriverException):
        script = "return document.activeElement?.localName"
        return cast("str | None", page.driver.execute_script(script))
    return None


def test_allowing_once_decides_nothing_else(any_visitor: ShopPage) -> None:
    any_visitor.open(VIDEO_PRODUCT)
    any_visitor.allow_once()
    assert any_visitor.banner
    assert any_visitor.consent_cookie is None
    assert any_visitor.strangers <= {"www.youtube.com", "www.youtube-nocookie.com"}


def test_always_allowed_is_remembered_for_this_service_only(
    any_visitor: ShopPage,
) -> None:
    any_visitor.open(VIDEO_PRODUCT).reject()
    any_visitor.allow_in_place()
    any_visitor.forget()
    any_visitor.open(VIDEO_PRODUCT)
    assert any_visitor.vendors.requests("www.youtube")
    assert {c.host.rpartition("www.")[2] for c in any_visitor.vendors.contacts} <= {
        "youtube.com",
        "youtube-nocookie.com",
    }
