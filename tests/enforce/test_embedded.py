"""What addresses hold in themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.embedded import code_of, data_of, url_of


@pytest.mark.parametrize(
    ("url", "media_type", "content"),
    [
        ("data:,a", "", b"a"),
        ("data:text/html,<p>a", "text/html", b"<p>a"),
        ("data:text/html;charset=utf-8,%3Cp%3E", "text/html", b"<p>"),
        ("data:text/css;base64,YQ==", "text/css", b"a"),
        ("data:text/css ; BASE64 ,YQ", "text/css", b"a"),
        (" \n DaTa:Text/HTML,a ", "text/html", b"a"),
        ("d\tata:text/html,a\nb", "text/html", b"ab"),
        ("data:;base64,YQ%3D%3D", "", b"a"),
        ("data:;base64,a", "", b"a"),
        ("data:", "", b""),
    ],
)
def test_data_is_taken_apart(url: str, media_type: str, content: bytes) -> None:
    data = data_of(url)
    assert data is not None
    assert (data.media_type, data.content) == (media_type, content)


@pytest.mark.parametrize("url", ["", "/data:a", "https://a/data:,b", "dat", "data"])
def test_other_addresses_hold_nothing(url: str) -> None:
    assert data_of(url) is None
    assert code_of(url) is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:a()", "a()"),
        ("JAVA\tSCRIPT:a()", "a()"),
        ("\x01 javascript:%61()", "a()"),
        ("javascript://a%0Ab()", "//a\nb()"),
    ],
)
def test_a_script_is_taken_out(url: str, code: str) -> None:
    assert code_of(url) == code


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_script_becomes_an_address_and_back(code: str) -> None:
    assert code_of(url_of(code)) == code
