from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.consent import Decision, decide
from consentkit.cookie import ConsentCookie, CookieTerms
from consentkit.enforce import visit
from consentkit.enforce.visit import Visits, host_name, is_gpc

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine", "contact": "p@pebble.example"},
        "services": {"meta_pixel": {}},
    }
)
COOKIE = ConsentCookie(["key"], CookieTerms())
VISITS = Visits(POLICY, COOKIE)
HOST = "shop.example"


def granted_at(age: timedelta, *, everything: bool = True) -> Decision:
    return decide(
        POLICY,
        POLICY.optional if everything else frozenset(),
        consent_id="ab" * 16,
        source="banner",
        gpc=False,
        now=datetime.now(UTC) - age,
    )


def environ(*decisions: Decision, **more: str) -> dict[str, Any]:
    pairs = [f"consent={COOKIE.dumps(decision, HOST)}" for decision in decisions]
    return {"HTTP_HOST": HOST, "HTTP_COOKIE": "; ".join(pairs)} | more


@given(st.text(st.characters(max_codepoint=255), max_size=300))
def test_no_cookie_header_is_consent(header: str) -> None:
    for cookie in (header, f"consent={header}", f"a=b; __Host-consent={header};"):
        visit = VISITS.of({"HTTP_HOST": HOST, "HTTP_COOKIE": cookie})
        assert visit.consent.granted == frozenset()
        assert not visit.consent.decided


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_signed_cookie_is_consent_under_its_schemes_name(scheme: str) -> None:
    """Any sub-domain can set the plain name; on HTTPS it must prove nothing."""
    value = COOKIE.dumps(granted_at(timedelta()), HOST)
    secure, plain = COOKIE.names
    for name in (secure, plain):
        environ = {
            "HTTP_HOST": HOST,
            "HTTP_COOKIE": f"{name}={value}",
            "wsgi.url_scheme": scheme,
        }
        expected = name == (secure if scheme == "https" else plain)
        assert VISITS.of(environ).consent.everything == expected


def test_the_newest_of_duplicates_wins_in_either_order() -> None:
    grant, refusal = (
        granted_at(timedelta(days=2)),
        granted_at(timedelta(days=1), everything=False),
    )
    for order in [(grant, refusal), (refusal, grant)]:
        assert VISITS.of(environ(*order)).consent.granted == frozenset()


@pytest.mark.parametrize("age", [-timedelta(days=1), timedelta(days=400)])
def test_one_that_does_not_hold_hides_no_other(age: timedelta) -> None:
    doubtful = granted_at(age, everything=False)
    visit = VISITS.of(environ(doubtful, granted_at(timedelta(days=2))))
    assert visit.consent.everything
    assert VISITS.of(environ(doubtful)).decision is None


@pytest.mark.parametrize("host", ["other.example", "shop.example.evil.example"])
def test_another_hosts_cookie_is_no_consent(host: str) -> None:
    visit = VISITS.of(environ(granted_at(timedelta()), HTTP_HOST=host))
    assert not visit.consent.decided


@pytest.mark.parametrize("host", ["shop.example:8443", "SHOP.example", "shop.example."])
def test_a_host_is_one_however_it_is_written(host: str) -> None:
    assert VISITS.of(environ(granted_at(timedelta()), HTTP_HOST=host)).consent.decided


@pytest.mark.parametrize(
    ("given_as", "name"),
    [("[::1]:5000", "[::1]"), ("127.0.0.1:80", "127.0.0.1"), ("", "fallback.example")],
)
def test_the_host_comes_without_its_port(given_as: str, name: str) -> None:
    environ = {"HTTP_HOST": given_as, "SERVER_NAME": "fallback.example"}
    assert host_name(environ) == name


@pytest.mark.parametrize("header", ["1", "0,1", "1,1", " 1 ", "0, 1"])
def test_gpc_is_on(header: str) -> None:
    assert is_gpc(header)


@pytest.mark.parametrize("header", ["", "0", "true", "11", "01", '"1"', "1;a", "0,0"])
def test_gpc_is_off(header: str) -> None:
    assert not is_gpc(header)


def test_what_is_remembered_is_bounded() -> None:
    visits = Visits(POLICY, COOKIE)
    for n in range(3000):
        visits.of({"HTTP_HOST": HOST, "HTTP_COOKIE": f"consent={n}"})
    long = "x" * 5000
    visits.of({"HTTP_HOST": HOST, "HTTP_COOKIE": f"consent={long}"})
    assert len(visits._told) <= 1024  # noqa: SLF001  nothing else shows it
    assert not any(f"consent={long}" in key for key in visits._told)  # noqa: SLF001  the same


@pytest.mark.parametrize("duplicates", [1, 2])
def test_what_is_remembered_ends_with_the_decision(
    monkeypatch: pytest.MonkeyPatch, duplicates: int
) -> None:
    clock = [datetime.now(UTC).timestamp()]
    monkeypatch.setattr(visit, "time", lambda: clock[0])
    lifetime = POLICY.notice.lifetime
    ends = granted_at(lifetime - timedelta(hours=1))
    request = environ(ends, *[granted_at(lifetime)] * (duplicates - 1))
    visits = Visits(POLICY, COOKIE)
    assert visits.of(request).consent.decided
    clock[0] += timedelta(minutes=59).total_seconds()
    assert visits.of(request).consent.decided
    clock[0] += timedelta(minutes=2).total_seconds()
    assert not visits.of(request).consent.decided
    clock[0] -= timedelta(
        days=365
    ).total_seconds()  # before it was made: no clock of ours went there
    assert not visits.of(request).consent.decided


def test_what_is_ahead_of_the_clock_holds_once_its_time_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [datetime.now(UTC).timestamp()]
    monkeypatch.setattr(visit, "time", lambda: clock[0])
    request = environ(granted_at(timedelta(hours=-1)))
    visits = Visits(POLICY, COOKIE)
    assert not visits.of(request).consent.decided
    clock[0] += timedelta(hours=2).total_seconds()
    assert visits.of(request).consent.decided
