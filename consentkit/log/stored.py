"""Records as they are stored, read so strictly that no edit passes unseen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import type_coerce
from sqlalchemy.types import NullType

from .leaf import PERSONAL, commitment, entry
from .record import FIELDS, timestamp
from .tables import records
from .tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{6}")
_FLAGS: Final = {0: False, 1: True}

#: What :func:`read` takes, in this order; as the database has it, without types.
COLUMNS: Final = [
    type_coerce(records.c[name], NullType()).label(f"stored_{name}")
    for name in (*FIELDS, "salt", "personal_digest")
]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record with what its leaf is made of."""

    fields: Mapping[str, object]  #: as in a receipt
    salt: bytes | None  #: none if the personal fields are erased
    personal_digest: str

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.fields["id"])

    @property
    def decided_at(self) -> datetime:
        """When it was decided."""
        return datetime.fromisoformat(str(self.fields["decided_at"]))

    @property
    def leaf(self) -> bytes:
        """The hash that belongs into the tree."""
        return leaf_hash(entry(self.fields, self.personal_digest))

    @property
    def keeps_its_commitment(self) -> bool:
        """Whether the personal fields are those of the leaf, or erased."""
        if self.salt is None:
            return not any(self.fields[name] for name in PERSONAL)
        return commitment(self.salt, self.fields) == self.personal_digest


def read(row: Sequence[object]) -> Stored:
    """Get a record from its columns.

    :raises ValueError: if one of them holds what we never store.
    """
    *values, salt, digest = row
    decoders = _DECODERS if salt is not None else _ERASED_DECODERS
    fields = {
        name: decode(value)
        for (name, decode), value in zip(decoders, values, strict=True)
    }
    if salt is not None and not isinstance(salt, bytes):
        raise ValueError("salt")
    return Stored(fields, salt, _text(digest))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"no text: {value!r}")


def _erased(value: object) -> str:
    return "" if value is None else _text(value)


def _integer(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ValueError(f"no integer: {value!r}")


def _flag(value: object) -> bool:
    if isinstance(value, int) and value in _FLAGS:
        return _FLAGS[value]
    raise ValueError(f"neither 0 nor 1: {value!r}")


def moment(value: object) -> str:
    """Get a stored moment as in a receipt."""
    if isinstance(value, datetime):  # from a database that knows moments
        return timestamp(value)
    text = _text(value)
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"no moment: {text!r}")
    datetime.fromisoformat(text)  # there is no 31 February
    return f"{text[:10]}T{text[11:]}Z"


@lru_cache(1024)
def _keys(value: str) -> list[str]:
    keys = json.loads(_text(value))
    if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
        return keys
    raise ValueError(f"no keys: {value!r}")


_SPECIAL: Final[Mapping[str, Callable[..., object]]] = {
    "decided_at": moment,
    "sequence": _integer,
    "revision": _integer,
    "granted": _keys,
    "refused": _keys,
    "previous_granted": _keys,
    "previous_decided": _flag,
    "gpc": _flag,
}
_DECODERS: Final = [(name, _SPECIAL.get(name, _text)) for name in FIELDS]
_ERASED_DECODERS: Final = [
    (name, _erased if name in PERSONAL else decode) for name, decode in _DECODERS
]
