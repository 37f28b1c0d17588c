"""Random pages, read by the engine and by a second parser."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fuzz.differential import disagreement, live_trackers, rewritten
from tests.fuzz.pages import HARMLESS, TRACKERS

WORDS = st.one_of(st.sampled_from(HARMLESS), st.sampled_from(TRACKERS))
PAGES = st.lists(WORDS, max_size=10).map(b"".join)
RUBBLE = st.lists(st.one_of(WORDS, st.binary(max_size=3)), max_size=10).map(b"".join)


@settings(max_examples=300)
@given(PAGES)
@example(b"<<img src=//spin.example/x>img src=//spin.example/x>")
@example(b"<script>a=1</script ><script src=//spin.example/x></script>")
def test_both_find_the_same_in_pages_of_words(page: bytes) -> None:
    assert disagreement(page) is None


@settings(max_examples=200)
@given(RUBBLE)
def test_both_find_the_same_in_rubble(page: bytes) -> None:
    assert disagreement(page) is None


@pytest.mark.parametrize("tracker", TRACKERS)
def test_each_word_that_loads_is_one_for_both(tracker: bytes) -> None:
    assert live_trackers(tracker)
    assert rewritten(tracker) == b""
