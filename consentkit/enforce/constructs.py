"""What became of the constructs of one host's pages, for visitors in one state.

A construct is a start tag, with its content where that is text. What becomes of it is
remembered by its bytes, bounded by bytes, as long as it stands outside any other
element that changes how it is read.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from . import compiled
from .memory import Recent

if TYPE_CHECKING:
    from .judge import Judge

_LIMIT: Final = 1 << 19


class Outcome(NamedTuple):
    """What became of a part of a page that began and ended outside any construct."""

    left: bytes
    withheld: tuple[tuple[str, str, str, int], ...] = ()
    undeclared: tuple[str, ...] = ()
    language: str | None = None  #: of the page, if this is its beginning


class Visitor(NamedTuple):
    """Whatever of who is served bears on what becomes of a construct.

    Not the services that may load: markup may be assigned to a group of none.
    """

    granted: frozenset[str]
    block_undeclared: bool
    scheme: str  #: of the page
    is_shown: bool  #: something stands in gaps


class Constructs(Recent[bytes, "Outcome | None"]):
    """For each construct: None where it stays and nothing is to be said of it."""

    def __init__(self, judge: Judge, host: str, state: Visitor) -> None:
        super().__init__(_LIMIT)
        self._judge = judge
        self._host = host
        self._state = state

    @cached_property
    def visitor(self) -> compiled.Visitor | None:
        """For whom compiled code judges what is new."""
        matcher, state = self._judge.matcher, self._state
        if compiled.visitor is None or matcher.claims is None:
            return None
        return compiled.visitor(
            matcher.claims,
            matcher.allowed(state.granted),
            state.scheme,
            self._host.encode(),
            state.block_undeclared,
            state.is_shown,
            Outcome,
        )


@lru_cache(maxsize=8)  # visitors can name any host
def constructs_of(judge: Judge, host: str, state: Visitor) -> Constructs:
    """Get what is remembered of the pages of a host, made for visitors in a state."""
    return Constructs(judge, host, state)
