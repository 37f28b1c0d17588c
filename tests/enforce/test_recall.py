"""What is passed over because it came before is what reading it again would leave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce import Rewriter, compiled, rewriter
from consentkit.enforce.audience import Audience, Visitor
from consentkit.enforce.constructs import constructs_of
from consentkit.enforce.judge import judge_for
from consentkit.enforce.stretches import LONG, stretches_of
from tests.enforce.test_rewriter_properties import (
    BROKEN,
    EVERYTHING,
    HARMLESS,
    POLICY,
    TRACKERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "https://shop.example/things/"
NOTHING: frozenset[str] = frozenset()
ENDS = [b"</a>", b"</a>", b"</a>", b"</p>", b"</script>", b"</title>", b"</a >"]
SIMPLE = [
    b"<a href=/x>",
    b"<a class='b' title=\"c > d\">",
    b"<p class=x>text",
    b"<img src=/own.jpg>",
    b'<img src="own.jpg" alt="">',
    b'<img src="/metrics/a" alt=b>',
    b'<source srcset="/a.jpg 1x, /b.jpg 2x">',
    b"<h3 title='\"'>",
    b"</div title='>'>",
    b'</b a="',
    b"<svg class=i><path d='M0'/></svg>",
    b'<svg><use href="#i"/></svg>',
    b"<svg><image href=//spin.example /></svg>",
    b"<script>var a = '<img>'</script>",
    b"<style>a { background: url(//spin.example/a) }</style>",
    b"<b style='background: url(//spin.example/a)'>",
    b"<title>a</title>",
    b"<html lang=de>",
    b"<head>",
]
PIECES = st.sampled_from([*ENDS, *SIMPLE, *HARMLESS, *TRACKERS, *BROKEN])
STARTS = st.sampled_from([b"<!doctype html>", b"<!doctype html><html lang=en>", b""])
PAGES = st.builds(
    lambda start, pieces: start + b"".join(pieces),
    STARTS,
    st.lists(PIECES, max_size=16),
)
#: Everything a reading leaves behind.
Reading = tuple[bytes, object, object, str, bool]


@pytest.fixture(autouse=True, scope="module")
def _short_pages_are_passed_over_as_well() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewriter, "LEAST", 0)
        yield


@pytest.fixture(autouse=True)
def _nothing_came_before() -> None:
    stretches_of.cache_clear()
    constructs_of.cache_clear()


def reading(
    page: bytes,
    granted: frozenset[str] = NOTHING,
    *,
    size: int = 1 << 20,
    blocks: bool = False,
    feed: Callable[[Rewriter, bytes], bytes] = Rewriter.feed,
) -> Reading:
    one = Rewriter(POLICY, granted, url=URL, block_undeclared=blocks, marker=b"<i>")
    out = [feed(one, page[at : at + size]) for at in range(0, len(page), size)]
    left = b"".join([*out, one.close()])
    return left, one.withheld, list(one.undeclared), one.language, one.unfinished


def exact(page: bytes, granted: frozenset[str] = NOTHING, **how: bool) -> Reading:
    """Read a page as if nothing had come before, and in Python's own code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "skim", None)
        return reading(page, granted, feed=Rewriter.read, **how)


@settings(max_examples=120, deadline=None)
@given(PAGES, st.integers(1, 100))
@example(b"<!doctype html></a><b title='</a><script>Spin.go(</script></a>'>x</a>", 9)
def test_a_page_that_comes_again_is_read_as_the_first_time(
    page: bytes, size: int
) -> None:
    for _ in range(4):
        assert reading(page) == exact(page)
        assert reading(page, EVERYTHING) == exact(page, EVERYTHING)
    assert reading(page, blocks=True) == exact(page, blocks=True)
    assert reading(page, size=size) == exact(page)


@settings(max_examples=60, deadline=None)
@given(PAGES, PAGES, st.integers(0, 200), st.integers(0, 200))
def test_what_came_in_one_page_is_no_other_in_the_next(
    first: bytes, second: bytes, at: int, until: int
) -> None:
    mixed = first[:at] + second[until:]
    for page in (first, second, first, second, mixed, first + second, mixed):
        assert reading(page) == exact(page)


