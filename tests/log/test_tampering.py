"""Whatever somebody does to the database shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, KeyFile, SealingRefused
from consentkit.log.key import new_signer
from consentkit.log.leaf import entry
from consentkit.log.note import Checkpoint
from consentkit.log.tables import checkpoints, leaves
from consentkit.log.tree import Frontier, leaf_hash
from tests.log.sealing import fill, forget, problems, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]

#: Leaves 0 to 4 are under the first checkpoint, 5 to 8 under the second.
FIRST, SECOND, UNSEALED = 5, 9, 2


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> ConsentLog:
    return ConsentLog(engine, key=KeyFile(tmp_path / "consent-log.key"))


@pytest.fixture
def ids(log: ConsentLog, draft: MakeDraft, notice: Notice) -> list[str]:
    """Fill the log, and get its records' ids in the order of the leaves."""
    record = log.append(draft(), notice)  # sealed at once
    ids = [record.id, *fill(log, record, FIRST - 1)]
    log.seal()
    ids += fill(log, record, SECOND - FIRST)
    log.seal()
    return ids + fill(log, record, UNSEALED)


def test_nothing_is_wrong_with_an_honest_log(log: ConsentLog, ids: list[str]) -> None:
    report = log.verify()
    assert report.findings == []
    assert (report.sealed, report.unsealed, report.checkpoints) == (9, 2, 3)


def test_an_empty_log_is_honest(log: ConsentLog) -> None:
    assert log.verify().findings == []
    assert log.seal() is None
    assert log.key is not None
    assert log.latest_checkpoint() is None


PUBLIC_EDITS = {
    "decision": "'reject_all'",
    "surface": "'api'",
    "granted": "'[\"hotjar\"]'",
    "refused": "'[\"klaviyo\"]'",
    "previous_granted": "'[\"klaviyo\"]'",
    "previous_decided": "1",
    "revision": "2",
    "sequence": "7",
    "fingerprint": "'0'",
    "language": "'en'",
    "regime": "'opt-out'",
    "gpc": "1",
    "decided_at": "'2020-01-01 00:00:00.000000'",
    "personal_digest": "'0'",
}
PERSONAL_EDITS = {
    "consent_id": "'somebody'",
    "browser": "'Safari'",
    "path": "'/else'",
    "salt": "randomblob(32)",
}


@pytest.mark.parametrize(("column", "value"), PUBLIC_EDITS.items())
def test_an_edited_record_is_named(
    log: ConsentLog, ids: list[str], column: str, value: str
) -> None:
    change = f"UPDATE consentkit_record SET {column} = {value} WHERE id = '{ids[3]}'"
    tamper(log.engine, change)
    assert ("edited", ids[3]) in problems(log.verify())
    assert {record for _, record in problems(log.verify())} == {ids[3]}


@pytest.mark.parametrize(("column", "value"), PERSONAL_EDITS.items())
@pytest.mark.parametrize("place", [3, SECOND])
def test_edited_personal_fields_are_noticed_sealed_or_not(
    log: ConsentLog, ids: list[str], column: str, value: str, place: int
) -> None:
    where = f"WHERE id = '{ids[place]}'"
    tamper(log.engine, f"UPDATE consentkit_record SET {column} = {value} {where}")
    assert problems(log.verify()) == [("edited", ids[place])]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("decided_at", "'yesterday'"),
        ("decided_at", "'2026-02-31 00:00:00.000000'"),
        ("granted", "'no json'"),
        ("granted", "'{}'"),
        ("granted", "'[1]'"),
        ("gpc", "2"),
        ("revision", "'one'"),
        ("revision", "1.5"),
        ("language", "x'00ff'"),
        ("salt", "'text'"),
    ],
)
@pytest.mark.parametrize("place", [3, SECOND])
def test_a_record_that_cant_be_read_is_named(
    log: ConsentLog, ids: list[str], column: str, value: str, place: int
) -> None:
    where = f"WHERE id = '{ids[place]}'"
    tamper(log.engine, f"UPDATE consentkit_record SET {column} = {value} {where}")
    assert problems(log.verify()) == [("unreadable", ids[place])]


def test_a_removed_salt_alone_is_no_erasure(log: ConsentLog, ids: list[str]) -> None:
    change = f"UPDATE consentkit_record SET salt = NULL WHERE id = '{ids[3]}'"
    tamper(log.engine, change)
    assert problems(log.verify()) == [("edited", ids[3])]


def test_erased_personal_fields_leave_the_log_valid(
    log: ConsentLog, ids: list[str]
) -> None:
    tamper(
        log.engine,
        "UPDATE consentkit_record SET salt = NULL, consent_id = NULL, browser = NULL,"
        f" path = NULL WHERE id = '{ids[3]}'",
    )
    report = log.verify()
    assert (report.findings, report.erased) == ([], 1)


