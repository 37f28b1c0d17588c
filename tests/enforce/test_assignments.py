"""Marks of a page's author, ours and those of other banners."""

from __future__ import annotations

import pytest

from consentkit.enforce.assignments import assignments_of, group_of_purpose
from consentkit.enforce.tags import parse_tag


def keys(raw: str) -> list[str]:
    known = {"marketing", "youtube"}.__contains__
    return list(assignments_of(parse_tag(raw.encode()), known))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<div data-consent=spin>", ["spin"]),
        ("<div DATA-CONSENT='spin chat'>", ["spin", "chat"]),
        ("<div data-consent>", [""]),
        ("<div data-consent=' '>", [""]),
        ("<div data-consent=essential>", []),
        ("<div data-consent='essential spin'>", ["spin"]),
        ("<div data-consent=sp&#105;n>", ["spin"]),
        ("<div data-consent=a data-consent=b>", ["a"]),
        ("<div data-consent-action=open>", []),
    ],
)
def test_our_own_mark(raw: str, expected: list[str]) -> None:
    assert keys(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<script type=text/plain data-category=analytics>", ["analytics"]),
        ("<script type='Text/Plain' data-name=matomo>", ["matomo"]),
        ("<script type=text/plain data-cookieconsent='a, b'>", ["a", "b"]),
        ("<script type=text/plain data-service=x data-category=y>", ["x", "y"]),
        ("<script data-cookieconsent=ignore>", []),
        ("<script type=text/plain data-category=necessary>", []),
        ("<script type=text/plain data-category='!ads'>", []),
        ("<script type=text/plain class=optanon-category-C0004>", ["C0004"]),
        ("<iframe data-src=x data-name=youtube>", ["youtube"]),
        ("<iframe data-cookieconsent=marketing data-cookieblock-src=x>", ["marketing"]),
    ],
)
def test_idioms_of_others(raw: str, expected: list[str]) -> None:
    assert sorted(keys(raw)) == sorted(expected)


@pytest.mark.parametrize(
    "raw",
    [
        "<img data-src=shoe.jpg data-category=shoes data-name='Blue shoe'>",
        "<img src=blank.gif data-src=a.jpg data-category=marketing>",
        "<script type=application/json data-type=x data-name=products>",
        "<div data-category=marketing data-src=x>",
        "<button data-service=youtube>",
    ],
)
def test_a_shop_s_own_attributes_assign_nothing(raw: str) -> None:
    assert keys(raw) == []


def test_purposes_of_others_fall_to_personalisation() -> None:
    assert group_of_purpose("Marketing") == "personalisation"
    assert group_of_purpose("shoes") is None
