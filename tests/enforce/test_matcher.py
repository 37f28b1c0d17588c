"""Addresses and scripts are claimed by the most telling rule."""

from __future__ import annotations

import pytest

from consentkit import load_policy
from consentkit.enforce.matcher import Matcher, matcher_for, suffixes
from consentkit.enforce.urls import page_address

NOTICE = {"controller": "Pebble & Pine Ltd", "contact": "privacy@pebble.example"}


def service(**fields: object) -> dict[str, object]:
    return {"name": "A service", **fields}


POLICY = load_policy(
    {
        "notice": NOTICE,
        "site": {"hosts": ["cdn.pebble.example"]},
        "services": {
            "google_analytics": {},
            "wheel": service(
                hosts=["spin.example", "/wheel/"], inline=["SpinWheel.init("]
            ),
            "wheel_pro": service(hosts=["spin.example/pro"]),
            "maps": service(hosts=["spin.example/maps/*/embed"]),
            "visits": service(hosts=["/beacon.js"]),
        },
    }
)
MATCHER = Matcher(POLICY)


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        ("https://spin.example/", "wheel"),
        ("https://a.b.spin.example/x.js", "wheel"),
        ("https://spin.example/pro", "wheel_pro"),
        ("https://spin.example/pro/x.js", "wheel_pro"),
        ("https://spin.example/product", "wheel"),
        ("https://spin.example/maps/de/embed?x", "maps"),
        ("https://spin.example/maps/embedded", "wheel"),
        ("https://notspin.example/", None),
        ("https://spin.example.other.test/", None),
        ("https://shop.example/wheel/a.js", "wheel"),
        ("https://cdn.pebble.example/wheel/a.js", "wheel"),
        ("https://other.test/wheel/a.js", None),
        ("https://shop.example/beacon.js", "visits"),
        ("https://shop.example/beacon.json", None),
        ("https://shop.example/x", None),
        ("https://connect.facebook.net/en_US/fbevents.js", "meta_pixel"),
        ("https://www.googletagmanager.com/gtag/js?id=G-1", "google_analytics"),
        ("https://www.googletagmanager.com/gtag/js?id=AW-1", "google_ads"),
    ],
)
def test_an_address_belongs_to_a_service(url: str, claimed: str | None) -> None:
    assert MATCHER.claim(page_address(url), "shop.example") == claimed


def test_a_host_belongs_to_all_services_on_it() -> None:
    assert set(MATCHER.claim_host("cdn.spin.example")) == {"wheel", "wheel_pro", "maps"}
    assert MATCHER.claim_host("spin.test") == ()


def test_code_may_name_services_on_the_shop_s_own_hosts() -> None:
    assert MATCHER.services_on("a.cdn.pebble.example") > {"wheel", "visits"}
    assert MATCHER.services_on("spin.example") == {"wheel", "wheel_pro", "maps"}
    assert not MATCHER.services_on("shop.example")
    assert not MATCHER.services_on("")
    assert not MATCHER.claim_host("cdn.pebble.example")


def test_marks_of_policy_and_catalogue_are_found() -> None:
    assert MATCHER.claim_inline("SpinWheel.init();load('fbevents.js')") == {
        "wheel",
        "meta_pixel",
    }


def test_own_hosts_are_the_page_s_and_the_policy_s() -> None:
    assert MATCHER.is_own("shop.example", "shop.example")
    assert MATCHER.is_own("img.cdn.pebble.example", "shop.example")
    assert not MATCHER.is_own("pebble.example", "shop.example")


def test_services_that_the_policy_leaves_out_follow_their_group() -> None:
    personal = MATCHER.allowed(frozenset({"personalisation"}))

    assert "meta_pixel" not in MATCHER.allowed(frozenset({"wheel"}))
    assert {"meta_pixel", "wheel", "google_analytics"} <= personal
    assert "paypal" in MATCHER.allowed(frozenset())
    assert MATCHER.allowed(frozenset({"nonsense"})) == MATCHER.allowed(frozenset())


def test_a_policy_has_one_matcher() -> None:
    assert matcher_for(POLICY) is matcher_for(POLICY)


def test_suffixes_of_a_host() -> None:
    assert list(suffixes("a.b.example")) == ["a.b.example", "b.example", "example"]
    assert list(suffixes("")) == []
