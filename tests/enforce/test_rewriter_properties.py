"""What holds for any page: harmless bytes stay, and pieces make no difference."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st

from consentkit import load_policy
from consentkit.enforce import Rewriter

POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"},
        "services": {
            "spin": {
                "name": "Spin to win",
                "hosts": ["spin.example"],
                "inline": ["Spin.go("],
            }
        },
    }
)
EVERYTHING = frozenset({"personalisation", "spin"})
BANNER, MARKER = b"<aside>banner</aside>", b"<template></template>"

HARMLESS = [
    b"text",
    b" 1 < 2 && 3 > 2 ",
    b'it\'s "quoted" ',
    b"\r\n\t",
    b"\x00\xff\xe9",
    "\u00e9\u8868".encode(),
    b"<p title='a > b'>a</p>",
    b'<a href="https://spin.example/" data-x=\'"\'>a</a>',
    b"<br/>",
    b"<div><span>b</span></div>",
    b"<ul><li>a<li>b</ul>",
    b"<!-- <script src=//spin.example> -->",
    b"<!-->",
    b"<style>p::after { content: '<img src=//spin.example>' }</style>",
    b"<textarea><img src=//spin.example></textarea>",
    b"<template><img src=//spin.example></template>",
    b"<script>if (a < b && '</p>') { c() }</script>",
    b"<script><!-- <script> </script> --></script>",
    b'<script type=application/json>{"a": "spin.example"}</script>',
    b"<script src=/own.js></script>",
    b"<svg viewbox='0 0 1 1'><path d='M0'/><title>a</title></svg>",
    b"<svg><foreignObject><p>a</p></foreignObject></svg>",
    b"<math><mi>x</mi></math>",
    b"<noscript><p>a</p></noscript>",
    b"<img src=/a.jpg data-src=/b.jpg data-category=shoes srcset='/a 1x, /b 2x'>",
    b"<link rel=stylesheet href=/a.css>",
    b"<iframe src=/own><p></iframe>",
]
TRACKERS = [
    b"<script src=//spin.example/x></script>",
    b"<script>Spin.go('</p>')</script>",
    b"<img alt='>' src=//spin.example/x>",
    b"<IFRAME SRC=//spin.example><script></script></IFRAME>",
    b"<link rel=preload href=//spin.example/x>",
    b"<video src=//spin.example><p>a</p></video>",
    b"<object data='https://spin.example/'><object></object></object>",
    b"<div data-consent=spin>a<div>b</div><script>'</div>'</script></div>",
    b"<svg data-consent=spin><svg/><title>x</title></svg>",
]
BROKEN = [
    *(
        b"<",
        b">",
        b'"',
        b"'",
        b"=",
        b"/",
        b"</",
        b"<!",
        b"<!--",
        b"-->",
        b"--!>",
        b"<?",
    ),
    *(b"<p", b"<a b='", b'<a b="', b" a=", b"<script>", b"</script>", b"<script "),
    *(b"<svg>", b"</svg>", b"<math>", b"<title>", b"</title>", b"<style>", b"</style>"),
    *(b"<template>", b"</template>", b"<noscript>", b"</noscript>", b"<plaintext>"),
    *(b"<textarea>", b"</textarea>", b"<![CDATA[", b"]]>", b"<foreignObject>", b"<b>"),
    *(
        b"<iframe src=//spin.example>",
        b"<p data-consent=spin>",
        b"<li data-consent=spin>",
    ),
    *(b"<div data-consent=spin>", b"</div>", b"</p>", b"</ul>", b"<table>", b"<td>"),
    *(
        b"<base href=//spin.example/>",
        b"<script src=a>",
        b"data-consent",
        b"\xef\xbb\xbf",
    ),
    *(b"<!doctype html>", b"<html>", b"<head>", b"<body>", b"</body>", b"<frameset>"),
    *(b"&", b"&#", b"&#xD800;", b"srcdoc=", b"<iframe srcdoc='&lt;p>'>"),
]
PIECES = st.sampled_from([*HARMLESS, *TRACKERS])
PAGES = st.lists(PIECES, max_size=12).map(b"".join)
RUBBLE = st.lists(
    st.one_of(st.sampled_from(BROKEN), PIECES, st.binary(max_size=4)), max_size=14
).map(b"".join)


def rewritten(
    page: bytes, granted: frozenset[str] = frozenset(), *, cuts: tuple[int, ...] = ()
) -> tuple[bytes, list[int]]:
    """Get what becomes of a page that comes in pieces, and where it was cut out."""
    one = Rewriter(POLICY, granted, url="https://shop.example/", marker=MARKER)
    ends = [0, *sorted(cut % (len(page) + 1) for cut in cuts), len(page)]
    out = [one.feed(page[a:b]) for a, b in itertools.pairwise(ends)]
    return b"".join([*out, one.close()]), [found.offset for found in one.withheld]


def with_banner(page: bytes, size: int) -> bytes:
    one = Rewriter(POLICY, banner=BANNER, marker=MARKER, whole=True)
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*out, one.close()])


@given(st.lists(st.tuples(PIECES, st.booleans()), max_size=12))
def test_only_trackers_leave_a_page_of_whole_pieces(
    pieces: list[tuple[bytes, bool]],
) -> None:
    page = [piece for piece, _ in pieces]
    expected = [piece for piece in page if piece not in TRACKERS]
    offsets = [
        sum(map(len, page[:at])) for at, piece in enumerate(page) if piece in TRACKERS
    ]

    assert rewritten(b"".join(page)) == (b"".join(expected), offsets)


@given(RUBBLE)
@example(b"<noscript><p title='</noscript>")
@example(b"<iframe srcdoc='&#xD800;'>")
def test_with_everything_granted_any_page_is_as_it_was(page: bytes) -> None:
    assert rewritten(page, EVERYTHING) == (page, [])


@given(RUBBLE)
def test_any_page_only_loses_bytes_and_says_where(page: bytes) -> None:
    out, offsets = rewritten(page)
    # What keeps a sign in the text from beginning a tag is all that is added.
    out = out.replace(b"<<!---->", b"<")
    rest = iter(page)

    assert all(byte in rest for byte in out)
    assert (out == page) or offsets or b"<noscript" in page
    assert all(page[at : at + 1] == b"<" for at in offsets)


@given(RUBBLE, st.lists(st.integers(0, 400), max_size=6).map(tuple))
def test_pieces_make_no_difference(page: bytes, cuts: tuple[int, ...]) -> None:
    assert rewritten(page, cuts=cuts) == rewritten(page)


@settings(max_examples=40)
@given(RUBBLE)
def test_every_byte_by_itself_makes_no_difference(page: bytes) -> None:
    assert rewritten(page, cuts=tuple(range(len(page)))) == rewritten(page)
    assert with_banner(page, 1) == with_banner(page, 1 << 20)


@given(RUBBLE)
def test_our_markup_is_added_once_and_at_most(page: bytes) -> None:
    bare, _ = rewritten(page)
    out = with_banner(page, 1 << 20)

    assert out.count(BANNER) <= 1
    without = out.replace(BANNER, b"", 1)
    assert bare in (without, without.removesuffix(MARKER))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page(page: bytes) -> None:
    out, _ = rewritten(page)

    assert len(out) <= len(page)


class LiveAddresses(HTMLParser):
    """Collects what the standard library's parser takes for addresses that load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inert = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inert += tag in {"template", "textarea"}
        if tag != "a" and not self._inert:
            self.found += [
                value or "" for name, value in attrs if name in {"src", "href", "data"}
            ]

    def handle_endtag(self, tag: str) -> None:
        self._inert -= tag in {"template", "textarea"}


@given(PAGES)
def test_another_parser_finds_no_tracker_in_what_is_left(page: bytes) -> None:
    reader = LiveAddresses()
    reader.feed(rewritten(page)[0].decode("latin-1"))

    assert not [url for url in reader.found if "spin.example" in url]
