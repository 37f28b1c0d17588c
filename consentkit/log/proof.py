"""Proofs: that one record is in the signed tree, for whoever holds its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from .note import Checkpoint, NoteInvalid, split_note
from .seal import latest_note
from .tables import leaves, records
from .tree import inclusion_proof, leaf_hash, split_hashes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .tree import Subtree


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows, together with a receipt, that a record is in the log."""

    leaf_index: int
    salt: bytes | None  #: none once the personal fields are erased
    personal_digest: str
    path: tuple[bytes, ...]  #: the inclusion proof, RFC 9162, 2.1.3
    checkpoint: str  #: the signed note

    def as_json(self) -> dict[str, object]:
        """Get the proof as JSON-able data; hashes in hexadecimal digits."""
        return {
            "leaf_index": self.leaf_index,
            "salt": self.salt.hex() if self.salt else None,
            "personal_digest": self.personal_digest,
            "path": [node.hex() for node in self.path],
            "checkpoint": self.checkpoint,
        }


def prove(connection: Connection, record_id: str) -> Proof | None:
    """Get the proof of a record under the latest checkpoint, none if it has no leaf."""
    row = connection.execute(
        select(leaves.c.leaf_index, records.c.salt, records.c.personal_digest)
        .join(records, records.c.seq == leaves.c.seq)
        .where(records.c.id == record_id)
    ).first()
    note = latest_note(connection)
    if row is None or note is None:
        return None
    try:
        size = Checkpoint.parse(split_note(note)[0]).size
        path = inclusion_proof(row.leaf_index, size, subtree_of(connection))
    except (NoteInvalid, ValueError, LookupError):
        return None  # tampered with; whoever verifies the log learns how
    return Proof(
        leaf_index=row.leaf_index,
        salt=row.salt,
        personal_digest=row.personal_digest,
        path=tuple(path),
        checkpoint=note,
    )


def subtree_of(connection: Connection) -> Subtree:
    """Get what reads the hashes of subtrees from where leaves have left them."""

    def stored(start: int, height: int) -> bytes:
        index = start + (1 << height) - 1
        query = select(leaves.c.entry, leaves.c.nodes)
        row = connection.execute(query.where(leaves.c.leaf_index == index)).first()
        if row is None:
            raise LookupError(f"leaf {index} is missing")
        return split_hashes(leaf_hash(row.entry) + row.nodes)[height]

    return stored
