"""What the scanner's states are given."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from .skim import Skim

if TYPE_CHECKING:
    from collections.abc import Callable, Container


class Piece:
    """The part of a page at hand.

    :param page: as it came.
    :param final: whether it ends the page.
    :param harmless: gets raw tags that load nothing, wherever they stand in the page.
    """

    def __init__(
        self, page: bytes, harmless: Callable[[], Container[bytes]], *, final: bool
    ) -> None:
        self.page = page
        self.final = final
        self._harmless = harmless

    @cached_property
    def skim(self) -> Skim:
        """What searches it for constructs that matter."""
        return Skim(self.page, self._harmless())


class Tag(NamedTuple):
    """A whole tag in a piece, from ``<`` to after ``>``."""

    name: bytes
    start: int
    end: int
