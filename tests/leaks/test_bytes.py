"""What becomes of the bytes of every case, judged without a browser."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from consentkit import load_policy
from consentkit.enforce import Rewriter
from consentkit.enforce.reserve import Reserving
from tests.leaks.case import Case, Kind
from tests.leaks.corpus import CASES
from tests.leaks.court import POLICY

LOADED = load_policy(POLICY)
TOKEN = "zq000a"
RESERVE = re.compile(
    rb'<template data-consentkit-reserve="[^"]*">'
    rb"(?:<script\b.*?</script[^>]*>|(?!<script\b).*?)</template>",
    re.DOTALL,
)
BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def rewritten(page: bytes, *granted: str, size: int = 1 << 20) -> bytes:
    one = Rewriter(LOADED, frozenset(granted), url="http://shop.example/p")
    out = [one.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*out, one.close()])


def for_everybody(page: bytes) -> bytes:
    one = Reserving(LOADED, url="http://shop.example/p")
    return one.feed(page) + one.close()


def of(*kinds: Kind) -> pytest.MarkDecorator:
    cases = [case for case in CASES if case.kind in kinds]
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@of(Kind.HARMLESS, Kind.UNSEEN)
def test_no_byte_of_what_is_harmless_changes(case: Case) -> None:
    page = case.page(TOKEN)

    assert rewritten(page) == page


@BY_NAME
def test_once_granted_no_byte_of_anything_changes(case: Case) -> None:
    page = case.page(TOKEN)

    assert rewritten(page, "personalisation") == page


@of(Kind.LIVE)
def test_what_is_live_is_cut_out_and_the_rest_stays(case: Case) -> None:
    page = case.page(TOKEN)
    out = rewritten(page)
    rest = iter(page)

    assert out != page
    # An empty value, and what keeps a sign in the text from beginning a tag.
    out = out.replace(b'""', b"").replace(b"<<!---->", b"<")
    assert all(byte in rest for byte in out)


@BY_NAME
def test_without_its_reserve_a_page_for_everybody_is_as_any_other(case: Case) -> None:
    page = case.page(TOKEN)

    assert RESERVE.sub(b"", for_everybody(page)) == rewritten(page)


def test_most_of_what_is_live_is_held_in_reserve() -> None:
    """The others are values of attributes and parts of drawings and styles."""
    live = [case.page(TOKEN) for case in CASES if case.kind is Kind.LIVE]
    held = sum(bool(RESERVE.search(for_everybody(page))) for page in live)

    assert held > len(live) / 2


@BY_NAME
def test_pieces_make_no_difference(case: Case) -> None:
    page = case.page(TOKEN)
    whole = rewritten(page)

    assert rewritten(page, size=1) == whole
    assert rewritten(page, size=7) == whole


def test_the_corpus_is_large_and_its_names_are_its_own() -> None:
    kinds = Counter(case.kind for case in CASES)

    assert kinds[Kind.LIVE] >= 200
    assert kinds[Kind.HARMLESS] >= 100
    assert kinds[Kind.UNSEEN] >= 20
    assert len({case.name for case in CASES}) == len(CASES)


def test_what_no_scanner_sees_has_a_reason() -> None:
    assert all(case.reason for case in CASES if case.kind is Kind.UNSEEN)
