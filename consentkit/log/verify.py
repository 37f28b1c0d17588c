"""Verifying a log where it is: every row, every leaf and every checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from sqlalchemy import func, select, type_coerce
from sqlalchemy.types import NullType

from consentkit.canonical import canonical

from .audit import KEPT, OLDER, Auditor, Leaf, Note
from .guards import missing
from .keys import known_keys
from .note import Checkpoint, NoteInvalid, split_note
from .seal import is_stored
from .stored import COLUMNS, ID_AT, moment, read
from .tables import checkpoints, leaves, notices, records

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .audit import Report
    from .note import Verifier
    from .stored import Stored

_Item = TypeVar("_Item")
#: Passes items on, and shows how many of a number have come by.
Watch: TypeAlias = Callable[[Iterable[_Item], int], Iterable[_Item]]


def unwatched(items: Iterable[_Item], _number: int) -> Iterable[_Item]:
    """Pass items on unseen."""
    return items


_STREAM: Final = {"yield_per": 1000}

_LEAVES = (
    select(
        leaves.c.leaf_index, leaves.c.record_id, leaves.c.entry, leaves.c.nodes,
        leaves.c.seq, *COLUMNS,
    )
    .join_from(leaves, records, records.c.seq == leaves.c.seq, isouter=True)
    .order_by(leaves.c.leaf_index)
)  # fmt: skip

_UNSEALED = (
    select(records.c.seq, *COLUMNS)
    .join_from(records, leaves, records.c.seq == leaves.c.seq, isouter=True)
    .where(leaves.c.leaf_index.is_(None))
    .order_by(records.c.seq)
)


def verify(
    connection: Connection,
    verifier: Verifier | None,
    *,
    since: str | None = None,
    remembered: str | None = None,
    watch: Watch[Leaf] = unwatched,
) -> Report:
    """Get everything that is wrong with a log, as of one moment.

    :param since: the note of a checkpoint that was kept elsewhere.
    :param remembered: the one that is kept beside the key.
    """
    others = older(since), beside_the_key(remembered)
    notes = merge(stored_notes(connection), *others, key=note_size)
    auditor = Auditor(notes, known_keys(connection, verifier), set())
    auditor.notices |= good_notices(connection, auditor)
    number = connection.scalar(select(func.count()).select_from(leaves)) or 0
    for leaf in watch(stored_leaves(connection), number):
        auditor.leaf(leaf)
    for guard in missing(connection):
        why = f"the trigger {guard} is missing or changed: flask consent db upgrade"
        auditor.find("unguarded", why)
    if remembered is not None and not is_stored(connection, remembered):
        auditor.find("deleted", f"{KEPT} isn't in the database any more")
    _take_completeness(connection, auditor)
    for seq, *row in connection.execute(_UNSEALED, execution_options=_STREAM):
        stored, _ = _read(row)
        auditor.unsealed(str(row[ID_AT]), stored, seq)
    return auditor.finish()


def older(since: str | None) -> Iterator[Note]:
    """Get a checkpoint that was kept elsewhere, as a note to audit."""
    if since is not None:
        yield Note(None, since, place=OLDER)


def beside_the_key(note: str | None) -> Iterator[Note]:
    """Get the checkpoint that was signed here last, as a note to audit."""
    if note is not None:
        yield Note(None, note, place=KEPT)


def note_size(note: Note) -> int:
    """Get the size that a note claims, 0 if it can't be read."""
    try:
        return Checkpoint.parse(split_note(note.note)[0]).size
    except NoteInvalid:
        return note.size if isinstance(note.size, int) else 0


def stored_notes(
    connection: Connection, first: int = 0, number: int | None = None
) -> Iterator[Note]:
    """Get checkpoints from a size on, the smallest first; so many at most."""
    query = select(checkpoints.c.size, checkpoints.c.note, checkpoints.c.frontier)
    query = query.order_by(checkpoints.c.size).limit(number)
    if first:
        query = query.where(checkpoints.c.size >= first)
    for size, note, frontier in connection.execute(query, execution_options=_STREAM):
        yield Note(size, str(note), frontier)


def stored_leaves(
    connection: Connection, first: int = 0, number: int | None = None
) -> Iterator[Leaf]:
    """Get leaves and their records from a place in the tree on; so many at most."""
    query = _LEAVES.limit(number)
    if first:  # from the beginning, whatever stands there in place of a number
        query = query.where(leaves.c.leaf_index >= first)
    # Row by row, the driver would be asked much more often.
    pages = connection.execute(query, execution_options=_STREAM).partitions()
    for index, record, entry, nodes, seq, *columns in chain.from_iterable(pages):
        stored, problem = _read(columns)
        if columns[ID_AT] is None:
            problem = _gone(connection, record)
        yield Leaf(
            index if type(index) is int else -1,
            str(record),
            stored,
            *problem,
            entry if isinstance(entry, bytes) and len(entry) == 32 else b"",  # noqa: PLR2004  SHA-256
            nodes,
            seq if type(seq) is int else -1,
        )


def _gone(connection: Connection, record: object) -> tuple[str, str]:
    """Get what became of a record that isn't where its leaf has it."""
    if connection.scalar(select(records.c.seq).where(records.c.id == record)) is None:
        return "deleted", ""
    return "swapped", "it has changed its place in the order of arrival"


def _read(columns: list[object]) -> tuple[Stored | None, tuple[str, str]]:
    try:
        return read(columns), ("", "")
    except (ValueError, TypeError) as error:
        return None, ("unreadable", f"it holds what is never stored: {error}")


def good_notices(connection: Connection, auditor: Auditor) -> set[str]:
    """Get the hashes of notices that are what their hashes say; name the others."""
    good = set()
    query = select(notices.c.hash, notices.c.content, notices.c.language)
    rows = connection.execute(query, execution_options=_STREAM)
    for digest, content, language in rows:
        text = str(content)
        if sha256(text.encode("utf-8", "replace")).hexdigest() != digest:
            auditor.find("notice", f"notice {digest} isn't what its hash says")
        elif f'"language":{canonical(str(language))}' not in text:
            auditor.find("notice", f"notice {digest} isn't in the language {language}")
        else:
            good.add(digest)
    return good


def _take_completeness(connection: Connection, auditor: Auditor) -> None:
    query = select(type_coerce(checkpoints.c.complete_until, NullType()))
    until = connection.scalar(query.order_by(checkpoints.c.size.desc()).limit(1))
    try:
        if until is not None:
            auditor.complete_until(moment(until))
    except ValueError:
        auditor.find("edited", "the time of the last checkpoint can't be read")
