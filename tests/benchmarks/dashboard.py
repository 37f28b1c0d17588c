"""What auditors wait for: a log of a million records against one of ten thousand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import text

from consentkit import ConsentKit
from tests.benchmarks.storefront import TRACKERS, policy_of
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.timing import in_turns, quiet, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.log import ConsentLog

SMALL, LARGE = 10_000, 1_000_000
DAYS = 730
LIMIT = 300_000  # microseconds, for the overview
FLAT = 1.5  # times a page of the small log

#: Records of two years, one every so many seconds, in the proportions of a shop.
_FILL = """
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted
  WHERE n < :number)
INSERT INTO consentkit_record (id, decided_at, consent_id, sequence, decision, surface,
  granted, refused, previous_granted, previous_decided, revision, fingerprint,
  notice_hash, language, regime, browser, path, gpc, salt, personal_digest)
SELECT printf('00000000-0000-4000-8000-%012x', n),
  strftime('%Y-%m-%d %H:%M:%f', :first + :span * n / :number, 'unixepoch') || '000',
  lower(hex(randomblob(16))), 1,
  CASE n % 20 WHEN 0 THEN 'withdraw' WHEN 1 THEN 'save' WHEN 2 THEN 'save'
    ELSE CASE WHEN n % 500 = 7 THEN 'gpc' WHEN n % 2 THEN 'accept_all'
      ELSE 'reject_all' END END,
  CASE n % 9 WHEN 0 THEN 'preferences' ELSE 'banner' END,
  CASE WHEN n % 2 AND n % 500 <> 7 THEN :keys ELSE '[]' END,
  CASE WHEN n % 2 AND n % 500 <> 7 THEN '[]' ELSE :keys END,
  '[]', 0, 1 + 3 * n / :number, r.fingerprint, r.notice_hash,
  CASE n % 7 WHEN 0 THEN 'de' WHEN 1 THEN 'fr' ELSE 'en' END,
  'opt-in', 'Firefox', '/', 0, randomblob(32), lower(hex(randomblob(32)))
FROM counted, (SELECT fingerprint, notice_hash FROM consentkit_record LIMIT 1) AS r
"""


def run() -> Table:
    """Measure pages of both logs in turns."""
    with TemporaryDirectory() as folder:
        large, small = (_shop(Path(folder), number) for number in (LARGE, SMALL))
        deep = f"{datetime.now(UTC) - timedelta(days=DAYS - 30):%Y-%m-%dT%H:%M:%SZ}"
        pages = {
            "overview, 90 days": "?days=90",
            "overview, two years": "?days=0",
            "records": "records",
            "records of the first month": f"records?before={deep}_{LARGE // 24}",
            "records by kind": "records?decision=gpc",
            "records by revision and key": "records?revision=1&granted=personalisation",
            "what no record has": "records?granted=nothing",
            "one record": "records/00000000-0000-4000-8000-000000001000",
        }
        rows = [_row(name, path, large, small) for name, path in pages.items()]
        for app in (large, small):
            _log(app).engine.dispose()
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


def _shop(folder: Path, number: int) -> Flask:
    app = Flask(f"shop{number}", instance_path=str(folder / str(number)))
    policy = policy_of(len(TRACKERS))
    app.config.update(TESTING=True, SECRET_KEY="k" * 32, CONSENTKIT_POLICY=policy)
    consent = ConsentKit(app)
    consent.audit_access(lambda: "benchmark")
    app.test_client().post("/consent/", data={"decision": "accept_all"})
    log = _log(app)
    first = datetime.now(UTC) - timedelta(days=DAYS)
    keys = next(iter(log.lines())).partition(b'"granted":')[2].partition(b"]")[0]
    with log.writing() as connection:
        values = {
            "number": number,
            "first": first.timestamp(),
            "span": timedelta(days=DAYS).total_seconds(),
            "keys": keys.decode() + "]",
        }
        connection.execute(text(_FILL), values)
    sealed, size = log.seal(10_000), -1
    while sealed and sealed.checkpoint.size > size:
        size = sealed.checkpoint.size
        sealed = log.seal(10_000)
    while log.tally():
        pass
    return app


def _log(app: Flask) -> ConsentLog:
    found: ConsentLog = app.extensions["consentkit"].log
    return found
