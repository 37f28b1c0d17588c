from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consentkit import Policy, UnknownKey, load_policy
from consentkit.consent import Consent, Decision, Source, consent_from, decide

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPIN = {"name": "Spin", "group": "personalisation", "hosts": ["cdn.spin.example"]}
QUIZ = {"name": "Quiz", "group": "personalisation", "hosts": ["cdn.quiz.example"]}


def policy_of(
    services: Mapping[str, Any], groups: tuple[str, ...] = (), **notice: Any
) -> Policy:
    terms = {"controller": "Pebble & Pine", "contact": "p@pebble.example"} | notice
    named = {key: {"name": key, "purpose": "Counts"} for key in groups}
    return load_policy({"notice": terms, "groups": named, "services": services})


def decision_on(
    policy: Policy, *keys: str, source: Source = "banner", gpc: bool = False
) -> Decision:
    granted = policy.expand(keys)
    consent_id = "ab" * 16
    return decide(
        policy, granted, consent_id=consent_id, source=source, gpc=gpc, now=NOW
    )


def consent_on(
    policy: Policy,
    decision: Decision | None,
    *,
    gpc: bool = False,
    later: timedelta = timedelta(),
) -> Consent:
    return consent_from(policy, decision, gpc=gpc, now=NOW + later)


def test_without_a_decision_nothing_is_granted() -> None:
    consent = consent_on(policy_of({"spin": SPIN}), None)
    assert (consent.decided, consent.granted, consent.id) == (False, frozenset(), None)
    assert not consent.has("personalisation")


def test_a_grant_holds_and_says_where_it_comes_from() -> None:
    policy = policy_of({"spin": SPIN})
    decision = decision_on(policy, "personalisation", source="preferences")
    consent = consent_on(policy, decision)
    assert consent.granted == {"personalisation", "spin"}
    assert consent.source == "preferences"
    assert consent.decided_at == NOW
    assert consent.everything


def test_essential_is_always_had_and_never_granted() -> None:
    services = {"till": {**SPIN, "group": "essential", "reason": "Takes payments"}}
    policy = policy_of(services)
    consent = consent_on(policy, decision_on(policy, "essential", "till"))
    assert consent.has("essential")
    assert consent.has("till")
    assert consent.granted == frozenset()
    assert consent.refused == {"personalisation"}


def test_an_unknown_key_raises_with_what_is_known() -> None:
    with pytest.raises(UnknownKey) as caught:
        consent_on(policy_of({"spin": SPIN}), None).has("spinn")
    assert "spin" in caught.value.known
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    ("later", "decided"),
    [
        (timedelta(days=181), True),
        (timedelta(days=182), False),
        (-timedelta(minutes=4), True),
        (-timedelta(minutes=6), False),
    ],
)
@pytest.mark.parametrize("keys", [("spin",), ()])
def test_grants_and_refusals_hold_equally_long(
    keys: tuple[str, ...], later: timedelta, *, decided: bool
) -> None:
    policy = policy_of({"spin": SPIN, "quiz": QUIZ})
    consent = consent_on(policy, decision_on(policy, *keys), later=later)
    assert consent.decided is decided
    assert consent.has("spin") is (decided and bool(keys))


def test_a_new_revision_asks_everybody_again() -> None:
    old = policy_of({"spin": SPIN})
    new = policy_of({"spin": SPIN}, revision=2)
    for keys in [("spin",), ()]:
        consent = consent_on(new, decision_on(old, *keys))
        assert (consent.decided, consent.granted) == (False, frozenset())


def test_a_new_service_in_a_granted_group_asks_and_leaves_the_others_granted() -> None:
    old = policy_of({"spin": SPIN})
    new = policy_of({"spin": SPIN, "quiz": QUIZ})
    consent = consent_on(new, decision_on(old, "personalisation"))
    assert not consent.decided
    assert consent.granted == {"spin"}
    assert not consent.has("quiz")
    assert not consent.has("personalisation")


def test_a_new_service_asks_nobody_who_refused() -> None:
    new = policy_of({"spin": SPIN, "quiz": QUIZ})
    consent = consent_on(new, decision_on(policy_of({"spin": SPIN})))
    assert consent.decided


def test_a_new_group_asks_those_who_granted_something() -> None:
    old, new = policy_of({"spin": SPIN}), policy_of({"spin": SPIN}, ("statistics",))
    assert not consent_on(new, decision_on(old, "spin")).decided
    assert consent_on(new, decision_on(old)).decided


def test_a_removed_service_asks_nobody() -> None:
    old = policy_of({"spin": SPIN, "quiz": QUIZ})
    consent = consent_on(policy_of({"spin": SPIN}), decision_on(old, "personalisation"))
    assert consent.decided
    assert consent.granted == {"spin", "personalisation"}


def test_another_wording_asks_nobody() -> None:
    old = policy_of({"spin": SPIN})
    new = policy_of({"spin": {**SPIN, "name": "The wheel", "purpose": "Fun"}})
    assert consent_on(new, decision_on(old, "personalisation")).everything


def test_another_provider_has_to_be_asked_for() -> None:
    old = policy_of({"spin": SPIN})
    new = policy_of({"spin": {**SPIN, "provider": "Wheel Ltd"}})
    consent = consent_on(new, decision_on(old, "personalisation"))
    assert not consent.decided
    assert not consent.has("spin")


def test_gpc_refuses_without_asking() -> None:
    consent = consent_on(policy_of({"spin": SPIN}), None, gpc=True)
    assert consent.decided
    assert consent.opted_out
    assert (consent.source, consent.id) == ("gpc", None)


def test_gpc_overrides_an_earlier_grant() -> None:
    policy = policy_of({"spin": SPIN})
    consent = consent_on(policy, decision_on(policy, "spin"), gpc=True)
    assert consent.granted == frozenset()
    assert consent.opted_out


def test_a_grant_made_under_gpc_stands() -> None:
    policy = policy_of({"spin": SPIN})
    consent = consent_on(policy, decision_on(policy, "spin", gpc=True), gpc=True)
    assert consent.has("spin")
    assert not consent.opted_out


def test_a_refusal_made_under_gpc_outlasts_the_signal() -> None:
    policy = policy_of({"spin": SPIN})
    decision = decision_on(policy, gpc=True, source="gpc")
    assert consent_on(policy, decision, gpc=False).granted == frozenset()
    assert consent_on(policy, decision, gpc=True).opted_out
