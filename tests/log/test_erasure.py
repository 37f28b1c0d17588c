"""Erasure: the person is gone, the proof stays."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, KeyFile, Record, as_receipt, engine_for
from consentkit.log.archive_audit import verify_archive
from consentkit.log.export import write_csv
from consentkit.log.leaf import PERSONAL, entry
from consentkit.log.note import Checkpoint, split_note
from consentkit.log.tables import records
from consentkit.log.tree import leaf_hash, proves_inclusion

from .sealing import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Engine

    from consentkit.log import Draft

    MakeDraft = Callable[..., Draft]

GONE, STAYS = "9" * 32, "a" * 32
TRACES = {"consent_id": GONE, "browser": "Netsurf", "path": "/lamps/secret-lamp"}
OTHER_VALUES = {
    "seq": "99",
    "id": "'new'",
    "decided_at": "'2020-01-01 00:00:00.000000'",
    "sequence": "7",
    "decision": "'save'",
    "surface": "'api'",
    "granted": "'[]'",
    "refused": "'[\"hotjar\"]'",
    "previous_granted": "'[\"klaviyo\"]'",
    "previous_decided": "1",
    "revision": "2",
    "fingerprint": "'0'",
    "notice_hash": "'0'",
    "language": "'en'",
    "regime": "'opt-out'",
    "gpc": "1",
    "personal_digest": "'0'",
    "consent_id": "'somebody'",
    "browser": "'Safari'",
    "path": "'/else'",
    "salt": "x'00'",
}
ERASURE = dict.fromkeys((*PERSONAL, "salt"), "NULL")


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> ConsentLog:
    return ConsentLog(engine, key=KeyFile(tmp_path / "key.pem"))


@pytest.fixture
def mixed(
    log: ConsentLog,
    draft: MakeDraft,
    notice: Mapping[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> list[Record]:
    """Get two records of who will be erased, one sealed, and one in between."""
    monkeypatch.setattr(log, "_seal_due", float("inf"))
    found = [log.append(draft(**TRACES), notice), log.append(draft(), notice)]
    log.seal()
    changes = {"decision": "withdraw", "granted": (), "previous_decided": True}
    return [*found, log.append(draft(**TRACES, **changes), notice)]


def change(log: ConsentLog, changes: Mapping[str, str], record: Record) -> None:
    columns = ", ".join(f"{name} = {value}" for name, value in changes.items())
    statement = f"UPDATE {records.name} SET {columns} WHERE id = '{record.id}'"
    with log.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_an_erasure_empties_all_records_of_one_visitor(
    log: ConsentLog, mixed: list[Record]
) -> None:
    assert log.erase(GONE) == 2
    assert log.history(GONE) == []
    assert log.history(STAYS) == [mixed[1]]
    for record in (mixed[0], mixed[2]):
        erased = log.get(record.id)
        assert erased is not None
        expected = as_receipt(record) | dict.fromkeys(PERSONAL, "")
        assert as_receipt(erased) == expected


def test_an_erasure_can_be_repeated(log: ConsentLog, mixed: list[Record]) -> None:
    assert [log.erase(GONE), log.erase(GONE), log.erase("")] == [2, 0, 0]
    assert log.count() == len(mixed)


def test_all_ids_of_a_visitor_are_erased_at_once(
    log: ConsentLog, mixed: list[Record]
) -> None:
    assert log.erase(GONE, STAYS, "unknown") == len(mixed)
    assert log.erase() == 0


def test_the_log_stays_valid_before_and_after_the_next_seal(
    log: ConsentLog, mixed: list[Record]
) -> None:
    checkpoint = log.latest_checkpoint()
    log.erase(GONE)
    report = log.verify(since=checkpoint)
    assert (report.findings, report.erased, report.unsealed) == ([], 2, 1)
    log.seal()
    report = log.verify(since=checkpoint)
    assert (report.findings, report.erased, report.sealed) == ([], 2, len(mixed))


def test_a_record_gets_the_leaf_that_it_would_have_got(
    log: ConsentLog, mixed: list[Record]
) -> None:
    unsealed = list(log.evidence())[2]
    log.erase(GONE)
    log.seal()
    proof = log.proof(mixed[2].id)
    assert proof is not None
    assert proof.salt is None
    expected = leaf_hash(entry(unsealed, str(unsealed["personal_digest"])))
    checkpoint = Checkpoint.parse(split_note(proof.checkpoint)[0])
    assert proves_inclusion(
        expected, proof.leaf_index, checkpoint.size, proof.path, checkpoint.root
    )


def test_the_receipt_that_a_visitor_kept_still_proves(
    log: ConsentLog, mixed: list[Record]
) -> None:
    kept = log.receipt(mixed[0])
    log.erase(GONE)
    proof = log.proof(mixed[0].id)
    assert proof is not None
    kept_proof = kept["proof"]
    assert isinstance(kept_proof, dict)
    assert proof.as_json() == kept_proof | {"salt": None}


def test_who_decides_again_starts_anew(
    log: ConsentLog,
    draft: MakeDraft,
    notice: Mapping[str, object],
    mixed: list[Record],
) -> None:
    log.erase(GONE)
    again = log.append(draft(**TRACES), notice)
    assert again.sequence == 1
    assert again.id not in {record.id for record in mixed}
    log.erase(GONE)
    assert log.verify().findings == []


def test_statistics_and_exports_go_on(log: ConsentLog, mixed: list[Record]) -> None:
    before = log.statistics()
    log.erase(GONE)
    assert log.statistics() == before
    table = io.StringIO()
    write_csv(log.records(), table)
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert [row["consent_id"] for row in rows] == ["", STAYS, ""]
    assert [row["id"] for row in rows] == [record.id for record in mixed]
    lines = list(log.evidence())
    assert [line["salt"] is None for line in lines] == [True, False, True]
    assert [line["path"] for line in lines] == ["", "/products/lamp", ""]


def test_an_auditors_zip_is_verified(log: ConsentLog, mixed: list[Record]) -> None:
    log.erase(GONE)
    archive = io.BytesIO()
    log.export(archive)
    report = verify_archive(archive)
    assert (report.findings, report.erased) == ([], 2)
    assert report.sealed + report.unsealed == len(mixed)


@pytest.mark.parametrize(("column", "value"), OTHER_VALUES.items())
@pytest.mark.parametrize("along", [{}, ERASURE], ids=["alone", "with an erasure"])
def test_every_other_change_is_refused(
    log: ConsentLog,
    mixed: list[Record],
    column: str,
    value: str,
    along: Mapping[str, str],
) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        change(log, {**along, column: value}, mixed[0])
    assert log.get(mixed[0].id) == mixed[0]


def test_every_column_was_tried() -> None:
    assert set(OTHER_VALUES) == {column.name for column in records.c}


@pytest.mark.parametrize("kept", ERASURE)
def test_half_an_erasure_is_refused(
    log: ConsentLog, mixed: list[Record], kept: str
) -> None:
    rest = {name: value for name, value in ERASURE.items() if name != kept}
    with pytest.raises(IntegrityError, match="append-only"):
        change(log, rest, mixed[0])


@pytest.mark.parametrize("column", ERASURE)
def test_nothing_comes_back(log: ConsentLog, mixed: list[Record], column: str) -> None:
    log.erase(GONE)
    with pytest.raises(IntegrityError, match="append-only"):
        change(log, {column: OTHER_VALUES[column]}, mixed[0])


def test_an_erased_record_cant_be_deleted(log: ConsentLog, mixed: list[Record]) -> None:
    log.erase(GONE)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        log.engine.begin() as connection,
    ):
        connection.execute(records.delete().where(records.c.id == mixed[0].id))


def on_disk(engine: Engine) -> bytes:
    """Get the bytes of all files of a database."""
    database = Path(str(engine.url.database))
    files = sorted(database.parent.glob(f"{database.name}*"))
    return b"".join(file.read_bytes() for file in files)


@pytest.fixture
def other(address: str) -> Iterator[Engine]:
    """Get another process's connections, as it were: they keep the WAL file."""
    engine = engine_for(address)
    yield engine
    engine.dispose()


