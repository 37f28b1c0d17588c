"""Signed notes and checkpoints, as C2SP signed-note and tlog-checkpoint have them."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from consentkit.errors import ConsentError

from .tree import HASH_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

_ED25519: Final = b"\x01"
_ID_SIZE: Final = 4
_DASH: Final = "\N{EM DASH} "
_PRIVATE: Final = "PRIVATE+KEY+"
_MOST_SIGNATURES: Final = 100
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY: Final = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class NoteInvalid(ConsentError):  # noqa: N818  states what it is
    """A note, a checkpoint or a key isn't what it should be."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name, in notes and as a ``vkey``."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which signatures name their key."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public
        return sha256(named).digest()[:_ID_SIZE]

    def verifies(self, text: str, signature: bytes) -> bool:
        """Tell whether this key has signed a text."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public)
            key.verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Get the key that a ``vkey`` describes."""
        name, public = _parse_key(vkey)
        return _with_id(cls(name, public), vkey)


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key with its name. Its text form is that of Go's note package."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, public_key(self.seed))

    def sign(self, text: str) -> str:
        """Get a note: the text with this key's signature."""
        return f"{text}\n{self.signature_line(text)}"

    def signature_line(self, text: str) -> str:
        """Get this key's signature, as it is added to a note of the text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{_DASH}{self.name} {_base64(self.verifier.key_id + signature)}\n"

    def private_text(self) -> str:
        """Get the secret form, for a file that only the shop can read."""
        key_id = self.verifier.key_id.hex()
        return f"{_PRIVATE}{self.name}+{key_id}+{_base64(_ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Get the key of its secret form."""
        if not text.startswith(_PRIVATE):
            raise NoteInvalid("a private key begins with PRIVATE+KEY+")
        name, seed = _parse_key(text.removeprefix(_PRIVATE))
        signer = cls(name, seed)
        _with_id(signer.verifier, text.removeprefix(_PRIVATE))
        return signer


class Checkpoint(NamedTuple):
    """The state of a log: who it is, how large, and the root of its tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Get the checkpoint of a note's text; lines after the third are let pass."""
        lines = text.split("\n")
        if len(lines) < 4 or "" in lines[:-1] or lines[-1]:  # noqa: PLR2004  three lines
            raise NoteInvalid("a checkpoint has an origin, a size and a root")
        if not _SIZE.fullmatch(lines[1]):
            raise NoteInvalid("a checkpoint's size is a number without leading zeros")
        root = _bytes(lines[2])
        if len(root) != HASH_SIZE:
            raise NoteInvalid("a checkpoint's root has 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def open_note(note: str, verifiers: Iterable[Verifier]) -> str:
    """Get the text of a note that a known key has signed.

    Signatures of other keys are ignored; a wrong one of a known key is not.

    :raises NoteInvalid: if no known key has signed it.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in verifiers}
    signed = False
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verifies(text, signature):
            raise NoteInvalid(f"the signature of {name} is wrong")
        signed = True
    if not signed:
        raise NoteInvalid("no known key has signed this note")
    return text


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Get the checkpoint in a note that a log has signed with its key."""
    checkpoint = Checkpoint.parse(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise NoteInvalid(f"this is a checkpoint of {checkpoint.origin}")
    return checkpoint


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Get a note's text and its signatures: name, key id, signature; all unproved."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not text or _CONTROL.search(note) or not signatures.endswith("\n"):
        raise NoteInvalid("a note is a text, an empty line and signatures")
    lines = signatures[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteInvalid("a note has no more than 100 signatures")
    return text + "\n", [_signature(line) for line in lines]


def public_key(seed: bytes) -> bytes:
    """Get the public key of a private one."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap or not _is_name(name):
        raise NoteInvalid("a signature is a dash, a name and base64")
    signature = _bytes(encoded)
    if len(signature) <= _ID_SIZE:
        raise NoteInvalid("a signature begins with the id of its key")
    return name, signature[:_ID_SIZE], signature[_ID_SIZE:]


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(map(str.isspace, name))


def _parse_key(text: str) -> tuple[str, bytes]:
    found = _KEY.fullmatch(text)
    encoded = _bytes(found[3]) if found else b""
    if found is None or len(encoded) != 1 + HASH_SIZE or encoded[:1] != _ED25519:
        raise NoteInvalid("a key is name+id+base64, and of the kind Ed25519")
    return found[1], encoded[1:]


def _with_id(verifier: Verifier, text: str) -> Verifier:
    if text.split("+")[1] != verifier.key_id.hex():
        raise NoteInvalid("the id in this key isn't its own")
    return verifier


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(encoded: str) -> bytes:
    try:
        data = b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        data = b""
    # Only one text for the same bytes: RFC 4648, 3.5.
    if not data or _base64(data) != encoded:
        raise NoteInvalid("this isn't base64")
    return data
