"""The scanner sees the elements that a browser sees, in whatever pieces they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.enforce.scanner import MAX_HELD, Scanner

if TYPE_CHECKING:
    from consentkit.enforce.scanner import Piece, Tag


class Recorder(Scanner):
    """Notes the elements that are alive."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def _element(self, piece: Piece, tag: Tag) -> int | None:
        self.seen.append(tag.name.decode())
        return super()._element(piece, tag)


def elements(page: bytes, size: int = 1 << 20) -> list[str]:
    recorder = Recorder()
    pieces = [page[at : at + size] for at in range(0, len(page), size)]

    assert b"".join([*map(recorder.feed, pieces), recorder.close()]) == page
    return recorder.seen


IMAGE = b"<img src=x>"


@pytest.mark.parametrize(
    "page",
    [
        b"<p title='%s'>",
        b'<p title = "%s">',
        b"<p title='\">%s'>",
        b"<a b=c d='>%s'>",
        b"<!--%s-->",
        b"<!--<!-->a<!--%s-->",
        b"<!--[if IE]>%s<![endif]-->",
        b"<textarea>%s</textarea>",
        b"<title><p>%s</title>",
        b"<style>%s</style>",
        b"<xmp>%s</xmp>",
        b"<iframe>%s</iframe>",
        b"<noembed>%s</noembed>",
        b"<noframes>%s</noframes>",
        b"<noscript>%s</noscript>",
        b"<script>'%s'</script>",
        b"<script><!--<script></script>%s--></script>",
        b"<plaintext></plaintext>%s",
        b"<template>%s</template>",
        b"<template><template></template>%s</template>",
        b"<template>%s",
        b"<template><template shadowrootmode=open>%s</template></template>",
        b"<svg><![CDATA[%s]]></svg>",
        b"<svg><font class=a><![CDATA[>%s]]></svg>",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_inert_is_not_seen(page: bytes, size: int) -> None:
    assert "img" not in elements(page.replace(b"%s", IMAGE), size)


@pytest.mark.parametrize(
    "page",
    [
        b"%s",
        b"<IMG SRC=x>",
        b"<img/src=x>",
        b"<img\nsrc=x>",
        b"<p title='a'>%s",
        b"it's <p title=a>%s's",
        b'" < y <p title="a">%s',
        b"<p a=b'c>%s'>",
        b"<p '>%s'>",
        b"<p title='<svg><g a=\"'>%s\"></g></svg>",
        b"<p title='<!--'>%s-->",
        b"<p title='<textarea>'>%s</textarea>",
        b"<p title='<script>'>%s</script>",
        b"<p a='<svg>'><svg><g b='\"'></g></svg>%s",
        b"<!-->%s-->",
        b"<!--->%s-->",
        b"<!-- --!>%s-->",
        b"<! '>%s'>",
        b"<?xml '>%s'?>",
        b"</ '>%s'>",
        b"</>%s",
        b"<![CDATA[>%s]]>",
        b"<svg><title>%s</title></svg>",
        b"<svg><foreignObject>%s</foreignObject></svg>",
        b"<svg><style>%s</style></svg>",
        b"<svg><![cdata[>%s]]></svg>",
        b"<svg><p>%s</svg>",
        b"<svg></p><![CDATA[>%s]]>",
        b"<svg></br><![CDATA[>%s]]>",
        b"<svg><font face=a><![CDATA[>%s]]>",
        b"<svg class=x/><title></title></svg>%s",
        b"<svg><path d='M0'/></svg>%s",
        b"<svg/><style></style>%s",
        b"<template></template>%s",
        b"<template><svg></template>%s",
        b"<template shadowrootmode=open>%s</template>",
        b"<template shadowrootmode=open><template></template>%s</template>",
        b"<script><!--<script>--></script>%s",
        b"<script>'<!--'</script>%s",
        b"<textarea></textarea >%s",
        b"<title></titles></title>%s",
        b"<iframe></iframe>%s",
        b"<noscript></noscript>%s",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_alive_is_seen(page: bytes, size: int) -> None:
    assert "img" in elements(page.replace(b"%s", IMAGE), size)


def test_what_is_sure_leaves_at_once() -> None:
    scanner = Scanner()

    assert scanner.feed(b"<p>Hello <b>you</b> <a hr") == b"<p>Hello <b>you</b> "
    assert scanner.feed(b"ef='x'>there") == b"<a href='x'>there"
    assert scanner.feed(b"! <!-- a long comm") == b"! <!-- a long c"
    assert scanner.feed(b"ent --> 1 < 2") == b"omment --> 1 < 2"


@pytest.mark.parametrize(
    "start", [b"<script>", b"<!--", b"<style>", b"<textarea>", b"<script src=x>"]
)
def test_long_text_passes_while_it_comes(start: bytes) -> None:
    scanner = Scanner()
    out = [scanner.feed(start + b"text")]
    out += [scanner.feed(b"a = b > c;\n" * 1000) for _ in range(200)]

    assert sum(map(len, out)) > 2 * MAX_HELD - 100


@pytest.mark.parametrize("start", [b"<img alt='", b'<p title="', b"<? ", b"</p a='"])
def test_what_never_ends_does_not_pass_and_is_not_kept(start: bytes) -> None:
    scanner = Scanner()
    out = [scanner.feed(b"<p>a" + start)]
    out += [scanner.feed(b"text " * 2000) for _ in range(250)]

    assert b"".join([*out, scanner.close()]) == b"<p>a"
    assert scanner.unfinished


@pytest.mark.parametrize(
    "end",
    [b"<p title='", b"<p", b"<!-- ", b"<script>", b"<style>", b"<textarea>a", b"</p "],
)
def test_a_page_may_be_cut_anywhere(end: bytes) -> None:
    scanner = Scanner()

    assert scanner.feed(b"<p>a" + end) + scanner.close() == b"<p>a" + end
    assert scanner.unfinished


def test_a_whole_page_is_finished() -> None:
    scanner = Scanner()
    scanner.feed(b"<p>a<script>b</script><!-- c --><style>d</style>")
    scanner.close()

    assert not scanner.unfinished


@pytest.mark.parametrize(
    ("page", "is_document"),
    [
        (b"<!DOCTYPE html>", True),
        (b"<html>", True),
        (b"<p></p><body>", True),
        (b"<div>a</div>", False),
        (b"<template><html></template>", False),
        (b"<p title='<html>'>", False),
    ],
)
def test_documents_and_fragments(page: bytes, *, is_document: bool) -> None:
    scanner = Scanner()
    scanner.feed(page)
    scanner.close()

    assert scanner.is_document is is_document
