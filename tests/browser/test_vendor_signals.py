"""Vendors are told what is granted, before anything of theirs runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import signalling
from tests.browser.world import new_visitor

if TYPE_CHECKING:
    from tests.browser.pages import ShopPage
    from tests.browser.world import World

_WORDS = """
const words = (entry) => String(entry) === "[object Arguments]" ? [...entry] : entry;
return {
  layer: (window.dataLayer ?? []).map(words),
  uet: window.uetq ?? [],
  clarity: (window.clarity?.q ?? []).map(words),
  meta: (window.fbq?.queue ?? []).map(words),
  shopify: window.Shopify?.told ?? [],
};
"""
KEYS = (
    "ad_storage ad_user_data ad_personalization analytics_storage "
    "functionality_storage personalization_storage security_storage"
).split()


@pytest.fixture
def page(world: World) -> ShopPage:
    return new_visitor(world, f"https://{signalling.HOST}")


def heard(page: ShopPage) -> dict[str, Any]:
    """Get what the tags of a page were told, in this order."""
    found: dict[str, Any] = page.driver.execute_script(_WORDS)
    return found


def states(*granted: str) -> dict[str, str]:
    return {key: "granted" if key in granted else "denied" for key in KEYS}


def test_a_refusal_leaves_nothing_to_be_told(page: ShopPage) -> None:
    told = heard(page.open().reject().open())
    assert page.strangers == set()
    assert told["layer"][0] == {"pageType": "home"}
    assert (told["uet"], told["clarity"], told["meta"]) == ([], [], [])


@pytest.mark.parametrize("path", ["/", "/strict"])
def test_consent_stands_before_everything_else_in_the_data_layer(
    page: ShopPage, path: str
) -> None:
    page.open(path).accept()
    page.wait(lambda: page.vendors.requests("www.googletagmanager.com/gtag/js"))
    told = heard(page)
    assert told["layer"][:5] == [
        ["consent", "default", states("security_storage")],
        ["set", "ads_data_redaction", False],
        ["set", "url_passthrough", False],
        ["consent", "update", states(*KEYS)],
        {"pageType": "home"},
    ]
    assert [entry[0] for entry in told["layer"][5:7]] == ["js", "config"]
    assert told["uet"] == [
        *["consent", "default", {"ad_storage": "denied"}],
        *["consent", "update", {"ad_storage": "granted"}],
    ]
    both = {"ad_Storage": "granted", "analytics_Storage": "granted"}
    assert told["clarity"] == [["consentv2", both]]
    assert [words[1] for words in told["meta"][:3]] == ["revoke", "1", "PageView"]
    assert told["meta"][3] == ["consent", "grant"]
    shares = ("analytics", "marketing", "preferences", "sale_of_data")
    assert told["shopify"] == [dict.fromkeys(shares, True)]
    assert page.complaints == []


def test_what_is_refused_is_told_as_denied(page: ShopPage) -> None:
    page.choose_services("google_analytics", "microsoft_clarity")
    told = heard(page.open())
    assert told["layer"][1] == ["set", "ads_data_redaction", True]
    update = told["layer"][3]
    assert update == ["consent", "update", states("analytics_storage", KEYS[-1])]
    only = {"ad_Storage": "denied", "analytics_Storage": "granted"}
    assert told["clarity"] == [["consentv2", only]]
    assert (told["uet"], told["meta"], told["shopify"]) == ([], [], [])


def test_a_withdrawal_is_told_before_the_page_goes(page: ShopPage) -> None:
    page.open().accept()
    page.driver.execute_script(
        "document.dispatchEvent(new CustomEvent('consentkit:ready',"
        " {detail: {granted: ['google_ads']}}));"
        "document.dispatchEvent(new CustomEvent('consentkit:change',"
        " {detail: {granted: []}}));"
    )
    told = heard(page)
    assert told["layer"][-1] == ["consent", "update", states("security_storage")]
    assert told["uet"][-1] == {"ad_storage": "denied"}
    assert told["meta"][-1] == ["consent", "revoke"]
    assert told["clarity"][-1][1]["analytics_Storage"] == "denied"
    assert not any(told["shopify"][-1].values())
