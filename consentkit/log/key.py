"""The key that signs checkpoints: one file, made once, never in the database."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING

from consentkit.errors import ConfigError

from .note import NoteInvalid, Signer, public_key

if TYPE_CHECKING:
    from pathlib import Path

    from .note import Verifier

_REMEDY = "restore this file from a backup: it holds the key that signs the log"


class KeyFile:
    """Where the private key is. Nothing is read or made before it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        #: Where a new key waits until the log knows of it.
        self.waiting = path.with_name(f"{path.name}.next")
        #: The last checkpoint that was signed here, out of the database's reach.
        self.memory = path.with_name(f"{path.name}.checkpoint")

    def load(self) -> Signer | None:
        """Get the key, none if there is no such file.

        :raises ConfigError: if the file holds something else.
        :raises OSError: if it can't be read.
        """
        return _read(self.path)

    def private(self, public: Verifier) -> Signer | None:
        """Get the private half of a key, none if it is neither in use nor waiting.

        :raises ConfigError: if a file holds something else.
        :raises OSError: if one can't be read.
        """
        found = (self.load(), _read(self.waiting))
        return next((s for s in found if s and s.verifier == public), None)

    def make(self) -> Signer:
        """Get the key, made now if nobody has made it in between.

        :raises OSError: if it can't be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return _made(self.path, new_signer())

    def prepare(self, name: str) -> Signer:
        """Get the key that shall come next, made now if none is waiting.

        :param name: that of the log, which stays.
        :raises OSError: if it can't be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return _made(self.waiting, Signer(name, token_bytes(32)))

    def remembered(self) -> str | None:
        """Get the note of the last checkpoint that was signed here, if it is known.

        :raises OSError: if it can't be read.
        """
        try:
            return self.memory.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None

    def remember(self, note: str) -> None:
        """Keep a checkpoint's note once it is stored, if the folder can be written."""
        with suppress(OSError):
            if self.remembered() != note:
                _replace(self.memory, note)

    def promote(self, expected: Verifier | None = None) -> bool:
        """Tell whether the waiting key took the place of the one before, just now.

        :param expected: only if it is this one.
        """
        with suppress(OSError, ConfigError):
            signer = _read(self.waiting)
            if signer and expected in {None, signer.verifier}:
                self.waiting.replace(self.path)
                return True
        return False


def new_signer() -> Signer:
    """Get a new key, named after its public half."""
    seed = token_bytes(32)
    return Signer(f"consentkit/{sha256(public_key(seed)).hexdigest()[:8]}", seed)


def _read(path: Path) -> Signer | None:
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    try:
        return Signer.parse(text.strip())
    except NoteInvalid as error:
        found = f"{path} ({error})"
        raise ConfigError("CONSENTKIT_LOG_KEY", found, _REMEDY) from None


def _made(path: Path, new: Signer) -> Signer:
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        _write(draft, new.private_text() + "\n")
        # A link appears with all its content, or not at all if there is one:
        # whoever comes second reads the key of the first.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    signer = _read(path)
    if signer is None:
        raise FileNotFoundError(f"{path} is gone again")
    return signer


def _replace(path: Path, text: str) -> None:
    """Write what is no secret: whoever seals next has to read it, as any user."""
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        _write(draft, text)
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
