"""Addresses are read as browsers read them (WHATWG URL)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.urls import (
    Address,
    host_of,
    in_legacy_charsets,
    page_address,
    resolve,
)

PAGE = page_address("https://shop.example/a/page?q=1")


@pytest.mark.parametrize(
    "url",
    [
        "https://t.example/x.js",
        "HTTPS://T.EXAMPLE/x.js",
        "//t.example/x.js",
        "\\\\t.example\\x.js",
        "https:\\\\t.example/x.js",
        "///t.example/x.js",
        "http:t.example/x.js",
        "http:/t.example/x.js",
        "https:////t.example/x.js",
        " \x00\n https://t.example/x.js \t",
        "ht\ntps://t.exa\tmple/x\r.js",
        "https://t.example./x.js",
        "https://t.example:8443/x.js",
        "https://shop.example@t.example/x.js",
        "https://user:word@t.example/x.js",
        "https://%74.ex%61mple/x.js",
        "https://t%2Eexample/x.js",
        "https://\uff54.\uff45xample/x.js",
        "https://t\u3002example/x.js",
        "https://t.exam\u00adple/x.js",
        "wss://t.example/x.js",
    ],
)
def test_every_spelling_leads_to_the_host(url: str) -> None:
    address = resolve(url, PAGE)

    assert address is not None
    assert (address.host, address.path) == ("t.example", "/x.js")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("x.js", "/a/x.js"),
        ("/x.js", "/x.js"),
        ("./x.js", "/a/x.js"),
        ("../x.js", "/x.js"),
        ("../../../x.js", "/x.js"),
        ("%2e%2e/x.js", "/x.js"),
        ("b/./c/..", "/a/b/"),
        ("https:x.js", "/a/x.js"),
        ("https:/x.js", "/x.js"),
        ("?r=https://t.example/", "/a/page"),
        ("#//t.example/", "/a/page"),
        ("js/app.js?ref=t.example", "/a/js/app.js"),
    ],
)
def test_other_addresses_stay_on_the_page_s_host(url: str, path: str) -> None:
    address = resolve(url, PAGE)

    assert address is not None
    assert (address.host, address.path) == ("shop.example", path)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://t.example.other.test/", "t.example.other.test"),
        ("https://not-t.example/", "not-t.example"),
        ("https://other.test?t.example", "other.test"),
        ("https://other.test#@t.example", "other.test"),
        ("https://other.test/@t.example", "other.test"),
        ("https://other.test\\@t.example", "other.test"),
    ],
)
def test_a_look_alike_is_its_own_host(url: str, host: str) -> None:
    address = resolve(url, PAGE)

    assert address is not None
    assert address.host == host


@pytest.mark.parametrize(
    "url",
    ["data:text/html,x", "DATA:,", "javascript:1", "blob:x", "about:blank", "http://"],
)
def test_some_schemes_contact_nobody(url: str) -> None:
    assert resolve(url, PAGE) is None


def test_a_query_belongs_to_the_address_and_a_fragment_does_not() -> None:
    assert str(resolve("//t.example/x?a=1?b#c?d", PAGE)) == "https://t.example/x?a=1?b"


def test_a_page_without_an_address_has_no_host() -> None:
    assert page_address("") == Address("https", "")


def test_a_host_that_is_no_name_is_left_as_it_is() -> None:
    long = "\u00e9" * 5000

    assert resolve(f"https://{long}/", PAGE) == Address("https", long)


@given(st.text(max_size=60))
def test_any_text_is_read(url: str) -> None:
    address = resolve(url, PAGE)

    assert address is None or address.path.startswith("/")


@pytest.mark.parametrize(
    "host",
    [
        "\U0001f137otjar.com",
        "hot\U000e0100jar.com",
        "hot\u2064jar.com",
        "\u210eotjar.com",
    ],
)
def test_letters_younger_than_the_librarys_tables(host: str) -> None:
    assert host_of(host) == "hotjar.com"


def test_a_host_in_a_legacy_charset_is_read_in_each() -> None:
    url = "//\uff48.example".encode("shift_jis").decode("latin-1")

    assert "//\uff48.example" in in_legacy_charsets(url)
    assert list(in_legacy_charsets("\u8868")) == []
