"""Which vendor is told what, by what is granted."""

from __future__ import annotations

import pytest

from consentkit import load_policy
from consentkit.vendor_signals import CONSENT_MODE, signals

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


def test_a_product_that_cannot_be_refused_is_told_before_any_choice() -> None:
    essential = {"group": "essential", "reason": "We bill by it."}
    policy = load_policy({"notice": NOTICE, "services": {"google_ads": essential}})
    assert "ad_storage" in signals(policy, frozenset())["google"]
