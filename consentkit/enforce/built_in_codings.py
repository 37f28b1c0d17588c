"""What a content coding is, and those that Python itself brings along."""

from __future__ import annotations

import zlib
from typing import Protocol


class CodingError(Exception):
    """A body isn't in the coding that its header names."""


class Coding(Protocol):
    """Decodes a body piece by piece, and codes what becomes of it."""

    def decode(self, data: bytes) -> bytes:
        """Get the content of the next piece."""

    def encode(self, data: bytes, *, final: bool = False) -> bytes:
        """Get content in the coding, such that it can be read at once."""


class Identity:
    """The coding of bodies that aren't coded."""

    def decode(self, data: bytes) -> bytes:
        """Get the piece itself."""
        return data

    def encode(self, data: bytes, *, final: bool = False) -> bytes:  # noqa: ARG002
        """Get the content itself."""
        return data


class Compressed:
    """``gzip`` and ``deflate`` (RFC 9110, 8.4.1)."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._reader = zlib.decompressobj(wbits)
        self._writer = zlib.compressobj(wbits=wbits)

    def decode(self, data: bytes) -> bytes:
        """Get the content of the next piece.

        :raises CodingError: if the piece isn't in this coding.
        """
        content = b""
        try:
            while data:
                content += self._reader.decompress(data)
                data = self._reader.unused_data
                if data:  # a further gzip member
                    self._reader = zlib.decompressobj(self._wbits)
        except zlib.error as error:
            raise CodingError(str(error)) from error
        return content

    def encode(self, data: bytes, *, final: bool = False) -> bytes:
        """Get content in the coding; what was given can be read so far."""
        coded = self._writer.compress(data) if data else b""
        if not data and not final:
            return b""
        return coded + self._writer.flush(zlib.Z_FINISH if final else zlib.Z_SYNC_FLUSH)
