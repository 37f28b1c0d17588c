"""Downloads that are sent while they are written, in constant memory."""

from __future__ import annotations

import io
from queue import Full, Queue
from threading import Event, Thread
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from _typeshed import ReadableBuffer

_PIECE: Final = 64 * 1024
_PIECES: Final = 4
_LOOK_UP: Final = 0.1  # seconds


def streamed(write: Callable[[IO[bytes]], object]) -> Generator[bytes, None, None]:
    """Get what a function writes into a file, piece by piece.

    The function runs in a thread of its own, at the pace of whoever reads. If it
    fails, so does the reading: a download that breaks off is better than one that
    looks whole.
    """
    pipe = _Pipe()
    thread = Thread(target=pipe.fill, args=(write,), daemon=True)
    thread.start()
    try:
        yield from pipe.pieces()
    finally:
        pipe.is_over.set()
        thread.join()


class _Pipe(io.RawIOBase):
    """A file that can only be written, whose content comes out at the other end."""

    def __init__(self) -> None:
        self.is_over = Event()
        self._pieces: Queue[bytes | Exception | None] = Queue(_PIECES)

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        piece = bytes(data)
        self._put(piece)
        return len(piece)

    def fill(self, write: Callable[[IO[bytes]], object]) -> None:
        """Have everything written; an error goes to whoever reads."""
        end: Exception | None = None
        try:
            with io.BufferedWriter(self, _PIECE) as file:
                write(cast("IO[bytes]", file))
        except Exception as error:  # noqa: BLE001  raised again where it is read
            end = error
        if not self.is_over.is_set():
            self._put(end)

    def pieces(self) -> Iterator[bytes]:
        """Get what was written, as it comes."""
        while True:
            piece = self._pieces.get()
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def _put(self, piece: bytes | Exception | None) -> None:
        while not self.is_over.is_set():
            try:
                return self._pieces.put(piece, timeout=_LOOK_UP)
            except Full:
                continue
        raise BrokenPipeError("nobody reads any more")
