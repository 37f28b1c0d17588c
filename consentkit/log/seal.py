"""Sealing: records become leaves, and the tree is signed as it then is."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, insert, select

from consentkit.errors import ConfigError, ConsentError, LogUnavailable

from .keys import Keys, Statement, add_key, statement_of, stored_statements
from .note import Checkpoint, NoteInvalid, split_note
from .stored import PUBLIC_COLUMNS, leaf_text, moment
from .tables import checkpoints, leaves, records
from .tree import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Row

    from .key import KeyFile
    from .note import Signer

PAGE: Final = 1000
_REMEDY: Final = (
    "bring the database back, or delete this file if it is of another one on purpose"
)
_INSERT: Final = insert(leaves)
_COPY: Final = f"COPY {leaves.name} ({', '.join(leaves.c.keys())}) FROM STDIN"


class SealingRefused(ConsentError):  # noqa: N818  states what it is
    """The log isn't sealed: there is no key, or what is sealed was tampered with."""


class _Last(NamedTuple):
    """Where the sealed part of the log ends."""

    note: str
    tree: Frontier
    seq: int
    complete_until: datetime


class Sealed(NamedTuple):
    """A checkpoint, and the note in which it is signed."""

    checkpoint: Checkpoint
    note: str


def seal(
    connection: Connection, key: KeyFile, now: datetime, limit: int | None = None
) -> Sealed | None:
    """Get the latest checkpoint, over all records there are, none if there are none.

    Belongs into a transaction that holds the lock for writing.

    :param limit: seal no more records than these.
    :raises SealingRefused: rather than sign what contradicts an earlier checkpoint.
    """
    last = _last(connection)
    signer = _signer(connection, key, last, now)
    old = _open(connection, last, signer) if last else None
    _compare(connection, key, old.size if old else 0)
    tree = last.tree if last else Frontier()
    before, latest = tree.size, []
    for page in _pages(connection, last.seq if last else 0, limit):
        _store(connection, list(_leaves(page, tree)))
        latest = [datetime.fromisoformat(moment(page[-1][0]))]
    if tree.size == before:
        return Sealed(old, last.note) if old and last else None
    if limit is None or tree.size - before < limit:
        latest.append(now)
    if last:
        latest.append(last.complete_until)  # whatever clocks do, it never goes back
    checkpoint = Checkpoint(signer.name, tree.size, tree.root())
    note = signer.sign(checkpoint.text)
    connection.execute(
        insert(checkpoints),
        {
            "size": tree.size,
            "note": note,
            "frontier": bytes(tree),
            "sealed_at": now,
            "complete_until": max(latest),
        },
    )
    return Sealed(checkpoint, note)


def signer_in_use(connection: Connection, key: KeyFile) -> Signer | None:
    """Get the log's latest key, none if there is none or it isn't in its place."""
    statements = stored_statements(connection)
    try:
        latest = Statement.parse(statements[-1]).verifier if statements else None
    except NoteInvalid:
        latest = None  # tampered with; whoever verifies the log learns how
    return (key.private(latest) if latest else None) or key.load()


def is_stored(connection: Connection, note: str) -> bool:
    """Tell whether a checkpoint is one of those in the database."""
    try:
        size = Checkpoint.parse(split_note(note)[0]).size
    except NoteInvalid:
        return False
    query = select(checkpoints.c.note).where(checkpoints.c.size == size)
    return connection.scalar(query) == note


def latest_note(connection: Connection) -> str | None:
    """Get the newest checkpoint's note as it is stored, none before the first."""
    query = select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
    return connection.scalar(query)


def unsealed(connection: Connection) -> int:
    """Get about how many records there are that have no leaf."""
    arrived = connection.scalar(select(func.max(records.c.seq))) or 0
    return arrived - (connection.scalar(select(func.max(leaves.c.seq))) or 0)


def latest_moment(connection: Connection) -> datetime:
    """Get the moment before which a record that isn't sealed looks backdated.

    The log must have a checkpoint.
    """
    until = select(checkpoints.c.complete_until).order_by(checkpoints.c.size.desc())
    decided = select(func.max(records.c.decided_at))
    moments = [connection.scalar(query) for query in (until.limit(1), decided)]
    latest: datetime = max(moment for moment in moments if moment is not None)
    return latest


