"""Merkle trees, their roots and their proofs: RFC 9162, section 2.1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

#: Gets the hash of the 2**height leaves from a first one on, whose index is a
#: multiple of that number.
Subtree: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Get the hash of an entry. Its prefix keeps it from passing for a node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Get the hash of a node above two others."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree, reduced to what its root and its growth need.

    :ivar size: the number of leaves.
    :ivar hashes: of the perfect subtrees side by side, the largest first; there is
        one for each bit of the size.
    """

    def __init__(self, size: int = 0, hashes: bytes = b"") -> None:
        if size < 0 or len(hashes) != size.bit_count() * HASH_SIZE:
            raise ValueError(f"no tree of {size} leaves has this frontier")
        self.size = size
        self.hashes = split_hashes(hashes)

    def append(self, leaf: bytes) -> bytes:
        """Get the hashes of the subtrees that a leaf completes, lowest first."""
        size, hashes = self.size, self.hashes
        self.size = size + 1
        if not size & 1:
            hashes.append(leaf)
            return b""
        completed = node = sha256(b"\x01" + hashes.pop() + leaf).digest()
        while (size := size >> 1) & 1:
            node = sha256(b"\x01" + hashes.pop() + node).digest()
            completed += node
        hashes.append(node)
        return completed

    def root(self) -> bytes:
        """Get the root of the tree as it is."""
        if not self.hashes:
            return EMPTY_ROOT
        *left, root = self.hashes
        for node in reversed(left):
            root = node_hash(node, root)
        return root

    def __bytes__(self) -> bytes:
        return b"".join(self.hashes)


def split_hashes(joined: bytes) -> list[bytes]:
    """Get the hashes that stand one after another."""
    return [joined[i : i + HASH_SIZE] for i in range(0, len(joined), HASH_SIZE)]


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Get what proves that a leaf is in a tree (2.1.3.1), the lowest node first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span(middle, end, subtree))
            end = middle
        else:
            path.append(_span(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """Get what proves that a tree only grew since it had ``old`` leaves (2.1.4.1)."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves never had {old}")
    path, start, end = [], 0, size
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_span(middle, end, subtree))
            end = middle
        else:
            path.append(_span(start, middle, subtree))
            start = middle
    if start:
        path.append(_span(start, end, subtree))
    return path[::-1]


def proves_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether a proof shows that a leaf is in the tree (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def proves_consistency(
    old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that the tree only grew (2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    nodes = list(path)
    if old & (old - 1) == 0:
        nodes.insert(0, old_root)
    if not nodes:
        return False
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before = node_hash(sibling, before)
            after = node_hash(sibling, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(size: int) -> int:
    """Get the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _span(start: int, end: int, subtree: Subtree) -> bytes:
    size = end - start
    if size & (size - 1) == 0:
        return subtree(start, size.bit_length() - 1)
    middle = start + _split(size)
    return node_hash(_span(start, middle, subtree), _span(middle, end, subtree))
