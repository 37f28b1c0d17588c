from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.headers import (
    first,
    is_private,
    joined,
    nonce_of,
    of_variant,
    private,
    shared,
    tag_variant,
    unstored,
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
        ("no-store", "private, no-store"),  # not all caches heed it (Fastly)
        ("No-Store, public", "private, No-Store"),
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
    assert of_variant(headers, MINE) == [("ETag", f'"v1-ck.{MINE}"'), ("X-Own", "kept")]


@given(headers_of_an_app)
def test_whatever_an_app_says_its_page_is_one_visitors(headers: Headers) -> None:
    made = private(vary(headers, "Cookie", "Sec-GPC"))
    assert is_private(made)
    names = [name.lower() for name, _ in made]
    assert names.count("vary") == 1
    assert names.count("cache-control") <= max(1, len(headers))
    varies = {part.strip().lower() for part in first(made, "vary").split(",")}
    assert "*" in varies or {"cookie", "sec-gpc"} <= varies
    assert "" not in varies
    assert joined(made, "set-cookie") == joined(headers, "set-cookie")
    assert private(vary(made, "Cookie", "Sec-GPC"))[-1] == made[-1]


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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("public, max-age=600", "public, s-maxage=600, max-age=0, must-revalidate"),
        ("max-age=600", "s-maxage=600, max-age=0, must-revalidate"),
        ("Max-Age=60, S-MaxAge=600", "s-maxage=600, max-age=0, must-revalidate"),
        (
            'public, max-age="5", immutable, stale-while-revalidate=9, no-transform',
            "public, no-transform, s-maxage=5, max-age=0, must-revalidate",
        ),
    ],
)
def test_what_others_may_see_browsers_ask_for(before: str, after: str) -> None:
    headers = [("Cache-Control", before), ("Expires", "0"), ("X-Other", "1")]
    expected = [("X-Other", "1"), ("Cache-Control", after)]
    assert shared(headers) == expected
    assert shared(expected) == expected


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Cache-Control", "public")],
        [("Expires", "Thu, 01 Dec 2044 16:00:00 GMT")],
        [("Cache-Control", "max-age=0")],
        [("Cache-Control", "max-age=-5")],
        [("Cache-Control", "max-age=\xb2")],
        [("Cache-Control", "max-age=60, s-maxage=0")],
        [("Cache-Control", "max-age=60, max-age=600")],
        [("Cache-Control", "max-age=60, private")],
        [("Cache-Control", 'max-age=60, no-cache="set-cookie"')],
        [("Cache-Control", "max-age=60"), ("cache-control", "no-store")],
        [("Cache-Control", "max-age=60"), ("Vary", "Accept, cookie")],
        [("Cache-Control", "max-age=60"), ("Vary", "*")],
        [("Cache-Control", "max-age=60"), ("Set-Cookie", "a=b")],
    ],
)
def test_what_is_not_said_to_be_for_others_is_not(headers: Headers) -> None:
    assert shared(headers) is None


@pytest.mark.parametrize(
    ("cache_control", "expected"),
    [
        ("max-age=60", False),
        ("max-age=60, public", True),
        ("s-maxage=60", True),
        ("max-age=60, must-revalidate", True),
    ],
)
def test_answers_to_who_is_known_are_for_others_only_if_it_says_so(
    cache_control: str, *, expected: bool
) -> None:
    headers = [("Cache-Control", cache_control)]
    assert (shared(headers, known=True) is not None) is expected


def test_what_is_unstored_is_so_for_every_cache() -> None:
    headers = [("CDN-Cache-Control", "max-age=9"), ("Cache-Control", "public")]
    assert unstored(headers) == [("Cache-Control", "private, no-store")]