def test_a_tag_that_means_something_inside_quotes_does_so_where_they_arent() -> None:
    harmless = b"<p class=a>text</a><i class=b>text</a>"
    opened = b"<b title='</a>" + harmless + b"<script>Spin.go(1)</script></a>'>"
    page = (
        b"<!doctype html>" + harmless * 3 + opened + b"<script>Spin.go(1)</script></a>"
    )

    for _ in range(4):
        left, withheld, *_ = reading(page)

        assert left == page.removesuffix(b"<script>Spin.go(1)</script></a>") + b"</a>"
        assert isinstance(withheld, list)
        assert len(withheld) == 1


def test_a_relative_address_is_judged_by_the_page_it_stands_in() -> None:
    stretch = b"<script src=../metrics/a.js></script></a>"
    policy_page = b"<!doctype html><a>x</a>" + stretch

    for _ in range(4):
        assert reading(policy_page) == exact(policy_page)


MARKED = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "groups": {"survey": {"name": "Survey"}},  # no service belongs to it
        "services": {"spin": {"name": "Spin", "hosts": ["spin.example"]}},
    }
)


@pytest.mark.parametrize(
    "element",
    [b"<img data-consent=survey src=/a.gif>", b"<script data-consent=survey></script>"],
)
def test_nobody_gets_what_another_granted_to_a_group_without_services(
    element: bytes,
) -> None:
    page = b"<!doctype html><a>x</a>" + element + b"</a>"
    granted = frozenset({"survey"})
    for _ in range(4):
        for one, left in (
            (Rewriter(MARKED, granted, url=URL), True),
            (Rewriter(MARKED, url=URL), False),
        ):
            assert (element in one.feed(page) + one.close()) is left


def test_everybody_gets_a_banner_of_their_own() -> None:
    page = b"<!doctype html><p>a<title-bar>x</title-bar></a>"
    for banner in (b"[1]", b"[2]", b"[3]"):
        one = Rewriter(POLICY, url=URL, banner=banner)

        left = page.replace(b"<p>", banner + b"<p>")
        assert one.feed(page) + one.close() == left


@pytest.mark.parametrize("around", [b"%s</a>", b"<noscript><p>%s</noscript></a>"])
def test_a_gap_is_filled_whoever_left_it_empty_before(around: bytes) -> None:
    frame = around % b"<iframe src=//spin.example/></iframe>"
    page = b"<!doctype html><a>x</a>" + frame
    for _ in range(4):
        bare = Rewriter(POLICY, url=URL)
        shown = Rewriter(POLICY, url=URL, placeholder=lambda _: b"[gap]")

        assert b"[gap]" not in bare.feed(page) + bare.close()
        assert b"[gap]" in shown.feed(page) + shown.close()


def test_memory_of_constructs_is_bounded_by_bytes() -> None:
    visitor = Visitor(NOTHING, block_undeclared=False, scheme="https", is_shown=False)
    memory = constructs_of(Audience(POLICY, "shop.example", visitor))
    for number in range(30_000):
        memory.remember(b"%0200d" % number, None, 200)

    assert sum(map(len, memory)) < 1 << 21
    assert b"%0200d" % 0 not in {*memory}
    assert b"%0200d" % 29_999 in {*memory}


def test_memory_of_stretches_is_bounded_by_bytes() -> None:
    memory = stretches_of(judge_for(POLICY), "shop.example")
    for number in range(30_000):
        memory.plain.remember(b"%0200d" % number, value=True, size=200)

    assert sum(map(len, memory.plain)) < 1 << 21
    assert memory.plain.get(b"%0200d" % 0) is None
    assert memory.plain.get(b"%0200d" % 29_999)


def test_a_page_of_another_kind_is_cut_elsewhere(engine: str) -> None:
    memory = stretches_of(judge_for(POLICY), "shop.example")
    page = b"<!doctype html>" + b"<div>text</div>" * (2 * LONG)
    for _ in range(3):
        assert reading(page) == exact(page)

    assert (memory.cut == b"</div>") is (engine == "interpreted")


def test_pages_that_are_read_at_the_same_time_dont_mix_up() -> None:
    pages = [
        b"<!doctype html>" + b"<p class=%d>text</a>" % number * (20 + 9 * number)
        for number in range(4)
    ] + [b"<!doctype html>" + b"".join(b"<i id=%d>x</a>" % n for n in range(60))]
    expected = [exact(page) for page in pages]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(reading, pages * 30))

    assert found == expected * 30
