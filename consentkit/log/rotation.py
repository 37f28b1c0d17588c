"""Rotation: a new key signs the log from now on, and old checkpoints stay valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.errors import ConfigError

from .keys import Statement, add_key, statement_of, stored_statements
from .note import NoteInvalid
from .seal import SealingRefused, seal
from .tiles import signed_size

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from .key import KeyFile
    from .note import Signer, Verifier
    from .store import ConsentLog


def rotate_key(log: ConsentLog, now: datetime, *, lost: bool = False) -> Verifier:
    """Get the public half of the key that signs the log from now on.

    All records there are get sealed with the old key first. The old private key is
    overwritten then, and gone.

    :param lost: there is no old key any more, and nobody vouches for the new one.
    :raises SealingRefused: if the old key isn't the log's latest, or there is none.
    """
    if log.key is None:
        raise SealingRefused("this log has no key")
    with log.database.sealing() as connection:
        old = None if lost else _current(connection, log.key, now)
        verifier = _take_over(connection, log.key, old, now)
    # Whoever seals before this happens finds the new key where it waits.
    log.key.promote()
    return verifier


def _current(connection: Connection, key: KeyFile, now: datetime) -> Signer:
    if not stored_statements(connection) and _load(key) is None:
        raise SealingRefused("there is no key yet: the first seal makes one")
    seal(connection, key, now)
    signer = _load(key)
    if signer is None:
        raise SealingRefused(f"{key.path} is missing: if it is lost, say --lost")
    return signer


def _load(key: KeyFile) -> Signer | None:
    try:
        return key.load()
    except (OSError, ConfigError) as error:
        raise SealingRefused(f"the key can't be used: {error}") from error


def _take_over(
    connection: Connection, key: KeyFile, old: Signer | None, now: datetime
) -> Verifier:
    statements = stored_statements(connection)
    if not statements:
        raise SealingRefused("the log knows of no key that could have been lost")
    try:
        before = Statement.parse(statements[-1])
    except NoteInvalid as error:
        raise SealingRefused(f"the statement of the last key: {error}") from None
    try:
        new = key.prepare(before.verifier.name)
    except OSError as error:
        raise SealingRefused(f"the new key can't be written: {error}") from error
    first_size = signed_size(connection) + 1
    text = statement_of(new, before, first_size)
    note = new.sign(text) + (old.signature_line(text) if old else "")
    add_key(connection, note, now)
    return new.verifier
