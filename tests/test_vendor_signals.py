"""Which vendor is told what, by what is granted."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from flask import Response

from consentkit import load_policy
from consentkit.errors import PolicyError
from consentkit.policy import CONSENT_MODE
from consentkit.vendor_signals import signals

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.conftest import MakeShop

NOTICE = {"controller": "Teapots Ltd", "contact": "privacy@teapots.example"}
ADVERTS = ["ad_storage", "ad_user_data", "ad_personalization"]


def told(services: str, granted: str) -> dict[str, list[str]]:
    """Get what is told in a shop of these services, where some are granted."""
    declared: dict[str, object] = {key: {} for key in services.split()}
    policy = load_policy({"notice": NOTICE, "services": declared})
    keys = policy.expand(granted.split(), whole=True)
    return {name: words.split() for name, words in signals(policy, keys).items()}


def google(services: str, granted: str) -> list[str]:
    return told(services, granted)["google"]


def test_all_seven_keys_are_known() -> None:
    assert len(CONSENT_MODE) == 7


def test_a_refusal_tells_nobody_anything() -> None:
    every = "google_ads microsoft_uet microsoft_clarity meta_pixel shopify_analytics"
    assert told(every, "") == {}


def test_a_shop_without_such_products_tells_nobody_anything() -> None:
    assert told("hotjar youtube", "personalisation") == {}


def test_everything_granted_is_everything_told() -> None:
    every = "google_ads microsoft_uet microsoft_clarity meta_pixel shopify_analytics"
    assert told(every, "personalisation") == {
        "google": list(CONSENT_MODE),
        "uet": ["ad_storage"],
        "clarity": ["ad_Storage", "analytics_Storage"],
        "meta": ["grant"],
        "shopify": ["analytics", "marketing", "preferences", "sale_of_data"],
    }


@pytest.mark.parametrize(
    ("services", "granted", "expected"),
    [
        ("google_analytics", "google_analytics", "analytics"),
        ("google_analytics google_ads", "google_analytics", "analytics"),
        ("google_analytics google_ads", "google_ads", "ads"),
        # Without a tag manager only the vendor's own products are its business.
        ("google_ads meta_pixel", "google_ads", "ads"),
        # A tag manager may load all of a part: one refused of it refuses the key.
        ("google_tag_manager google_ads meta_pixel", "google_tag_manager", ""),
        (
            "google_tag_manager google_ads meta_pixel",
            "google_tag_manager google_ads",
            "",
        ),
        (
            "google_tag_manager google_analytics hotjar",
            "google_tag_manager google_analytics",
            "",
        ),
        # It stands for nothing by itself.
        ("google_tag_manager hotjar", "google_tag_manager", ""),
    ],
)
def test_keys_follow_the_services_they_stand_for(
    services: str, granted: str, expected: str
) -> None:
    keys = {"analytics": ["analytics_storage"], "ads": ADVERTS, "": []}[expected]
    # The whole group isn't granted, so that what nobody names is denied.
    found = google(f"{services} youtube matomo criteo nosto", granted)
    assert found == [*keys, "security_storage"]


def test_what_no_service_stands_for_follows_the_group() -> None:
    assert "personalization_storage" in google("google_ads", "personalisation")
    refused = google("google_ads hotjar", "google_ads")
    assert "personalization_storage" not in refused


def test_clarity_gets_no_adverts_where_the_shop_refused_them() -> None:
    services = "microsoft_clarity microsoft_uet"
    assert told(services, "microsoft_clarity") == {"clarity": ["analytics_Storage"]}


GROUPS = {"marketing": {"aliases": ["adverts"]}, "statistics": {}}
MAPPED = {
    "notice": NOTICE,
    "groups": GROUPS,
    "services": {
        key: {"group": "statistics"}
        for key in ("google_tag_manager", "microsoft_clarity", "microsoft_uet")
    },
    "signals": dict.fromkeys(ADVERTS, "adverts") | {"analytics_storage": "statistics"},
}


def test_a_shop_says_itself_what_a_key_hangs_on() -> None:
    policy = load_policy(MAPPED)
    figures = signals(policy, policy.expand(["statistics"]))
    assert figures["google"].split() == ["analytics_storage", "security_storage"]
    assert figures["clarity"] == "analytics_Storage"
    assert figures["uet"] == "-"
    adverts = signals(policy, policy.expand(["statistics", "marketing"]))
    assert "ad_storage" in adverts["google"].split()
    assert adverts["uet"] == "ad_storage"


def test_what_a_key_hangs_on_must_be_there() -> None:
    with pytest.raises(PolicyError, match="did you mean 'marketing'"):
        load_policy(MAPPED | {"signals": {"ad_storage": "marketng"}})


def test_a_product_that_cannot_be_refused_is_told_before_any_choice() -> None:
    essential = {"group": "essential", "reason": "We bill by it."}
    policy = load_policy({"notice": NOTICE, "services": {"google_ads": essential}})
    assert "ad_storage" in signals(policy, frozenset())["google"]


GA = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
PAGE = f'<!doctype html><html lang="en"><head><title>Tea</title>{GA}</head><body>tea'
SHOP = {"notice": NOTICE, "services": {"google_analytics": {}, "meta_pixel": {}}}


def sent(make_shop: MakeShop, answer: Response, *granted: str) -> TestResponse:
    """Get what a visitor with these grants gets for an answer of the app's."""
    shop = make_shop(SHOP)
    shop.add_url_rule("/tea", "tea", lambda: answer)
    visitor = shop.test_client()
    visitor.post("/consent/", json={"decision": "save", "granted": granted})
    return visitor.get("/tea", headers={"Accept-Encoding": "gzip"})


