"""What is too long to be held is withheld up to its end, wherever it stands."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce import Rewriter, rewriter, stream, unscripted
from consentkit.enforce.reserve import Reserving
from tests.fuzz.differential import live_trackers
from tests.fuzz.pages import HARMLESS, TRACKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "services": {"spin": {"name": "Spin to win", "hosts": ["spin.example"]}},
    }
)
EVERYTHING = frozenset({"personalisation", "spin"})
START = b"<!doctype html><body>before"
TRACKER = b"<img src=//spin.example/x>"
FIGURE = b"<p>after</p>"
LEAST = 1 << 9
#: Has in it what would end a tag, a text or a drawing that was read wrongly.
LONG = (
    b"'x"
    + b"y " * LEAST
    + b"></title></textarea></style></script></svg></div>"
    + TRACKER
    + b"'"
)


@pytest.fixture(autouse=True, scope="module")
def limit() -> Iterator[None]:
    """Hold half a kilobyte at most, to keep the tests quick."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (stream, rewriter, unscripted):
            patch.setattr(module, "MAX_HELD", LEAST)
        yield


def rewritten(
    page: bytes,
    size: int = 64,
    granted: frozenset[str] = frozenset(),
    kind: type[Rewriter] = Rewriter,
) -> bytes:
    """Get what becomes of a page that comes in pieces."""
    one = kind(POLICY, granted, url="https://shop.example/")
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*out, one.close()])


SIZES = (1, 7, 64, 300)
PLACES = (
    b"%s",
    b"<svg>%s<g>a</g></svg>",
    b"<svg><g>%s</g></svg>",
    b"<svg><foreignObject>%s<p>a</p></foreignObject></svg>",
    b"<svg><title>%s</title></svg>",
    b"<svg></i>%s</svg>",
    b"<svg><textarea>a %s b</textarea></svg>",
    b"<svg><script href=/own.js>a %s b</script></svg>",
    b"<math><mi>%s</mi></math>",
    b"<math><annotation-xml>%s</annotation-xml></math>",
    b"<math><annotation-xml encoding=text/html>%s</annotation-xml></math>",
    b"<object data=//spin.example/>%s</object>",
    b"<div data-consent=spin>%s<p>a</p></div>",
    b"<div data-consent=spin><div>%s</div></div>",
    b"<div data-consent=spin><svg>%s</svg></div>",
    b"<div data-consent=spin><svg></i>%s</svg></div>",
    b"<svg data-consent=spin><style>%s</style></svg>",
    b"<template>%s</template>",
    b"<template shadowrootmode=open>%s</template>",
    b"<frameset>%s</frameset>",
)
#: What leaves nothing behind, with its content.
GONE = (
    b"<b a=%b>",
    b"<img alt=%b>",
    b"<img alt=%b src=//spin.example/x>",
    b"<g a=%b/>",
    b"<font a=%b>",
    b"<font color=red a=%b>",
    b"<annotation-xml a=%b>",
    b"<svg a=%b/>",
    b"<svg a=%b><g></g></svg>",
    b"<math a=%b><mi>a</mi></math>",
    b"<script a=%b>a()</script>",
    b"<style a=%b>a {}</style>",
    b"<title a=%b>a</title>",
    b"<iframe a=%b></iframe>",
    b"<noscript a=%b>a</noscript>",
    b"<template a=%b><b>a</b></template>",
    b"<object a=%b><b>a</b></object>",
    b"<div a=%b data-consent=spin>a<div>b</div></div>",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("gone", GONE)
def test_all_goes_on_as_if_it_had_never_been_there(place: bytes, gone: bytes) -> None:
    before, after = place.split(b"%s")
    long = gone.replace(b"%b", LONG)
    if b"data-consent" in before and b"</" not in gone and not gone.endswith(b"/>"):
        long += b"</%b>" % gone[1:].split()[0]
    page = START + b"%b" + after + FIGURE + TRACKER + b"<b>end</b>"
    expected = rewritten(page.replace(b"%b", before), 1 << 20)

    for size in SIZES:
        assert rewritten(page.replace(b"%b", before + long), size) == expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", [b"%s", b"<svg>%s</svg>", b"<template>%s</template>"])
@pytest.mark.parametrize(
    "markup", [b"<!-- %b -->", b"<!x %b>", b"<?x %b>", b"</ %b>", b"</x a=%b>"]
)
def test_what_loads_nothing_passes_while_it_comes(
    markup: bytes, place: bytes, size: int
) -> None:
    text = b"y " * LEAST
    page = START + place.replace(b"%s", markup.replace(b"%b", text)) + FIGURE

    assert rewritten(page + TRACKER, size) == page


AHEAD = b"<svg><title>a %s b</title></svg>"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("markup", "left"),
    [
        (b"<!-- %b -->", b""),
        (b"<!x %b>", b""),
        (b"</ %b>", b""),
        (b"</g a='%b'>", b"</g>"),
        (b"</title a='%b'>", b"</title>"),
    ],
)
def test_who_looks_ahead_sees_nothing_of_what_is_too_long(
    markup: bytes, left: bytes, size: int
) -> None:
    long = b"y " * LEAST + b"</title " + b"y " * LEAST
    page = START + AHEAD + FIGURE + TRACKER
    expected = START + AHEAD.replace(b"%s", left) + FIGURE

    assert rewritten(page.replace(b"%s", markup.replace(b"%b", long)), size) == expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [b"", b"</title>" + TRACKER])
