from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.headers import (
    dependent,
    first,
    is_private,
    joined,
    nonce_of,
    private,
    tag_variant,
    untag_variant,
    vary,
    without,
)

MINE, THEIRS = "A" * 16, "B" * 16
Headers = list[tuple[str, str]]

lists = st.lists(
    st.sampled_from(
        'public private no-store no-cache s-maxage=9 max-age=60 private="a,b" '
        "must-revalidate Cookie * Accept Sec-GPC , ".split(" ")
    ),
    max_size=4,
).map(", ".join)
headers_of_an_app = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["Cache-Control", "cache-control", "Vary"]), lists),
        st.tuples(
            st.sampled_from(["CDN-Cache-Control", "Surrogate-Control"]),
            st.just("max-age=600"),
        ),
        st.tuples(st.just("ETag"), st.sampled_from(['"a"', 'W/"a"', "a", '""', '"'])),
        st.tuples(st.just("Set-Cookie"), st.just("basket=1")),
    ),
    max_size=6,
)


def test_headers_are_found_whatever_their_case() -> None:
    headers = [("VARY", "A"), ("Vary", "B"), ("X", "1")]
    assert first(headers, "vary") == "A"
    assert joined(headers, "vary") == "A, B"
    assert first(headers, "etag") == ""
    assert without(headers, ["vary"]) == [("X", "1")]


def test_vary_is_merged() -> None:
    headers = [("Vary", "Accept, cookie"), ("vary", "Origin")]
    assert vary(headers, "Cookie", "Sec-GPC") == [
        ("Vary", "Accept, cookie, Origin, Sec-GPC")
    ]
    assert vary([("Vary", "*")], "Cookie") == [("Vary", "*")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "private"),
        ("public, max-age=60", "private, max-age=60"),
        ("s-maxage=600, must-revalidate", "private, must-revalidate"),
        ("private", "private"),
        ("no-store", "no-store"),
        ("No-Store, public", "No-Store, public"),
        ('private="a, b", max-age=1', "private, max-age=1"),
        ('no-cache="a, b"', 'private, no-cache="a, b"'),
    ],
)
def test_a_page_is_private(before: str, after: str) -> None:
    headers = [("Cache-Control", before)] if before else []
    assert private(headers) == [("Cache-Control", after)]


@pytest.mark.parametrize("cache_control", ["public", "no-store"])
@pytest.mark.parametrize(
    "name",
    [
        "CDN-Cache-Control",
        "Cloudflare-CDN-Cache-Control",
        "Surrogate-Control",
        "X-Accel-Expires",
    ],
)
def test_no_cache_is_told_otherwise(name: str, cache_control: str) -> None:
    headers = [("Cache-Control", cache_control), (name, "max-age=600")]
    assert first(private(headers), name.lower()) == ""


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Cache-Control", "private")], True),
        ([("Cache-Control", "max-age=0, no-store")], True),
        ([("Cache-Control", "no-cache")], False),
        ([("Cache-Control", 'private="set-cookie"')], False),
        ([], False),
        ([("Cache-Control", "private"), ("CDN-Cache-Control", "max-age=9")], False),
    ],
)
def test_it_is_known_what_a_shared_cache_may_store(
    headers: Headers, *, expected: bool
) -> None:
    assert is_private(headers) is expected


def test_what_speaks_of_the_old_body_goes() -> None:
    headers = [
        ("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT"),
        ("Accept-Ranges", "bytes"),
        ("Content-MD5", "x"),
        ("ETag", '"v1"'),
        ("X-Own", "kept"),
    ]
    assert dependent(headers, MINE) == [
        ("ETag", f'"v1-ck.{MINE}"'),
        ("X-Own", "kept"),
        ("Vary", "Cookie, Sec-GPC"),
        ("Cache-Control", "private"),
    ]


@given(headers_of_an_app)
def test_whatever_an_app_says_its_page_is_one_visitors(headers: Headers) -> None:
    made = dependent(headers, MINE)
    assert is_private(made)
    names = [name.lower() for name, _ in made]
    assert names.count("vary") == 1
    assert names.count("cache-control") <= max(1, len(headers))
    varies = {part.strip().lower() for part in first(made, "vary").split(",")}
    assert "*" in varies or {"cookie", "sec-gpc"} <= varies
    assert "" not in varies
    assert joined(made, "set-cookie") == joined(headers, "set-cookie")
    assert dependent(made, MINE)[-1] == made[-1]


@given(st.sampled_from(['"a"', 'W/"a"', '""', '"a-b"']))
def test_a_tag_comes_back_as_the_app_made_it(etag: str) -> None:
    tagged = tag_variant(etag, MINE)
    assert tagged != etag
    assert untag_variant(tagged, MINE, page=True) == etag
    assert untag_variant(tagged, THEIRS, page=True) == ""
    assert untag_variant(tagged, THEIRS, page=False) == ""


def test_a_page_from_before_is_never_revived() -> None:
    condition = f'"old", W/"a-ck.{MINE}", "b-ck.{THEIRS}"'
    assert untag_variant(condition, MINE, page=True) == 'W/"a"'
    assert untag_variant(condition, MINE, page=False) == '"old", W/"a"'
    assert untag_variant("*", MINE, page=True) == ""


@pytest.mark.parametrize(
    ("policy", "nonce"),
    [
        ("script-src 'self' 'nonce-abc'", "abc"),
        ("img-src *; default-src 'nonce-x1=='", "x1=="),
        ("style-src 'nonce-abc'", ""),
        ("script-src 'self'; style-src 'nonce-abc'", ""),
    ],
)
def test_the_nonce_of_scripts_is_found(policy: str, nonce: str) -> None:
    assert nonce_of([("Content-Security-Policy", policy)]) == nonce