def _last(connection: Connection) -> _Last | None:
    row = connection.execute(
        select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)
    ).first()
    if row is None:
        if connection.execute(select(leaves.c.leaf_index).limit(1)).first():
            raise SealingRefused("there are leaves, and no checkpoint")
        return None
    seq = connection.scalar(
        select(records.c.seq)
        .join(leaves, leaves.c.seq == records.c.seq)
        .where(leaves.c.leaf_index == row.size - 1)
        .where(leaves.c.record_id == records.c.id)
    )
    if seq is None:
        raise SealingRefused(f"the record of leaf {row.size - 1} is missing")
    try:
        tree = Frontier(row.size, row.frontier)
        return _Last(row.note, tree, seq, row.complete_until)
    except ValueError as error:
        raise SealingRefused(str(error)) from None


def _signer(
    connection: Connection, key: KeyFile, last: _Last | None, now: datetime
) -> Signer:
    """Get the log's latest key; the first one is entered into the log with this."""
    statements = stored_statements(connection)
    try:
        signer = key.load()
        if signer is None and last is None and not statements:
            signer = key.make()
    except (OSError, ConfigError) as error:
        raise SealingRefused(f"the key can't be used: {error}") from error
    if signer is None and not statements:
        raise SealingRefused(f"{key.path} is missing, which signed the log so far")
    if not statements and signer is not None:
        text = statement_of(signer, None, 0)
        add_key(connection, signer.sign(text), now)
        return signer
    return _latest(key, signer, statements[-1])


def _latest(key: KeyFile, signer: Signer | None, statement: str) -> Signer:
    try:
        latest = Statement.parse(statement).verifier
    except NoteInvalid as error:
        raise SealingRefused(f"the statement of the last key: {error}") from None
    # After a rotation that was cut short, the new key still waits in its place.
    if (signer is None or signer.verifier != latest) and key.promote(latest):
        signer = key.load()
    if signer is None:
        raise SealingRefused(f"{key.path} is missing, which signed the log so far")
    if signer.verifier != latest:
        raise SealingRefused(f"the key in {key.path} isn't the log's latest")
    return signer


def _open(connection: Connection, last: _Last, signer: Signer) -> Checkpoint:
    trusted = Keys(signer.verifier, stored_statements(connection))
    try:
        checkpoint = trusted.open(last.note)
    except NoteInvalid as error:
        raise SealingRefused(f"the last checkpoint: {error}") from None
    if (checkpoint.size, checkpoint.root) != (last.tree.size, last.tree.root()):
        raise SealingRefused("the last checkpoint isn't that of the tree")
    return checkpoint


def _compare(connection: Connection, key: KeyFile, size: int) -> None:
    """Make sure that what was signed here last is still there.

    Else who can change nothing but the database could have another history signed.
    """
    try:
        note = key.remembered()
    except OSError as error:
        raise SealingRefused(f"{key.memory} can't be read: {error}") from error
    if note is not None and not is_stored(connection, note):
        why = f"the log, of {size} sealed records, lacks the checkpoint in {key.memory}"
        raise SealingRefused(f"{why}: {_REMEDY}")


def _pages(
    connection: Connection, seq: int, limit: int | None
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Get records that have no leaf yet, in the order of their arrival."""
    query = select(*PUBLIC_COLUMNS, records.c.seq).order_by(records.c.seq)
    left = limit
    while True:
        size = PAGE if left is None else min(PAGE, left)
        rows = connection.execute(query.where(records.c.seq > seq).limit(size)).all()
        if rows:
            yield rows
            seq = rows[-1].seq
        if len(rows) < PAGE:
            return
        left = None if left is None else left - len(rows)


def _leaves(
    page: Sequence[Row[*tuple[Any, ...]]], tree: Frontier
) -> Iterator[tuple[object, ...]]:
    for index, row in enumerate(page, tree.size):
        at, record, digest, *shared, seq = row
        try:
            entry = sha256(leaf_text(at, record, digest, tuple(shared))).digest()
        except (ValueError, TypeError) as error:
            why = f"record {record} can't be read: {error}"
            raise SealingRefused(why) from None
        yield index, seq, record, entry, tree.append(leaf_hash(entry))


def _store(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Store leaves; without SQLAlchemy's look at each value, which nothing needs."""
    if connection.dialect.driver == "psycopg":
        _copy(connection, rows)
        return
    compiled = _INSERT.compile(dialect=connection.dialect)
    if connection.dialect.positional:
        connection.exec_driver_sql(str(compiled), list(rows))
    else:
        names = [column.name for column in leaves.c]
        named = [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(str(compiled), named)


def _copy(connection: Connection, rows: Iterable[tuple[object, ...]]) -> None:
    """Store leaves by COPY: half the work for this process, and less for the server."""
    dbapi: Any = connection.dialect.dbapi
    cursor: Any = connection.connection.cursor()
    try:
        with cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    except dbapi.Error as error:
        raise LogUnavailable(f"the leaves can't be stored: {error}") from None