def test_a_deleted_record_is_named(log: ConsentLog, ids: list[str]) -> None:
    tamper(log.engine, f"DELETE FROM consentkit_record WHERE id = '{ids[3]}'")
    assert problems(log.verify()) == [("deleted", ids[3])]


def test_a_record_deleted_with_its_leaf_is_noticed(
    log: ConsentLog, ids: list[str]
) -> None:
    tamper(
        log.engine,
        f"DELETE FROM consentkit_record WHERE id = '{ids[3]}'",
        "DELETE FROM consentkit_leaf WHERE leaf_index = 3",
    )
    assert problems(log.verify())[0] == ("missing", ids[4])


def test_a_record_inserted_among_sealed_ones_is_named(
    log: ConsentLog, ids: list[str]
) -> None:
    columns = "id, decided_at, consent_id, sequence, decision, surface, granted,"
    columns += "refused, previous_granted, previous_decided, revision, fingerprint,"
    columns += "notice_hash, language, regime, browser, path, gpc, salt"
    values = columns.replace("id, decided_at, consent_id,", "'new', decided_at, 'x',")
    tamper(
        log.engine,
        "UPDATE consentkit_record SET seq = seq + 1000 WHERE seq > 4",
        "UPDATE consentkit_leaf SET seq = seq + 1000 WHERE seq > 4",
        f"INSERT INTO consentkit_record (seq, personal_digest, {columns})"
        f" SELECT 50, personal_digest, {values} FROM consentkit_record WHERE seq = 2",
    )
    assert ("inserted", "new") in problems(log.verify())


def test_a_record_that_claims_to_be_old_is_named(
    log: ConsentLog, ids: list[str]
) -> None:
    tamper(
        log.engine,
        "UPDATE consentkit_record SET decided_at = '2020-01-01 00:00:00.000000'"
        f" WHERE id = '{ids[SECOND]}'",
    )
    assert problems(log.verify()) == [("backdated", ids[SECOND])]


def test_swapped_records_are_named(log: ConsentLog, ids: list[str]) -> None:
    change = "UPDATE consentkit_record SET seq = {} WHERE id = '{}'"
    tamper(
        log.engine,
        change.format(1000, ids[3]),
        change.format(4, ids[1]),
        change.format(2, ids[3]),
    )
    assert ("swapped", ids[3]) in problems(log.verify())


def test_swapped_leaves_are_noticed(log: ConsentLog, ids: list[str]) -> None:
    change = "UPDATE consentkit_leaf SET leaf_index = {} WHERE leaf_index = {}"
    tamper(log.engine, *(change.format(*pair) for pair in ((99, 3), (3, 2), (2, 99))))
    found = problems(log.verify())
    assert ("swapped", ids[2]) in found
    assert ("root", None) in found


def test_a_log_cut_back_to_a_checkpoint_contradicts_a_later_one(
    log: ConsentLog, ids: list[str]
) -> None:
    kept = log.latest_checkpoint()
    tamper(
        log.engine,
        f"DELETE FROM consentkit_record WHERE seq > {FIRST}",
        f"DELETE FROM consentkit_leaf WHERE leaf_index >= {FIRST}",
    )
    assert {problem for problem, _ in problems(log.verify())} == {"truncated"}
    tamper(log.engine, f"DELETE FROM consentkit_checkpoint WHERE size > {FIRST}")
    gone = [("deleted", None), ("truncated", None)]
    assert problems(log.verify()) == gone
    with pytest.raises(SealingRefused, match="of 5 sealed records, lacks"):
        log.seal()
    assert problems(log.verify()) == gone
    forget(log)
    assert log.verify().findings == []
    assert problems(log.verify(since=kept)) == [("truncated", None)]


def test_an_older_checkpoint_of_an_honest_log_holds(
    log: ConsentLog, ids: list[str]
) -> None:
    older = log.latest_checkpoint()
    log.seal()
    assert log.verify(since=older).findings == []


def test_a_log_emptied_and_sealed_again_contradicts_an_older_checkpoint(
    log: ConsentLog, ids: list[str]
) -> None:
    older = log.latest_checkpoint()
    tamper(
        log.engine,
        f"DELETE FROM consentkit_record WHERE id = '{ids[3]}'",
        "DELETE FROM consentkit_leaf",
        "DELETE FROM consentkit_checkpoint",
    )
    with pytest.raises(SealingRefused, match="of 0 sealed records, lacks"):
        log.seal()
    found = {problem for problem, _ in problems(log.verify())}
    assert found == {"deleted", "truncated"}
    forget(log)
    log.seal()
    assert log.verify().findings == []
    assert problems(log.verify(since=older)) == [("root", None)]


