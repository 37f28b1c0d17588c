"""Records as they are stored, read so strictly that no edit passes unseen.

Sealing and verifying read every record there is, so what is read is put straight into
the text that is hashed, and no object is made that nobody asks for.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
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

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{6}")
_FLAGS: Final = {0: "false", 1: "true"}
#: Where the id stands in what :func:`read` takes.
ID_AT: Final = PUBLIC.index("id")
_DECIDED_AT: Final = PUBLIC.index("decided_at")
_NOTICE_HASH: Final = PUBLIC.index("notice_hash")
_DIGEST: Final = PUBLIC.index("personal_digest")


def object_of(names: Sequence[str]) -> str:
    """Get the pattern of a JSON object, to be filled with the texts of its values."""
    return "{" + ",".join(f'"{name}":%s' for name in names) + "}"


_PUBLIC_PATTERN: Final = object_of(PUBLIC)
_PERSONAL_PATTERN: Final = object_of(PERSONAL)

#: The personal fields of a record that was erased.
NOBODY: Final = (_PERSONAL_PATTERN % (('""',) * len(PERSONAL))).encode()

#: What :func:`read` takes, in this order; as the database has it, without types.
COLUMNS: Final = [
    type_coerce(records.c[name], NullType()).label(f"stored_{name}")
    for name in (*PUBLIC, *PERSONAL, "salt")
]


class Stored(NamedTuple):
    """A record with what its leaf is made of."""

    id: str
    decided_at: str  #: RFC 3339, UTC
    notice_hash: str
    text: bytes  #: canonical JSON, of which the entry in the tree is the SHA-256
    personal: bytes  #: canonical JSON of the personal fields
    salt: bytes | None  #: none if the personal fields are erased
    personal_digest: str

    @property
    def fields(self) -> Mapping[str, object]:
        """The fields, as in a receipt."""
        found: dict[str, Any] = json.loads(self.text) | json.loads(self.personal)
        return {name: found[name] for name in FIELDS}

    @property
    def entry(self) -> bytes:
        """What the leaf is the hash of."""
        return sha256(self.text).digest()

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
    *values, browser, consent_id, path, salt = row
    parts = [encode(value) for encode, value in zip(_ENCODERS, values, strict=True)]
    if salt is None:
        personal = tuple(map(_erased, (browser, consent_id, path)))
    elif isinstance(salt, bytes):
        personal = (
            encode_basestring(browser),
            encode_basestring(consent_id),
            encode_basestring(path),
        )
    else:
        raise ValueError("the salt isn't bytes")
    return Stored(
        values[ID_AT],
        parts[_DECIDED_AT][1:-1],
        values[_NOTICE_HASH],
        (_PUBLIC_PATTERN % tuple(parts)).encode(),
        (_PERSONAL_PATTERN % personal).encode(),
        salt,
        values[_DIGEST],
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
    if isinstance(value, datetime):  # from a database that knows moments
        return timestamp(value)
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError(f"no moment: {value!r}")
    datetime.fromisoformat(value)  # there is no 31 February
    return f"{value[:10]}T{value[11:]}Z"


def _moment(value: object) -> str:
    return f'"{moment(value)}"'


@lru_cache(1024)
def _keys(value: str) -> str:
    keys = json.loads(value) if isinstance(value, str) else None
    if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
        return canonical(keys)
    raise ValueError(f"no keys: {value!r}")


_SPECIAL: Final[Mapping[str, Callable[..., str]]] = {
    "decided_at": _moment,
    "sequence": _integer,
    "revision": _integer,
    "granted": _keys,
    "refused": _keys,
    "previous_granted": _keys,
    "previous_decided": _flag,
    "gpc": _flag,
}
_ENCODERS: Final = [_SPECIAL.get(name, encode_basestring) for name in PUBLIC]
