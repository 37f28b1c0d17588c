"""Logs as large as a shop's is after two years, made in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import text

from consentkit import ConsentKit
from consentkit.log.leaf import commitment
from tests.benchmarks.storefront import TRACKERS, policy_of

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.log import ConsentLog

DAYS = 730

#: Records of two years, one every so many seconds, in the proportions of a shop.
_FILL = """
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted
  WHERE n < :number)
INSERT INTO consentkit_record (id, decided_at, consent_id, sequence, decision, surface,
  granted, refused, previous_granted, previous_decided, revision, fingerprint,
  notice_hash, language, regime, browser, path, gpc, salt, personal_digest)
SELECT printf('00000000-0000-4000-8000-%012x', n),
  strftime('%Y-%m-%d %H:%M:%f', :first + :span * n / :number, 'unixepoch') || '000',
  visitor(n), 1,
  CASE n % 20 WHEN 0 THEN 'withdraw' WHEN 1 THEN 'save' WHEN 2 THEN 'save'
    ELSE CASE WHEN n % 500 = 7 THEN 'gpc' WHEN n % 2 THEN 'accept_all'
      ELSE 'reject_all' END END,
  CASE n % 9 WHEN 0 THEN 'preferences' ELSE 'banner' END,
  CASE WHEN n % 2 AND n % 500 <> 7 THEN :keys ELSE '[]' END,
  CASE WHEN n % 2 AND n % 500 <> 7 THEN '[]' ELSE :keys END,
  '[]', 0, 1 + 3 * n / :number, r.fingerprint, r.notice_hash,
  CASE n % 7 WHEN 0 THEN 'de' WHEN 1 THEN 'fr' ELSE 'en' END,
  'opt-in', 'Firefox', '/', 0, salt(n), digest(n)
FROM counted, (SELECT fingerprint, notice_hash FROM consentkit_record LIMIT 1) AS r
"""


def visitor(number: int) -> str:
    return sha256(b"visitor%d" % number).hexdigest()[:32]


def salt(number: int) -> bytes:
    return sha256(b"salt%d" % number).digest()


def digest(number: int) -> str:
    fields = {"browser": "Firefox", "consent_id": visitor(number), "path": "/"}
    return commitment(salt(number), fields)


def shop(folder: Path, number: int) -> Flask:
    app = Flask(f"shop{number}", instance_path=str(folder / str(number)))
    policy = policy_of(len(TRACKERS))
    app.config.update(TESTING=True, SECRET_KEY="k" * 32, CONSENTKIT_POLICY=policy)
    consent = ConsentKit(app)
    consent.audit_access(lambda: "benchmark")
    app.test_client().post("/consent/", data={"decision": "accept_all"})
    log = log_of(app)
    first = datetime.now(UTC) - timedelta(days=DAYS)
    keys = next(iter(log.lines())).partition(b'"granted":')[2].partition(b"]")[0]
    with log.writing() as connection:
        driver: Any = connection.connection.driver_connection
        for function in (visitor, salt, digest):
            driver.create_function(function.__name__, 1, function)
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


def log_of(app: Flask) -> ConsentLog:
    found: ConsentLog = app.extensions["consentkit"].log
    return found
