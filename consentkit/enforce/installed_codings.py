"""Brotli and Zstandard, as far as packages for them are installed.

Brotli (RFC 7932) comes with ``brotli`` or ``brotlicffi``; Zstandard (RFC 8878) with
Python from 3.14, ``backports.zstd`` or ``zstandard``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .built_in_codings import CodingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from .built_in_codings import Coding

#: Pages are coded while visitors wait: the packages' defaults are for archives.
_QUALITY: Final = 4
_LEVEL: Final = 3


class Brotli:
    """The coding ``br``."""

    def __init__(self, package: Any) -> None:
        self._error = package.error
        self._reader = package.Decompressor()
        self._writer = package.Compressor(quality=_QUALITY)

    def decode(self, data: bytes) -> bytes:
        """Get the content of the next piece.

        :raises CodingError: if the piece isn't in this coding.
        """
        try:
            content: bytes = self._reader.process(data)
        except self._error as error:
            raise CodingError(str(error)) from error
        return content

    def encode(self, data: bytes, *, final: bool = False) -> bytes:
        """Get content in the coding; what was given can be read so far."""
        if not data and not final:
            return b""
        coded: bytes = self._writer.process(data) if data else b""
        rest: bytes = self._writer.finish() if final else self._writer.flush()
        return coded + rest


class Zstandard:
    """The coding ``zstd``.

    :param reader: makes what reads one frame.
    :param writer: gets content in the coding, and whether its frame ends with it.
    """

    def __init__(
        self,
        reader: Callable[[], Any],
        writer: Callable[[bytes, bool], bytes],
        error: type[Exception],
    ) -> None:
        self._new_reader = reader
        self._reader = reader()
        self._write = writer
        self._error = error

    def decode(self, data: bytes) -> bytes:
        """Get the content of the next piece.

        :raises CodingError: if the piece isn't in this coding.
        """
        content = b""
        try:
            while data:
                if self._reader.eof:  # a further frame
                    self._reader = self._new_reader()
                content += self._reader.decompress(data)
                data = self._reader.unused_data
        except self._error as error:
            raise CodingError(str(error)) from error
        return content

    def encode(self, data: bytes, *, final: bool = False) -> bytes:
        """Get content in the coding; what was given can be read so far."""
        return self._write(data, final) if data or final else b""


def _zstd_of_python(package: Any) -> Zstandard:
    writer = package.ZstdCompressor(level=_LEVEL)
    modes = (writer.FLUSH_BLOCK, writer.FLUSH_FRAME)
    return Zstandard(
        package.ZstdDecompressor,
        lambda data, final: writer.compress(data, mode=modes[final]),
        package.ZstdError,
    )


def _zstd_of_zstandard(package: Any) -> Zstandard:
    writer = package.ZstdCompressor(level=_LEVEL).compressobj()
    modes = (package.COMPRESSOBJ_FLUSH_BLOCK, package.COMPRESSOBJ_FLUSH_FINISH)
    return Zstandard(
        lambda: package.ZstdDecompressor().decompressobj(),
        lambda data, final: writer.compress(data) + writer.flush(modes[final]),
        package.ZstdError,
    )


#: For each coding the packages that have it, and what makes it of one.
PACKAGES: Final[dict[str, dict[str, Callable[[Any], Coding]]]] = {
    "br": {"brotli": Brotli, "brotlicffi": Brotli},
    "zstd": {
        "compression.zstd": _zstd_of_python,
        "backports.zstd": _zstd_of_python,
        "zstandard": _zstd_of_zstandard,
    },
}


def installed() -> dict[str, Callable[[], Coding]]:
    """Get what makes a coding, for each that some installed package has."""
    found: dict[str, Callable[[], Coding]] = {}
    for name, packages in PACKAGES.items():
        for package, make in packages.items():
            if module := _imported(package):
                found[name] = _bound(make, module)
                break
    return found


def _bound(make: Callable[[Any], Coding], module: ModuleType) -> Callable[[], Coding]:
    return lambda: make(module)


def _imported(package: str) -> ModuleType | None:
    try:
        return import_module(package)
    except ImportError:
        return None
