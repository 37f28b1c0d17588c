"""Inline loaders are found by their marks, and by nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import catalogue
from consentkit.enforce.marks import InlineIndex, Way, place_of
from consentkit.policy import InlineMark

MARKS = [
    ("wheel", InlineMark("substring", "SpinWheel.init(")),
    ("path", InlineMark("substring", "t.example/js/")),
    ("tail", InlineMark("substring", ".klaviyo")),
    ("bare", InlineMark("substring", "loadit")),
    ("short", InlineMark("substring", "a.b")),
    ("name", InlineMark("identifier", "fbq")),
    ("call", InlineMark("call", "hj")),
    ("pattern", InlineMark("regex", r"gapi\.load\(\s*'x")),
]
INDEX = InlineIndex(MARKS)


@pytest.mark.parametrize(
    ("script", "services"),
    [
        ("", set()),
        ("SpinWheel.init({})", {"wheel"}),
        ("mySpinWheel.init({})", {"wheel"}),
        ("SpinWheel.stop()", set()),
        ("a='https:\\/\\/t.example\\/js\\/x.js'", {"path"}),
        ("window.klaviyoQueue=1", {"tail"}),
        ("preloadits()", {"bare"}),
        ("a.b", {"short"}),
        ("window.fbq=1", {"name"}),
        ("window['fbq']", {"name"}),
        ("myfbq=1; fbq2=1; $fbq=1", set()),
        ("hj ('event')", {"call"}),
        ("x.hj('event'); hjx()", set()),
        ("gapi.load( 'x')", {"pattern"}),
        ("fbq(1);hj(1)", {"name", "call"}),
    ],
)
def test_the_services_of_a_script(script: str, services: set[str]) -> None:
    assert INDEX.services(script) == services


WORDS = ["SpinWheel", ".init(", "t.example", "/js/", ".klaviyo", "loadit", "a.b", "x"]


@given(st.lists(st.sampled_from(WORDS), max_size=8).map("".join))
def test_a_substring_is_found_wherever_it_stands(script: str) -> None:
    expected = {s for s, m in MARKS if m.kind == "substring" and m.value in script}

    assert INDEX.services(script) == expected


PATTERNS = [
    r"gapi\.load\(\s*[\"'](?:surveyoptin|ratingbadge)",
    r"connect\.facebook\.net/\w+/(?:sdk|all)(?:\.js|/)",
    *(r"abcd|efgh", r"abcd?efgh", r"abc(?:defg)?hij", r"ab{2}cdef", r"abcd{0,2}efg"),
    *(r"abc[d]efgh", r"abcd[^x]?efgh", r"(?i)abcdef", r"(?:abcd|efgh)ijkl", r"\bcdefg"),
    *(r"\x61bcd\.efgh", r"a\.bcde\wfgh", r"abcd+efgh", r"(?=abcd)abcdef", r"abc\{defg"),
    *(
        r"^abcd$",
        r"a.cdef",
        r"(?P<n>abcd)efgh(?P=n)",
        r"[a\]]bcde",
        r"abcd\/efgh",
        r"x*+abcd",
    ),
    *(
        r"(?<!z)abcd",
        r"(?:a|b)*cdef(?:g)??hijk",
        r"\Aabcd\Z",
        r"abcd\s\S\dijkl",
        r"ab|",
        r"abcd}(?:efghi)?j",
        r"(ab}cdefg)?hijk",
        r"abc{defgh",
        r"abc{x}(?:defgh)?",
        r"abcd{,2}efghi",
        r"ab(?#})cdef|ghijk",
        r"(?#[)((]ab))?(?:cdefgh)?",
    ),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_whatever_an_expression_finds_is_found_by_a_word_of_it(pattern: str) -> None:
    index = InlineIndex([("it", InlineMark("regex", pattern))])
    plain = re.compile(pattern.replace("\\/", "/"))

    @given(st.from_regex(plain), st.sampled_from(["", "x", " ", ";a="]))
    def finds(text: str, around: str) -> None:
        script = around + text.replace("/", "\\/") + around
        if plain.search(script.replace("\\/", "/")):
            assert index.services(script) == {"it"}

    finds()


def test_expressions_of_the_catalogue_are_found_by_a_word() -> None:
    marks = [mark for s in catalogue.services().values() for mark in s.inline]
    expressions = [mark for mark in marks if mark.kind == "regex"]

    assert expressions
    assert all(place_of(mark)[0] is not Way.ANYWHERE for mark in expressions)
