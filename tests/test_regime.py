from __future__ import annotations

import pytest

from consentkit.regime import (
    OPT_IN,
    RIGHTS,
    age_of_consent,
    opt_out_places,
    regime_in,
)

US = ("US",)


@pytest.mark.parametrize(
    "region", [None, "", "DE", "GB", "CA", "XX", "T1", "US-", "US-CALI", "USA", "us ca"]
)
def test_where_nothing_else_is_known_visitors_are_asked_first(
    region: str | None,
) -> None:
    assert regime_in(region, US) is OPT_IN


@pytest.mark.parametrize("region", ["US", "US-CA", "us-ca", " US-NY ", "US-UT"])
def test_the_shop_says_where_tags_run_until_they_are_refused(region: str) -> None:
    assert regime_in(region, US).is_opt_out
    assert regime_in(region, ()) is OPT_IN


def test_a_state_named_alone_speaks_for_no_other() -> None:
    assert regime_in("US-CA", ["US-CA"]).is_opt_out
    assert regime_in("US-VA", ["US-CA"]) is OPT_IN
    assert regime_in("US", ["US-CA"]) is OPT_IN  # it may be any state


@pytest.mark.parametrize("region", ["US", "US-NY", "US-ZZ"])
def test_an_unknown_state_has_the_strictest_rule(region: str) -> None:
    regime = regime_in(region, US)
    assert regime.rights == RIGHTS
    assert regime.asks_sensitive


@pytest.mark.parametrize(
    ("state", "asks"), [("CA", False), ("UT", False), ("CO", True)]
)
def test_states_differ_in_sensitive_data(state: str, asks: bool) -> None:  # noqa: FBT001
    assert regime_in(f"US-{state}", US).asks_sensitive is asks


@pytest.mark.parametrize("place", sorted(opt_out_places()))
def test_every_place_of_the_table_has_a_rule(place: str) -> None:
    regime = regime_in(place, [place])
    assert str(regime) == f"opt-out {place}"
    assert regime.rights
    assert set(regime.rights) <= set(RIGHTS)
    # Who may be used without being asked has to be told how to end that.
    assert regime.asks_sensitive or "sensitive" in regime.rights


@pytest.mark.parametrize(
    ("region", "age"),
    [("FR", 15), ("fr-75", 15), ("BE", 13), ("GB-ENG", 13), ("DE", 16), ("XX", 16)],
)
def test_the_age_of_consent_is_the_countrys(region: str, age: int) -> None:
    assert age_of_consent(region) == age


@pytest.mark.parametrize("region", [None, "", " ", "T1", "US"])
def test_where_no_lower_age_is_known_it_is_sixteen(region: str | None) -> None:
    assert age_of_consent(region) == 16
