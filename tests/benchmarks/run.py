"""Measures the speed that was promised: ``make bench``, or one by its name.

Every figure is the median over rounds in which the subjects took turns, so that a
busy machine slows all of them. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.tables import Table

#: Modules by the names that people give.
BENCHMARKS = {
    "page": "page",
    "json": "json_response",
    "flatness": "flatness",
    "novelty": "novelty",
    "rewriting": "rewriting",
    "hostile": "hostile",
    "memory": "memory",
    "log": "log_append",
    "evidence": "log_evidence",
    "export": "log_export",
    "dashboard": "dashboard",
    "weight": "weight",
    "banners": "banners",
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
        module = import_module(f"tests.benchmarks.{BENCHMARKS[name]}")
        table: Table = module.run()
        sys.stdout.write(f"{table}\n")
        sys.stdout.flush()
        missed += [f"{name}: {row}" for row in table.missed]
    sys.stdout.write(f"{monotonic() - started:.0f} seconds. ")
    sys.stdout.write(f"Missed: {'; '.join(missed)}\n" if missed else "All met.\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent.parent)
    sys.exit(main(sys.argv[1:]))