def head_of(page: str) -> str:
    return page.partition("<head>")[2].partition("<title>")[0]


@pytest.mark.parametrize("granted", ["personalisation", "google_analytics"])
def test_the_script_is_the_first_in_the_head(make_shop: MakeShop, granted: str) -> None:
    policy = "script-src 'nonce-n0nce'"
    headers = {"Content-Security-Policy": policy}
    answer = Response(PAGE, headers=headers, mimetype="text/html")
    page = sent(make_shop, answer, granted)
    script = head_of(page.text)
    assert script.startswith('<script src="/consent/static/consentkit/signals.')
    assert 'data-google="' in script
    assert 'nonce="n0nce"' in script
    assert "data-meta" not in script, "the page has no tag of that vendor"
    assert page.text.replace(script, "") == PAGE
    assert page.headers["Content-Length"] == str(len(page.data))


def test_a_page_without_tags_stays_as_it_is(make_shop: MakeShop) -> None:
    plain = PAGE.replace(GA, "")
    page = sent(make_shop, Response(plain, mimetype="text/html"), "personalisation")
    assert page.text == plain


def test_a_refusal_leaves_no_script(make_shop: MakeShop) -> None:
    page = sent(make_shop, Response(PAGE, mimetype="text/html"))
    assert page.text == PAGE.replace(GA, "")


def test_a_packed_page_is_prefaced_as_well(make_shop: MakeShop) -> None:
    packed = gzip.compress(PAGE.encode())
    headers = {"Content-Encoding": "gzip"}
    answer = Response(packed, headers=headers, mimetype="text/html")
    page = sent(make_shop, answer, "personalisation")
    assert "data-google" in head_of(gzip.decompress(page.data).decode())


def test_a_stream_is_prefaced_before_its_tags_are_known(make_shop: MakeShop) -> None:
    pieces = (PAGE[at : at + 20] for at in range(0, len(PAGE), 20))
    page = sent(make_shop, Response(pieces, mimetype="text/html"), "personalisation")
    script = head_of(page.text)
    assert "data-google" in script
    assert page.text.replace(script, "") == PAGE


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_what_is_no_page_gets_none(make_shop: MakeShop, kind: str) -> None:
    page = sent(make_shop, Response(PAGE, mimetype=kind), "personalisation")
    assert page.text == PAGE
