"""The audit: everything that can be wrong with a log, whatever it is read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from .note import Checkpoint, NoteInvalid
from .record import timestamp
from .tree import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .keys import Keys
    from .stored import Stored

#: The size that no log reaches.
_NEVER: Final = 1 << 63

#: The word for a leaf of which an export shows the entry alone.
LEFT_OUT: Final = "left out"

#: Where checkpoints are kept.
STORED, OLDER, KEPT = (
    "checkpoint",
    "the older checkpoint",
    "the checkpoint beside the key",
)

#: How far the clocks of servers that write side by side may lie apart.
CLOCK_SKEW: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an honest log can't show."""

    problem: str  #: a word: ``edited``, ``deleted``, ``inserted``, ...
    detail: str
    record: str | None = None  #: its id


@dataclass(slots=True)
class Report:
    """What an audit saw."""

    sealed: int = 0  #: leaves
    unsealed: int = 0  #: records without a leaf yet
    erased: int = 0  #: records whose personal fields are erased
    left_out: int = 0  #: leaves whose records an export doesn't hold
    checkpoints: int = 0
    exported_at: str | None = None  #: when the export was made, if there is one
    findings: list[Finding] = field(default_factory=list)


class Leaf(NamedTuple):
    """A place in the tree, and the record that is said to be there."""

    leaf_index: int
    record: str  #: its id
    stored: Stored | None  #: none if there is no such record
    problem: str = "deleted"  #: what became of a record that isn't there
    detail: str = ""
    entry: bytes | None = None
    nodes: bytes | None = None
    seq: int | None = None  #: the record's place in the order of arrival


class Note(NamedTuple):
    """A checkpoint as somebody has kept it."""

    size: int | None  #: as which it was kept
    note: str
    frontier: bytes | None = None
    place: str = STORED


