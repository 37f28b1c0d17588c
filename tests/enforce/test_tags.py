"""Start tags are read as the WHATWG tokenizer reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.tags import (
    TAG,
    StartTag,
    by_names,
    decode_references,
    is_self_closing,
    parse_tag,
    text_of,
)


@pytest.mark.parametrize(
    ("raw", "attributes"),
    [
        (b"<a>", {}),
        (b"<a b>", {"b": ""}),
        (b"<a b=c>", {"b": "c"}),
        (b"<a b = c>", {"b": "c"}),
        (b"<a\nb\t=\f'c d'>", {"b": "c d"}),
        (b'<a b="c>d" e>', {"b": "c>d", "e": ""}),
        (b"<a/b/c=d>", {"b": "", "c": "d"}),
        (b"<a b=c/>", {"b": "c/"}),
        (b"<a b=x c=y b=z>", {"b": "x", "c": "y"}),
        (b"<A B=C>", {"b": "C"}),
        (b"<a b='1'c='2'>", {"b": "1", "c": "2"}),
        (b"<a =b=c>", {"=b": "c"}),
        (b'<a b"c>', {'b"c': ""}),
        (b"<a b=c\"d'e>", {"b": "c\"d'e"}),
        (b"<a b=>", {"b": ""}),
        (b"<a b\x0bc=d>", {"b\x0bc": "d"}),
        (b"<a b=&#x26;amp;>", {"b": "&amp;"}),
    ],
)
def test_attributes(raw: bytes, attributes: dict[str, str]) -> None:
    assert parse_tag(raw).attributes == attributes


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (b"<a b='>'>c", b"<a b='>'>"),
        (b'<a b=">\'">c', b'<a b=">\'">'),
        (b"<a b='>", None),
        (b"<a b", None),
        (b"<a <b>", b"<a <b>"),
        (b"<1>", None),
        (b"< a>", None),
        (b"</a b>", b"</a b>"),
        (b"<a\x00>", b"<a\x00>"),
    ],
)
def test_where_a_tag_ends(text: bytes, tag: bytes | None) -> None:
    found = TAG.match(text)

    assert (found[0] if found else None) == tag


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a&#46;b", "a.b"),
        ("a&#46b", "a.b"),
        ("a&#46facebook", "a.facebook"),
        ("a&#x2E;b", "a.b"),
        ("a&#X2eg", "a.g"),
        ("a&#0000000000046;b", "a.b"),
        ("&period;&sol;&colon;", "./:"),
        ("?a=1&copy=2&copy2&amp;b", "?a=1&copy=2&copy2&b"),
        ("&copy", "\u00a9"),
        ("&copy\u00e9", "\u00a9\u00e9"),
        ("&notin; &notit;", "\u2209 &notit;"),
        ("&nothing &", "&nothing &"),
        ("&#xD800;&#0;&#x110000;&#99999999999;", "\ufffd" * 4),
        ("&#; &#x; &#xg", "&#; &#x; &#xg"),
    ],
)
def test_character_references(value: str, text: str) -> None:
    assert decode_references(value) == text


@pytest.mark.parametrize(
    ("raw", "closing"),
    [
        (b"<path/>", True),
        (b"<path d=x/>", False),
        (b"<path d='x'/>", True),
        (b"<p>", False),
    ],
)
def test_self_closing_tags(raw: bytes, closing: bool) -> None:  # noqa: FBT001  one row
    assert is_self_closing(raw) is closing


def test_bytes_of_an_old_charset_are_text_too() -> None:
    assert text_of(b"caf\xe9") == "caf\u00e9"


def test_what_is_no_tag_has_no_name() -> None:
    assert parse_tag(b"text").name == ""


@given(st.text(alphabet="&#xX0;aamplt=9 ", max_size=30))
def test_any_reference_is_text_that_can_be_written(value: str) -> None:
    assert len(decode_references(value).encode()) <= 3 * len(value)


def test_names_are_told_of_once_whatever_the_values_are() -> None:
    asked = []

    @by_names
    def told(element: str, names: tuple[str, ...]) -> str:
        asked.append(element)
        return f"{element}: {'+'.join(names)}"

    assert told(parse_tag(b"<a b=1 c>")) == told(parse_tag(b"<a b=2 c=3>")) == "a: b+c"
    assert told(StartTag("a", {"c": "", "b": ""})) == "a: c+b"
    assert told(StartTag("a", {})) == "a: "
    assert len(asked) == 3


def test_long_names_are_not_kept() -> None:
    asked = []
    told = by_names(lambda element, names: asked.append((element, names)))
    tag = StartTag("a", {"b" * 300: ""})

    told(tag)
    told(tag)

    assert asked == [("a", ("b" * 300,))] * 2
