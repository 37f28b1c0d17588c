from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from consentkit.errors import LogUnavailable
from consentkit.log import EVERYTHING, ConsentLog, Draft, KeyFile, Selection
from consentkit.log.archive_audit import ArchiveInvalid, verify_archive
from consentkit.log.archive_pages import notice_page, summary_page
from consentkit.log.key import new_signer
from consentkit.log.note import Verifier
from consentkit.log.statistics import Acceptance, Statistics
from tests.log.conftest import HASH
from tests.log.postgres import BOTH
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


def unpacked(log: ConsentLog, selection: Selection = EVERYTHING) -> Members:
    file = io.BytesIO()
    log.export(file, selection=selection)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def packed(members: Members) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def in_records(members: Members) -> list[tuple[str, str | None]]:
    """Get what the tree says of an archive, whatever the list of its contents does."""
    found = problems(verify_archive(packed(members)))
    assert ("contents", None) in found
    return [problem for problem in found if problem[0] != "contents"]


def with_records(members: Members, change: Change) -> Members:
    lines = [json.loads(line) for line in members["records.jsonl"].splitlines()]
    change(lines)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return members | {"records.jsonl": text}


def save_script(members: Members, folder: Path, name: str) -> None:
    text = members["README.txt"]
    script = text.split(f"{name} ----- 8< -----\n")[1].split("----- 8< -----")[0]
    (folder / name).write_text(script, encoding="utf-8")
    (folder / "export.zip").write_bytes(packed(members).getvalue())


def run_script(members: Members, folder: Path, *vkey: str) -> tuple[int, str]:
    """Save and run the script as the text in the archive tells."""
    save_script(members, folder, "check.py")
    return run_saved(folder, *vkey)


def run_saved(folder: Path, *vkey: str) -> tuple[int, str]:
    # Isolated and without site: nothing but the standard library.
    command = [sys.executable, "-I", "-S", "check.py", "export.zip", *vkey]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_an_archive_holds_all_that_is_needed(members: Members) -> None:
    assert set(members) == {
        "records.jsonl",
        "notices.jsonl",
        "checkpoints.txt",
        "keys.txt",
        "selection.json",
        "contents.txt",
        "summary.html",
        f"notices/{HASH}.html",
        "log.vkey",
        "README.txt",
    }


def test_an_honest_archive_is_verified(log: ConsentLog, members: Members) -> None:
    for verifier in (None, log.verifier()):
        report = verify_archive(packed(members), verifier)
        assert report.findings == []
        assert (report.sealed, report.unsealed, report.checkpoints) == (8, 2, 3)
        exported = datetime.fromisoformat(report.exported_at or "")
        assert abs(datetime.now(UTC) - exported) < timedelta(hours=1)


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
        "contents",
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
    assert in_records(changed) == [("edited", record)]


def test_a_name_that_stands_twice_is_no_record(members: Members) -> None:
    text = members["records.jsonl"].replace('"path"', '"path": "/x", "path"', 1)
    report = verify_archive(packed(members | {"records.jsonl": text}))
    assert "unreadable" in {problem for problem, _ in problems(report)}


@pytest.mark.parametrize("text", ["no json\n", "[]\n", "7\n", "[" * 100_000 + "\n"])
def test_a_line_that_is_no_record_is_found(members: Members, text: str) -> None:
    changed = members | {"records.jsonl": members["records.jsonl"] + text}
    assert in_records(changed) == [("unreadable", "?")]


@pytest.mark.parametrize("name", ["notices.jsonl", "checkpoints.txt"])
@pytest.mark.parametrize("content", ["", "x", "{}\n\n\n{}", "[" * 100_000])
def test_changed_notices_and_checkpoints_are_found_out(
    members: Members, name: str, content: str
) -> None:
    assert in_records(members | {name: content})


def test_a_notice_that_says_two_things_is_none(members: Members) -> None:
    twice = members["notices.jsonl"].replace('"content"', '"content": "", "content"', 1)
    found = {problem for problem, _ in in_records(members | {"notices.jsonl": twice})}
    assert found == {"notice"}


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


