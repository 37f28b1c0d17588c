"""Verifying an auditor's zip: no app, no database, no secret."""

from __future__ import annotations

import json
import zlib
from hashlib import sha256
from heapq import merge
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TextIO
from zipfile import BadZipFile, ZipFile

from consentkit.errors import ConsentError

from .archive import CHECKPOINTS, NOTICES, RECORDS, VKEY
from .audit import Auditor, Leaf, Note
from .note import Verifier
from .record import FIELDS
from .stored import Stored
from .tree import HASH_SIZE
from .verify import note_size, older, unwatched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .audit import Report
    from .verify import Watch

_COMMITMENT = {"salt", "personal_digest"}
_EVIDENCE = {"leaf_index", "leaf_hash", *_COMMITMENT}


class ArchiveInvalid(ConsentError):  # noqa: N818  states what it is
    """This is no export of a consent log."""


class Line(NamedTuple):
    """A record as an export shows it."""

    record: str
    stored: Stored | None
    leaf_index: int | None
    leaf_hash: bytes | None


def verify_archive(
    file: IO[bytes],
    verifier: Verifier | None = None,
    *,
    since: str | None = None,
    watch: Watch[Line] = unwatched,
) -> Report:
    """Get everything that is wrong with an exported log.

    :param verifier: the log's public key; if none, the one in the zip is believed.
    :raises ArchiveInvalid: if the file is something else.
    """
    try:
        with ZipFile(file) as archive:
            return _verify(archive, verifier or _vkey(archive), since, watch)
    except (BadZipFile, KeyError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise ArchiveInvalid(f"this is no export of a consent log: {error}") from error


def _verify(
    archive: ZipFile,
    verifier: Verifier | None,
    since: str | None,
    watch: Watch[Line],
) -> Report:
    with _text(archive, CHECKPOINTS) as file:
        notes = list(_notes(file.read()))
    auditor = Auditor(merge(notes, older(since), key=note_size), verifier, set())
    with _text(archive, NOTICES) as file:
        auditor.notices |= set(_good_notices(file, auditor))
    with _text(archive, RECORDS) as file:
        _take(watch(map(_line, file), 0), auditor)
    return auditor.finish()


def _take(lines: Iterable[Line], auditor: Auditor) -> None:
    unsealed: list[str] = []
    for line in lines:
        if line.leaf_index is None:
            auditor.unsealed(line.record, line.stored, None)
            unsealed.append(line.record)
            continue
        for record in unsealed:
            auditor.find("inserted", "it stands among sealed records", record)
        unsealed.clear()
        problem = "" if line.stored else "it holds what is never stored"
        auditor.leaf(
            Leaf(line.leaf_index, line.record, line.stored, problem, line.leaf_hash)
        )


def _vkey(archive: ZipFile) -> Verifier | None:
    if VKEY not in archive.namelist():
        return None
    return Verifier.parse(archive.read(VKEY).decode().strip())


def _text(archive: ZipFile, name: str) -> TextIO:
    return TextIOWrapper(archive.open(name), encoding="utf-8", newline="\n")


def _notes(text: str) -> Iterator[Note]:
    """Get notes that stand one after another, each after an empty line."""
    parts = text.removesuffix("\n").split("\n\n") if text else []
    for body, signatures in zip(parts[::2], [*parts[1::2], ""], strict=False):
        yield Note(None, f"{body}\n\n{signatures}\n")


def _good_notices(lines: TextIO, auditor: Auditor) -> Iterator[str]:
    for line in lines:
        try:
            notice = json.loads(line)
            digest, content = notice["hash"], notice["content"].encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            auditor.find("notice", "a notice can't be read")
            continue
        if sha256(content).hexdigest() == digest:
            yield digest
        else:
            auditor.find("notice", f"notice {digest} isn't what its hash says")


def _line(text: str) -> Line:
    record, place = "?", None
    try:
        found: dict[str, Any] = json.loads(text, object_pairs_hook=_once)
        record, place = str(found["id"]), found.get("leaf_index")
        return _checked(record, found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Line(record, None, place if type(place) is int else None, None)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Get an object in which no name stands twice: readers would choose differently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _checked(record: str, found: dict[str, Any]) -> Line:
    """Get a line whose form is right.

    :raises ValueError: and others, if it isn't.
    """
    json.dumps(found, ensure_ascii=False).encode()  # no lone surrogates
    evidence = {name: found.pop(name) for name in _EVIDENCE & found.keys()}
    if found.keys() != set(FIELDS) or type(found["notice_hash"]) is not str:
        raise ValueError(record)
    salt = bytes.fromhex(evidence["salt"]) if evidence["salt"] is not None else None
    stored = Stored(found, salt, evidence["personal_digest"])
    if evidence.keys() == _COMMITMENT:
        return Line(record, stored, None, None)
    digest, place = bytes.fromhex(evidence["leaf_hash"]), evidence["leaf_index"]
    if type(place) is not int or len(digest) != HASH_SIZE:
        raise ValueError(record)
    return Line(record, stored, place, digest)
