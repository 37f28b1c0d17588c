"""What it costs to prove a decision, beyond writing a row to the disk."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import MetaData, create_engine, insert

from consentkit import load_policy
from consentkit.canonical import canonical
from consentkit.log import ConsentLog, Draft, KeyFile, engine_for
from consentkit.log.tables import notices, records
from consentkit.notice import build_notice
from tests.benchmarks.storefront import TRACKERS, policy_of
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.timing import in_turns, ratio
from tests.log.postgres import server

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

#: How fast an append is, compared with a bare insert.
_TARGET = 0.5

_BARE = "a bare insert of the same row"
_FIRST, _CHANGED = "a visitor's first decision", "a visitor's change of mind"
_POLICY = load_policy(policy_of(len(TRACKERS)))
NOTICE = build_notice(_POLICY, "en")


def run() -> Table:
    """Measure appends and inserts in turns: the same database, durability, columns.

    The log has a key: what it seals meanwhile is part of the price.
    """
    with TemporaryDirectory() as folder:
        files = [f"sqlite:///{folder}/{name}" for name in ("bare", "log")]
        rows = _compare("SQLite", engine_for(files[0]), files[1], Path(folder, "1"))
    with TemporaryDirectory() as folder, server() as postgresql:
        postgresql.execute("CREATE DATABASE bare")
        bare = create_engine(postgresql.url("bare"))
        key = Path(folder, "2")
        rows += _compare("PostgreSQL", bare, postgresql.url(), key)
    return Table("Decisions proved, each on the disk when it is answered", rows)


def _compare(database: str, bare: Engine, address: str, key: Path) -> list[Row]:
    log = ConsentLog(engine_for(address), key=KeyFile(key))
    visitor, answers = uuid4().hex, cycle((True, False))
    subjects: dict[str, Callable[[], object]] = {
        _BARE: _bare_insert(bare),
        _FIRST: lambda: log.append(draft(uuid4().hex), NOTICE.content),
        _CHANGED: lambda: log.append(
            draft(visitor, accepts=next(answers)), NOTICE.content
        ),
    }
    for subject in subjects.values():
        for _ in range(10):  # psycopg prepares what it has seen five times
            subject()
    times = in_turns(subjects, rounds=80, calls=5, waits=True)
    for engine in (bare, log.engine):
        engine.dispose()
    return [_row(f"{database}: {n}", times[_BARE], t) for n, t in times.items()]


def _row(name: str, bare: list[float], taken: list[float]) -> Row:
    speed, found = f"{1 / median(taken):,.0f} /s", ratio(bare, taken)
    if taken is bare:
        return Row(name, speed)
    met = found >= _TARGET
    return Row(name, speed, f"{found:.2f} x", f"{_TARGET:.2f} x", met)


def _bare_insert(engine: Engine) -> Callable[[], None]:
    metadata = MetaData()
    notices.to_metadata(metadata)
    table = records.to_metadata(metadata, name="bare")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(notices), _shown())
    usual = asdict(draft(uuid4().hex))

    def bare() -> None:
        row = usual | {
            "id": str(uuid4()),
            "consent_id": uuid4().hex,
            "decided_at": datetime.now(UTC),
            "sequence": 1,
        }
        with engine.begin() as connection:
            connection.execute(insert(table), row)

    return bare


def _shown() -> dict[str, object]:
    return {
        "hash": NOTICE.hash,
        "language": NOTICE.language,
        "content": canonical(NOTICE.content),
        "first_shown_at": datetime.now(UTC),
    }


def draft(consent_id: str, *, accepts: bool = True) -> Draft:
    granted = tuple(_POLICY.optional if accepts else ())
    return Draft(
        consent_id=consent_id,
        decision="accept_all" if accepts else "reject_all",
        surface="banner",
        granted=granted,
        refused=tuple(_POLICY.optional - set(granted)),
        revision=1,
        fingerprint=_POLICY.fingerprint,
        notice_hash=NOTICE.hash,
        language=NOTICE.language,
        browser="Firefox",
        path="/products",
    )