def test_a_locked_archive_is_none(log: ConsentLog) -> None:
    file = io.BytesIO()
    log.export(file)
    content = bytearray(file.getvalue())
    content[content.index(b"PK\1\2") + 8] |= 1  # it says that there is a password
    with pytest.raises(ArchiveInvalid, match="encrypted"):
        verify_archive(io.BytesIO(content))


def test_a_log_with_an_unreadable_record_is_not_exported(log: ConsentLog) -> None:
    tamper(log.engine, "UPDATE consentkit_record SET gpc = 7 WHERE seq = 2")
    with pytest.raises(LogUnavailable, match="can't be read"):
        log.export(io.BytesIO())


def test_the_script_agrees_with_an_honest_archive(
    members: Members, tmp_path: Path
) -> None:
    status, text = run_script(members, tmp_path)
    first, exported, last = text.splitlines()
    assert first == "8 sealed records, 2 not sealed yet, 3 checkpoints"
    assert exported.startswith("contents of 2")
    assert last.startswith("all is well")
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


def test_the_script_compares_with_an_older_checkpoint(
    log: ConsentLog, members: Members, tmp_path: Path
) -> None:
    vkey, older, newer = members["log.vkey"].strip(), tmp_path / "old", tmp_path / "new"
    older.write_text(log.latest_checkpoint() or "")
    assert run_script(members, tmp_path, vkey, "old")[0] == 0
    log.seal()
    newer.write_text(log.latest_checkpoint() or "")
    status, text = run_script(members, tmp_path, vkey, "new")
    assert "the last checkpoint is of 10 leaves, 8 are here" in text
    assert status == 1
    newer.write_text(newer.read_text().replace("\n10\n", "\n8\n"))
    status, text = run_script(members, tmp_path, vkey, "new")
    assert "forged: checkpoint of size 8" in text
    assert status == 1


def test_the_script_reads_no_name_that_stands_twice(
    members: Members, tmp_path: Path
) -> None:
    text = members["records.jsonl"].replace('"path"', '"path": "/x", "path"', 1)
    status, text = run_script(members | {"records.jsonl": text}, tmp_path)
    assert "a name stands twice" in text
    assert status == 1


# -- contents: what the tree doesn't prove ---------------------------------------------

