"""The tests' own eyes: what a page without ConsentKit gives away is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage


def test_every_kind_of_contact_is_seen(control: ShopPage) -> None:
    control.open()
    assert control.strangers == {
        "analytics.tiktok.com",
        "beacon.example.net",
        "connect.facebook.net",
        "frame.example.net",
        "pixel.example.net",
        "preconnect.example.net",
        "style.example.net",
        "www.googletagmanager.com",
    }


def test_contacts_without_javascript_are_seen(scriptless_control: ShopPage) -> None:
    scriptless_control.open()
    assert scriptless_control.strangers == {
        "frame.example.net",
        "noscript.example.net",
        "pixel.example.net",
        "preconnect.example.net",
        "style.example.net",
    }


def test_vendors_scripts_leave_cookies_and_storage_keys(control: ShopPage) -> None:
    control.open()
    assert {"_ga", "_fbp", "_ttp"} <= set(control.cookies)
    assert control.cookies["_ga"]["domain"] == ".control.example"
    assert control.storage == {"lastExternalReferrer", "tt_sessionId", "tt_appInfo"}


def test_a_new_visitor_brings_nothing_along(control: ShopPage) -> None:
    control.open()
    control.start_afresh()
    assert control.cookies == {}
    assert control.strangers == set()


def test_a_connection_held_open_is_seen_again(control: ShopPage) -> None:
    control.open().forget()
    control.open()
    assert "preconnect.example.net" in control.strangers


def test_each_request_is_logged_once(control: ShopPage) -> None:
    control.open().reload()
    script = control.vendors.requests("connect.facebook.net/en_US/fbevents.js")
    assert [request.destination for request in script] == ["script", "script"]


def test_a_missing_browser_says_what_to_do() -> None:
    with pytest.raises(chromium.ChromiumMissingError, match="make machine"):
        chromium.find("no-such-browser")
