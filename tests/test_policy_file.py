"""What a policy becomes when it is read."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consentkit import PolicyError, catalogue
from consentkit.policy import Cookie, HostRule, InlineMark
from consentkit.policy_file import load_policy

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = {"controller": "Pebble & Pine Ltd", "contact": "privacy@pebble.example"}
WHEEL = {"name": "Spin to win"}


def mapping(**tables: object) -> dict[str, object]:
    return {"notice": NOTICE, **tables}


def test_the_least_policy_has_the_two_groups() -> None:
    policy = load_policy(mapping())

    assert list(policy.groups) == ["essential", "personalisation"]
    assert policy.groups["personalisation"].aliases == ("beacon",)
    assert policy.groups["essential"].name == ""
    assert policy.notice.lifetime == timedelta(days=182)
    assert policy.notice.retention == timedelta(days=760)
    assert policy.notice.revision == 1
    assert not policy.services


def test_a_file_and_a_mapping_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"
    path.write_text(
        """\
        [notice]
        controller = { en = "Pebble", de = "Kiesel" }
        contact = "privacy@pebble.example"
        privacy_policy = "/privacy"
        revision = 3
        lifetime = "6 months"
        retention = "3 years"

        [site]
        hosts = ["CDN.pebble.example"]

        [groups.personalisation]
        aliases = ["beacon", "marketing"]

        [groups.statistics]
        name = "Statistics"

        [services.google_analytics]
        group = "statistics"

        [services.spin_wheel]
        name = "Spin to win"
        hosts = ["cdn.spin.example/wheel?id="]
        inline = ["SpinWheel.init("]
        cookies = [{ name = "spin_*", lifetime = "90 days", purpose = "Your spin" }]

        [hooks.cart_reminder]
        group = "personalisation"
        service = "klaviyo"
        """
    )
    policy = load_policy(path)
    same = load_policy(tomllib.loads(path.read_text()))

    assert policy.fingerprint == same.fingerprint
    assert policy.services == same.services
    assert policy.notice == same.notice
    assert policy.notice.controller == {"en": "Pebble", "de": "Kiesel"}
    assert policy.notice.lifetime == timedelta(days=182)
    assert policy.notice.retention == timedelta(days=1095)
    assert policy.own_hosts == ("cdn.pebble.example",)
    assert policy.groups["personalisation"].aliases == ("beacon", "marketing")
    assert policy.services["google_analytics"].group == "statistics"
    wheel = policy.services["spin_wheel"]
    assert wheel.group == "personalisation"
    assert wheel.hosts == (HostRule("cdn.spin.example", "/wheel", "id="),)
    assert wheel.inline == (InlineMark("substring", "SpinWheel.init("),)
    assert wheel.cookies == (Cookie("spin_*", "Your spin", timedelta(days=90)),)


def test_a_named_service_is_as_the_catalogue_has_it() -> None:
    policy = load_policy(mapping(services={"google_analytics": {}}))

    ready_made = catalogue.services()["google_analytics"]
    assert policy.services["google_analytics"] == ready_made


def test_own_fields_replace_and_own_lists_extend_the_catalogue() -> None:
    entry = {
        "name": "Web statistics",
        "purpose": {"en": "Counts", "de": "Zählt"},
        "hosts": ["stats.pebble.example", "google-analytics.com"],
        "inline": ["pebbleStats("],
        "cookies": [
            {"name": "_ga", "lifetime": "13 months"},
            {"name": "_pebble", "storage": "local"},
        ],
    }
    ready_made = catalogue.services()["google_analytics"]
    service = load_policy(mapping(services={"google_analytics": entry})).services[
        "google_analytics"
    ]

    assert service.name == "Web statistics"
    assert service.purpose == {"en": "Counts", "de": "Zählt"}
    assert service.provider == ready_made.provider
    assert service.hosts == (*ready_made.hosts, HostRule("stats.pebble.example"))
    assert service.inline[-1] == InlineMark("substring", "pebbleStats(")
    cookies = {cookie.name: cookie for cookie in service.cookies}
    documented = {cookie.name: cookie for cookie in ready_made.cookies}
    assert cookies["_ga"].lifetime == timedelta(days=395)
    assert cookies["_ga"].purpose == documented["_ga"].purpose
    assert cookies["_gid"] == documented["_gid"]
    assert cookies["_pebble"].storage == "local"


def test_a_hook_brings_its_service_from_the_catalogue() -> None:
    policy = load_policy(mapping(hooks={"reminder": {"service": "klaviyo"}}))

    assert policy.services["klaviyo"] == catalogue.services()["klaviyo"]
    assert policy.hooks["reminder"].group == "personalisation"
    assert policy.required("reminder") == {"klaviyo"}


def test_a_service_may_do_all_its_work_on_the_server() -> None:
    policy = load_policy(mapping(services={"crm": {"name": "Customer file"}}))

    assert policy.optional == {"personalisation", "crm"}


def test_a_service_can_be_moved_into_and_out_of_essential() -> None:
    essential = next(
        service
        for service in catalogue.services().values()
        if service.group == "essential"
    )
    entry = {"group": "essential", "reason": "The shop pays by it"}
    services = {
        "google_analytics": entry,
        essential.key: {"group": "personalisation"},
    }
    policy = load_policy(mapping(services=services))

    assert policy.optional == {"personalisation", essential.key}
    assert policy.services["google_analytics"].reason == "The shop pays by it"
    assert essential.reason
    assert policy.services[essential.key].reason == ""


@pytest.mark.parametrize("key", ["google_analytics", "youtube"])
def test_documented_lifetimes_are_no_fault(key: str) -> None:
    assert load_policy(mapping(services={key: {}})).services[key].cookies


def test_the_whole_catalogue_loads() -> None:
    policy = load_policy(mapping(services={key: {} for key in catalogue.services()}))

    assert len(policy.tokens) == len(policy.optional)
    assert policy.fingerprint


@pytest.mark.parametrize(
    ("words", "lifetime"),
    [
        ("session", None),
        ("30 minutes", timedelta(minutes=30)),
        ("1 hour", timedelta(hours=1)),
        ("90 days", timedelta(days=90)),
        ("2 weeks", timedelta(days=14)),
        ("6 months", timedelta(days=182)),
        ("13 months", timedelta(days=395)),
        ("1 year", timedelta(days=365)),
    ],
)
def test_lifetimes_are_words(words: str, lifetime: timedelta | None) -> None:
    cookies = [{"name": "a", "lifetime": words}]
    policy = load_policy(mapping(services={"wheel": {**WHEEL, "cookies": cookies}}))

    assert policy.services["wheel"].cookies[0].lifetime == lifetime


def test_the_mark_that_some_editors_begin_a_file_with_is_passed_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "consent.toml"
    terms = '[notice]\ncontroller = "Pebble"\ncontact = "p@pebble.example"\n'
    path.write_text(f"{terms}bogus = 1\n", "utf-8-sig")
    with pytest.raises(PolicyError, match=r"line 4: notice\.bogus"):
        load_policy(path)
    path.write_text(terms, "utf-8-sig")
    assert load_policy(path).notice.controller == "Pebble"
