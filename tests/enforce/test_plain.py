"""A tag that is known by its form is one that is judged to load nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce.judge import judge_for
from consentkit.enforce.plain import is_bare, plain_tags_of
from consentkit.enforce.urls import page_address

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "services": {
            "spin": {
                "name": "Spin to win",
                "hosts": ["spin.example", "/metrics/", "/pixel.gif"],
            }
        },
    }
)
PAGE = page_address("https://shop.example/things/")
NAMES = st.sampled_from(
    "src href srcset data-src alt class type rel http-equiv content style onerror "
    "data-consent data-category SRC data-n data-full media width nonce name".split()
)
VALUES = st.sampled_from(
    [
        *("/a.jpg", "/a/b.jpg?v=1", "/a.jpg 1x, /b.jpg 2x", "a.jpg", "/", "", "x"),
        *("//spin.example/x", "/metrics/x", "/pixel.gif", "/a/../metrics/x", "/./a"),
        *("https://spin.example/", "/a b", "/%6detrics/x", "&#47;&#47;spin.example"),
        *("refresh", "0;url=//spin.example", "image", "stylesheet", "preload", "spin"),
        *("url(//spin.example)", "/a.jpg?a=1&amp;b=2", "/metrics", "/Metrics/x", "//"),
        *("/a.jpg, //spin.example/x 2x", "/a.jpg 1x,//spin.example/x", "/a,b", "\\"),
        "/\t/spin.example",
    ]
)
TAGS = st.builds(
    lambda name, attributes, end: f"<{name}{''.join(attributes)}{end}".encode(),
    st.sampled_from("img source input link meta track script iframe p".split()),
    st.lists(
        st.builds(
            lambda space, name, quote, value: f"{space}{name}={quote}{value}{quote}",
            st.sampled_from([" ", "\n", "  ", "/", ""]),
            NAMES,
            st.sampled_from(['"', '"', "'", ""]),
            VALUES,
        ),
        max_size=4,
    ),
    st.sampled_from([">", " >", "/>", " />"]),
)


@settings(deadline=None)
@given(TAGS)
def test_what_is_plain_is_judged_to_load_nothing(raw: bytes) -> None:
    judge = judge_for(POLICY)
    judge.harmless(PAGE.host).clear()
    if raw in plain_tags_of(judge, PAGE.host):
        verdict = judge.tag(raw, PAGE, PAGE.host)

        assert not verdict
        assert not verdict.cuts


@settings(deadline=None)
@given(TAGS)
def test_a_bare_script_is_judged_to_be_one(raw: bytes) -> None:
    if is_bare(raw):
        verdict = judge_for(POLICY).tag(raw, PAGE, PAGE.host)

        assert verdict.runs
        assert not verdict
        assert not verdict.cuts


@pytest.mark.parametrize(
    "raw",
    [
        b'<img src="/a.jpg" alt="A &amp; B">',
        b'<img class="a" srcset="/a-1.jpg 1x, /a-2.jpg 2x" width=10 loading=lazy />',
        b'<input type="hidden" name="sku" value="1" required>',
        b'<link rel="stylesheet" href="/a.css?v=1">',
        b'<meta name="viewport" content="width=device-width">',
        b'<source type="image/avif" srcset="/a.avif 400w, /b.avif 800w" sizes="50vw">',
    ],
)
def test_what_shops_write_is_plain(raw: bytes) -> None:
    assert raw in plain_tags_of(judge_for(POLICY), PAGE.host)


@pytest.mark.parametrize(
    "raw",
    [
        b'<img class="opt&#97;non-category-ads" src="/a.jpg">',
        b'<img aria-src="//spin.example" src="/a.jpg">',
        b'<img aria-lazy="//spin.example" src="/a.jpg">',
        b'<img aria-theoriginal="//spin.example" src="/a.jpg">',
    ],
)
def test_what_may_say_more_is_not_plain(raw: bytes) -> None:
    judge = judge_for(POLICY)

    assert raw not in plain_tags_of(judge, PAGE.host)


def test_nothing_is_plain_on_a_host_of_a_service() -> None:
    assert b'<img src="/a.jpg">' not in plain_tags_of(judge_for(POLICY), "spin.example")


@pytest.mark.parametrize("raw", [b"<script>", b'<script nonce="a/b+c=" type="module">'])
def test_most_scripts_are_bare(raw: bytes) -> None:
    assert is_bare(raw)
