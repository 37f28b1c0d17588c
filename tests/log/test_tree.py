from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.log.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proves_consistency,
    proves_inclusion,
)

#: The entries and roots with which certificate transparency logs are tested.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LARGEST = 65
ODD = b"\0" * 32
LEAVES = [leaf_hash(bytes([number])) for number in range(LARGEST)]


def naive_root(leaves: list[bytes]) -> bytes:
    """Get a root as RFC 9162, 2.1.1, defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    joined = naive_root(leaves[:half]) + naive_root(leaves[half:])
    return sha256(b"\x01" + joined).digest()


def naive_subtree(start: int, height: int) -> bytes:
    return naive_root(LEAVES[start : start + 2**height])


def grown(leaves: list[bytes]) -> Frontier:
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree


NAIVE = [naive_root(LEAVES[:size]) for size in range(LARGEST + 1)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    tree = grown([leaf_hash(entry) for entry in ENTRIES[:size]])
    assert tree.root().hex() == ROOTS[size]


def test_a_leaf_is_no_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"") != EMPTY_ROOT


def test_a_tree_has_the_defined_root_at_every_size() -> None:
    tree = Frontier()
    assert tree.root() == NAIVE[0]
    for size, leaf in enumerate(LEAVES, 1):
        tree.append(leaf)
        assert tree.root() == NAIVE[size]


@given(st.lists(st.binary(max_size=4), max_size=200))
def test_a_tree_of_any_leaves_has_the_defined_root(entries: list[bytes]) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    assert grown(leaves).root() == naive_root(leaves)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 64])
def test_a_tree_grows_on_from_its_frontier(size: int) -> None:
    tree = Frontier(size, bytes(grown(LEAVES[:size])))
    for leaf in LEAVES[size:]:
        tree.append(leaf)
    assert tree.root() == NAIVE[-1]


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, b""), (0, b"x" * 32), (3, b"x" * 63), (-1, b"x" * 32)]
)
def test_a_frontier_of_another_tree_is_refused(size: int, hashes: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier(size, hashes)


def test_a_leaf_completes_the_subtrees_that_end_with_it() -> None:
    tree = Frontier()
    for index, leaf in enumerate(LEAVES):
        completed = tree.append(leaf)
        heights = [h for h in range(1, 8) if (index + 1) % 2**h == 0]
        wanted = [naive_subtree(index + 1 - 2**height, height) for height in heights]
        assert completed == b"".join(wanted)


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_leaf_of_every_tree_can_be_proved(size: int) -> None:
    for index in range(size):
        path = inclusion_proof(index, size, naive_subtree)
        assert proves_inclusion(LEAVES[index], index, size, path, NAIVE[size])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_growth_can_be_proved(size: int) -> None:
    for old in range(1, size + 1):
        path = consistency_proof(old, size, naive_subtree)
        assert proves_consistency(old, NAIVE[old], size, NAIVE[size], path)


def test_proofs_are_as_the_standard_shows_them() -> None:
    """The tree of seven leaves in RFC 9162, 2.1.5."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    assert inclusion_proof(0, 7, naive_subtree) == [b, h, m]
    assert inclusion_proof(3, 7, naive_subtree) == [c, g, m]
    assert inclusion_proof(4, 7, naive_subtree) == [f, j, k]
    assert inclusion_proof(6, 7, naive_subtree) == [i, k]
    assert consistency_proof(3, 7, naive_subtree) == [c, d, g, m]
    assert consistency_proof(4, 7, naive_subtree) == [m]
    assert consistency_proof(6, 7, naive_subtree) == [i, j, k]


@given(st.data())
def test_a_changed_inclusion_proof_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, naive_subtree)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index) | st.none())
    if other is not None:
        assert not proves_inclusion(LEAVES[other], index, size, path, NAIVE[size])
        assert not proves_inclusion(LEAVES[index], other, size, path, NAIVE[size])
    assert not proves_inclusion(LEAVES[index], index, size, path, NAIVE[size - 1])
    assert not proves_inclusion(LEAVES[index], index, size, [*path, ODD], NAIVE[size])
    if path:
        assert not proves_inclusion(LEAVES[index], index, size, path[:-1], NAIVE[size])


@given(st.data())
def test_a_changed_consistency_proof_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, LARGEST))
    old = data.draw(st.integers(1, size - 1))
    path = consistency_proof(old, size, naive_subtree)
    place = data.draw(st.integers(0, len(path) - 1))
    changed = [*path[:place], ODD, *path[place + 1 :]]
    for wrong in (changed, path[:-1], [*path, ODD]):
        assert not proves_consistency(old, NAIVE[old], size, NAIVE[size], wrong)
    assert not proves_consistency(old, ODD, size, NAIVE[size], path)
    assert not proves_consistency(old, NAIVE[old], size, ODD, path)


def test_a_tree_is_consistent_with_itself_without_a_proof() -> None:
    assert proves_consistency(5, NAIVE[5], 5, NAIVE[5], [])
    assert not proves_consistency(5, NAIVE[5], 5, NAIVE[4], [])
    assert not proves_consistency(5, NAIVE[5], 5, NAIVE[5], [ODD])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_what_is_not_in_a_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, naive_subtree)
    assert not proves_inclusion(LEAVES[0], index, size, [], EMPTY_ROOT)


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_a_tree_never_had_more_leaves_than_now(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="never had"):
        consistency_proof(old, size, naive_subtree)
    assert not proves_consistency(old, NAIVE[old], size, NAIVE[size], [])


def test_roots_differ() -> None:
    assert all(one != other for one, other in pairwise(NAIVE))
