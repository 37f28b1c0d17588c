"""The keys of a log: which one signs from which size on, and who says so.

Each key comes with a statement about itself: a signed note that names it, the key
before it, and the size from which on it signs. The new key signs the statement, and
the old one too if it isn't lost. So whoever trusts one key of a log knows the others:
later ones by the signature of the key before, earlier ones by that of the key after.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import insert, select

from .note import Checkpoint, NoteInvalid, Verifier, open_note, split_note
from .tables import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from .note import Signer

_NONE: Final = "none"
_TEXT: Final = re.compile(
    r"(?P<origin>.+)\nkey (?P<number>[1-9][0-9]{0,8})\nis (?P<vkey>.+)\n"
    r"after (?P<before>.+)\nfrom (?P<size>0|[1-9][0-9]{0,17})\n"
)


class Statement(NamedTuple):
    """What a key says of itself."""

    number: int  #: 1 for the log's first key
    verifier: Verifier
    before: Verifier | None
    first_size: int  #: of the first checkpoint that it may sign
    note: str

    def is_signed_by(self, verifier: Verifier) -> bool:
        """Tell whether a key stands by it."""
        try:
            open_note(self.note, [verifier])
        except NoteInvalid:
            return False
        return True

    @classmethod
    def parse(cls, note: str) -> Statement:
        """Get a statement out of its note; nobody's signature is proved yet.

        :raises NoteInvalid: if it's something else.
        """
        found = _TEXT.fullmatch(split_note(note)[0])
        if found is None:
            raise NoteInvalid("this isn't a key's statement")
        before = found["before"]
        return cls(
            int(found["number"]),
            Verifier.parse(found["vkey"]),
            None if before == _NONE else Verifier.parse(before),
            int(found["size"]),
            note,
        )


class KnownKey(NamedTuple):
    """A trusted key, and the sizes of the checkpoints that it may sign."""

    verifier: Verifier
    first_size: int = 0
    last_size: int | None = None  #: none for the one in use


class Keys:
    """The keys that are trusted because one of them is.

    :param anchor: the key that somebody trusts.
    :param notes: the statements of all keys, the first key's first.
    """

    def __init__(self, anchor: Verifier, notes: Iterable[str] = ()) -> None:
        self.anchor = anchor
        self.faults: list[str] = []
        statements = self._read(notes)
        own = [s for s in statements if s.verifier == anchor]
        if statements and not own:
            self.faults.append("the key isn't one of this log's")
        self.known = self._trusted(statements, own[0]) if own else [KnownKey(anchor)]

    def open(self, note: str) -> Checkpoint:
        """Get the checkpoint in a note that the log signed with its key of the time.

        :raises NoteInvalid: if it didn't.
        """
        size = Checkpoint.parse(split_note(note)[0]).size
        fit = [key.verifier for key in self.known if _may_sign(key, size)]
        checkpoint = Checkpoint.parse(open_note(note, fit))
        if checkpoint.origin != self.anchor.name:
            raise NoteInvalid(f"this is a checkpoint of {checkpoint.origin}")
        return checkpoint

    def open_latest(self, note: str) -> str:
        """Get the text of a note that the key in use has signed.

        :raises NoteInvalid: if it didn't.
        """
        return open_note(note, [self.known[-1].verifier])

    def _read(self, notes: Iterable[str]) -> list[Statement]:
        """Get the statements that make one chain, up to the first that doesn't fit."""
        found: list[Statement] = []
        for note in notes:
            try:
                statement = Statement.parse(note)
            except NoteInvalid as error:
                self.faults.append(f"key {len(found) + 1}: {error}")
                return found
            if not _follows(statement, found):
                self.faults.append(f"key {statement.number} doesn't follow the others")
                return found
            found.append(statement)
        return found

    def _trusted(
        self, statements: Sequence[Statement], anchor: Statement
    ) -> list[KnownKey]:
        first = last = anchor.number - 1
        # A key stands for the one before it, and for the one after it.
        while first and statements[first].is_signed_by(statements[first].verifier):
            first -= 1
        while last + 1 < len(statements) and statements[last + 1].is_signed_by(
            statements[last].verifier
        ):
            last += 1
        if first:
            self.faults.append(f"key {first + 1} hasn't signed its own statement")
        if last + 1 < len(statements):
            why = f"key {last + 1} doesn't stand for key {last + 2}: ask for that one"
            self.faults.append(why)
        ends = [s.first_size - 1 for s in statements[first + 1 : last + 1]]
        return [
            KnownKey(statement.verifier, statement.first_size, end)
            for statement, end in zip(
                statements[first : last + 1], [*ends, None], strict=True
            )
        ]


def statement_of(signer: Signer, before: Statement | None, first_size: int) -> str:
    """Get the text by which a key takes over, still unsigned."""
    number = before.number + 1 if before else 1
    previous = before.verifier if before else _NONE
    return (
        f"{signer.name}\nkey {number}\nis {signer.verifier}\n"
        f"after {previous}\nfrom {first_size}\n"
    )


def add_key(connection: Connection, note: str, now: datetime) -> None:
    """Store the signed statement of a key."""
    statement = Statement.parse(note)
    connection.execute(
        insert(keys),
        {
            "number": statement.number,
            "vkey": str(statement.verifier),
            "first_size": statement.first_size,
            "note": note,
            "added_at": now,
        },
    )


def stored_statements(connection: Connection) -> list[str]:
    """Get the statements of a log's keys, the first key's first."""
    return list(connection.scalars(select(keys.c.note).order_by(keys.c.number)))


def known_keys(connection: Connection, anchor: Verifier | None) -> Keys | None:
    """Get the keys of a log that are trusted because one of them is."""
    return Keys(anchor, stored_statements(connection)) if anchor else None


def _follows(statement: Statement, found: Sequence[Statement]) -> bool:
    if not found:
        return statement.number == 1 and statement.before is None
    last = found[-1]
    return (
        statement.number == last.number + 1
        and statement.before == last.verifier
        and statement.verifier.name == last.verifier.name
        and statement.first_size >= last.first_size
        and statement.verifier not in {s.verifier for s in found}
    )


def _may_sign(key: KnownKey, size: int) -> bool:
    return key.first_size <= size and (key.last_size is None or size <= key.last_size)
