"""Leaves of the tree: records without what may have to be erased one day.

Personal fields stand in a leaf as a salted commitment. Without the salt it tells
nothing about them, so that erasing salt and fields (GDPR 17) erases the person and
leaves the tree valid. A leaf is made of nothing but a digest, so that the tree can be
published: whoever has a record can find it there, and nobody can read one out of it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from consentkit.canonical import canonical

from .record import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

PERSONAL: Final = ("browser", "consent_id", "path")

#: What a leaf binds to, in the order in which canonical JSON has it.
PUBLIC: Final = tuple(sorted({*FIELDS, "personal_digest"} - {*PERSONAL}))
SALT_SIZE: Final = 32


def commitment(salt: bytes, fields: Mapping[str, object]) -> str:
    """Get the digest that binds to the personal fields and doesn't tell them."""
    personal = canonical({name: fields[name] for name in PERSONAL})
    return sha256(salt + personal.encode()).hexdigest()


def entry(fields: Mapping[str, object], personal_digest: str) -> bytes:
    """Get what a leaf is the hash of: SHA-256 of canonical JSON, as in RFC 8785.

    :param fields: of the record, as in a receipt.
    """
    whole = {**fields, "personal_digest": personal_digest}
    public = {name: whole[name] for name in PUBLIC}
    return sha256(canonical(public).encode()).digest()
