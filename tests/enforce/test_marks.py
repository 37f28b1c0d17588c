"""Inline loaders are found by their marks, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.marks import InlineIndex
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
