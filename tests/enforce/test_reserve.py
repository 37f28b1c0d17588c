"""What stands in reserve on a page for everybody, and what doesn't."""

from __future__ import annotations

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce import Rewriter
from consentkit.enforce.judge import judge_for
from consentkit.enforce.reserve import Reserving
from consentkit.enforce.scanner import MAX_HELD

NOTICE: Final = {"controller": "Pebble & Pine", "contact": "privacy@pebble.example"}
POLICY: Final = load_policy(
    {
        "notice": NOTICE,
        "services": {
            "hotjar": {},
            "youtube": {},
            "meta_pixel": {},
            "chat": {
                "name": "Chat",
                "group": "essential",
                "reason": "You asked for it",
                "hosts": ["chat.example"],
            },
        },
    }
)
HEAD: Final = (
    b"<!doctype html><html lang=en><head><title>a</title></head><body>[banner]"
)
TRACKER: Final = b"https://static.hotjar.com/x"
SCRIPT: Final = b'<script src="' + TRACKER + b'.js"></script>'
VIDEO: Final = (
    b'<iframe src="https://www.youtube.com/embed/x" width=40 height=30></iframe>'
)
RESERVE: Final = re.compile(
    rb'<template data-consentkit-reserve="([^"]*)">(.*?)</template>', re.DOTALL
)


def read(markup: bytes, size: int = 0, *, strict: bool = False) -> bytes:
    page = HEAD.replace(b"[banner]", b"") + markup
    one = Reserving(
        POLICY,
        url="https://shop.example/p",
        banner=b"[banner]",
        placeholder=lambda gap: b"[" + gap.service.encode() + b"]",
        block_undeclared=strict,
    )
    pieces = [page[i : i + size] for i in range(0, len(page), size)] if size else [page]
    whole = b"".join(map(one.feed, pieces)) + one.close()
    return whole.removeprefix(HEAD)


def held(keys: bytes, element: bytes) -> bytes:
    return (
        b'<template data-consentkit-reserve="' + keys + b'">' + element + b"</template>"
    )


@pytest.mark.parametrize(
    ("keys", "element"),
    [
        (b"hotjar", SCRIPT),
        (b"hotjar", b"<script>fetch('" + TRACKER + b"') // <template></script>"),
        (b"hotjar", b"<script type=module>import '" + TRACKER + b".js'</script>"),
        (b"hotjar", b'<img src="' + TRACKER + b'.png" alt="">'),
        (b"hotjar", b"<link rel=preload as=script href=" + TRACKER + b".js>"),
        (b"hotjar", b"<video src=" + TRACKER + b".mp4>old browser</video>"),
        (
            b"hotjar meta_pixel",
            b"<iframe srcdoc=\"<img src='https://www.facebook.com/tr'>"
            b"<script src='" + TRACKER + b"'></script>\"></iframe>",
        ),
        (
            b"personalisation",
            b'<script src="https://analytics.tiktok.com/a.js"></script>',
        ),
        (b"personalisation", b"<ins data-consent=beacon>a</ins>"),
    ],
)
@pytest.mark.parametrize("size", [0, 1, 7])
def test_an_element_is_held_as_it_is(keys: bytes, element: bytes, size: int) -> None:
    page = read(b"<p>a</p>" + element + b"<p>b</p>", size)
    gap = b"" if b"<template" in page[:17] else page[8 : page.index(b"<template")]
    assert page == b"<p>a</p>" + gap + held(keys, element) + b"<p>b</p>"


def test_it_stands_behind_its_placeholder() -> None:
    assert read(VIDEO) == b"[youtube]" + held(b"youtube", VIDEO)


def test_a_block_takes_what_is_in_it_too() -> None:
    block = b'<div data-consent="youtube">' + SCRIPT + b"<svg><g/></svg></div>"
    assert read(block) == b"[youtube]" + held(b"hotjar youtube", block)


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        (b"<p data-consent=youtube>a<p>b", b"<p data-consent=youtube>a</p>"),
        (b"<ul><li data-consent=youtube>a</ul>", b"<li data-consent=youtube>a</li>"),
        (
            b"<table><tr data-consent=youtube><td>a<tr><td>b</table>",
            b"<tr data-consent=youtube><td>a</tr>",
        ),
    ],
)
def test_an_end_tag_that_was_omitted_is_written(markup: bytes, left: bytes) -> None:
    assert held(b"youtube", left) in read(markup)


@pytest.mark.parametrize("name", [b"video", b"svg", b"object", b"iframe"])
def test_nothing_is_held_of_an_element_whose_start_tag_is_too_long(name: bytes) -> None:
    long = b"<%b a='%b'>" % (name, b"x" * (2 * MAX_HELD))
    page = read(long + b"<img src=" + TRACKER + b"></%b>a" % name, 1 << 16)

    assert page == b"a"


@pytest.mark.parametrize(
    "name",
    [
        b"data-consentkit-reserve",
        b"DATA-ConsentKit-Reserve",
        b"data-consentkit-consentkit-reserve",
    ],
)
@pytest.mark.parametrize(
    "around", [b"%s", b"<svg>%s</svg>", b"<template>%s</template>"]
)
def test_what_the_page_calls_a_reserve_is_none(name: bytes, around: bytes) -> None:
    markup = around % (
        b"<template id=a " + name + b"=youtube>" + SCRIPT + b"</template>"
    )
    page = read(markup)

    assert b"<template id=a data-reserve=youtube>" in page.replace(
        b"Reserve", b"reserve"
    )


