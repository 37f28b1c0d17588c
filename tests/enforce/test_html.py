"""Constructs end where the WHATWG tokenizer ends them."""

from __future__ import annotations

import pytest

from consentkit.enforce import html


@pytest.mark.parametrize(
    "comment",
    [
        b"<!-- a -->",
        b"<!---->",
        b"<!-->",
        b"<!--->",
        b"<!-- a --!>",
        b"<!----!>",
        b"<!--!>a-->",
        b"<!---!>a-->",
        b"<!-- > -- > ->a-->",
        b"<!--a--->",
        b"<!--<!--a-->",
    ],
)
def test_a_comment_ends(comment: bytes) -> None:
    assert html.comment_end(comment + b"b-->", 0) == len(comment)


@pytest.mark.parametrize("comment", [b"<!--", b"<!--a--", b"<!--a--!", b"<!--a-->"[:7]])
def test_a_comment_goes_on(comment: bytes) -> None:
    assert html.comment_end(comment, 0) is None


@pytest.mark.parametrize(
    ("markup", "foreign", "end"),
    [
        (b"<!doctype html>a", False, 15),
        (b"<?php echo 1 ?>", False, 15),
        (b"</>a>", False, 3),
        (b"</ p>", False, 5),
        (b"<![CDATA[>]]>", False, 10),
        (b"<![CDATA[>]]>", True, 13),
        (b"<![cdata[>]]>", True, 10),
        (b"<![CDATA[>", True, None),
        (b"<!x", False, None),
    ],
)
def test_declarations_end(markup: bytes, *, foreign: bool, end: int | None) -> None:
    assert html.markup_end(markup, 0, foreign=foreign) == end


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"a</style>", 1),
        (b"a</styles></style >", 10),
        (b"a</style/>", 1),
        (b"</style", None),
        (b"<style></ style>", None),
    ],
)
def test_text_elements_end_at_their_own_end_tag(text: bytes, end: int | None) -> None:
    assert html.raw_end(text, b"style", 0) == end


@pytest.mark.parametrize(
    "text",
    [
        b"a = '</scripts>'",
        b"<!-- <script> </script> -->",
        b"<!-- <script> </script> ",
        b"<!--<script></script><script></script>-->",
        b"<!-->",
        b"<!--->",
        b"<!-- <script> --> ",
        b"<script>",
        b"<!-- <scripty>",
    ],
)
def test_a_script_ends_past_its_escapes(text: bytes) -> None:
    assert html.ScriptText().end(text + b"</script>", 0) == len(text)


@pytest.mark.parametrize(
    "text", [b"a", b"</script", b"<!--<script></script>", b"<!--<script>-- ></script>"]
)
def test_a_script_goes_on(text: bytes) -> None:
    assert html.ScriptText().end(text, 0) is None


@pytest.mark.parametrize("size", range(1, 12))
def test_a_script_in_pieces_ends_where_it_ends_as_a_whole(size: int) -> None:
    text = b"a<!-- <script>b</script> --> c <!--> d</scripts></script >rest"
    script, read, end = html.ScriptText(), 0, None
    for length in range(size, len(text) + size, size):
        if end is None:
            end, read = script.read(text[:length], read)

    assert end == text.index(b"</script >")


@pytest.mark.parametrize(
    ("page", "in_doubt"),
    [
        (b"<p>a^", False),
        (b"<p ^", True),
        (b"<p title='>^'>", True),
        (b'<p title="\'>^">', True),
        (b"<p title=a>it's^</p>", True),
        (b"<p title='a'>b^", False),
        (b"2 < 3 ^", True),
    ],
)
def test_text_is_proved_or_walked_to(page: bytes, *, in_doubt: bool) -> None:
    hit = page.index(b"^")

    assert html.is_data(page, 0, hit) is not in_doubt


@pytest.mark.parametrize(
    ("page", "start"),
    [
        (b"<p ^>", 0),
        (b"<i>a</i><p class='x' ^>", 8),
        (b'1 < 2 "<p title="a" ^>', 7),
        (b"<p>^", None),
        (b"a ^", None),
        (b"a < ^", None),
        (b"<p title='<' ^>", 0),
    ],
)
def test_the_tag_around_a_place(page: bytes, start: int | None) -> None:
    assert html.enclosing_tag(page, 0, page.index(b"^")) == start


@pytest.mark.parametrize(
    ("page", "cut"),
    [
        (b"<p>text", 7),
        (b"<p>text<", 7),
        (b"<p>text</", 7),
        (b"<p>text<a href='x", 7),
        (b"<p>1 < 2", 8),
        (b"<p title='<b>", 0),
        (b"<p>a<scrip", 4),
    ],
)
def test_only_what_is_whole_can_be_passed_on(page: bytes, cut: int) -> None:
    assert html.safe_cut(page, 0) == cut


@pytest.mark.parametrize("name", sorted(html.LOADING))
def test_no_element_that_loads_fails_at_once(name: bytes) -> None:
    """The guard against uninteresting tags is written by hand."""
    for after in (b" src=x>", b">", b"/>", b"\n", b"\t", b"\f"):
        assert html.INTEREST.match(b"<" + name + after)
    assert not html.INTEREST.match(b"<" + name + b"x>")
