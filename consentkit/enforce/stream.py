"""Takes a page in pieces, and holds back what can't be read yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .piece import Piece

if TYPE_CHECKING:
    from collections.abc import Container

#: No construct is held back beyond this; it is withheld unread up to its end instead.
MAX_HELD: Final = 1 << 20
_LITTLE: Final = 1 << 12
_MUCH: Final = 1 << 16
BOM: Final = b"\xef\xbb\xbf"


class Stream:
    """A page on its way; what its subclass has read of a piece goes on."""

    # Slots make a page's beginning cheap, as most of what is kept is set once.
    __slots__ = ("_buffer", "_enough", "_last", "_offset", "_out", "_size", "_waiting")

    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: list[bytes] = []  #: what came since the buffer was read
        self._size = 0
        self._enough = len(BOM)  #: bytes that make another reading worth while
        self._offset = 0  #: of the buffer in the page
        self._out: list[bytes | memoryview] = []
        self._last = b""  #: byte that was passed on

    def feed(self, data: bytes) -> bytes:
        """Get what can be passed on, now that this piece has come."""
        self._waiting.append(data)
        self._size += len(data)
        return self._run(final=False) if self._size >= self._enough else b""

    def close(self) -> bytes:
        """Get the rest of the page."""
        return self._run(final=True) if self._size else b""

    def _run(self, *, final: bool) -> bytes:
        held = [self._buffer] if self._buffer else []
        page = b"".join([*held, *self._waiting])  # of one piece no copy is made
        self._waiting.clear()
        self._hold(page, self._read(Piece(page, self._harmless, final=final)))
        if self._size > MAX_HELD and not final:
            self._hold(self._buffer, self._give_up(self._buffer))
        if final:
            self._emit(self._buffer)  # browsers drop an unfinished tag
        out = b"".join(self._out)
        self._out.clear()
        self._last = out[-1:] or self._last
        return out

    def _hold(self, page: bytes, position: int) -> None:
        """Keep what couldn't be read; a lot is read again only with a lot more."""
        self._offset += position
        self._buffer = page[position:]
        self._size = size = len(self._buffer)
        more = 0 if size < _LITTLE else size >> 3 if size < _MUCH else size >> 1
        self._enough = min(size + more, max(size, MAX_HELD + 1)) if size else 0

    # -- for the subclass ----------------------------------------------------------

    def _harmless(self) -> Container[bytes]:
        """Get the raw tags that load nothing, wherever they stand in this page."""
        return ()

    def _read(self, piece: Piece) -> int:
        """Get up to where a piece could be read."""
        raise NotImplementedError

    def _give_up(self, held: bytes) -> int:
        """Go on without judging what is too long to be held; get how much to let go."""
        raise NotImplementedError

    def _emit(self, piece: bytes | memoryview) -> None:
        """Pass bytes on."""
        raise NotImplementedError
