"""Parts of a page that load something and can be left out alone, such as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Part(NamedTuple):
    """Bytes to be left out if any of the addresses in them is refused."""

    urls: tuple[str, ...]
    start: int
    end: int
    filler: bytes = b""  #: what stands there instead


class Edit(NamedTuple):
    """A span of bytes and what replaces it."""

    start: int
    end: int
    filler: bytes


def spliced(raw: bytes, edits: Iterable[Edit]) -> bytes:
    """Get bytes with edits made; of two that overlap, the first counts."""
    out: list[bytes] = []
    position = 0
    for start, end, filler in sorted(edits):
        if start >= position:
            out += (raw[position:start], filler)
            position = end
    return b"".join([*out, raw[position:]])
