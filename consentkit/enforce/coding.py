"""Content codings of bodies: decoded to be read, coded again to be sent."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final, Protocol


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


_WBITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_READABLE: Final = frozenset({"identity", *_WBITS})


@lru_cache(maxsize=64)  # browsers send few of them
def readable(accepted: str) -> str:
    """Get an ``Accept-Encoding`` that asks the app for no coding we can't read."""
    parts = [part.strip() for part in accepted.split(",")]
    known = [p for p in parts if p.partition(";")[0].strip().lower() in _READABLE]
    return ", ".join(known) or "identity"


def coding_of(name: str) -> Coding | None:
    """Get the coding of a ``Content-Encoding``, none if it can't be read here."""
    name = name.strip().lower()
    if name in {"", "identity"}:
        return Identity()
    wbits = _WBITS.get(name)
    return Compressed(wbits) if wbits else None
