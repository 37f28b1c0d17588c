"""Passes over what needs no decision, in compiled code where there is some.

What became of a construct in a page before is taken over by its bytes, as long as it
stands outside any element that changes how it is read.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from . import compiled
from .foreign import OUTSIDE
from .overlong import Overlong

if TYPE_CHECKING:
    from .piece import Piece


NOWHERE: Final = -1


class Kind(IntEnum):
    """What a construct is, as far as compiled code tells."""

    OTHER = 0
    CHILDLESS = 1  #: a start tag of an element that loads and holds nothing
    SCRIPT = 2
    TEXT = 3  #: an element whose content is text and means nothing to the engine
    NOSCRIPT = 4


class Skimmer(Overlong):
    """Reads a page construct by construct, and passes over what lies between."""

    __slots__ = ("_has_frames",)

    def __init__(self) -> None:
        super().__init__()
        self._has_frames = False  #: of a set

    def _in_data(self, piece: Piece, at: int) -> int | None:
        if compiled.skim is None:
            return super()._in_data(piece, at)
        page = piece.page
        is_first = at == 0 and not (self._offset or self.is_document)
        begin = self._begin(page) if is_first else at
        if not self._is_calm:
            return begin if begin > at else super()._in_data(piece, at)
        head = self._prologue
        until = after = begin
        while after >= 0:
            found: compiled.Found = []
            stop, judged, size = compiled.skim(page, after, head, *self._known(), found)
            hit, _, _, end, _ = stop
            until = end if hit < 0 else hit
            self._pass_known(page, after, until, found)
            if judged:
                self._learnt(judged, size)
            after = self._at_once(page, stop) if hit >= 0 else NOWHERE
        if hit >= 0:
            read = self._decide(piece, stop)
            until = hit if read is None else read
        if until > at:
            return until
        # Text may begin the body, or a tag be unfinished.
        return super()._in_data(piece, at) if head and hit < 0 else None

    def _begin(self, page: bytes) -> int:
        """Pass over the simple beginning of a document; get where it ends."""
        end, language = compiled.begin(page) if compiled.begin else (0, "")
        if end:
            self.is_document = True
            self.language = self.language or language
            self._out.append(memoryview(page)[:end])
        return end

    @property
    def _is_calm(self) -> bool:
        """Whether no element is open that changes how the next ones are read."""
        if self._foreign is not OUTSIDE or self._dropped is not None:
            return False
        # What is passed over tells nothing of whether this is a document.
        is_known = self.is_document and not self._templates
        is_plain = not (self._ahead or self._has_frames)
        return is_plain and (is_known or not self._prologue)

    # -- for the subclass ----------------------------------------------------------

    def _known(self) -> compiled.Knowledge:
        """Get what is known of constructs, and of who is served.

        Without a visitor, nothing that is new is judged in compiled code.
        """
        return None, "", {}, {}, None

    def _learnt(self, number: int, size: int) -> None:
        """Take notice of constructs that were judged, and are known now."""

    def _pass_known(
        self,
        page: bytes,
        at: int,
        until: int,
        found: compiled.Found,  # noqa: ARG002  nothing is known here
    ) -> None:
        """Pass on what needs no decision, and take what became of what is known."""
        if until > at:
            self._out.append(memoryview(page)[at:until])

    def _at_once(self, page: bytes, found: compiled.Stop) -> int:  # noqa: ARG002
        """Decide about a construct that bears on nothing after it, and get its end.

        :data:`NOWHERE`, if more has to be known of it.
        """
        return NOWHERE

    def _decide(self, piece: Piece, found: compiled.Stop) -> int | None:
        """Read a construct, and answer where to go on."""
        return self._construct(piece, found[0])