@pytest.mark.parametrize("since", ["", "no note", "a\n1\n\n\N{EM DASH} a AAAA\n"])
def test_what_is_no_checkpoint_proves_nothing(
    log: ConsentLog, ids: list[str], since: str
) -> None:
    assert problems(log.verify(since=since)) == [("forged", None)]


def rechain(log: ConsentLog, note: Callable[[Checkpoint], str]) -> None:
    """Recompute leaves, nodes and checkpoints over changed records."""
    tree = Frontier()
    changes = []
    for line in log.evidence():
        if "leaf_index" not in line:
            continue
        changed = entry(line, str(line["personal_digest"]))
        nodes = tree.append(leaf_hash(changed))
        changes.append(
            f"UPDATE consentkit_leaf SET entry = x'{changed.hex()}',"
            f" nodes = x'{nodes.hex()}' WHERE leaf_index = {tree.size - 1}"
        )
        text = note(Checkpoint(origin_of(log), tree.size, tree.root()))
        changes.append(
            f"UPDATE consentkit_checkpoint SET frontier = x'{bytes(tree).hex()}',"
            f" note = '{text}' WHERE size = {tree.size}"
        )
    tamper(log.engine, *changes)


def origin_of(log: ConsentLog) -> str:
    verifier = log.verifier()
    assert verifier is not None
    return verifier.name


def test_leaves_recomputed_to_fit_contradict_the_checkpoint(
    log: ConsentLog, ids: list[str]
) -> None:
    change = "UPDATE consentkit_record SET decision = 'reject_all' WHERE id = '{}'"
    tamper(log.engine, change.format(ids[6]))
    (line,) = (line for line in log.evidence() if line["id"] == ids[6])
    changed = entry(line, str(line["personal_digest"])).hex()
    tamper(
        log.engine,
        f"UPDATE consentkit_leaf SET entry = x'{changed}' WHERE leaf_index = 6",
    )
    report = log.verify()
    assert [problem for problem, _ in problems(report)] == ["tree", "root"]
    assert "5 to 8" in report.findings[1].detail


@pytest.mark.parametrize("whose", ["nobody", "another key", "a namesake"])
def test_a_history_chained_again_is_not_signed(
    log: ConsentLog, ids: list[str], whose: str
) -> None:
    signer = new_signer()
    if whose == "a namesake":
        signer = type(signer)(origin_of(log), signer.seed)
    change = "UPDATE consentkit_record SET decision = 'reject_all' WHERE id = '{}'"
    tamper(log.engine, change.format(ids[3]))
    rechain(log, lambda c: c.text if whose == "nobody" else signer.sign(c.text))
    assert [problem for problem, _ in problems(log.verify())] == [
        "forged",
        "forged",
        "forged",
        "root",
        "deleted",
    ]
    forget(log)
    assert ("unsigned", None) in problems(log.verify())


def test_a_history_chained_again_under_old_signatures_is_noticed(
    log: ConsentLog, ids: list[str]
) -> None:
    with log.engine.connect() as connection:
        kept = connection.execute(select(checkpoints.c.size, checkpoints.c.note))
        notes = {row.size: row.note for row in kept}
    change = "UPDATE consentkit_record SET decision = 'reject_all' WHERE id = '{}'"
    tamper(log.engine, change.format(ids[3]))
    rechain(log, lambda checkpoint: notes.get(checkpoint.size, ""))
    report = log.verify()
    assert problems(report) == [("root", None)]
    assert "1 to 4" in report.findings[0].detail


def test_a_new_key_makes_no_old_checkpoint_valid(
    log: ConsentLog, ids: list[str]
) -> None:
    older = log.latest_checkpoint()
    assert log.key is not None
    log.key.path.unlink()
    everything = ["leaf", "checkpoint", "key"]
    tamper(log.engine, *(f"DELETE FROM consentkit_{table}" for table in everything))
    with pytest.raises(SealingRefused, match="lacks the checkpoint"):
        log.seal()
    forget(log)
    log.seal()
    assert log.verify().findings == []
    assert problems(log.verify(since=older)) == [("forged", None)]


