"""SVG and MathML are followed as browsers do, and by every reading in doubt."""

from __future__ import annotations

import pytest

from consentkit.enforce import Rewriter
from consentkit.enforce.foreign import OUTSIDE, Foreign, Rules
from consentkit.enforce.tags import TAG
from tests.enforce.test_rewriter_properties import POLICY

TRACKER = b"<img src=//spin.example/x>"


def after(page: bytes) -> Foreign:
    """Get what is open after a page of tags only."""
    foreign = OUTSIDE
    for tag in (found[0] for found in TAG.finditer(page)):
        name = tag.strip(b"</>").split()[0].rstrip(b"/").lower()
        if tag.startswith(b"</"):
            foreign = foreign.after_end(name)
        else:
            foreign = foreign.after_start(name, tag)
    return foreign


def rewritten(page: bytes, size: int = 1 << 20) -> bytes:
    one = Rewriter(POLICY, url="https://shop.example/")
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*out, one.close()])


@pytest.mark.parametrize(
    ("page", "rules"),
    [
        (b"<math><annotation-xml><svg><a></a></svg>", Rules.FOREIGN),
        (b"<p>", Rules.HTML),
        (b"<svg>", Rules.FOREIGN),
        (b"<svg/>", Rules.HTML),
        (b"<svg></svg>", Rules.HTML),
        (b"<svg><g></svg>", Rules.HTML),
        (b"<svg><svg></svg>", Rules.FOREIGN),
        (b"<svg><g/></g>", Rules.DOUBT),
        (b"<svg></div>", Rules.DOUBT),
        (b"<svg></div></svg>", Rules.HTML),
        (b"<svg></div><svg></svg>", Rules.DOUBT),
        (b"<svg></div><div>", Rules.HTML),
        (b"<svg></div></p>", Rules.HTML),
        (b"<svg></input>", Rules.FOREIGN),
        (b"<svg><div>", Rules.HTML),
        (b"<svg><section>", Rules.FOREIGN),
        (b"<svg></br>", Rules.HTML),
        (b"<svg><title>", Rules.HTML),
        (b"<svg><title></title>", Rules.FOREIGN),
        (b"<svg><title></svg>", Rules.HTML),
        (b"<svg><title></div>", Rules.HTML),
        (b"<svg><desc><b></desc>", Rules.DOUBT),
        (b"<svg><desc><b></b></desc>", Rules.FOREIGN),
        (b"<svg><desc><b><i></b></desc>", Rules.DOUBT),
        (b"<svg><foreignObject><div></foreignObject>", Rules.DOUBT),
        (b"<svg><foreignObject><div></div></foreignObject>", Rules.FOREIGN),
        (b"<svg><foreignObject><svg></div>", Rules.FOREIGN),
        (b"<svg><foreignObject><div><svg></div>", Rules.DOUBT),
        (b"<svg><foreignObject></td><desc></desc><svg>", Rules.FOREIGN),
        (b"<svg><foreignObject><td><path>", Rules.HTML),
        (b"<svg><foreignObject><table><td></table></foreignObject>", Rules.FOREIGN),
        (b"<svg><math></math>", Rules.FOREIGN),
        (b"<svg><mi>", Rules.FOREIGN),
        (b"<math><mi>", Rules.HTML),
        (b"<math><mi></mi>", Rules.FOREIGN),
        (b"<math><mi></p>", Rules.HTML),
        (b"<math><mi></x>", Rules.HTML),
        (b"<math><desc>", Rules.FOREIGN),
        (b"<math><annotation-xml>", Rules.FOREIGN),
        (b"<math><annotation-xml></div>", Rules.FOREIGN),
        (b"<math><annotation-xml encoding=text/HTML>", Rules.HTML),
        (b"<math><annotation-xml><svg><title>", Rules.HTML),
        (b"<math><svg><title>", Rules.FOREIGN),
        (b"<math><mi><mglyph>", Rules.FOREIGN),
        (b"<svg><font>", Rules.FOREIGN),
        (b"<svg><font face=a>", Rules.HTML),
    ],
)
def test_how_a_style_is_read(page: bytes, rules: Rules) -> None:
    assert after(page).rules(b"style", b"<style>") is rules


