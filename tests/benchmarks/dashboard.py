"""What auditors wait for: a log of a million records against one of ten thousand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.large_log import DAYS, log_of, shop
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.timing import in_turns, quiet, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

SMALL, LARGE = 10_000, 1_000_000
LIMIT = 300_000  # microseconds, for the overview
FLAT = 1.5  # times a page of the small log


def run() -> Table:
    """Measure pages of both logs in turns."""
    with TemporaryDirectory() as folder:
        large, small = (shop(Path(folder), number) for number in (LARGE, SMALL))
        deep = f"{datetime.now(UTC) - timedelta(days=DAYS - 30):%Y-%m-%dT%H:%M:%SZ}"
        pages = {
            "overview, 90 days": "?days=90",
            "overview, two years": "?days=0",
            "records": "records",
            "records of the first month": f"records?before={deep}_{LARGE // 24}",
            "records by kind": "records?decision=withdraw",
            "records by revision and key": "records?revision=1&granted=personalisation",
            "what no record has": "records?granted=nothing",
            "one record": "records/00000000-0000-4000-8000-000000001000",
        }
        rows = [_row(name, path, large, small) for name, path in pages.items()]
        for app in (large, small):
            log_of(app).engine.dispose()
    return Table(f"The dashboard over {LARGE:,} records, against {SMALL:,}", rows)


def _row(name: str, path: str, large: Flask, small: Flask) -> Row:
    subjects = {"large": _getting(large, path), "small": _getting(small, path)}
    times = in_turns(subjects, rounds=11, calls=1, waits=True)
    once, flat = quiet(times["large"]), ratio(times["large"], times["small"])
    is_overview = name.startswith("overview")
    return Row(
        name,
        f"{once / 1000:,.0f} ms",
        f"{flat:.2f}",
        f"< {LIMIT // 1000} ms" if is_overview else f"< {FLAT} times",
        once < LIMIT if is_overview else flat < FLAT,
    )


def _getting(app: Flask, path: str) -> Callable[[], object]:
    auditor = app.test_client()

    def get() -> None:
        answer = auditor.get(f"/consent/audit/{path}")
        if answer.status_code != 200:
            raise RuntimeError(answer.status)

    return get