@pytest.mark.parametrize("text", ["", "no note", "a\n1\n\n\N{EM DASH} a AAAA\n"])
def test_what_stands_beside_the_key_has_to_be_in_the_log(
    log: ConsentLog, ids: list[str], text: str
) -> None:
    assert log.key is not None
    assert log.key.memory.read_text("utf-8") == log.latest_checkpoint()
    log.key.memory.write_text(text, "utf-8")
    assert problems(log.verify()) == [("forged", None), ("deleted", None)]
    with pytest.raises(SealingRefused, match="lacks the checkpoint"):
        log.seal()
    forget(log)
    log.key.memory.mkdir()
    with pytest.raises(SealingRefused, match="can't be read"):
        log.seal()
    with pytest.raises(LogUnavailable, match="can't be read"):
        log.verify()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consentkit_checkpoint SET size = 8 WHERE size = 9",
        "UPDATE consentkit_checkpoint SET note = 'x' WHERE size = 9",
        (
            "UPDATE consentkit_checkpoint SET note = replace(note, char(10) || '9', "
            "char(10) || '8') WHERE size = 9"
        ),
        "DELETE FROM consentkit_checkpoint WHERE size = 9",
        "UPDATE consentkit_checkpoint SET frontier = x'00' WHERE size = 9",
        "UPDATE consentkit_checkpoint SET complete_until = 'soon' WHERE size = 9",
        "UPDATE consentkit_leaf SET nodes = x'00' WHERE leaf_index = 3",
        "UPDATE consentkit_leaf SET entry = 'text' WHERE leaf_index = 3",
        "UPDATE consentkit_leaf SET leaf_index = -3 WHERE leaf_index = 3",
        "UPDATE consentkit_leaf SET record_id = 'other' WHERE leaf_index = 3",
        "DELETE FROM consentkit_leaf WHERE leaf_index = 8",
        (
            "INSERT INTO consentkit_leaf SELECT 9, seq, id, x'00', x''"
            " FROM consentkit_record WHERE seq = 10"
        ),
        "UPDATE consentkit_notice SET content = '{}'",
        "UPDATE consentkit_notice SET hash = '0'",
        "UPDATE consentkit_notice SET language = 'en'",
        "UPDATE consentkit_notice SET language = x'00'",
        "UPDATE consentkit_notice SET content = x'00'",
        "DELETE FROM consentkit_notice",
    ],
)
def test_no_row_can_be_changed_unseen(
    log: ConsentLog, ids: list[str], change: str
) -> None:
    tamper(log.engine, change)
    assert log.verify().findings


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consentkit_checkpoint SET note = 'x' WHERE size = 9",
        "UPDATE consentkit_checkpoint SET frontier = x'00' WHERE size = 9",
        "UPDATE consentkit_checkpoint SET frontier = zeroblob(64) WHERE size = 9",
        "DELETE FROM consentkit_checkpoint",
        "DELETE FROM consentkit_record WHERE seq = 9",
        "UPDATE consentkit_record SET gpc = 7 WHERE seq = 10",
    ],
)
def test_nothing_is_signed_over_what_was_changed(
    log: ConsentLog, ids: list[str], change: str
) -> None:
    tamper(log.engine, change)
    with pytest.raises(SealingRefused):
        log.seal()
    with log.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(leaves)) == SECOND


def test_nothing_is_signed_with_another_key(log: ConsentLog, ids: list[str]) -> None:
    assert log.key is not None
    log.key.path.unlink()
    with pytest.raises(SealingRefused, match="is missing"):
        log.seal()
    assert not log.key.path.exists()
    log.key.make()
    with pytest.raises(SealingRefused, match="isn't the log's latest"):
        log.seal()
    found = {problem for problem, _ in problems(log.verify())}
    assert found == {"key", "forged", "unsigned"}


@pytest.mark.parametrize("table", ["leaf", "checkpoint"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET rowid = 9"])
def test_leaves_and_checkpoints_are_only_added(
    log: ConsentLog, ids: list[str], table: str, change: str
) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        log.engine.begin() as connection,
    ):
        connection.exec_driver_sql(change.format(f"consentkit_{table}"))


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER consentkit_record_no_delete",
        "DROP TRIGGER consentkit_key_no_update",
    ],
)
def test_a_missing_guard_is_reported(
    log: ConsentLog, ids: list[str], change: str
) -> None:
    with log.engine.begin() as connection:
        connection.exec_driver_sql(change)
    report = log.verify()
    assert problems(report) == [("unguarded", None)]
    assert change.rsplit(maxsplit=1)[-1] in report.findings[0].detail
    assert "db upgrade" in report.findings[0].detail
    log.database.upgrade()
    assert log.verify().findings == []


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER consentkit_record_no_truncate ON consentkit_record",
        "ALTER TABLE consentkit_leaf DISABLE TRIGGER consentkit_leaf_no_update",
    ],
)
def test_a_missing_guard_is_reported_on_postgresql(
    log: ConsentLog, ids: list[str], change: str
) -> None:
    with log.engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert problems(log.verify()) == [("unguarded", None)]


def test_a_guard_that_lets_everything_pass_is_none(
    log: ConsentLog, ids: list[str]
) -> None:
    with log.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER consentkit_leaf_no_update")
        connection.exec_driver_sql(
            "CREATE TRIGGER consentkit_leaf_no_update BEFORE UPDATE ON consentkit_leaf"
            " WHEN 0 BEGIN SELECT 1; END"
        )
    assert problems(log.verify()) == [("unguarded", None)]
    log.database.upgrade()
    assert log.verify().findings == []
