"""Tiles: the tree as a set of files that never change (C2SP tlog-tiles).

Whoever has them can prove by themselves that a record is in the log, and that the log
only ever grew. All that is in them are digests of records with 32 random bytes in
each: nobody learns who decided what from them, nor what was decided.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from .tables import checkpoints, leaves
from .tree import leaf_hash, split_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_TOP: Final = 63 // HEIGHT  # no log has more than 2**63 records
_PATH: Final = re.compile(
    r"(entries|[0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A run of nodes of one height, or of the entries below them."""

    level: int | None  #: none for a bundle of entries
    index: int
    width: int = WIDTH  #: number of nodes; fewer than 256 at the growing edge

    @classmethod
    def parse(cls, path: str) -> Tile | None:
        """Get the tile of a path, none if it isn't the path of one."""
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        kind, index, width = found.groups()
        tile = cls(
            None if kind == "entries" else int(kind),
            int(re.sub("[x/]", "", index)),
            int(width or WIDTH),
        )
        # One path for each tile: no leading groups of zeros, no ".p/256".
        return tile if tile.path == path else None

    @property
    def path(self) -> str:
        """Where it is, below ``tile/``."""
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"{'entries' if self.level is None else self.level}/{name}{partial}"


def signed_size(connection: Connection) -> int:
    """Get the size of the latest checkpoint, 0 before the first."""
    return connection.scalar(select(func.max(checkpoints.c.size))) or 0


def read_tile(connection: Connection, tile: Tile) -> bytes | None:
    """Get what is in a tile, none if no checkpoint covers all of it."""
    level = tile.level or 0
    start, end = tile.index * WIDTH, tile.index * WIDTH + tile.width
    span = 1 << HEIGHT * level
    if end * span > signed_size(connection):
        return None
    last = [(place + 1) * span - 1 for place in range(start, end)]
    query = select(leaves.c.entry, leaves.c.nodes).order_by(leaves.c.leaf_index)
    wanted = (
        leaves.c.leaf_index.between(start, end - 1)
        if span == 1
        else leaves.c.leaf_index.in_(last)
    )
    rows = connection.execute(query.where(wanted)).all()
    if len(rows) != tile.width:
        return None  # tampered with; whoever verifies the log learns how
    if tile.level is None:
        return b"".join(len(entry).to_bytes(2, "big") + entry for entry, _ in rows)
    height = HEIGHT * level
    return b"".join(
        split_hashes(leaf_hash(entry) + nodes)[height] for entry, nodes in rows
    )


def tiles_of(size: int, sizes: Iterable[int] = ()) -> Iterator[Tile]:
    """Get all tiles of a tree, the full ones of each level first.

    :param sizes: earlier sizes, whose partial tiles are wanted as well, as long as
        there is no full tile in their place.
    """
    widths: list[set[int]] = [set() for _ in range(_TOP + 1)]
    for earlier in chain(sizes, [size]):
        for level in range(_TOP + 1):
            nodes = earlier >> HEIGHT * level
            if nodes // WIDTH == (size >> HEIGHT * level) // WIDTH:
                widths[level].add(nodes % WIDTH)
    for level in (None, *range(_TOP + 1)):
        full = (size >> HEIGHT * (level or 0)) // WIDTH
        yield from (Tile(level, index) for index in range(full))
        for width in sorted(widths[level or 0] - {0}):
            yield Tile(level, full, width)
