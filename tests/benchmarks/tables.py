"""What a benchmark found, as a table to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD = ("", "median", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; without a target it is there to be compared with."""

    name: str
    median: str
    ratio: str = ""
    target: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns."""
        met = "" if self.met is None else "yes" if self.met else "NO"
        return (self.name, self.median, self.ratio, self.target, met)


@dataclass(frozen=True, slots=True)
class Table:
    """The measurements of one benchmark."""

    title: str
    rows: Sequence[Row]

    def __str__(self) -> str:
        """Get the table with its columns aligned."""
        return "\n".join([self.title, *self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        lines = [_HEAD, *(row.cells for row in self.rows)]
        name, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
        for line in lines:
            cells = [line[0].ljust(name), *map(str.rjust, line[1:], others)]
            yield "  " + "  ".join(cells).rstrip()

    @property
    def missed(self) -> list[str]:
        """The names of the measurements that miss their target."""
        return [row.name for row in self.rows if row.met is False]


def micro(microseconds: float) -> str:
    """Get a time as people read it."""
    return f"{microseconds:,.1f} us"
