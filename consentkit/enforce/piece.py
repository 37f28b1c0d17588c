"""What the scanner's states are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .skim import Skim


class Piece(NamedTuple):
    """The part of a page at hand: as it came, in lower case, and whether it ends it."""

    page: bytes
    low: bytes
    final: bool
    skim: Skim


class Tag(NamedTuple):
    """A whole tag in a piece, from ``<`` to after ``>``."""

    name: bytes
    start: int
    end: int