def test_text_in_what_is_text_to_who_looks_ahead(text: bytes, size: int) -> None:
    before, after = b"<svg><title><textarea>", b"</textarea></title></svg>"
    page = START + before + b"y " * LEAST + text + after + FIGURE + TRACKER
    expected = START + b"<svg><title></title></svg>" + FIGURE

    assert rewritten(page, size) == expected


@pytest.mark.parametrize("size", SIZES)
def test_a_section_ends_where_who_looks_ahead_takes_it_to_end(size: int) -> None:
    text, after = b"y " * LEAST, b"]]></svg>" + FIGURE
    begin = START + b"<svg><![CDATA[" + text

    assert rewritten(begin + after + TRACKER, size) == begin + after
    cut = begin + b"a ] > b " + TRACKER + text + after + TRACKER
    assert rewritten(cut, size) == begin + b"a ] " + after
    assert rewritten(cut, size, EVERYTHING) == cut


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("around", [AHEAD, b"<svg><desc>%s</desc></svg>"])
def test_a_section_that_may_be_none_is_left_out(around: bytes, size: int) -> None:
    section = b"<![CDATA[" + b"y " * LEAST + b"]]>"
    page = START + around + FIGURE

    assert rewritten(page.replace(b"%s", section), size) == page.replace(b"%s", b"")


# -- what is text by one reading and markup by the other -------------------------------

DOUBT = (b"<svg></i>", b"<div data-consent=spin><svg></i>", b"<frameset>")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("before", DOUBT)
@pytest.mark.parametrize("name", [b"style", b"script", b"textarea", b"noscript"])
def test_text_that_has_no_markup_in_it_ends_the_same_by_both(
    before: bytes, name: bytes, size: int
) -> None:
    after = b"</svg></div>" + FIGURE
    text = b"<%b>" % name + b"1 < 2 " * LEAST + b"</%b>" % name
    expected = rewritten(START + before + after + TRACKER, 1 << 20)

    assert rewritten(START + before + text + after + TRACKER, size) == expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("before", DOUBT)
