from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, KeyFile
from consentkit.log.archive_audit import ArchiveInvalid, verify_archive
from consentkit.log.key import new_signer
from consentkit.log.note import Verifier
from tests.log.sealing import fill, problems, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

MakeDraft = Callable[..., Draft]
Notice = Mapping[str, object]
Members = dict[str, str]
Change = Callable[[list[dict[str, Any]]], object]


@pytest.fixture
def log(engine: Engine, tmp_path: Path, draft: MakeDraft, notice: Notice) -> ConsentLog:
    """Get a log of eight sealed records under three checkpoints, and two more."""
    log = ConsentLog(engine, key=KeyFile(tmp_path / "consent-log.key"))
    record = log.append(draft(), notice)
    for number in (4, 3):
        fill(log, record, number)
        log.seal()
    fill(log, record, 2)
    return log


@pytest.fixture
def members(log: ConsentLog) -> Members:
    return unpacked(log)


def unpacked(log: ConsentLog) -> Members:
    file = io.BytesIO()
    log.export(file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def packed(members: Members) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def with_records(members: Members, change: Change) -> Members:
    lines = [json.loads(line) for line in members["records.jsonl"].splitlines()]
    change(lines)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return members | {"records.jsonl": text}


def run_script(members: Members, folder: Path, *vkey: str) -> tuple[int, str]:
    """Save and run the script as the text in the archive tells."""
    text = members["README.txt"]
    script = text.split("check.py ----- 8< -----\n")[1].split("----- 8< -----")[0]
    (folder / "check.py").write_text(script, encoding="utf-8")
    (folder / "export.zip").write_bytes(packed(members).getvalue())
    # Isolated and without site: nothing but the standard library.
    command = [sys.executable, "-I", "-S", "check.py", "export.zip", *vkey]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_an_archive_holds_all_that_is_needed(members: Members) -> None:
    assert set(members) == {
        "records.jsonl",
        "notices.jsonl",
        "checkpoints.txt",
        "keys.txt",
        "log.vkey",
        "README.txt",
    }


def test_an_honest_archive_is_verified(log: ConsentLog, members: Members) -> None:
    for verifier in (None, log.verifier()):
        report = verify_archive(packed(members), verifier)
        assert report.findings == []
        assert (report.sealed, report.unsealed, report.checkpoints) == (8, 2, 3)


def test_an_archive_holds_against_an_older_checkpoint(
    log: ConsentLog, members: Members
) -> None:
    older = log.latest_checkpoint()
    assert verify_archive(packed(members), since=older).findings == []
    log.seal()
    newer = log.latest_checkpoint()
    found = problems(verify_archive(packed(members), since=newer))
    assert found == [("truncated", None)]


def test_the_archive_of_an_empty_log_is_verified(
    engine: Engine, tmp_path: Path
) -> None:
    log = ConsentLog(engine, key=KeyFile(tmp_path / "consent-log.key"))
    assert log.verify().findings == []  # makes the tables
    file = io.BytesIO()
    log.export(file)
    file.seek(0)
    assert verify_archive(file).findings == []


def test_a_key_that_isnt_the_logs_verifies_nothing(members: Members) -> None:
    report = verify_archive(packed(members), new_signer().verifier)
    assert {problem for problem, _ in problems(report)} == {
        "key",
        "forged",
        "unsigned",
    }


def edit(place: int, **values: object) -> Change:
    return lambda lines: lines[place].update(values)


CHANGES: Mapping[str, tuple[Change, str]] = {
    "an edit": (edit(3, decision="reject_all"), "edited"),
    "an edit of the personal fields": (edit(3, path="/else"), "edited"),
    "an edit before the seal": (edit(9, path="/else"), "edited"),
    "another salt": (edit(3, salt="00" * 32), "edited"),
    "no salt": (edit(3, salt=None), "edited"),
    "another digest": (edit(3, personal_digest="00"), "edited"),
    "another hash": (edit(3, entry="00" * 32), "edited"),
    "another kind of number": (edit(3, revision=1.0), "edited"),
    "a time before the seal": (edit(9, decided_at="2020-01-01"), "backdated"),
    "another notice": (edit(3, notice_hash="0" * 64), "notice"),
    "a deletion": (lambda lines: lines.pop(3), "missing"),
    "a deletion at the end": (
        lambda lines: lines.__delitem__(slice(7, 8)),
        "truncated",
    ),
    "a repetition": (lambda lines: lines.insert(3, lines[3]), "moved"),
    "another order": (lambda lines: lines.insert(2, lines.pop(3)), "missing"),
    "an insertion": (lambda lines: lines.insert(3, lines[9]), "inserted"),
    "a leaf too many": (edit(8, leaf_index=8, entry="00" * 32), "edited"),
    "a missing field": (lambda lines: lines[3].pop("gpc"), "unreadable"),
    "a field too many": (edit(3, note="x"), "unreadable"),
    "no text": (edit(3, salt=7), "unreadable"),
    "a lone surrogate": (edit(3, path="\ud800"), "unreadable"),
}


@pytest.mark.parametrize(("change", "problem"), CHANGES.values(), ids=CHANGES)
def test_a_changed_archive_is_found_out(
    members: Members, change: Change, problem: str
) -> None:
    lines = [json.loads(line) for line in members["records.jsonl"].splitlines()]
    change(lines)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    report = verify_archive(packed(members | {"records.jsonl": text}))
    assert problem in {found for found, _ in problems(report)}


def test_an_edited_record_in_an_archive_is_named(members: Members) -> None:
    changed = with_records(members, edit(3, decision="reject_all"))
    record = json.loads(members["records.jsonl"].splitlines()[3])["id"]
    assert problems(verify_archive(packed(changed))) == [("edited", record)]


def test_a_name_that_stands_twice_is_no_record(members: Members) -> None:
    text = members["records.jsonl"].replace('"path"', '"path": "/x", "path"', 1)
    report = verify_archive(packed(members | {"records.jsonl": text}))
    assert "unreadable" in {problem for problem, _ in problems(report)}


@pytest.mark.parametrize("text", ["no json\n", "[]\n", "7\n", "[" * 100_000 + "\n"])
def test_a_line_that_is_no_record_is_found(members: Members, text: str) -> None:
    changed = members | {"records.jsonl": members["records.jsonl"] + text}
    assert problems(verify_archive(packed(changed))) == [("unreadable", "?")]


@pytest.mark.parametrize("name", ["notices.jsonl", "checkpoints.txt"])
@pytest.mark.parametrize("content", ["", "x", "{}\n\n\n{}"])
def test_changed_notices_and_checkpoints_are_found_out(
    members: Members, name: str, content: str
) -> None:
    assert verify_archive(packed(members | {name: content})).findings


@pytest.mark.parametrize("missing", ["records.jsonl", "notices.jsonl"])
def test_half_an_archive_is_none(members: Members, missing: str) -> None:
    del members[missing]
    with pytest.raises(ArchiveInvalid, match=missing):
        verify_archive(packed(members))


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip" * 100])
def test_another_file_is_no_archive(content: bytes) -> None:
    with pytest.raises(ArchiveInvalid, match="no export"):
        verify_archive(io.BytesIO(content))


def test_a_damaged_archive_is_none(members: Members, log: ConsentLog) -> None:
    file = io.BytesIO()
    log.export(file)
    content = bytearray(file.getvalue())
    content[200:240] = bytes(40)
    with pytest.raises(ArchiveInvalid):
        verify_archive(io.BytesIO(content))


def test_a_log_with_an_unreadable_record_is_not_exported(log: ConsentLog) -> None:
    tamper(log.engine, "UPDATE consentkit_record SET gpc = 7 WHERE seq = 2")
    with pytest.raises(LogUnavailable, match="can't be read"):
        log.export(io.BytesIO())


def test_the_script_agrees_with_an_honest_archive(
    members: Members, tmp_path: Path
) -> None:
    status, text = run_script(members, tmp_path)
    assert text.startswith("8 sealed records, 2 not sealed yet, 3 checkpoints\nall is")
    assert status == 0


SCRIPTED = [
    "an edit",
    "an edit of the personal fields",
    "no salt",
    "another notice",
    "a deletion",
    "a deletion at the end",
    "another order",
    "an insertion",
]


@pytest.mark.parametrize("name", SCRIPTED)
def test_the_script_finds_a_change(members: Members, tmp_path: Path, name: str) -> None:
    status, text = run_script(with_records(members, CHANGES[name][0]), tmp_path)
    assert "all is well" not in text
    assert status == 1


def test_the_script_finds_a_forged_signature(members: Members, tmp_path: Path) -> None:
    other = Verifier(Verifier.parse(members["log.vkey"].strip()).name, b"\x05" * 32)
    for changed in (
        members | {"log.vkey": f"{new_signer().verifier}\n"},
        members | {"log.vkey": f"{other}\n"},
        members
        | {"checkpoints.txt": members["checkpoints.txt"].replace("\n8\n", "\n7\n")},
    ):
        status, text = run_script(changed, tmp_path)
        assert "forged: checkpoint of size" in text
        assert status == 1
