"""Verifying an auditor's zip: no app, no database, no secret."""

from __future__ import annotations

import json
import zlib
from hashlib import sha256
from heapq import merge
from io import BufferedReader, TextIOWrapper
from typing import IO, TYPE_CHECKING, Final, TextIO
from zipfile import BadZipFile, ZipFile

from consentkit.errors import ConsentError

from .archive import CHECKPOINTS, KEYS, NOTICES, RECORDS, VKEY
from .archive_line import once, read_line
from .audit import Auditor, Note
from .contents import CONTENTS, Contents, Hashed
from .keys import Keys
from .note import NoteInvalid, Verifier
from .verify import note_size, older, unwatched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .audit import Leaf, Report
    from .verify import Watch

_BUFFER: Final = 1 << 18

#: How a zip fails that is damaged, locked by a password, or packed in a way of its own.
_NO_ARCHIVE: Final = (
    BadZipFile, KeyError, ValueError, EOFError, zlib.error, NotImplementedError,
    RuntimeError,
)  # fmt: skip


class ArchiveInvalid(ConsentError):  # noqa: N818  states what it is
    """This is no export of a consent log."""


def verify_archive(
    file: IO[bytes],
    verifier: Verifier | None = None,
    *,
    since: str | None = None,
    watch: Watch[Leaf] = unwatched,
) -> Report:
    """Get everything that is wrong with an exported log.

    :param verifier: the log's public key; if none, the one in the zip is believed.
    :raises ArchiveInvalid: if the file is something else.
    """
    try:
        with ZipFile(file) as archive:
            return _verify(archive, verifier or _vkey(archive), since, watch)
    except _NO_ARCHIVE as error:
        raise ArchiveInvalid(f"this is no export of a consent log: {error}") from error


def _verify(
    archive: ZipFile,
    verifier: Verifier | None,
    since: str | None,
    watch: Watch[Leaf],
) -> Report:
    with _text(archive, KEYS) as file:
        statements = [note.note for note in _notes(file)]
    keys = Keys(verifier, statements) if verifier else None
    with _text(archive, CHECKPOINTS) as file:  # it may be as long as the log is old
        notes = merge(_notes(file), older(since), key=note_size)
        auditor = Auditor(notes, keys, set())
        known = {RECORDS: _read_records(archive, auditor, watch)}
        if keys:
            _check_contents(archive, keys, auditor, known)
        return auditor.finish()


def _check_contents(
    archive: ZipFile, keys: Keys, auditor: Auditor, known: Mapping[str, str]
) -> None:
    try:
        contents = Contents.of(archive, keys)
    except NoteInvalid as error:
        why = f"{CONTENTS} doesn't say what was exported: {error}"
        auditor.find("contents", why)
        return
    auditor.report.exported_at = contents.exported_at
    for fault in contents.faults(archive, known):
        auditor.find("contents", fault)


def _read_records(archive: ZipFile, auditor: Auditor, watch: Watch[Leaf]) -> str:
    """Audit all records; get the digest of their file."""
    with _text(archive, NOTICES) as file:
        auditor.notices |= set(_good_notices(file, auditor))
    with archive.open(RECORDS) as file:
        hashed = Hashed(file)
        # A member of an archive reads itself line by line much more slowly.
        _take(watch(map(read_line, BufferedReader(hashed, _BUFFER)), 0), auditor)
    return hashed.hexdigest()


def _take(lines: Iterable[Leaf], auditor: Auditor) -> None:
    unsealed: list[str] = []
    for leaf in lines:
        if leaf.leaf_index < 0:
            auditor.unsealed(leaf.record, leaf.stored, None)
            unsealed.append(leaf.record)
            continue
        for record in unsealed:
            auditor.find("inserted", "it stands among sealed records", record)
        unsealed.clear()
        auditor.leaf(leaf)


def _vkey(archive: ZipFile) -> Verifier | None:
    if VKEY not in archive.namelist():
        return None
    return Verifier.parse(archive.read(VKEY).decode().strip())


def _text(archive: ZipFile, name: str) -> TextIO:
    return TextIOWrapper(archive.open(name), encoding="utf-8", newline="\n")


def _notes(lines: Iterable[str]) -> Iterator[Note]:
    """Get notes that stand one after another, each after an empty line."""
    note, gaps = "", 0
    for line in lines:
        gaps += line == "\n"
        if gaps < 2:  # noqa: PLR2004  the first is between text and signatures
            note += line
            continue
        yield Note(None, note)
        note, gaps = "", 0
    if note:
        yield Note(None, note)


def _good_notices(lines: TextIO, auditor: Auditor) -> Iterator[str]:
    for line in lines:
        try:
            notice = json.loads(line, object_pairs_hook=once)
            digest, content = notice["hash"], notice["content"].encode()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            auditor.find("notice", "a notice can't be read")
            continue
        if sha256(content).hexdigest() == digest:
            yield digest
        else:
            auditor.find("notice", f"notice {digest} isn't what its hash says")