@pytest.mark.parametrize(
    ("page", "rules"),
    [
        (b"<p>", Rules.HTML),
        (b"<svg>", Rules.FOREIGN),
        (b"<svg><title>", Rules.DOUBT),
        (b"<svg></div>", Rules.DOUBT),
        (b"<svg><desc><b>", Rules.HTML),
    ],
)
def test_how_a_cdata_section_is_read(page: bytes, rules: Rules) -> None:
    assert after(page).cdata is rules


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("page", "left"),
    [
        (b"<svg></div><style>%s</style>", b"<svg></div>"),
        (b"<svg></div><style>a</style>%s", b"<svg></div><style>a</style>"),
        (b"<svg></div><style>a{b:'&lt;'}</style>%s", b"<svg></div>"),
        (b"<svg></div><style/>%s</style>", b"<svg></div>"),
        (b"<svg></div><style>%s", b"<svg></div>"),
        (b"<svg></div><noscript>%s</noscript>", b"<svg></div>"),
        (b"<svg></div><textarea>a</textarea>", b"<svg></div><textarea>a</textarea>"),
        (b"<svg></div><script>a < b</script>", b"<svg></div><script>a < b</script>"),
        (b"<svg></div><script>a<b</script>%s", b"<svg></div>"),
        (b"<svg></div><script>Spin.go(1)</script>", b"<svg></div>"),
        (b"<svg></div><script>Spin&#46;go(1)</script>", b"<svg></div>"),
        (b"<svg></div><script>a()", b"<svg></div>"),
        (b"<svg></div><base href=//spin.example><img src=/x>", b"<svg></div>"),
        (b"<svg></div><template><p>%s</p></template>", b"<svg></div>"),
        (b"<svg></div><plaintext>%s", b"<svg></div>"),
        (b"<svg></div><![CDATA[a]]>%s", b"<svg></div><![CDATA[a]]>"),
        (b"<svg></div><![CDATA[>%s]]>", b"<svg></div>]]>"),
        (
            b"<svg><title><![CDATA[>%s]]></title></svg>",
            b"<svg><title>]]></title></svg>",
        ),
        (b"<svg></div></svg><style>%s</style>", b"<svg></div></svg><style>%s</style>"),
        (b"<svg data-consent=spin><p></svg><title>a</title>", b"<title>a</title>"),
    ],
)
def test_what_loads_by_either_reading_is_withheld(
    page: bytes, left: bytes, size: int
) -> None:
    if page.endswith(b"<img src=/x>"):
        left += b"<img src=/x>"

    assert rewritten(page.replace(b"%s", TRACKER), size) == left.replace(b"%s", TRACKER)


def test_what_is_withheld_in_doubt_is_told() -> None:
    one = Rewriter(POLICY)
    one.feed(b"<svg></div><style><b></style><template><svg></div><style></template>")

    assert [found[:3] for found in one.withheld] == [
        ("undeclared", "style", ""),
        ("undeclared", "template", ""),
    ]
    assert one.withheld[0].offset == len(b"<svg></div>")


@pytest.mark.parametrize(
    "start", [b"<svg>", b"<svg></x>", b"<math><mi>", b"<svg><desc>"]
)
def test_what_is_nested_too_deeply_doesnt_pass(start: bytes) -> None:
    page = start * 2000 + b"<p>text"

    assert len(rewritten(page)) < len(start) * 600


def test_a_drawing_may_be_as_long_as_it_likes() -> None:
    page = b"<svg>" + b"<g><a></a></g>" * 4000 + b"</svg>" + TRACKER

    assert rewritten(page, 1 << 12) == page.removesuffix(TRACKER)


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize(
    "inside",
    [
        b"<template></template>",
        b"<style>a<b></style>",
        b"<style>a</style>",
        b"<base href=/a>",
    ],
)
@pytest.mark.parametrize("name", [b"div", b"span"])
def test_what_is_doubtful_ends_no_refused_block(
    name: bytes, inside: bytes, size: int
) -> None:
    block = b"<%b data-consent=spin><svg></i>%b</svg><i>a</i></%b>"
    page = b"before" + block % (name, inside, name) + b"after"

    assert rewritten(page, size) == b"beforeafter"


def test_an_svg_leaves_the_annotation_that_it_stands_in_open() -> None:
    start = b"<math><annotation-xml><svg><a></a></svg><style>"

    assert TRACKER not in rewritten(start + TRACKER + b"</style></annotation-xml>")