def test_other_templates_of_the_page_stay_as_they_are() -> None:
    template = b"<template data-reserve=a data-consentkit-line=b>" + SCRIPT
    assert read(template + b"</template>") == template + b"</template>"


@pytest.mark.parametrize(
    "markup",
    [
        b"<div data-consent=youtube>a<template>b</template></div>",
        b"<div data-consent=youtube>a</template>b</div>",
        b"<div data-consent=youtube>a<TEMPLATE >b</div>",
        b"<div data-consent=youtube>a<plaintext>b</div>",
        b"<div data-consent=youtube><svg><g></div>",
        b"<div data-consent=youtube><table><svg></table></div>",
        b"<div data-consent=youtube>never ends",
        b"<div data-consent=youtube><!-- never ends",
        b"<div data-consent=youtube><frameset></frameset></div>",
        b"<div data-consent=nobody>a</div>",
        b"<svg><image href=" + TRACKER + b" /></svg>",
        b"<svg><script href=" + TRACKER + b" /></svg>",
        b"<math><mi><script src=" + TRACKER + b"></script></mi></math>",
        b"<svg><foreignObject>" + SCRIPT + b"</foreignObject></svg>",
        b"<noscript><img src=" + TRACKER + b"></noscript>",
        b"<noscript data-consent=youtube>a</noscript>",
        b"<p style=\"background:url('" + TRACKER + b"')\">a</p>",
        b"<meta http-equiv=refresh content='0;url=" + TRACKER + b"'>",
        b"<style>p{background:url(" + TRACKER + b")}</style>",
        b"<div><template shadowrootmode=open>" + SCRIPT + b"</template></div>",
        b"<script data-consent=youtube>x<!--<script></script>",
        b"<div data-consent=youtube>" + b"a" * (1 << 18) + b"</div>",
        b"<template data-consent=youtube>a</template>",
    ],
)
@pytest.mark.parametrize("size", [0, 5])
def test_what_may_not_stay_inside_is_left_out(markup: bytes, size: int) -> None:
    page = read(markup, size)
    assert b"data-consentkit-reserve" not in page
    assert TRACKER not in page


def test_nothing_is_held_among_frames() -> None:
    """There, browsers ignore the template, and no text of a script is one."""
    page = b"<html><head>" + SCRIPT + b"</head><frameset>" + SCRIPT
    one = Reserving(POLICY, url="https://shop.example/p", banner=b"[banner]")
    out = one.feed(page) + one.close()
    assert out.count(SCRIPT) == 1
    assert out.index(b"</template>") < out.index(b"<frameset>")


def test_what_nobody_can_grant_is_left_out() -> None:
    unknown = b"<script src=https://unknown.example/a.js></script>"
    assert read(unknown, strict=True) == b""
    assert read(unknown) == unknown


def test_what_needs_no_grant_stays() -> None:
    element = b"<script src=https://chat.example/a.js></script>"
    assert read(element) == element


def test_what_was_read_for_others_holds_no_reserve() -> None:
    """Layouts are remembered: what one visitor gets is nothing for everybody."""
    page = HEAD + b"<p>a lamp</p>" * 400 + SCRIPT + b"<p>a lamp</p>" * 400
    for _ in range(3):
        plain = Rewriter(POLICY, url="https://shop.example/p")
        assert b"<template" not in plain.feed(page) + plain.close()
        one = Reserving(POLICY, url="https://shop.example/p")
        assert held(b"hotjar", SCRIPT) in one.feed(page) + one.close()


MARKS: Final = b"""</div> <template> <svg> </template> </svg> <p> <!-- --> <textarea>
    </textarea> <table> </table> <select> <script> </script> <noscript> </noscript>
    <frameset> a""".split()
BLOCKS: Final = [b"<div data-consent=youtube>", b"<tr data-consent=hotjar>"]
parts = st.sampled_from([SCRIPT, VIDEO, *BLOCKS, *MARKS])


@given(st.lists(parts, max_size=12).map(b"".join), st.integers(0, 9))
def test_without_the_reserve_a_page_is_as_any_other(markup: bytes, size: int) -> None:
    page = HEAD.replace(b"[banner]", b"") + markup
    plain = Rewriter(
        POLICY,
        url="https://shop.example/p",
        banner=b"[banner]",
        placeholder=lambda gap: b"[" + gap.service.encode() + b"]",
    )
    expected = (plain.feed(page) + plain.close()).removeprefix(HEAD)
    assert RESERVE.sub(b"", read(markup, size)) == expected


def test_what_an_element_takes_may_be_forgotten_at_any_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read(SCRIPT) == held(b"hotjar", SCRIPT)
    needs = judge_for(POLICY).needs

    class Forgotten(type(needs)):  # type: ignore[misc]
        def __contains__(self, key: object) -> bool:
            found = super().__contains__(key)
            self.clear()  # as another thread may, once it is full
            return bool(found)

    full = Forgotten()
    full.update(needs)
    monkeypatch.setattr(judge_for(POLICY), "needs", full)

    assert read(SCRIPT) == held(b"hotjar", SCRIPT)
