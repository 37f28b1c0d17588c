"""A log whose key has changed: what was signed stays signed, and by whom it may be."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from consentkit.cli import consent
from consentkit.log import ConsentLog, KeyFile, SealingRefused
from consentkit.log.archive_audit import verify_archive
from consentkit.log.key import new_signer
from consentkit.log.keys import Keys, Statement, statement_of, stored_statements
from consentkit.log.note import Checkpoint, NoteInvalid, Signer, Verifier
from consentkit.log.rotation import rotate_key
from tests.log.postgres import BOTH
from tests.log.sealing import fill, forget, problems, tamper
from tests.log.test_archive import packed, run_openssl, run_script, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine
    from webtest import TestApp

    from consentkit.log import Draft, Record

    MakeDraft = Callable[..., Draft]


@pytest.fixture
def key(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "consent-log.key")


@pytest.fixture
def log(engine: Engine, key: KeyFile) -> ConsentLog:
    return ConsentLog(engine, key=key)


@pytest.fixture
def record(log: ConsentLog, draft: MakeDraft, notice: Mapping[str, object]) -> Record:
    return log.append(draft(), notice)  # sealed at once


def signer_of(log: ConsentLog) -> Signer:
    signer = log.key.load() if log.key else None
    assert signer is not None
    return signer


def rotate(log: ConsentLog, *, lost: bool = False) -> Verifier:
    return rotate_key(log, datetime.now(UTC), lost=lost)


def grow(log: ConsentLog, record: Record, number: int = 2) -> None:
    fill(log, record, number)
    log.seal()


def exported(log: ConsentLog) -> io.BytesIO:
    file = io.BytesIO()
    log.export(file)
    file.seek(0)
    return file


@pytest.fixture
def rotated(log: ConsentLog, record: Record) -> list[Verifier]:
    """Let a log have three keys, each of which has signed something; get them."""
    keys = [signer_of(log).verifier]
    for _ in range(2):
        grow(log, record)
        keys.append(rotate(log))
    grow(log, record)
    return keys


def test_a_new_key_signs_from_now_on(
    log: ConsentLog, key: KeyFile, record: Record
) -> None:
    fill(log, record, 1)
    old = signer_of(log)
    new = rotate(log)
    assert signer_of(log).verifier == new != old.verifier
    assert new.name == old.name  # of the log, which is still the same
    assert old.private_text() not in key.path.read_text("utf-8")
    kept = {path.name for path in key.path.parent.glob("*key*")}
    assert kept == {key.path.name, key.memory.name}
    grow(log, record)
    note = log.latest_checkpoint()
    assert note is not None
    assert Keys(new).open(note).size == 4
    with pytest.raises(NoteInvalid, match="no known key"):
        Keys(old.verifier).open(note)


@BOTH
def test_all_that_was_signed_stays_valid(
    log: ConsentLog, rotated: list[Verifier]
) -> None:
    report = log.verify()
    assert report.findings == []
    assert (report.sealed, report.checkpoints) == (7, 4)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_whoever_trusts_one_key_of_a_log_trusts_all(
    log: ConsentLog, rotated: list[Verifier], which: int, tmp_path: Path
) -> None:
    assert verify_archive(exported(log), rotated[which]).findings == []
    status, text = run_script(unpacked(log), tmp_path, str(rotated[which]))
    assert "all is well" in text
    assert status == 0


@pytest.mark.parametrize("member", ["checkpoints.txt", "contents.txt"])
def test_openssl_takes_the_key_that_has_signed(
    log: ConsentLog, record: Record, tmp_path: Path, member: str
) -> None:
    rotate(log)  # the last checkpoint is still the old key's
    done = run_openssl(unpacked(log), tmp_path, member)
    assert "Signature Verified Successfully" in done.stdout


def test_a_key_that_was_replaced_lists_no_contents(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    old = signer_of(log)
    rotate(log)
    members = unpacked(log)
    assert verify_archive(packed(members), old.verifier).findings == []
    text, _, _ = members["contents.txt"].partition("\n\n")
    members |= {"contents.txt": old.sign(text + "\n")}
    report = verify_archive(packed(members), old.verifier)
    assert problems(report) == [("contents", None)]
    assert run_script(members, tmp_path, str(old.verifier))[0] == 1


def test_an_older_checkpoint_still_counts(log: ConsentLog, record: Record) -> None:
    older = log.latest_checkpoint()
    rotate(log)
    grow(log, record)
    assert log.verify(since=older).findings == []
    everything = ["leaf", "checkpoint", "record"]
    tamper(log.engine, *(f"DELETE FROM consentkit_{table}" for table in everything))
    assert ("truncated", None) in problems(log.verify(since=older))


def test_an_old_key_signs_nothing_new(
    log: ConsentLog, record: Record, tmp_path: Path
) -> None:
    old = signer_of(log)
    grow(log, record)
    rotate(log)
    grow(log, record)
    note = log.latest_checkpoint()
    assert note is not None
    checkpoint = Keys(signer_of(log).verifier).open(note)
    forged = old.sign(checkpoint.text)
    tamper(
        log.engine,
        f"UPDATE consentkit_checkpoint SET note = '{forged}' WHERE size = 5",
    )
    assert problems(log.verify()) == [("forged", None), ("deleted", None)]
    forget(log)
    found = [("forged", None), ("unsigned", None)]
    assert problems(log.verify()) == found
    assert problems(verify_archive(exported(log), old.verifier)) == found
    status, text = run_script(unpacked(log), tmp_path, str(old.verifier))
    assert "forged: checkpoint of size 5" in text
    assert status == 1


def test_a_new_key_has_signed_nothing_old(log: ConsentLog, record: Record) -> None:
    text = Checkpoint(signer_of(log).name, 1, b"\0" * 32).text
    rotate(log)
    note = signer_of(log).sign(text)
    tamper(log.engine, f"UPDATE consentkit_checkpoint SET note = '{note}'")
    assert ("forged", None) in problems(log.verify())


# -- a lost key ------------------------------------------------------------------------


def test_a_lost_key_is_replaced_without_its_word(
    log: ConsentLog, key: KeyFile, record: Record, tmp_path: Path
) -> None:
    grow(log, record)
    fill(log, record, 1)  # which the old key can't seal any more
    old = signer_of(log).verifier
    key.path.unlink()
    with pytest.raises(SealingRefused, match="is missing"):
        rotate(log)
    new = rotate(log, lost=True)
    log.seal()
    assert log.verify().findings == []
    assert verify_archive(exported(log), new).findings == []
    assert run_script(unpacked(log), tmp_path, str(new))[0] == 0
    report = verify_archive(exported(log), old)
    assert problems(report) == [
        ("key", None),
        ("forged", None),
        ("contents", None),
        ("unsigned", None),
    ]
    assert "ask for that one" in report.findings[0].detail
    assert run_script(unpacked(log), tmp_path, str(old))[0] == 1


def test_a_log_without_a_key_has_none_to_rotate(log: ConsentLog) -> None:
    with pytest.raises(SealingRefused, match="the first seal makes one"):
        rotate(log)
    with pytest.raises(SealingRefused, match="no key that could have been lost"):
        rotate(log, lost=True)
    with pytest.raises(SealingRefused, match="this log has no key"):
        rotate(ConsentLog(log.engine))


# -- cut short -------------------------------------------------------------------------


def test_a_rotation_that_is_cut_short_is_completed_by_the_next_seal(
    log: ConsentLog, key: KeyFile, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(KeyFile, "promote", lambda *_: False)
        new = rotate(log)
        assert signer_of(log).verifier != new
        with pytest.raises(SealingRefused, match="isn't the log's latest"):
            log.seal()
        assert verify_archive(exported(log), new).findings == []
    grow(log, record)
    assert signer_of(log).verifier == new
    assert not key.waiting.exists()
    assert log.verify().findings == []


def test_a_rotation_that_the_log_never_learnt_of_is_begun_again(
    log: ConsentLog, key: KeyFile, record: Record
) -> None:
    waiting = key.prepare(signer_of(log).name)
    grow(log, record)  # with the old one, as nobody knows of the other
    assert signer_of(log) != waiting
    assert rotate(log) == waiting.verifier
    assert log.verify().findings == []


def test_a_foreign_key_signs_nothing(
    log: ConsentLog, key: KeyFile, record: Record
) -> None:
    key.path.write_text(new_signer().private_text(), encoding="utf-8")
    with pytest.raises(SealingRefused, match="isn't the log's latest"):
        log.seal()
    with pytest.raises(SealingRefused, match="isn't the log's latest"):
        rotate(log)
    assert ("key", None) in problems(log.verify())


# -- tampering -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM consentkit_key",
        "DELETE FROM consentkit_key WHERE number = 1",
        "DELETE FROM consentkit_key WHERE number = 2",
        "DELETE FROM consentkit_key WHERE number = 3",
        "UPDATE consentkit_key SET note = 'x' WHERE number = 2",
        "UPDATE consentkit_key SET note = replace(note, 'from 4', 'from 5')",
        "UPDATE consentkit_key SET note = replace(note, 'key 2', 'key 3')",
        "UPDATE consentkit_key SET number = 9 WHERE number = 1",
    ],
)
def test_a_changed_history_of_keys_shows(
    log: ConsentLog, rotated: list[Verifier], change: str
) -> None:
    tamper(log.engine, change)
    assert problems(log.verify())


def test_nobody_slips_a_key_in(log: ConsentLog, rotated: list[Verifier]) -> None:
    """Neither as the next one, nor as one before, without a trusted signature."""
    with log.reading() as connection:
        notes = stored_statements(connection)
    thief = Signer(rotated[0].name, new_signer().seed)
    text = statement_of(thief, Statement.parse(notes[-1]), 1000)
    keys = Keys(rotated[0], [*notes, thief.sign(text)])
    assert thief.verifier not in {known.verifier for known in keys.known}
    assert keys.faults == ["key 3 doesn't stand for key 4: ask for that one"]
    unsigned = [notes[0], notes[1].replace(f"is {rotated[1]}", f"is {thief.verifier}")]
    keys = Keys(rotated[0], unsigned)
    assert [known.verifier for known in keys.known] == [rotated[0]]
    forged = Keys(thief.verifier, [*notes, text + "\n\N{EM DASH} x AAAAAAAA\n"])
    assert rotated[0] not in {known.verifier for known in forged.known}


@pytest.mark.parametrize("note", ["", "x", "a\nkey 1\n\n\N{EM DASH} a AAAAAAAA\n"])
def test_what_is_no_statement_is_a_fault(note: str) -> None:
    keys = Keys(new_signer().verifier, [note])
    assert len(keys.faults) == 1
    assert len(keys.known) == 1


def test_a_statement_is_no_checkpoint_and_the_reverse(
    log: ConsentLog, rotated: list[Verifier]
) -> None:
    with log.reading() as connection:
        statements = stored_statements(connection)
    for statement in statements:
        with pytest.raises(NoteInvalid):
            Keys(rotated[-1], statements).open(statement)
    note = log.latest_checkpoint()
    assert note is not None
    with pytest.raises(NoteInvalid):
        Statement.parse(note)


# -- commands --------------------------------------------------------------------------


def test_the_commands_rotate_and_show_keys(shop: Flask, visitor: TestApp) -> None:
    run = shop.test_cli_runner()
    refused = run.invoke(consent, ["log", "rotate-key"])
    assert "the first seal makes one" in refused.output
    assert refused.exit_code == 1
    visitor.post("/consent/", {"decision": "accept_all"})
    old = run.invoke(consent, ["log", "checkpoint", "--key"]).stdout.strip()
    done = run.invoke(consent, ["log", "rotate-key"])
    new = done.stdout.strip()
    assert "Back up" in done.stderr
    assert run.invoke(consent, ["log", "checkpoint", "--key"]).stdout.strip() == new
    listed = run.invoke(consent, ["log", "keys"]).stdout.splitlines()
    assert listed == [f"{old}  from size 0 on", f"{new}  from size 2 on"]
    found = json.loads(run.invoke(consent, ["log", "keys", "--json"]).stdout)
    assert [entry["vkey"] for entry in found] == [old, new]
    lost = run.invoke(consent, ["log", "rotate-key", "--lost"])
    assert "doesn't vouch" in lost.stderr
    assert run.invoke(consent, ["log", "verify"]).exit_code == 0
