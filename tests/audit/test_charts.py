"""Charts: numbers as lengths, whatever the numbers are."""

from __future__ import annotations

from datetime import date

import pytest

from consentkit.audit.charts import HEIGHT, ROW, bars, columns, parted, short
from consentkit.audit.overview import filled

KINDS = ("accept_all", "reject_all")


def test_columns_stand_side_by_side_and_pieces_upon_each_other() -> None:
    spans = [("mon", {"accept_all": 30, "reject_all": 10}), ("tue", {}), ("wed", {})]
    lower, upper = columns(spans, KINDS).pieces
    assert (lower.kind, upper.kind) == (0, 1)
    assert lower.y + lower.height == HEIGHT
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.02)
    assert lower.height == 3 * upper.height
    assert 0 < lower.x < lower.x + lower.width < 100 / 3
    assert lower.text == "mon, accept_all: 30"


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (40, ["0", "10", "20", "30", "40"]),
        (525, ["0", "200", "400", "600"]),
        (1_000_001, ["0", "500k", "1M", "1.5M"]),
    ],
)
def test_the_scale_is_of_round_numbers(highest: int, ticks: list[str]) -> None:
    chart = columns([("mon", {"accept_all": highest})], KINDS)
    assert [words for _, words in chart.grid] == ticks
    assert chart.grid[0][0] == HEIGHT
    assert chart.grid[-1][0] == 0
    assert all(piece.y >= 0 for piece in chart.pieces)


def test_labels_stay_within_the_chart() -> None:
    for number in (1, 2, 7, 30, 92):
        chart = columns([(str(n), {}) for n in range(number)], KINDS)
        assert 1 <= len(chart.labels) <= 5
        for x, _, anchor in chart.labels:
            assert {"start": x == 0, "middle": 10 < x < 90, "end": x == 100}[anchor]


def test_bars_are_as_long_as_their_shares() -> None:
    first, second = bars([("a", "50%", 0.5), ("b", "0%", 0.0)])
    assert (first.length, first.part, first.y) == (50, None, 0)
    assert (second.length, second.y) == (0, ROW)


def test_parts_are_of_the_longest() -> None:
    first, second = parted([("a", 200, 50, ""), ("b", 20, None, "")])
    assert (first.length, first.part) == (100, 25)
    assert (second.length, second.part) == (10, None)
    assert parted([("a", 0, 0, "")])[0].length == 0


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Google Analytics", "Google Analytics"),
        ("a" * 40, "a" * 29 + "\N{HORIZONTAL ELLIPSIS}"),
        (
            f"{'a' * 40}.cdn.example",
            "\N{HORIZONTAL ELLIPSIS}" + "a" * 17 + ".cdn.example",
        ),
    ],
)
def test_words_above_a_bar_fit_on_a_phone(label: str, words: str) -> None:
    assert bars([(label, "50%", 0.5)])[0].label == words
    assert parted([(label, 1, None, "1")])[0].label == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0"), (950, "950"), (1200, "1.2k"), (3e6, "3M")]
)
def test_numbers_are_short(number: float, words: str) -> None:
    assert short(number) == words


def test_days_without_decisions_are_there() -> None:
    days = {"2026-01-02": {"save": 1}, "2026-01-03": {"save": 2, "gpc": 1}}
    spans = filled(days, date(2026, 1, 1), date(2026, 1, 5), 2)
    assert spans == [
        (date(2026, 1, 1), {"save": 1}),
        (date(2026, 1, 3), {"save": 2, "gpc": 1}),
        (date(2026, 1, 5), {}),
    ]
