"""How fast the log is sealed and verified, beside hashing the same bytes alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BufferedReader, BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast
from uuid import uuid4
from zipfile import ZipFile

from sqlalchemy import insert

from consentkit.log import ConsentLog, KeyFile, engine_for
from consentkit.log.archive_audit import verify_archive
from consentkit.log.seal import seal
from consentkit.log.tables import records
from tests.benchmarks.log_append import NOTICE, draft
from tests.benchmarks.tables import Row, Table
from tests.benchmarks.timing import in_turns

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import RawIOBase

_RECORDS = 20_000
_ROUNDS = 7
_SEAL, _VERIFY, _ARCHIVE = "seal all", "verify the database", "verify the zip"
_HASH = "hash the lines of the zip"
_LEAVES, _SHARE = 50_000, 0.25


def run() -> Table:
    """Measure in turns; the quickest of each, as others use the machine as well."""
    with TemporaryDirectory() as folder:
        fresh, log = (_filled(Path(folder, name)) for name in ("fresh", "sealed"))
        file = BytesIO()
        log.seal()
        log.export(file)
        subjects: dict[str, Callable[[], object]] = {
            _HASH: lambda: _hash(file),
            _SEAL: lambda: _seal(fresh),
            _VERIFY: log.verify,
            _ARCHIVE: lambda: verify_archive(file),
        }
        times = in_turns(subjects, rounds=_ROUNDS, calls=1)
        for each in (fresh, log):
            each.engine.dispose()
    best = {name: min(taken) / _RECORDS for name, taken in times.items()}
    rows = [Row(_HASH, _speed(best[_HASH]))]
    targets = {
        _SEAL: (f"{_LEAVES:,} /s", 1 / best[_SEAL] >= _LEAVES),
        _VERIFY: ("", None),  # there the bytes have to be made of columns first
        _ARCHIVE: (f"{_SHARE} x", best[_HASH] / best[_ARCHIVE] >= _SHARE),
    }
    for name, target in targets.items():
        share = f"{best[_HASH] / best[name]:.2f} x"
        rows.append(Row(name, _speed(best[name]), share, *target))
    return Table(
        f"{_RECORDS} records sealed and verified, beside hashing them line by line",
        rows,
    )


def _speed(seconds: float) -> str:
    return f"{1 / seconds:,.0f} /s"


def _hash(file: BytesIO) -> None:
    """Do the least that verifying the same bytes can need: read and hash them."""
    with ZipFile(file) as archive:
        member = cast("RawIOBase", archive.open("records.jsonl"))
        with BufferedReader(member, 1 << 18) as lines:
            for line in lines:
                sha256(line).digest()


def _seal(log: ConsentLog) -> None:
    """Seal all records, and take it back, so that it can be done again."""
    assert log.key is not None
    with log.database.sealing() as connection:
        seal(connection, log.key, datetime.now(UTC))
        connection.rollback()


def _filled(folder: Path) -> ConsentLog:
    folder.mkdir()
    engine = engine_for(f"sqlite:///{folder / 'consent.sqlite3'}")
    ConsentLog(engine).append(draft(uuid4().hex), NOTICE.content)
    log = ConsentLog(engine, key=KeyFile(folder / "key"))
    usual, now = asdict(draft("")), datetime.now(UTC)
    rows = [
        usual
        | {
            "id": str(uuid4()),
            "consent_id": uuid4().hex,
            "sequence": 1,
            "decided_at": now + timedelta(microseconds=number),
        }
        for number in range(_RECORDS - 1)
    ]
    with log.writing() as connection:
        connection.execute(insert(records), rows)
    return log