def test_nothing_of_it_is_left_in_any_file(
    log: ConsentLog, mixed: list[Record], other: Engine
) -> None:
    salts = [bytes.fromhex(str(line["salt"])) for line in log.evidence()]
    fill(log, mixed[1], 300)
    traces = [*(trace.encode() for trace in TRACES.values()), salts[0], salts[2]]
    with other.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert all(trace in on_disk(log.engine) for trace in traces)
    log.erase(GONE)
    assert log.vacuum()
    left = on_disk(log.engine)
    assert [trace for trace in traces if trace in left] == []
    assert salts[1] in left
    assert log.verify().findings == []


def test_a_reader_of_old_pages_keeps_them(
    address: str, mixed: list[Record], other: Engine
) -> None:
    engine = engine_for(address, busy_seconds=0.1)
    log = ConsentLog(engine)
    with other.connect() as connection:
        connection.execute(text(f"SELECT * FROM {records.name}")).first()
        log.erase(mixed[0].consent_id)
        assert not log.vacuum()
    assert log.vacuum()
    engine.dispose()


def test_a_vacuum_that_fails_says_why(
    address: str, mixed: list[Record], other: Engine
) -> None:
    engine = engine_for(address, busy_seconds=0.1)
    with other.connect() as connection:
        connection.execute(records.update().values(dict.fromkeys((*PERSONAL, "salt"))))
        with pytest.raises(LogUnavailable, match="isn't vacuumed"):
            ConsentLog(engine).vacuum()
    engine.dispose()
    assert mixed


