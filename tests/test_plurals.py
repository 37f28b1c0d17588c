"""Plural categories, with numbers from the CLDR tables of each language."""

from __future__ import annotations

import pytest

from consentkit.plurals import categories, category


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", {1: "one", 0: "other", 2: "other", 11: "other"}),
        ("fr", {0: "one", 1: "one", 2: "other"}),
        ("pl", {1: "one", 2: "few", 5: "many", 12: "many", 21: "many", 22: "few"}),
        ("uk", {1: "one", 3: "few", 5: "many", 11: "many", 21: "one", 112: "many"}),
        ("hr", {1: "one", 2: "few", 5: "other", 21: "one", 12: "other"}),
        ("cs", {1: "one", 4: "few", 5: "other", 22: "other"}),
        ("sl", {1: "one", 2: "two", 3: "few", 5: "other", 101: "one", 102: "two"}),
        ("lt", {1: "one", 2: "few", 10: "other", 11: "other", 21: "one"}),
        ("lv", {0: "zero", 1: "one", 2: "other", 11: "zero", 21: "one", 30: "zero"}),
        ("ro", {0: "few", 1: "one", 19: "few", 20: "other", 101: "few"}),
        ("ga", {1: "one", 2: "two", 6: "few", 7: "many", 11: "other"}),
        ("mt", {0: "few", 1: "one", 2: "two", 10: "few", 11: "many", 20: "other"}),
        ("ar", {0: "zero", 1: "one", 2: "two", 3: "few", 11: "many", 100: "other"}),
        ("he", {1: "one", 2: "two", 3: "other"}),
        ("is", {1: "one", 11: "other", 21: "one"}),
        ("zh-Hant", {1: "other", 5: "other"}),
    ],
)
def test_a_number_takes_its_languages_form(
    language: str, expected: dict[int, str]
) -> None:
    assert {number: category(language, number) for number in expected} == expected


def test_all_categories_of_a_language_are_known() -> None:
    assert categories("ar") == {"zero", "one", "two", "few", "many", "other"}
    assert categories("ja") == {"other"}
