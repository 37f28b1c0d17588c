"""One line of an exported log, read as a record and its place in the tree."""

from __future__ import annotations

import json
import re
from binascii import unhexlify
from hashlib import sha256
from typing import Any, Final

from consentkit.canonical import canonical

from .audit import LEFT_OUT, Leaf
from .leaf import PERSONAL, PUBLIC
from .stored import MOMENT_AT, Stored
from .tree import HASH_SIZE

_UNSEALED: Final = -1
_EVIDENCE: Final = {"leaf_index", "entry", "salt"}

#: How a sealed record begins as we write it, with nothing in its personal fields that
#: JSON would escape. What follows is hashed whole, so it needs no look inside.
_BEGINNING: Final = re.compile(
    rb'(\{"browser":"[^"\\]*","consent_id":"[^"\\]*","path":"[^"\\]*")'
    rb',"salt":(?:"(.{64})"|null),"leaf_index":(\d{1,18}),"entry":"(.{64})",'
    rb'(?="decided_at":")'
)  # fmt: skip
_ENTRY_ALONE: Final = re.compile(
    rb'\{"leaf_index":(\d{1,18}),"entry":"([0-9a-f]{64})"\}\n'
)
_ID, _NOTICE, _DIGEST = b',"id":"', b',"notice_hash":"', b'","personal_digest":"'


def read_line(line: bytes) -> Leaf:
    """Get the leaf of a line; of place -1 if it has none, without record if it's wrong.

    Names and values are those that any reader of JSON finds in the line.
    """
    try:
        leaf = _as_written(line)
    except ValueError:
        leaf = None
    return leaf or _left_out(line) or _parsed(line)


def _left_out(line: bytes) -> Leaf | None:
    """Get the leaf of a record that wasn't asked for."""
    found = _ENTRY_ALONE.fullmatch(line)
    if found is None:
        return None
    entry = bytes.fromhex(found[2].decode())
    return Leaf(int(found[1]), "", None, LEFT_OUT, "", entry)


def _as_written(line: bytes) -> Leaf | None:
    """Get the leaf of a line that is byte by byte as we write it, else none."""
    found = _BEGINNING.match(line)
    if found is None or line[-1:] != b"\n":
        return None
    personal, salt, index, entry = found.groups()
    text = b"{" + line[found.end() : -1]
    sealed = sha256(text).digest()
    if unhexlify(entry) != sealed:
        return None
    # No name can stand elsewhere: within a text of JSON, its quotes would be escaped.
    start = text.find(_ID) + len(_ID)
    proof = text.find(_NOTICE, start) + len(_NOTICE)
    digest = proof + 2 * HASH_SIZE + len(_DIGEST)
    if text[digest - len(_DIGEST) : digest] != _DIGEST:
        return None
    record = text[start : text.find(b'"', start)].decode()
    stored = Stored(
        record,
        text[MOMENT_AT].decode(),
        text[proof : proof + 2 * HASH_SIZE].decode(),
        sealed,
        text,
        personal + b"}",
        salt and unhexlify(salt),
        text[digest : digest + 2 * HASH_SIZE].decode(),
    )
    return Leaf(int(index), record, stored, "", "", sealed)


def _parsed(line: bytes) -> Leaf:
    """Get the leaf of a line that somebody has written in another way, or changed."""
    record, place = "?", None
    try:
        found: dict[str, Any] = json.loads(line, object_pairs_hook=once)
        record, place = str(found["id"]), found.get("leaf_index")
        return _checked(record, found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        place = place if type(place) is int else _UNSEALED
        why = "it holds what is never stored"
        return Leaf(place, record, None, "unreadable", why)


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Get an object in which no name stands twice: readers would choose differently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _checked(record: str, found: dict[str, Any]) -> Leaf:
    """Get a line whose form is right.

    :raises ValueError: and others, if it isn't.
    """
    evidence = {name: found.pop(name) for name in _EVIDENCE & found.keys()}
    if found.keys() != {*PUBLIC, *PERSONAL} or type(found["notice_hash"]) is not str:
        raise ValueError(record)
    personal = {name: found.pop(name) for name in PERSONAL}
    salt = bytes.fromhex(evidence["salt"]) if evidence["salt"] is not None else None
    text = canonical(found).encode()  # no lone surrogates
    stored = Stored(
        record,
        str(found["decided_at"]),
        found["notice_hash"],
        sha256(text).digest(),
        text,
        canonical(personal).encode(),
        salt,
        str(found["personal_digest"]),
    )
    if evidence.keys() == {"salt"}:
        return Leaf(_UNSEALED, record, stored)
    digest, place = bytes.fromhex(evidence["entry"]), evidence["leaf_index"]
    if type(place) is not int or place < 0 or len(digest) != HASH_SIZE:
        raise ValueError(record)
    return Leaf(place, record, stored, "", "", digest)
