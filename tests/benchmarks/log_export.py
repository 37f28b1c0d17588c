"""How much memory it takes to export a million records, or to verify the export."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from consentkit.log import ConsentLog, KeyFile, engine_for
from consentkit.log.archive_audit import verify_archive
from consentkit.log.export import write_csv
from consentkit.log.parquet import write_parquet
from tests.benchmarks.large_log import log_of, shop
from tests.benchmarks.tables import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS = 1_000_000
LIMIT = 200  # MB
_ROOT = Path(__file__).parents[2]


def run() -> Table:
    """Measure each form in a process of its own: nothing that came before counts."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        app = shop(folder, RECORDS)
        log_of(app).engine.dispose()
        rows = [_row(form, Path(app.instance_path), folder) for form in FORMS]
    return Table(f"Memory to export {RECORDS:,} records, all of the process", rows)


def _row(form: str, instance: Path, folder: Path) -> Row:
    command = [sys.executable, "-m", __name__, form, str(instance), str(folder)]
    begun = perf_counter()
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=_ROOT
    )
    speed, peak = RECORDS / (perf_counter() - begun), int(done.stdout)
    return Row(
        f"{form}, {speed:,.0f} /s", f"{peak} MB", "", f"< {LIMIT} MB", peak < LIMIT
    )


def _jsonl(log: ConsentLog, folder: Path) -> None:
    with (folder / "log.jsonl").open("wb") as file:
        file.writelines(log.lines())


def _csv(log: ConsentLog, folder: Path) -> None:
    with (folder / "log.csv").open("w") as file:
        write_csv(log.records(), file)


def _zip(log: ConsentLog, folder: Path) -> None:
    with (folder / "log.zip").open("wb") as file:
        log.export(file)


def _verified(_log: ConsentLog, folder: Path) -> None:
    with (folder / "log.zip").open("rb") as file:
        report = verify_archive(file)
    assert (report.sealed > RECORDS, report.findings) == (True, [])


def _parquet(log: ConsentLog, folder: Path) -> None:
    write_parquet(log.lines(), folder / "warehouse")


FORMS: dict[str, Callable[[ConsentLog, Path], None]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "zip": _zip,
    "zip, verified": _verified,
    "parquet": _parquet,
}


def _peak() -> int:
    """Get the most memory that this process ever had, in MB (Linux)."""
    # What getrusage tells begins with the memory of the process that forked this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1000


def _export(form: str, instance: Path, folder: Path) -> None:
    log = ConsentLog(
        engine_for(f"sqlite:///{instance / 'consent.sqlite3'}"),
        key=KeyFile(instance / "consent-log.key"),
    )
    FORMS[form](log, folder)
    log.engine.dispose()
    sys.stdout.write(f"{_peak()}\n")


if __name__ == "__main__":
    _export(sys.argv[1], *map(Path, sys.argv[2:]))
