"""Where markup goes that has to come before all else in a page's head."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.enforce.preface import Prefaced, Untouched

MARK = b"{first}"


def prefaced(page: bytes, size: int = 1 << 20, *, whole: bool = False) -> bytes:
    """Get a page, sent in pieces of this size, with the mark before its head."""
    reader = Prefaced(Untouched(), MARK, whole=whole)
    pieces = [page[at : at + size] for at in range(0, len(page), size)]
    return b"".join([*map(reader.feed, pieces), reader.close()])


@pytest.mark.parametrize(
    "page",
    [
        b"<!doctype html><html lang='a>b'><head data-x='\">'>\n|<title>x</title>",
        b"<!DOCTYPE html><!-- <head><script> --><HTML>\n|<body>",
        b"<!doctype html><meta charset=utf-8><meta name=a content='>'>|<base href=/x>",
        b"\xef\xbb\xbf<!doctype html>\n|<script>",
        b"<?xml version='1.0'?><html><!-->|<script>",
        b"<!doctype html>|text",
        b"<!doctype html>|",
        b"<html>|</head>",
        b"<html>|<metadata>",
        b"<head>|<headers>",
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_it_stands_before_what_loads_and_behind_what_does_not(
    page: bytes, size: int
) -> None:
    assert prefaced(page.replace(b"|", b""), size) == page.replace(b"|", MARK)


@pytest.mark.parametrize("page", [b"", b"<p>part", b"text", b"<header>x", b"<meta x>"])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_fragment_gets_none(page: bytes, size: int) -> None:
    assert prefaced(page, size) == page


def test_what_was_asked_for_as_a_page_is_one() -> None:
    assert prefaced(b"<p>page", whole=True) == MARK + b"<p>page"


def test_a_head_that_never_begins_ends_the_wait() -> None:
    reader = Prefaced(Untouched(), MARK, whole=True)
    page = b"<!doctype html><!--" + b"x" * 70_000
    assert len(reader.feed(page)) > len(page)


@given(st.binary(), st.integers(1, 40))
def test_no_byte_of_the_page_is_lost(page: bytes, size: int) -> None:
    found = prefaced(page, size)
    assert found.replace(MARK, b"", 1) == page
    assert found == prefaced(page)