class Auditor:
    """Takes a log leaf by leaf, and collects what is wrong in :attr:`report`.

    :param notes: all checkpoints, the smallest first.
    :param keys: the log's public keys; without them no signature is good.
    :param notices: hashes of the notices that are what their hashes say.
    """

    def __init__(
        self, notes: Iterable[Note], keys: Keys | None, notices: set[str]
    ) -> None:
        self.report = Report()
        self._keys = keys
        for fault in keys.faults if keys else ():
            self.find("key", fault)
        self.notices = notices
        self._tree = Frontier()
        self._whole = True  # no leaf was missing so far
        self._nodes_hold = True
        self._root_failed = False
        self._good_size = 0
        self._seq = 0
        self._latest = ""
        self._notes = (
            opened for opened in map(self._opened, notes) if opened is not None
        )
        self._go_on()

    def leaf(self, leaf: Leaf) -> None:
        """Take the next leaf."""
        index, record, stored, _, _, sealed, stored_nodes, seq = leaf
        tree, report = self._tree, self.report
        report.sealed += 1
        if index != tree.size and self._whole:
            self._misplaced(leaf)
        if seq is not None:
            if seq < self._seq:
                why = "it has changed its place in the order of arrival"
                self.find("swapped", why, record)
            else:
                self._seq = seq
        found = None
        if stored is None:
            self._lost(leaf)
        else:
            found = self._entry_of(record, stored)
        entry = sealed or found
        if entry is None:
            self._whole = False
        elif found is not None and found != sealed and sealed is not None:
            self.find("edited", "the record isn't what was sealed", record)
        nodes = tree.append(leaf_hash(entry or b""))
        if self._nodes_hold and stored_nodes is not None and stored_nodes != nodes:
            self._nodes_hold = not self._whole
            if self._whole:
                why = f"from leaf {index} on the stored nodes are wrong"
                self.find("tree", why, record)
        if tree.size >= self._next_size:
            self._check_roots()

    def unsealed(self, record: str, stored: Stored | None, seq: int | None) -> None:
        """Take a record that has no leaf, after all leaves."""
        self.report.unsealed += 1
        if seq is not None and seq < self._seq:
            why = "it stands among sealed records and was never sealed"
            self.find("inserted", why, record)
        if stored is None:
            self.find("unreadable", "it holds what is never stored", record)
            return
        self._check_contents(stored)
        if stored.decided_at < _earlier(self._latest):
            why = "it claims a time before the last checkpoint, which lacks it"
            self.find("backdated", why, record)

    def complete_until(self, moment: str) -> None:
        """Take the time up to which all records have leaves."""
        self._latest = max(self._latest, moment)

    def finish(self) -> Report:
        """Get the report once all leaves and records are taken."""
        while self._note is not None:
            note, checkpoint = self._note
            why = f"it covers {checkpoint.size} leaves, {self._tree.size} are there"
            self.find("truncated", f"{note.place} of size {checkpoint.size}: {why}")
            self._go_on()
        unsigned = self._good_size < self._tree.size and not self._root_failed
        if self._whole and unsigned:
            first, last = self._good_size, self._tree.size - 1
            self.find("unsigned", f"leaves {first} to {last} are under no checkpoint")
        return self.report

    def find(self, problem: str, detail: str, record: str | None = None) -> None:
        """Note what is wrong."""
        self.report.findings.append(Finding(problem, detail, record or None))

    def _opened(self, note: Note) -> tuple[Note, Checkpoint] | None:
        self.report.checkpoints += note.place == STORED
        where = note.place if note.size is None else f"{note.place} of size {note.size}"
        if self._keys is None:
            self.find("forged", f"{where}: the key that could prove it is missing")
            return None
        try:
            checkpoint = self._keys.open(note.note)
        except NoteInvalid as error:
            self.find("forged", f"{where}: {error}")
            return None
        if note.size not in {None, checkpoint.size}:
            self.find("forged", f"{where}: it says {checkpoint.size}")
            return None
        return note, checkpoint

    def _misplaced(self, leaf: Leaf) -> None:
        self._whole = False
        expected = self._tree.size
        why = f"leaf {expected} should be here and leaf {leaf.leaf_index} is"
        problem = "missing" if leaf.leaf_index > expected else "moved"
        self.find(problem, why, leaf.record)

    def _lost(self, leaf: Leaf) -> None:
        if leaf.problem == LEFT_OUT:
            self.report.left_out += 1
        else:
            why = leaf.detail or f"leaf {leaf.leaf_index} has no record"
            self.find(leaf.problem, why, leaf.record)

    def _entry_of(self, record: str, stored: Stored) -> bytes:
        if stored.id != record:
            why = f"record {stored.id} stands in its place"
            self.find("swapped", why, record)
        self._check_contents(stored)
        if stored.decided_at > self._latest:  # noqa: PLR1730  max() takes longer
            self._latest = stored.decided_at
        return stored.entry

    def _check_contents(self, stored: Stored) -> None:
        if stored.salt is None:
            self.report.erased += 1
        if not stored.keeps_its_commitment:
            why = "browser, consent_id or path isn't what was committed to"
            self.find("edited", why, stored.id)
        if stored.notice_hash not in self.notices:
            why = f"notice {stored.notice_hash} is missing or changed"
            self.find("notice", why, stored.id)

    def _go_on(self) -> None:
        """Look at the next checkpoint."""
        self._note = next(self._notes, None)
        self._next_size = self._note[1].size if self._note else _NEVER

    def _check_roots(self) -> None:
        while self._note is not None and self._note[1].size <= self._tree.size:
            note, checkpoint = self._note
            if checkpoint.size == self._tree.size and self._whole:
                self._check_root(note, checkpoint)
            self._go_on()

    def _check_root(self, note: Note, checkpoint: Checkpoint) -> None:
        if checkpoint.root != self._tree.root():
            if note.place != OLDER and self._root_failed:
                return  # it follows from the first
            self._root_failed = True
            why = (
                f"{note.place} of size {checkpoint.size} has signed other leaves:"
                f" something in {self._good_size} to {checkpoint.size - 1} was changed"
            )
            self.find("root", why)
        elif note.frontier not in {None, bytes(self._tree)}:
            why = f"{note.place} of size {checkpoint.size} has another frontier"
            self.find("tree", why)
        else:
            self._good_size = checkpoint.size


def _earlier(moment: str) -> str:
    """Get the moment before which an honest clock was when others were at this one."""
    try:
        return timestamp(datetime.fromisoformat(moment) - CLOCK_SKEW)
    except (ValueError, OverflowError):
        return moment
