"""Inside what no tag begins in: the text of elements and scripts, and comments.

Such a text may be longer than the piece it began in, and passes while it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import html
from .stream import Stream

if TYPE_CHECKING:
    from .piece import Piece

State = Callable[["Piece", int], "int | None"]


class RawText(Stream):
    """The states of a state machine, each of which takes a piece and a position.

    A state answers where it stopped, or None for "hold the rest until more comes".
    """

    __slots__ = ("_raw_name", "_script", "_state")
    _script: html.ScriptText  #: that is longer than the piece it began in

    def __init__(self) -> None:
        super().__init__()
        self._state: State = self._in_data
        self._raw_name = b""  #: of the element whose text is at hand

    def _read(self, piece: Piece) -> int:
        position = 0
        while position < len(piece.page):
            after = self._state(piece, position)
            if after is None:
                break
            position = after
        return position

    def _in_plain_text(self, piece: Piece, at: int) -> int:
        """Inside ``<plaintext>``, which nothing ends."""
        self._emit(piece.page[at:])
        return len(piece.page)

    def _in_raw(self, piece: Piece, at: int) -> int | None:
        """Inside an element whose content is text."""
        end = html.raw_end(piece.page, self._raw_name, at)
        # Its end tag may have begun at the end of the piece.
        return self._raw_text(piece, at, end, len(self._raw_name) + 2)

    def _in_script(self, piece: Piece, at: int) -> int | None:
        """Inside a script that is longer than the piece it began in."""
        end, read = self._script.read(piece.page, at)
        return self._raw_text(piece, at, end, len(piece.page) - read)

    def _raw_text(
        self, piece: Piece, at: int, end: int | None, kept: int
    ) -> int | None:
        """Pass text on up to its end, or as far as it is sure to be text."""
        if end is not None:
            self._state = self._in_data
            self._emit(piece.page[at:end])
            return end
        end = len(piece.page) if piece.final else max(at, len(piece.page) - kept)
        self._emit(piece.page[at:end])
        return end if end > at else None

    def _in_comment(self, piece: Piece, at: int) -> int | None:
        """Inside a comment that is longer than the piece it began in."""
        found = html.COMMENT_END.search(piece.page, at)
        if found:
            self._state = self._in_data
        end = found.end() if found else len(piece.page) - (0 if piece.final else 3)
        self._emit(piece.page[at : max(at, end)])
        return end if end > at else None

    # -- for the subclass ----------------------------------------------------------

    def _in_data(self, piece: Piece, at: int) -> int | None:
        """Where tags begin."""
        raise NotImplementedError
