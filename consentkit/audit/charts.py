"""Charts as SVG that any browser shows and prints, without script and inline style.

Widths are percentages, so that a chart fills what there is and its words stay as
large as the page's. Every number in a chart stands in the table under it as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEIGHT: Final = 180  #: of columns, in pixels
ROW: Final = 40  #: of a bar with its words, in pixels
_GAP: Final = 0.22  # of a column's width
_LABELS: Final = 4
_EDGE: Final = 12  # percent
_LONGEST: Final = 30  # of a bar's words, so that they fit on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a column, of one kind; in percent across, and pixels down."""

    kind: int  #: place among the kinds, which gives the colour
    x: float
    width: float
    y: float
    height: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Numbers over time, by kind, one upon another."""

    pieces: list[Piece]
    grid: list[tuple[float, str]]  #: height in pixels, and what it stands for
    labels: list[tuple[float, str, str]]  #: place in percent, words, ``text-anchor``


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A horizontal bar under its words."""

    label: str
    value: str
    length: float  #: percent
    part: float | None = None  #: percent that is stressed; none if there is no part
    y: int = 0


def columns(
    spans: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str]
) -> Columns:
    """Get a chart of numbers by kind, for spans of time from left to right."""
    highest = max((sum(counts.values()) for _, counts in spans), default=0)
    top, step = _scale(highest)
    slot = 100 / max(1, len(spans))
    pieces = []
    for place, (label, counts) in enumerate(spans):
        y = float(HEIGHT)
        for number, kind in enumerate(kinds):
            n = counts.get(kind, 0)
            if n:
                height = n / top * HEIGHT
                y -= height
                piece = Piece(
                    kind=number,
                    x=round((place + _GAP / 2) * slot, 3),
                    width=round(slot * (1 - _GAP), 3),
                    y=round(y, 2),
                    height=round(max(height, 1), 2),
                    text=f"{label}, {kind}: {n}",
                )
                pieces.append(piece)
    every = max(1, math.ceil(len(spans) / _LABELS))
    return Columns(
        pieces=pieces,
        grid=[
            (round(HEIGHT - n / top * HEIGHT, 2), short(n)) for n in _ticks(top, step)
        ],
        labels=[
            _label((place + 0.5) * slot, label)
            for place, (label, _) in enumerate(spans)
            if place % every == 0
        ],
    )


def bars(rows: Sequence[tuple[str, str, float]]) -> list[Bar]:
    """Get bars under one another.

    :param rows: words, value in words, and length as a share from 0 to 1.
    """
    return [
        Bar(
            label=shortened(label),
            value=value,
            length=round(share * 100, 2),
            y=place * ROW,
        )
        for place, (label, value, share) in enumerate(rows)
    ]


def parted(rows: Sequence[tuple[str, int, int | None, str]]) -> list[Bar]:
    """Get bars as long as numbers, each with a part of it stressed.

    :param rows: words, number, how many of it if any, and the value in words.
    """
    most = max((number for _, number, _, _ in rows), default=0) or 1
    return [
        Bar(
            label=shortened(label),
            value=value,
            length=round(number / most * 100, 2),
            part=None if some is None else round(some / most * 100, 2),
            y=place * ROW,
        )
        for place, (label, number, some, value) in enumerate(rows)
    ]


def shortened(label: str) -> str:
    """Get words that fit above a bar; a host's end says more than its beginning."""
    if len(label) <= _LONGEST:
        return label
    is_host = "." in label and " " not in label
    kept = label[1 - _LONGEST :] if is_host else label[: _LONGEST - 1]
    return (
        f"\N{HORIZONTAL ELLIPSIS}{kept}"
        if is_host
        else f"{kept}\N{HORIZONTAL ELLIPSIS}"
    )


def short(number: float) -> str:
    """Get a number in few characters: ``950``, ``1.2k``, ``3M``."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + unit
    return f"{number:g}"


def _label(x: float, words: str) -> tuple[float, str, str]:
    """Get a label under the middle of a column, and yet within the chart."""
    if x < _EDGE:
        return 0.0, words, "start"
    if x > 100 - _EDGE:
        return 100.0, words, "end"
    return round(x, 3), words, "middle"


def _scale(highest: int) -> tuple[int, int]:
    """Get a round number that is at least as high, and the step of the grid."""
    if highest <= 0:
        return 1, 1
    rough = highest / 4
    magnitude = 10 ** max(0, math.floor(math.log10(rough))) if rough >= 1 else 1
    step = next(s * magnitude for s in (1, 2, 5, 10) if s * magnitude >= rough)
    return math.ceil(highest / step) * step, step


def _ticks(top: int, step: int) -> list[int]:
    return list(range(0, top + 1, step))