@pytest.mark.parametrize(
    "element",
    [
        b"<style>%b<b></style>",
        b"<style>%b</b></style>",
        b"<style>%b<!-- --></style>",
        b"<style/a>%b<b/></style>",
        b"<textarea a=%b><p></textarea>",
        b"<textarea a=%b />a</textarea>",
        b"<plaintext a=%b>",
        b"<plaintext>%b",
    ],
)
def test_what_has_two_ends_takes_the_rest(
    element: bytes, before: bytes, size: int
) -> None:
    text = element.replace(b"%b", b"y" * 2 * LEAST)
    out = rewritten(START + before + text + b"</svg></div>" + FIGURE, size)

    assert out == rewritten(START + before, 1 << 20)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "section", [b"<svg><desc><![CDATA[%b>]]>", b"<svg><foreignObject><![CDATA[%b>]]>"]
)
def test_a_section_that_has_two_ends_takes_the_rest(section: bytes, size: int) -> None:
    page = START + section.replace(b"%b", b"y" * 2 * LEAST) + b"</svg>" + FIGURE

    assert rewritten(page, size) == START + section[: section.index(b"<![")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "begin",
    [
        b"<svg><g><style a='",
        b"<svg><title a=%b>",
        b"<div data-consent=spin><b title='",
        b"<object data=//spin.example/><script a=%b>",
        b"<plaintext a=%b>",
        b"<svg><title><!--",
    ],
)
def test_what_never_ends_takes_the_rest(begin: bytes, size: int) -> None:
    page = START + begin.replace(b"%b", b"y" * 2 * LEAST) + b"y" * 2 * LEAST + FIGURE
    left = begin[: begin.rindex(b"<")] if begin.startswith(b"<svg") else b""

    assert rewritten(page, size) == START + left


# -- what holds for any page -----------------------------------------------------------

FILLER = b"a" * LEAST
WORDS = st.sampled_from(
    [
        *HARMLESS,
        *TRACKERS,
        *2 * (FILLER, b" a='" + FILLER + b"'>", b"<![CDATA[" + FILLER, b"<svg></i>"),
        *(b"<%b a=%b>" % (name, FILLER) for name in (b"style", b"font", b"g", b"svg")),
        b"</g a='" + FILLER + b"</title>" + TRACKER + b"'>",
        *(b"<svg data-consent=spin>", b"<div data-consent=spin>", b"<frameset>"),
    ]
)
PAGES = st.lists(WORDS, max_size=12).map(b"".join)


@settings(max_examples=300)
@given(PAGES, st.sampled_from(SIZES), st.sampled_from([Rewriter, Reserving]))
def test_another_parser_finds_no_tracker_in_what_is_left(
    page: bytes, size: int, kind: type[Rewriter]
) -> None:
    assert live_trackers(rewritten(page, size, kind=kind)) == []


@example(b"<svg><style><style>", 1)
@given(PAGES, st.sampled_from(SIZES))
def test_with_everything_granted_any_page_is_as_it_was(page: bytes, size: int) -> None:
    page = page.replace(b"data-consent", b"data-x")

    assert rewritten(page, size, EVERYTHING) == page


@given(PAGES, st.sampled_from(SIZES))
def test_any_page_only_loses_bytes_and_says_so(page: bytes, size: int) -> None:
    one = Rewriter(POLICY, url="https://shop.example/")
    pieces = (page[at : at + size] for at in range(0, len(page), size))
    out = b"".join([*map(one.feed, pieces), one.close()])
    rest = iter(page + b"]]>")  # of a section that is cut, and never ends

    assert all(byte in rest for byte in out.replace(b"<<!---->", b"<"))
    assert out == page or one.withheld


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("begin", [b"<b a='", b"<!--", b"</b a='", b"<![CDATA[", b"<?"])
def test_nothing_that_is_too_long_is_kept(place: bytes, begin: bytes) -> None:
    one = Rewriter(POLICY, url="https://shop.example/")
    one.feed(START + place[: place.index(b"%s")] + begin)
    text = b"y " * LEAST
    one.feed(4 * text)
    tracemalloc.start()
    try:
        for _ in range(200):
            one.feed(text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 30 * len(text)
