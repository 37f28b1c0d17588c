"""What it costs to prove a decision, beyond writing a row to the disk."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import cycle
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import MetaData, insert

from consentkit import load_policy
from consentkit.canonical import canonical
from consentkit.log import ConsentLog, Draft, engine_for
from consentkit.log.tables import notices, records
from consentkit.notice import build_notice
from tests.benchmarks.storefront import TRACKERS, policy_of
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.timing import in_turns, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_BARE = "a bare insert of the same row"
_FIRST, _CHANGED = "a visitor's first decision", "a visitor's change of mind"
_POLICY = load_policy(policy_of(len(TRACKERS)))
_NOTICE = build_notice(_POLICY, "en")


def run() -> Table:
    """Measure appends and inserts in turns: the same engine, durability, columns."""
    with TemporaryDirectory() as folder:
        engines = [engine_for(f"sqlite:///{folder}/{name}") for name in ("bare", "log")]
        log = ConsentLog(engines[1])
        visitor, answers = uuid4().hex, cycle((True, False))
        subjects: dict[str, Callable[[], object]] = {
            _BARE: _bare_insert(engines[0]),
            _FIRST: lambda: log.append(_draft(uuid4().hex), _NOTICE.content),
            _CHANGED: lambda: log.append(
                _draft(visitor, accepts=next(answers)), _NOTICE.content
            ),
        }
        times = in_turns(subjects, rounds=80, calls=5, waits=True)
        for engine in engines:
            engine.dispose()
    rows = [
        Row(name, f"{1 / median(taken):,.0f} /s", f"{ratio(times[_BARE], taken):.2f} x")
        for name, taken in times.items()
    ]
    return Table("Decisions proved, each on the disk when it is answered", rows)


def _bare_insert(engine: Engine) -> Callable[[], None]:
    metadata = MetaData()
    notices.to_metadata(metadata)
    table = records.to_metadata(metadata, name="bare")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(notices), _shown())
    draft = asdict(_draft(uuid4().hex))

    def bare() -> None:
        row = draft | {
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
        "hash": _NOTICE.hash,
        "language": _NOTICE.language,
        "content": canonical(_NOTICE.content),
        "first_shown_at": datetime.now(UTC),
    }


def _draft(consent_id: str, *, accepts: bool = True) -> Draft:
    granted = tuple(_POLICY.optional if accepts else ())
    return Draft(
        consent_id=consent_id,
        decision="accept_all" if accepts else "reject_all",
        surface="banner",
        granted=granted,
        refused=tuple(_POLICY.optional - set(granted)),
        revision=1,
        fingerprint=_POLICY.fingerprint,
        notice_hash=_NOTICE.hash,
        language=_NOTICE.language,
        browser="Firefox",
        path="/products",
    )
