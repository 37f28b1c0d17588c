"""Records as they are stored, read so strictly that no edit passes unseen.

Sealing and verifying read every record there is, so what is read is put straight into
the text that is hashed, and no object is made that nobody asks for.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import type_coerce
from sqlalchemy.types import NullType

from consentkit.canonical import canonical

from .leaf import PERSONAL, PUBLIC
from .record import FIELDS, timestamp
from .tables import records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}", re.ASCII
)
_FLAGS: Final = {0: "false", 1: "true"}

#: What is another text in each record. All other public fields say much the same in
#: many records, so that their JSON is made once for all that agree.
_OWN: Final = ("decided_at", "id", "personal_digest")
_SHARED: Final = tuple(name for name in PUBLIC if name not in _OWN)
_REMEMBERED: Final = 4096

#: Where the id stands in what :func:`read` takes.
ID_AT: Final = _OWN.index("id")

#: What :func:`leaf_text` takes, in this order; as the database has it, without types.
PUBLIC_COLUMNS: Final = [
    type_coerce(records.c[name], NullType()).label(f"stored_{name}")
    for name in (*_OWN, *_SHARED)
]

#: What :func:`read` takes.
COLUMNS: Final = [
    *PUBLIC_COLUMNS,
    *(
        type_coerce(records.c[name], NullType()).label(f"stored_{name}")
        for name in (*PERSONAL, "salt")
    ),
]

_PERSONAL_PATTERN: Final = "{" + ",".join(f'"{name}":%s' for name in PERSONAL) + "}"

#: The personal fields of a record that was erased.
NOBODY: Final = (_PERSONAL_PATTERN % (('""',) * len(PERSONAL))).encode()

#: Where :func:`leaf_text` has the moment of the decision.
MOMENT_AT: Final = slice(15, 42)


class Stored(NamedTuple):
    """A record with what its leaf is made of."""

    id: str
    decided_at: str  #: RFC 3339, UTC
    notice_hash: str
    entry: bytes  #: what the leaf is the hash of: the SHA-256 of the text
    text: bytes  #: canonical JSON, see :mod:`.leaf`
    personal: bytes  #: canonical JSON of the personal fields
    salt: bytes | None  #: none if the personal fields are erased
    personal_digest: str

    @property
    def fields(self) -> Mapping[str, object]:
        """The fields, as in a receipt."""
        found: dict[str, Any] = json.loads(self.text) | json.loads(self.personal)
        return {name: found[name] for name in FIELDS}

    @property
    def keeps_its_commitment(self) -> bool:
        """Whether the personal fields are those of the leaf, or erased."""
        if self.salt is None:
            return self.personal == NOBODY
        digest = sha256(self.salt + self.personal).hexdigest()
        return digest == self.personal_digest


def read(row: Sequence[Any]) -> Stored:
    """Get a record from its columns.

    :raises ValueError: if one of them holds what we never store.
    :raises TypeError: likewise.
    """
    browser, consent_id, path, salt = row[-4:]
    encode = _erased if salt is None else encode_basestring
    if salt is not None and not isinstance(salt, bytes):
        raise ValueError("the salt isn't bytes")
    personal = _PERSONAL_PATTERN % (encode(browser), encode(consent_id), encode(path))
    text = leaf_text(row[0], row[1], row[2], tuple(row[3:-4]))
    return Stored(
        row[ID_AT],
        text[MOMENT_AT].decode(),
        row[_NOTICE_HASH],
        sha256(text).digest(),
        text,
        personal.encode(),
        salt,
        row[2],
    )


def leaf_text(
    decided_at: object, record: str, digest: str, shared: tuple[object, ...]
) -> bytes:
    """Get the canonical JSON that a leaf is made of, from the public columns.

    :raises ValueError: if one of them holds what we never store.
    :raises TypeError: likewise.
    """
    before, between, behind = _around(shared)
    return (
        f'{{"decided_at":"{moment(decided_at)}",{before}"id":{encode_basestring(record)}'
        f',{between}"personal_digest":{encode_basestring(digest)}{behind}}}'
    ).encode()


@lru_cache(_REMEMBERED)
def _around(shared: tuple[object, ...]) -> tuple[str, str, str]:
    """Get the fields before a record's id, between id and digest, and behind it."""
    texts = [
        (name, f'"{name}":{_ENCODERS.get(name, encode_basestring)(value)}')
        for name, value in zip(_SHARED, shared, strict=True)
    ]
    before = [text for name, text in texts if name < "id"]
    between = [text for name, text in texts if "id" < name < "personal_digest"]
    behind = [text for name, text in texts if name > "personal_digest"]
    return (
        "".join(f"{text}," for text in before),
        "".join(f"{text}," for text in between),
        "".join(f",{text}" for text in behind),
    )


def _erased(value: Any) -> str:
    return '""' if value is None else encode_basestring(value)


def _integer(value: object) -> str:
    if type(value) is int:
        return str(value)
    raise ValueError(f"no integer: {value!r}")


def _flag(value: object) -> str:
    if isinstance(value, int) and value in _FLAGS:
        return _FLAGS[value]
    raise ValueError(f"neither 0 nor 1: {value!r}")


def moment(value: object) -> str:
    """Get a stored moment as in a receipt."""
    if not isinstance(value, str):
        if isinstance(value, datetime):  # from a database that knows moments
            return timestamp(value)
        raise ValueError(f"no moment: {value!r}")
    if not _MOMENT.fullmatch(value):
        raise ValueError(f"no moment: {value!r}")
    return f"{_day(value[:10])}T{value[11:]}Z"


@lru_cache(_REMEMBERED)
def _day(value: str) -> str:
    date.fromisoformat(value)  # there is no 31 February
    return value


def _keys(value: object) -> str:
    keys = json.loads(value) if isinstance(value, str) else None
    if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
        return canonical(keys)
    raise ValueError(f"no keys: {value!r}")


_NOTICE_HASH: Final = len(_OWN) + _SHARED.index("notice_hash")
_ENCODERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "sequence": _integer,
    "revision": _integer,
    "granted": _keys,
    "refused": _keys,
    "previous_granted": _keys,
    "previous_decided": _flag,
    "gpc": _flag,
}