PAGE = f"notices/{HASH}.html"
OTHERS: Mapping[str, Callable[[Members], Members]] = {
    "a page": lambda m: m | {PAGE: m[PAGE].replace("Wahl", "Qual")},
    "the summary": lambda m: m | {"summary.html": m["summary.html"] + " "},
    "the text": lambda m: m | {"README.txt": m["README.txt"].replace("faults", "")},
    "the selection": lambda m: m | {"selection.json": "{}"},
    "no page": lambda m: {name: m[name] for name in m.keys() - {PAGE}},
    "one more": lambda m: m | {"policy.html": "all is well"},
    "an edit before the seal": lambda m: with_records(m, edit(9, decision="save")),
    "a deletion before the seal": lambda m: with_records(m, lambda lines: lines.pop()),
    "an insertion before the seal": lambda m: with_records(
        m, lambda lines: lines.append(lines[9] | {"id": "x"})
    ),
    "an erasure": lambda m: with_records(
        m, edit(3, salt=None, browser="", consent_id="", path="")
    ),
    "no checkpoint in between": lambda m: (
        m
        | {
            "checkpoints.txt": "\n\n".join(m["checkpoints.txt"].split("\n\n")[:2])
            + "\n"
        }
    ),
    "no list": lambda m: {name: m[name] for name in m.keys() - {"contents.txt"}},
    "an empty list": lambda m: m | {"contents.txt": ""},
    "another list": lambda m: (
        m | {"contents.txt": m["contents.txt"].replace("README", "readme", 1)}
    ),
    "a checkpoint for a list": lambda m: m | {"contents.txt": m["checkpoints.txt"]},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_nothing_in_an_archive_can_be_changed_unseen(
    members: Members, change: Callable[[Members], Members], tmp_path: Path
) -> None:
    changed = change(members)
    assert changed != members
    found = {problem for problem, _ in problems(verify_archive(packed(changed)))}
    assert "contents" in found
    # The script is that of an archive that one trusts.
    changed = changed | {"README.txt": members["README.txt"]}
    if changed != members:
        assert run_script(changed, tmp_path)[0] == 1


def test_who_can_sign_for_nothing_but_old_lists_lists_nothing(members: Members) -> None:
    text, _, _ = members["contents.txt"].partition("\n\n")
    forged = new_signer().sign(text + "\n")
    report = verify_archive(packed(members | {"contents.txt": forged}))
    assert problems(report) == [("contents", None)]


@pytest.mark.parametrize("name", ["records.jsonl", PAGE, "contents.txt"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_found_out(
    members: Members, name: str, tmp_path: Path
) -> None:
    file = packed({name: "for another reader"})
    with zipfile.ZipFile(file, "a") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    report = verify_archive(file)
    assert problems(report) == [("contents", None)]
    assert report.findings[0].detail.startswith(f"{name} is there more than once")
    save_script(members, tmp_path, "check.py")
    (tmp_path / "export.zip").write_bytes(file.getvalue())
    assert run_saved(tmp_path)[0] == 1


def test_an_archive_can_be_packed_anew(members: Members) -> None:
    report = verify_archive(packed({"notices/": ""} | members))
    assert report.findings == []
    report = verify_archive(packed({"notices/": "no folder"} | members))
    assert problems(report) == [("contents", None)]


# -- openssl ---------------------------------------------------------------------------


def run_openssl(
    members: Members, folder: Path, member: str = "checkpoints.txt"
) -> subprocess.CompletedProcess[str]:
    """Do what the text in the archive says, word by word."""
    save_script(members, folder, "cut.py")
    lines = [line.strip() for line in members["README.txt"].splitlines()]
    first = lines.index(f"python cut.py ARCHIVE.zip {member}")
    openssl = lines[first + 1].split()
    python = [sys.executable, "-I", "-S", "cut.py", "export.zip", member]
    subprocess.run(python, cwd=folder, check=True)
    return subprocess.run(
        openssl, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


def test_openssl_checks_the_signature(members: Members, tmp_path: Path) -> None:
    done = run_openssl(members, tmp_path)
    assert "Signature Verified Successfully" in done.stdout
    assert done.returncode == 0
    signed = (tmp_path / "text").read_text("utf-8")
    assert signed.split("\n")[1] == "8"
    changed = members["checkpoints.txt"].replace("\n8\n", "\n7\n")
    done = run_openssl(members | {"checkpoints.txt": changed}, tmp_path)
    assert "Verified" not in done.stdout
    assert done.returncode != 0


def test_openssl_and_sha256sum_check_every_file(
    members: Members, tmp_path: Path
) -> None:
    done = run_openssl(members, tmp_path, "contents.txt")
    assert done.returncode == 0
    lines = [line.strip() for line in members["README.txt"].splitlines()]
    told = next(line for line in lines if line.endswith("sha256sum --check"))
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    for change, status in (("", 0), ("x", 1)):
        with (tmp_path / "unpacked" / PAGE).open("a") as file:
            file.write(change)
        done = subprocess.run(
            told, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == status
        assert done.stdout.count(": OK\n") == len(members) - 1 - status


# -- a part of the log -----------------------------------------------------------------


@pytest.fixture
def chosen(log: ConsentLog) -> Members:
    """Get an archive with the third record in full, and the leaves of the others."""
    record = list(log.records())[2]
    return unpacked(log, Selection(consent_id=record.consent_id))


@BOTH
def test_a_part_of_the_log_is_verified_within_the_whole_tree(
    chosen: Members, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in chosen["records.jsonl"].splitlines()]
    assert [len(line) > 2 for line in lines] == [False, False, True, *[False] * 5]
    assert json.loads(chosen["selection.json"]) == {
        "consent_id": lines[2]["consent_id"]
    }
    report = verify_archive(packed(chosen))
    assert report.findings == []
    assert (report.sealed, report.left_out, report.unsealed) == (8, 7, 0)
    status, text = run_script(chosen, tmp_path)
    assert "7 of the sealed records were left out" in text
    assert status == 0


PARTIAL: Mapping[str, tuple[Change, str]] = {
    "an edit": (edit(2, decision="reject_all"), "edited"),
    "another entry": (edit(4, entry="00" * 32), "root"),
    "another place": (edit(4, leaf_index=5), "missing"),
    "one more": (lambda lines: lines.insert(4, lines[4]), "moved"),
    "one less": (lambda lines: lines.pop(4), "missing"),
    "a field too many": (edit(4, note="x"), "unreadable"),
}


@pytest.mark.parametrize(("change", "problem"), PARTIAL.values(), ids=PARTIAL)
def test_a_changed_part_is_found_out(
    chosen: Members, change: Change, problem: str, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in chosen["records.jsonl"].splitlines()]
    change(lines)
    compact = (json.dumps(line, separators=(",", ":")) for line in lines)
    changed = chosen | {"records.jsonl": "".join(f"{line}\n" for line in compact)}
    assert problem in {found for found, _ in problems(verify_archive(packed(changed)))}
    if problem != "unreadable":
        assert run_script(changed, tmp_path)[0] == 1


def test_a_part_of_the_whole_log_says_so(log: ConsentLog) -> None:
    assert json.loads(unpacked(log)["selection.json"]) == {}
    nothing = unpacked(log, Selection(decision="withdraw"))
    report = verify_archive(packed(nothing))
    assert (report.findings, report.left_out) == ([], 8)


# -- pages to read ---------------------------------------------------------------------


def test_the_summary_counts_and_draws(members: Members) -> None:
    page = BeautifulSoup(members["summary.html"], "html.parser")
    words = page.get_text(" ", strip=True)
    assert "Records here 10" in words
    assert "none: the whole log" in words
    assert "accept_all" in words
    assert len(page.find_all("svg")) >= 5
    assert all(figure.find_next("table") for figure in page.find_all("figure"))
    assert page.find_all(["script", "link", "img", "iframe"]) == []
    assert not any("style" in tag.attrs for tag in page.find_all())
    (notice,) = [str(a["href"]) for a in page.find_all("a")]
    assert notice in members


def test_a_notice_can_be_read(members: Members) -> None:
    page = BeautifulSoup(members[f"notices/{HASH}.html"], "html.parser")
    assert page.h1 is not None
    assert page.h1.text == 'Ihre "Wahl" \N{WAVING HAND SIGN}'
    assert HASH in page.get_text()


def test_many_days_are_told_by_the_month() -> None:
    days = {f"2026-{m:02}-{d:02}": 1 for m in (1, 2, 3) for d in range(1, 29)}
    page = summary_page(Statistics(84, {}, {}, {}, days, {}), [], [])
    assert "2026-02" in page
    assert "2026-02-03" not in page
    assert summary_page(Statistics(0, {}, {}, {}, {}, {}), [], []).count("<svg") == 0


def test_pages_escape_what_they_show(log: ConsentLog) -> None:
    nasty = "</code><script>alert(1)</script>"
    counts = {nasty: 1}
    counted = Statistics(1, counts, counts, counts, counts, {nasty: Acceptance(1, 1)})
    page = summary_page(counted, [(nasty, nasty)], [(nasty, nasty, datetime.now(UTC))])
    service = {"name": nasty, "provider": nasty, "cookies": [{"name": nasty}]}
    group = {"name": nasty, "services": [service], "hooks": [{"key": nasty}]}
    page += notice_page(nasty, {"texts": {"title": nasty}, "groups": [group]})
    assert "<script" not in page
    changed = "UPDATE consentkit_notice SET hash = '../../x'"
    tamper(log.engine, changed, "UPDATE consentkit_record SET notice_hash = '../../x'")
    assert not any(name.startswith("notices/") for name in unpacked(log))
