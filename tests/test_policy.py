"""What a policy's values mean: keys, selections, tokens and the fingerprint."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consentkit.errors import UnknownKey
from consentkit.policy import (
    ESSENTIAL,
    PERSONALISATION,
    Cookie,
    Group,
    Hook,
    NoticeTerms,
    Policy,
    Service,
)

WHEEL = Service(
    "wheel",
    "Spin to win",
    PERSONALISATION,
    provider="Spin Ltd",
    purpose="Draws a discount",
    cookies=(Cookie("spin", lifetime=timedelta(days=90)),),
)
MAILS = Service("mails", "Mails", PERSONALISATION)
LOGIN = Service("login", "Login", ESSENTIAL, reason="Keeps you logged in")
REMINDER = Hook("reminder", PERSONALISATION, service="mails")
SURVEY = Hook("survey", "statistics")


def policy_of(
    *services: Service, hooks: tuple[Hook, ...] = (), revision: int = 1
) -> Policy:
    groups = (
        Group(ESSENTIAL, aliases=("necessary",)),
        Group(PERSONALISATION, aliases=("beacon",)),
        Group("statistics"),
    )
    return Policy(
        NoticeTerms("Pebble & Pine Ltd", "privacy@pebble.example", revision=revision),
        {group.key: group for group in groups},
        {service.key: service for service in services},
        {hook.key: hook for hook in hooks},
    )


@pytest.fixture
def policy() -> Policy:
    return policy_of(WHEEL, MAILS, LOGIN, hooks=(REMINDER, SURVEY))


@pytest.mark.parametrize(
    ("key", "required"),
    [
        ("personalisation", {"personalisation"}),
        ("beacon", {"personalisation"}),
        ("wheel", {"wheel"}),
        ("reminder", {"mails"}),
        ("survey", {"statistics"}),
        ("essential", set()),
        ("necessary", set()),
        ("login", set()),
    ],
)
def test_a_key_requires_what_must_be_granted(
    policy: Policy, key: str, required: set[str]
) -> None:
    assert policy.required(key) == required


def test_an_unknown_key_is_reported_with_the_known_ones(policy: Policy) -> None:
    with pytest.raises(UnknownKey, match="'wheal' is no group") as caught:
        policy.required("wheal")

    assert caught.value.key == "wheal"
    assert {"wheel", "beacon", "reminder", "login"} <= set(caught.value.known)
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    ("selection", "granted"),
    [
        ((), set()),
        (("beacon",), {"personalisation", "wheel", "mails"}),
        (("wheel",), {"wheel"}),
        (("wheel", "mails"), {"wheel", "mails"}),
        (("statistics",), {"statistics"}),
        (("essential", "login"), set()),
    ],
)
def test_a_selection_expands_to_groups_and_services(
    policy: Policy, selection: tuple[str, ...], granted: set[str]
) -> None:
    assert policy.expand(selection) == granted


def test_all_services_of_a_group_are_the_group_where_all_was_shown(
    policy: Policy,
) -> None:
    services = ["wheel", "mails"]
    assert policy.expand(services, whole=True) == {"personalisation", *services}
    assert policy.expand(["wheel"], whole=True) == {"wheel"}


def test_a_selection_of_an_unknown_key_is_refused(policy: Policy) -> None:
    with pytest.raises(UnknownKey):
        policy.expand(["personalisation", "everything"])


def test_nothing_essential_is_optional(policy: Policy) -> None:
    assert policy.optional == {"personalisation", "statistics", "wheel", "mails"}
    assert [group.key for group in policy.optional_groups] == [
        "personalisation",
        "statistics",
    ]
    assert set(policy.tokens) == policy.optional


@pytest.mark.parametrize(
    "changed",
    [
        replace(WHEEL, cookies=(Cookie("spin", lifetime=timedelta(days=91)),)),
        replace(WHEEL, cookies=(Cookie("spun", lifetime=timedelta(days=90)),)),
        replace(WHEEL, cookies=(*WHEEL.cookies, Cookie("more"))),
        replace(WHEEL, provider="Another Ltd"),
        replace(WHEEL, group="statistics"),
    ],
    ids=["lifetime", "cookie name", "new cookie", "provider", "group"],
)
def test_a_change_that_affects_consent_changes_its_token(changed: Service) -> None:
    before, after = policy_of(WHEEL, MAILS), policy_of(changed, MAILS)

    assert before.tokens["wheel"] != after.tokens["wheel"]
    assert before.tokens["mails"] == after.tokens["mails"]
    assert before.fingerprint != after.fingerprint


def test_wording_changes_neither_tokens_nor_fingerprint() -> None:
    cookies = (replace(WHEEL.cookies[0], purpose="Another word for it"),)
    reworded = replace(WHEEL, name="Wheel", purpose={"en": "New"}, cookies=cookies)
    before, after = policy_of(WHEEL), policy_of(reworded)

    assert before.tokens == after.tokens
    assert before.fingerprint == after.fingerprint


def test_a_hook_belongs_to_the_meaning_of_its_service_or_group() -> None:
    bare = policy_of(WHEEL, MAILS)
    hooked = policy_of(WHEEL, MAILS, hooks=(replace(REMINDER, service="wheel"),))
    grouped = policy_of(WHEEL, MAILS, hooks=(SURVEY,))

    assert bare.tokens["wheel"] != hooked.tokens["wheel"]
    assert bare.tokens["statistics"] != grouped.tokens["statistics"]
    assert bare.tokens["mails"] == hooked.tokens["mails"] == grouped.tokens["mails"]


def test_a_new_revision_changes_the_fingerprint_alone() -> None:
    before, after = policy_of(WHEEL), policy_of(WHEEL, revision=2)

    assert before.fingerprint != after.fingerprint
    assert before.tokens == after.tokens


def test_the_order_of_services_and_cookies_means_nothing() -> None:
    cookies = (Cookie("a"), Cookie("b", lifetime=timedelta(days=1)))
    one = policy_of(replace(WHEEL, cookies=cookies), MAILS)
    other = policy_of(MAILS, replace(WHEEL, cookies=cookies[::-1]))

    assert one.tokens == other.tokens
    assert one.fingerprint == other.fingerprint


def test_policies_are_equal_only_to_themselves() -> None:
    one, other = policy_of(WHEEL), policy_of(WHEEL)

    assert one != other
    assert len({one, other}) == 2
