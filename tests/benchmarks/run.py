"""Measures the speed that was promised: ``make bench``, or one by its name.

Every figure is the median over rounds in which the subjects took turns, so that a
busy machine slows all of them. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

import flatness
import json_response
import log_append
import memory
import novelty
import page
import weight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tables import Table

BENCHMARKS: dict[str, Callable[[], Table]] = {
    "page": page.run,
    "json": json_response.run,
    "flatness": flatness.run,
    "novelty": novelty.run,
    "memory": memory.run,
    "log": log_append.run,
    "weight": weight.run,
}


def main(names: Sequence[str]) -> int:
    """Run the benchmarks of these names, all if none is given."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        known = ", ".join(BENCHMARKS)
        sys.stderr.write(f"no benchmark is called {unknown[0]!r}; there are {known}\n")
        return 2
    started = monotonic()
    missed: list[str] = []
    for name in names or BENCHMARKS:
        table = BENCHMARKS[name]()
        sys.stdout.write(f"{table}\n")
        sys.stdout.flush()
        missed += [f"{name}: {row}" for row in table.missed]
    sys.stdout.write(f"{monotonic() - started:.0f} seconds. ")
    sys.stdout.write(f"Missed: {'; '.join(missed)}\n" if missed else "All met.\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
