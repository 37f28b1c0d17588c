"""A tag that is too long to be held ends where any other does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce import Rewriter
from consentkit.enforce.long_tag import LongTag
from consentkit.enforce.stream import MAX_HELD
from consentkit.enforce.tags import TAG

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "services": {"spin": {"name": "Spin to win", "hosts": ["spin.example"]}},
    }
)
START = b"<!doctype html><body>before"
TRACKER = b"<img src=//spin.example/x>"
LONG = b"x" * (MAX_HELD + (1 << 17))
PARTS = st.lists(
    st.sampled_from([b"a", b"=", b" ", b"/", b'"', b"'", b"\n", b">", b"<", b"ab=c"]),
    max_size=14,
).map(b"".join)


@given(st.sampled_from([b"<a", b"</b", b"<Iframe"]), PARTS, st.integers(0, 30))
def test_it_ends_where_a_whole_tag_does(begin: bytes, rest: bytes, cut: int) -> None:
    page = begin + b" " + rest
    whole = TAG.match(page)
    cut = max(len(begin) + 1, min(cut, len(page)))
    if whole and whole.end() <= cut:
        return  # it isn't long
    tag = LongTag(page[:cut])
    ends = [tag.end(page[at : at + 1], 0) for at in range(cut, len(page))]
    found = [cut + number + 1 for number, end in enumerate(ends) if end]

    at_once = LongTag(page[:cut]).end(page[cut:], 0)

    assert found[:1] == ([whole.end()] if whole else [])
    assert at_once == (whole.end() - cut if whole else None)
    assert tag.is_end is begin.startswith(b"</")


def rewritten(page: bytes, *granted: str) -> tuple[bytes, int]:
    """Get what becomes of a page that comes in pieces, and how much was withheld."""
    one = Rewriter(POLICY, frozenset(granted), url="https://shop.example/")
    out = [one.feed(page[at : at + 65_536]) for at in range(0, len(page), 65_536)]
    return b"".join([*out, one.close()]), len(one.withheld)


@pytest.mark.parametrize("quote", [b'"', b"'", b""])
@pytest.mark.parametrize(
    ("begin", "content"),
    [
        (b"<p title=", b""),
        (b"<br title=", b""),
        (b"<img src=/a alt=", b""),
        (b"<script title=", b"var a = '<p>'</script>"),
        (b"<iframe title=", b"<p></iframe>"),
        (b"<style title=", b"<p></style>"),
        (b"<object title=", b"<object><p></object></object>"),
        (b"<noscript title=", b"<p></noscript>"),
        (b"<template title=", b"<p></template>"),
        (b"<svg title=", b"<style><p></style></svg>"),
    ],
)
def test_what_is_too_long_is_withheld_up_to_its_end(
    begin: bytes, content: bytes, quote: bytes
) -> None:
    tag = begin + quote + LONG + quote + b">" + content

    assert rewritten(START + tag + b"after" + TRACKER + b"<p>") == (
        START + b"after<p>",
        2,
    )


@pytest.mark.parametrize("begin", [b"<p title=", b"<script title="])
def test_where_all_is_granted_it_passes(begin: bytes) -> None:
    page = START + begin + LONG + b">a</script></p>" + TRACKER

    assert rewritten(page, "spin", "personalisation") == (page, 0)


@pytest.mark.parametrize("name", [b"p", b"script", b"svg"])
def test_a_long_end_tag_passes_while_it_comes(name: bytes) -> None:
    page = START + b"<p>a</" + name + b" title='" + LONG + b">'>b"

    assert rewritten(page + TRACKER) == (page, 1)


@pytest.mark.parametrize("markup", [b"<!x %b>", b"<?x %b>", b"</ %b>", b"<!-- %b -->"])
def test_what_is_no_tag_passes_while_it_comes(markup: bytes) -> None:
    page = START + markup % LONG

    assert rewritten(page + TRACKER) == (page, 1)


@pytest.mark.parametrize("after", [b"]]></svg>", b"]]><style>a</style></svg>"])
def test_a_section_of_a_drawing_passes_while_it_comes(after: bytes) -> None:
    page = START + b"<svg><![CDATA[" + LONG + after

    assert rewritten(page + TRACKER) == (page, 1)


def test_a_tag_ends_the_same_where_what_is_open_around_it_is_in_doubt() -> None:
    page = START + b"<svg></div><p title=" + LONG + b">a</p>"

    assert rewritten(page) == (START + b"<svg></div>a</p>", 1)


@pytest.mark.parametrize("cut", range(2, 24, 3))
@pytest.mark.parametrize(
    ("raw", "is_empty"),
    [
        (b"<a b='c' d/>", True),
        (b"<a b=c/>", False),
        (b"<a b='c'/>", True),
        (b"<a b=c / >", False),
        (b"<a b=c />", True),
        (b"<a/>", True),
        (b"<a b=/>", False),
    ],
)
def test_it_ends_itself_as_a_whole_tag_does(
    raw: bytes, cut: int, *, is_empty: bool
) -> None:
    cut = min(cut, len(raw) - 1)
    tag = LongTag(raw[:cut])
    tag.end(raw[cut:], 0)

    assert tag.is_empty is is_empty


@pytest.mark.parametrize("cut", range(2, 24, 3))
@pytest.mark.parametrize("name", [b"data-consent", b"DATA-Consent", b"data-x"])
def test_it_may_say_what_must_be_granted(name: bytes, cut: int) -> None:
    raw = b"<p %b=spin>" % name
    cut = min(cut, len(raw) - 1)
    tag = LongTag(raw[:cut])
    tag.end(raw[cut:], 0)

    assert tag.is_assigned is (name != b"data-x")
