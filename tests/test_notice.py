"""The notice: exactly what is shown, the same each time, known by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consentkit import load_policy
from consentkit.errors import PolicyError
from consentkit.notice import Notice, Notices, build_notice
from consentkit.policy import Cookie, Group, Hook, NoticeTerms, Policy, Service

SPIN = Service(
    key="spin_wheel",
    name="Spin to win",
    group="personalisation",
    provider="Spin Ltd",
    purpose={"en": "Offers a game", "de": "Bietet ein Spiel an"},
    privacy_url="https://spin.example/privacy",
    cookies=(Cookie("spin_*", "Remembers your spin", timedelta(days=90)),),
)
GROUPS = {
    "personalisation": Group("personalisation"),
    "essential": Group("essential"),
    "reviews": Group("reviews", "Reviews", "Asks for your opinion"),
}
LOGIN = Service("shop", "The shop", "essential", purpose="purpose:shop_core")
TERMS = NoticeTerms("Pebble {name} Ltd", "privacy@pebble.example", "/privacy")


def _policy(*services: Service, terms: NoticeTerms = TERMS) -> Policy:
    return Policy(
        terms,
        GROUPS,
        {service.key: service for service in services},
        {"cart": Hook("cart", "personalisation", purpose={"de": "Erinnert Sie"})},
    )


def _content(notice: Notice) -> Any:
    return notice.content


def test_the_hash_covers_exactly_the_content() -> None:
    notice = build_notice(_policy(SPIN), "en")
    canonical = json.dumps(
        notice.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert notice.hash == hashlib.sha256(canonical.encode()).hexdigest()
    assert json.loads(canonical) == notice.content


def test_the_same_policy_gives_the_same_notice() -> None:
    assert build_notice(_policy(SPIN), "en") == build_notice(_policy(SPIN), "en")


@pytest.mark.parametrize(
    "other",
    [
        replace(SPIN, purpose="Something else"),
        replace(SPIN, privacy_url="https://spin.example/other"),
        replace(SPIN, cookies=()),
    ],
)
def test_any_shown_word_changes_the_hash(other: Service) -> None:
    assert (
        build_notice(_policy(SPIN), "en").hash
        != build_notice(_policy(other), "en").hash
    )


def test_each_language_has_its_own_notice() -> None:
    english, german = (build_notice(_policy(SPIN), tag) for tag in ("en", "de"))
    assert english.hash != german.hash
    service = _content(german)["groups"][1]["services"][0]
    assert service["purpose"] == "Bietet ein Spiel an"
    assert _content(german)["groups"][1]["hooks"][0]["purpose"] == "Erinnert Sie"


def test_essential_comes_first_and_empty_groups_get_our_words() -> None:
    groups = _content(build_notice(_policy(LOGIN, SPIN), "en"))["groups"]
    assert [group["key"] for group in groups] == [
        "essential",
        "personalisation",
        "reviews",
    ]
    assert [group["essential"] for group in groups] == [True, False, False]
    assert groups[1]["name"] == "Personalisation"
    assert groups[1]["purpose"]
    assert groups[2]["purpose"] == "Asks for your opinion"


def test_a_service_is_shown_with_all_it_stores() -> None:
    service = _content(build_notice(_policy(SPIN), "en"))["groups"][1]["services"][0]
    assert service == {
        "key": "spin_wheel",
        "name": "Spin to win",
        "provider": "Spin Ltd",
        "purpose": "Offers a game",
        "reason": "",
        "privacy_url": "https://spin.example/privacy",
        "cookies": [
            {
                "name": "spin_*",
                "purpose": "Remembers your spin",
                "lifetime": "90 days",
                "party": "first",
                "storage": "cookie",
            }
        ],
    }


def test_third_parties_are_the_companies_behind_what_can_be_refused() -> None:
    again = replace(SPIN, key="spin_again")
    own = replace(SPIN, key="own", provider="Pebble {name} Ltd")
    pay = replace(LOGIN, key="pay", provider="PayPal")
    content = _content(build_notice(_policy(SPIN, again, own, pay), "en"))
    assert content["third_parties"] == ["Spin Ltd"]
    assert "1 other company" in content["texts"]["third_parties"]


def test_no_third_party_is_said_too() -> None:
    strings = _content(build_notice(_policy(LOGIN), "en"))["texts"]
    assert strings["third_parties"].startswith("No other company")


def test_the_policys_facts_are_filled_in_and_its_braces_do_no_harm() -> None:
    terms = replace(TERMS, lifetime=timedelta(days=90))
    strings = _content(build_notice(_policy(terms=terms), "en"))["texts"]
    assert "Pebble {name} Ltd" in strings["title"]
    assert "90 days" in strings["keep"]
    assert strings["link"] in strings["keep"]
    assert strings["withheld_allow"].format(name="YouTube") == "Always allow YouTube"


def test_a_language_we_do_not_speak_is_an_error() -> None:
    with pytest.raises(KeyError):
        build_notice(_policy(), "tlh")


def test_local_storage_stays_until_it_is_deleted() -> None:
    kept = Cookie("spin_state", storage="local")
    shop = Service("spin", "Spin", "personalisation", cookies=(kept,))
    notice = build_notice(_policy(shop), "en")
    service = _content(notice)["groups"][1]["services"][0]
    assert service["cookies"][0]["lifetime"] == "until it is deleted"


def test_our_own_cookies_are_declared_first() -> None:
    own = (Cookie("consent", "purpose:cookie_choice"),)
    services = _content(build_notice(_policy(LOGIN), "de", own))["groups"][0][
        "services"
    ]
    assert [service["key"] for service in services] == ["consentkit", LOGIN.key]
    assert services[0]["cookies"][0]["name"] == "consent"


def test_notices_are_found_by_their_hash_in_any_language() -> None:
    notices = Notices(_policy(LOGIN), ())
    assert notices.by_hash(build_notice(_policy(LOGIN), "mt").hash) == notices["mt"]
    assert notices.by_hash("0" * 64) is None
    assert len(notices) == len(list(notices)) > 30


def test_shops_words_are_shown_in_the_visitors_language() -> None:
    policy = load_policy(
        {
            "notice": {
                "controller": {"en": "Teapots Ltd", "fr": "Les Théières SARL"},
                "contact": {"en": "us@teapots.example", "fr": "nous@teapots.example"},
                "privacy_policy": {"en": "/privacy", "fr": "/fr/vie-privee"},
            },
            "services": {"spin": {"name": {"de": "Glücksrad", "zh-TW": "幸運輪盤"}}},
        }
    )
    french = build_notice(policy, "fr").content
    assert french["controller"] == "Les Théières SARL"
    assert french["contact"] == "nous@teapots.example"
    assert french["privacy_policy"] == "/fr/vie-privee"
    assert "nous@teapots.example" in str(french["texts"])
    names = {}
    for language in ("de", "fr", "zh-Hant"):
        groups: Any = build_notice(policy, language).content["groups"]
        names[language] = groups[1]["services"][0]["name"]
    assert names == {"de": "Glücksrad", "fr": "Glücksrad", "zh-Hant": "幸運輪盤"}


def test_a_translated_link_must_be_one_in_each_language() -> None:
    links = {"en": "/privacy", "fr": "javascript:alert(1)"}
    notice = {"controller": "x", "contact": "y@z.example", "privacy_policy": links}
    with pytest.raises(PolicyError, match="write an address"):
        load_policy({"notice": notice})
