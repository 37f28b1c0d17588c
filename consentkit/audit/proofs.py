"""A record's proof, checked while the auditor looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.log.keys import Keys, stored_statements
from consentkit.log.note import NoteInvalid
from consentkit.log.tree import leaf_hash, proves_inclusion
from consentkit.log.verify import stored_leaves

if TYPE_CHECKING:
    from consentkit.log import ConsentLog, Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Whether the record, as it is stored now, is what was sealed."""

    proof: Proof
    size: int  #: of the tree in the checkpoint
    problem: str = ""  #: empty if all is well


def checked(log: ConsentLog, record_id: str) -> Checked | None:
    """Get a record's proof with what a verifier makes of it, none if not sealed yet."""
    proof = log.proof(record_id)
    if proof is None:
        return None
    verifier = log.verifier()
    if verifier is None:
        return Checked(proof=proof, size=0, problem="the log's key is missing")
    try:
        with log.reading() as connection:
            keys = Keys(verifier, stored_statements(connection))
        checkpoint = keys.open(proof.checkpoint)
    except NoteInvalid as error:
        return Checked(proof=proof, size=0, problem=f"the checkpoint: {error}")
    with log.reading() as connection:
        (leaf,) = stored_leaves(connection, proof.leaf_index, 1)
    if leaf.stored is None or not leaf.stored.keeps_its_commitment:
        return Checked(
            proof=proof, size=checkpoint.size, problem="the record was changed"
        )
    holds = proves_inclusion(
        leaf_hash(leaf.stored.entry),
        proof.leaf_index,
        checkpoint.size,
        proof.path,
        checkpoint.root,
    )
    problem = "" if holds else "it isn't what was sealed"
    return Checked(proof=proof, size=checkpoint.size, problem=problem)
