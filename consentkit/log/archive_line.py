"""One line of an exported log, read as a record and its place in the tree."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from consentkit.canonical import canonical

from .audit import Leaf
from .leaf import PERSONAL, PUBLIC
from .stored import Stored
from .tree import HASH_SIZE

_UNSEALED: Final = -1
_EVIDENCE: Final = {"leaf_index", "entry", "salt"}
_HEX: Final = rb'"([0-9a-f]{64})"'

#: A sealed record as we write it, with nothing in its personal fields that JSON would
#: escape. What stands after the entry is hashed whole, so it needs no look inside.
_AS_WRITTEN: Final = re.compile(
    rb'(\{"browser":"[^"\\]*","consent_id":"[^"\\]*","path":"[^"\\]*")'
    rb',"salt":(?:' + _HEX + rb'|null),"leaf_index":(\d{1,18}),"entry":' + _HEX
    + rb',("decided_at":"([^"\\]*)".+)\n'
)  # fmt: skip
_ID: Final = re.compile(rb',"id":"([^"\\]*)",')
_PROOF: Final = re.compile(rb',"notice_hash":' + _HEX + rb',"personal_digest":' + _HEX)


def read_line(line: bytes) -> Leaf:
    """Get the leaf of a line; of place -1 if it has none, without record if it's wrong.

    Names and values are those that any reader of JSON finds in the line.
    """
    return _as_written(line) or _parsed(line)


def _as_written(line: bytes) -> Leaf | None:
    """Get the leaf of a line that is byte by byte as we write it."""
    found = _AS_WRITTEN.fullmatch(line)
    if found is None:
        return None
    personal, salt, index, entry, rest, decided_at = found.groups()
    named, proof = _ID.search(rest), _PROOF.search(rest)
    if named is None or proof is None:
        return None
    record = named[1].decode("utf-8", "replace")
    stored = Stored(
        record,
        decided_at.decode("utf-8", "replace"),
        proof[1].decode(),
        b"{" + rest,
        personal + b"}",
        salt and bytes.fromhex(salt.decode()),
        proof[2].decode(),
    )
    digest = bytes.fromhex(entry.decode())
    if stored.entry != digest:
        return None
    return Leaf(int(index), record, stored, "", "", digest)


def _parsed(line: bytes) -> Leaf:
    """Get the leaf of a line that somebody has written in another way, or changed."""
    record, place = "?", None
    try:
        found: dict[str, Any] = json.loads(line, object_pairs_hook=_once)
        record, place = str(found["id"]), found.get("leaf_index")
        return _checked(record, found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        place = place if type(place) is int else _UNSEALED
        why = "it holds what is never stored"
        return Leaf(place, record, None, "unreadable", why)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
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
    stored = Stored(
        record,
        str(found["decided_at"]),
        found["notice_hash"],
        canonical(found).encode(),  # no lone surrogates
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