# -- retention -------------------------------------------------------------------------

LIFETIME = timedelta(days=100)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def aged(engine: Engine, draft: MakeDraft, notice: Mapping[str, object]) -> ConsentLog:
    """Get a log: of GONE on days 0, 10 and 50, of STAYS on day 20."""
    day = timedelta(days=1)
    times = iter([START, START + 10 * day, START + 20 * day, START + 50 * day])
    log = ConsentLog(engine, clock=lambda: next(times))
    for revision, visitor in enumerate((GONE, GONE, STAYS, GONE), 1):
        log.append(draft(consent_id=visitor, revision=revision), notice)
    return log


@pytest.mark.parametrize(
    ("day", "left"),
    [
        (9, [1, 2, 3, 4]),
        (10, [2, 3, 4]),
        (49, [2, 3, 4]),
        (50, [3, 4]),
        (119, [3, 4]),
        (120, [4]),
        (149, [4]),
        (150, []),
    ],
)
def test_a_record_is_purged_once_its_choice_ended(
    aged: ConsentLog, day: int, left: list[int]
) -> None:
    moment = START + timedelta(days=day)
    assert aged.count_ended(moment, LIFETIME) == 4 - len(left)
    assert aged.purge(moment, LIFETIME) == 4 - len(left)
    assert [r.revision for r in aged.records() if r.consent_id] == left
    assert aged.count() == 4
    assert aged.purge(moment, LIFETIME) == 0


def test_a_purge_in_many_steps_erases_the_same(
    aged: ConsentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consentkit.log.erasure.AT_ONCE", 1)
    monkeypatch.setattr("consentkit.log.store.AT_ONCE", 1)
    assert aged.purge(START + timedelta(days=50), LIFETIME) == 2
    assert [r.revision for r in aged.records() if r.consent_id] == [3, 4]


def test_the_digest_of_what_was_erased_needs_its_salt(
    log: ConsentLog, mixed: list[Record]
) -> None:
    log.erase(GONE)
    line = next(iter(log.evidence()))
    guess = json.dumps(TRACES, sort_keys=True, separators=(",", ":")).encode()
    assert line["personal_digest"] != sha256(guess).hexdigest()
    assert line["salt"] is None
    assert mixed
