"""A reader of tiled logs, written from C2SP tlog-tiles and RFC 6962 alone.

It shares nothing with the package: what it accepts, others accept too.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

    Fetch = Callable[[str], bytes]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


class TileReader:
    """Reads a log by fetching nothing but its checkpoint and its tiles."""

    def __init__(self, fetch: Fetch, vkey: str) -> None:
        self.fetch = fetch
        self.fetched: list[str] = []
        self.origin, _, key = vkey.split("+", 2)
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
        self.size, self.root = self._checkpoint()
        assert self.tree(0, self.size) == self.root

    def _checkpoint(self) -> tuple[int, bytes]:
        text, _, signature = self.fetch("checkpoint").decode().partition("\n\n")
        origin, size, root = text.split("\n")
        assert origin == self.origin
        signed = base64.b64decode(signature.split(" ")[2])
        self.key.verify(signed[4:], (text + "\n").encode())
        return int(size), base64.b64decode(root)

    def get(self, path: str) -> bytes:
        self.fetched.append(path)
        return self.fetch(path)

    def tile_path(self, level: str, tile: int) -> str:
        """Get the path of a tile that exists in a tree of our size."""
        total = self.size >> 8 * (0 if level == "entries" else int(level))
        width = min(256, total - tile * 256)
        name = f"{tile % 1000:03}"
        while tile >= 1000:
            tile //= 1000
            name = f"x{tile % 1000:03}/{name}"
        return f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else "")

    def node(self, height: int, index: int) -> bytes:
        """Get the hash over 2**height leaves from index * 2**height on."""
        level, rest = divmod(height, 8)
        first = index << rest
        content = self.get(self.tile_path(str(level), first // 256))
        place = first % 256
        nodes = [
            content[32 * i : 32 * i + 32] for i in range(place, place + (1 << rest))
        ]
        while len(nodes) > 1:
            nodes = [parent(*nodes[i : i + 2]) for i in range(0, len(nodes), 2)]
        return nodes[0]

    def tree(self, start: int, end: int) -> bytes:
        """Get MTH(D[start:end]), RFC 6962, 2.1."""
        size = end - start
        if size & (size - 1) == 0 and start % size == 0:
            return self.node(size.bit_length() - 1, start // size)
        middle = start + (1 << (size - 1).bit_length() - 1)
        return parent(self.tree(start, middle), self.tree(middle, end))

    def includes(self, leaf: bytes, index: int) -> bool:
        """Tell whether PATH(index, D), RFC 6962, 2.1.1, leads from leaf to root."""

        def climb(start: int, end: int) -> bytes:
            if end - start == 1:
                return leaf
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if index < middle:
                return parent(climb(start, middle), self.tree(middle, end))
            return parent(self.tree(start, middle), climb(middle, end))

        return climb(0, self.size) == self.root

    def grew_from(self, size: int, root: bytes) -> bool:
        """Tell whether the first leaves are those of an earlier checkpoint."""
        return self.tree(0, size) == root

    def entries(self, bundle: int) -> list[bytes]:
        """Get the entries of a bundle: each after its length in two bytes."""
        content = self.get(self.tile_path("entries", bundle))
        found = []
        while content:
            length = int.from_bytes(content[:2], "big")
            found.append(content[2 : 2 + length])
            content = content[2 + length :]
        return found
