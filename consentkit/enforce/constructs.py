"""What became of the constructs of one host's pages, for visitors in one state.

A construct is a start tag, with its content where that is text. What becomes of it is
remembered by its bytes, bounded by bytes, as long as it stands outside any other
element that changes how it is read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from .memory import Recent

if TYPE_CHECKING:
    from .audience import Audience

_LIMIT: Final = 1 << 19


class Outcome(NamedTuple):
    """What became of a part of a page that began and ended outside any construct."""

    left: bytes
    withheld: tuple[tuple[str, str, str, int], ...] = ()
    undeclared: tuple[str, ...] = ()
    language: str | None = None  #: of the page, if this is its beginning


#: For each construct: None where it stays as it is and nothing is to be said of it.
Constructs = Recent[bytes, "Outcome | None"]


@lru_cache(maxsize=8)  # visitors can name any host
def constructs_of(_audience: Audience) -> Constructs:
    """Get what is remembered of the pages that an audience was given."""
    return Recent(_LIMIT)
