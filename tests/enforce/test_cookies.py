from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce.cookies import (
    MAX_EXPIRED,
    CookieRules,
    expiries,
    split_cookies,
)
from consentkit.enforce.matcher import Matcher

SPIN = {
    "name": "Spin",
    "group": "personalisation",
    "hosts": ["cdn.spin.example"],
    "cookies": [
        {"name": name, "lifetime": "90 days", "purpose": "Your spin"}
        for name in ("spin_*", "wheel", "_s*_id")
    ],
}
POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine", "contact": "p@pebble.example"},
        "services": {"spin": SPIN, "google_analytics": {}},
    }
)
RULES = CookieRules(Matcher(POLICY), ["session", "consent"])
NOBODY: frozenset[str] = frozenset()
#: What a header may hold by RFC 9110 5.5, without what ends an attribute's value.
SET_COOKIE = re.compile(
    r"[^=;\x00-\x1f\x7f]*=(?:; [A-Za-z-]+(?:=[^;\x00-\x1f\x7f]*)?)+"
)


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("spin_result", "spin"),
        ("wheel", "spin"),
        ("_sx_id", "spin"),
        ("_ga", "google_analytics"),
        ("_ga_ABC123", "google_analytics"),
        ("_fbp", "meta_pixel"),  # of the catalogue, though nothing declares it
        ("wheels", None),
        ("spin", None),
        ("basket", None),
        ("session", None),
        ("consent", None),
        ("", None),
    ],
)
def test_a_cookie_is_refused_by_its_name(name: str, service: str | None) -> None:
    assert RULES.refused(name, NOBODY) == service


def test_a_granted_services_cookie_stays() -> None:
    assert RULES.refused("wheel", frozenset({"spin"})) is None


def test_what_remembers_an_opt_out_survives_a_refusal() -> None:
    assert RULES.refused("mtm_consent_removed", NOBODY) is None


def test_duplicates_and_odd_pairs_are_kept_apart() -> None:
    header = 'a=1; a=2;b = "x=y" ;; nothing; =v'
    pairs = [("a", "1"), ("a", "2"), ("b", '"x=y"'), ("", "v")]
    assert split_cookies(header) == pairs


def test_a_cookie_is_expired_wherever_it_may_be() -> None:
    found = expiries(["wheel"], "www.shop.example", "/a/b", secure=False)
    places = {
        (path, domain)
        for value in found
        if (path := _attribute(value, "Path")) is not None
        for domain in [_attribute(value, "Domain")]
    }
    assert places == {
        (path, domain)
        for path in ("/", "/a", "/a/", "/a/b")
        for domain in (None, "shop.example", "www.shop.example")
    }
    assert all("Max-Age=0" in value and "Secure" not in value for value in found)


def test_the_likeliest_places_come_first() -> None:
    first = expiries(["a", "b"], "shop.example", "/x", secure=True)[:4]
    assert first == [
        "a=; Max-Age=0; Path=/; Secure",
        "b=; Max-Age=0; Path=/; Secure",
        "a=; Max-Age=0; Path=/; Domain=shop.example; Secure",
        "b=; Max-Age=0; Path=/; Domain=shop.example; Secure",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "a b.example", ""])
def test_a_host_without_parents_names_no_domain(host: str) -> None:
    assert not any("Domain" in v for v in expiries(["a"], host, "/", secure=False))


def test_a_host_only_cookie_is_expired_as_browsers_want_it() -> None:
    found = expiries(["__Host-spin"], "shop.example", "/a/b", secure=True)
    whole = "__Host-spin=; Max-Age=0; Path=/; Secure"
    assert found == [whole, f"{whole}; Partitioned"]


def test_partitioned_cookies_are_expired_where_browsers_keep_them() -> None:
    found = expiries(["a"], "www.shop.example", "/x", secure=True)
    partitioned = [value for value in found if value.endswith("; Partitioned")]
    assert partitioned == [
        "a=; Max-Age=0; Path=/; Secure; Partitioned",
        "a=; Max-Age=0; Path=/; Domain=shop.example; Secure; Partitioned",
        "a=; Max-Age=0; Path=/; Domain=www.shop.example; Secure; Partitioned",
    ]
    plain = expiries(["a"], "www.shop.example", "/x", secure=False)
    assert not any("Partitioned" in value for value in plain)


def test_many_cookies_are_expired_a_few_at_a_time_until_all_are_gone() -> None:
    names = [f"spin_{n}" for n in range(30)]
    every: set[str] = set()
    for _ in range(200):
        found = expiries(names, "www.shop.example", "/a/b/c", secure=True)
        assert len(found) == MAX_EXPIRED
        every |= set(found)
    assert {_attribute(value, "Path") for value in every} == {
        *("/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c"),
    }


@given(
    st.lists(st.text(st.characters(max_codepoint=255, exclude_characters=";="))),
    st.text(st.characters(max_codepoint=255)),
    st.text(st.characters(max_codepoint=255)).map("/".__add__),
)
def test_no_request_can_write_a_header(names: list[str], host: str, path: str) -> None:
    for value in expiries(names, host, path, secure=True):
        assert SET_COOKIE.fullmatch(value)
        assert "evil" not in (_attribute(value, "Domain") or "") or "evil" in host


@pytest.mark.parametrize(
    "path", ["/\r\nSet-Cookie: evil=1", "/a; Domain=evil.example", "/caf\xc3\xa9", "/%"]
)
def test_a_path_is_quoted_as_browsers_send_it(path: str) -> None:
    places = [
        _attribute(value, "Path")
        for value in expiries(["a"], "localhost", path, secure=False)
    ]
    quoted = {
        "/%": "/%25",
        "/caf\xc3\xa9": "/caf%C3%A9",
        "/a; Domain=evil.example": "/a%3B%20Domain=evil.example",
        "/\r\nSet-Cookie: evil=1": "/%0D%0ASet-Cookie:%20evil=1",
    }
    assert places == ["/", quoted[path]]


def test_a_long_path_makes_no_long_header() -> None:
    found = expiries(["a"], "localhost", "/" + "x" * 5000, secure=False)
    assert found == ["a=; Max-Age=0; Path=/"]


def _attribute(set_cookie: str, name: str) -> str | None:
    found = re.search(rf"; {name}=([^;]*)", set_cookie)
    return found[1] if found else None
