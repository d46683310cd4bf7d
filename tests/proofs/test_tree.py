"""The tree is that of RFC 6962: known roots, and properties against a plain recomputation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.proofs.checking import Frontier, frontier_before, is_consistent, is_included
from streams.proofs.tree import (
    EMPTY_ROOT,
    TILE_LEAVES,
    DamagedTile,
    HashTree,
    leaf_hash,
    node_hash,
    root_of,
)

# The leaves and roots that implementations of Certificate Transparency test with.
ENTRIES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                 "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
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
INCLUSIONS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCIES = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def tree_of(leaves: list[bytes]) -> HashTree:
    """Build a tree, leaf by leaf."""
    tree = HashTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def leaves_of(count: int, seed: int = 0) -> list[bytes]:
    """Return that many leaves, all different."""
    return [leaf_hash(b"%d %d" % (seed, number)) for number in range(count)]


def naive_root(leaves: list[bytes]) -> bytes:
    """Compute a root as the RFC defines it, over and over."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while 2 * middle < len(leaves):
        middle *= 2
    return node_hash(naive_root(leaves[:middle]), naive_root(leaves[middle:]))


def naive_inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """Make a proof as the RFC defines it."""
    if len(leaves) == 1:
        return []
    middle = 1
    while 2 * middle < len(leaves):
        middle *= 2
    if index < middle:
        return [*naive_inclusion(index, leaves[:middle]), naive_root(leaves[middle:])]
    return [*naive_inclusion(index - middle, leaves[middle:]), naive_root(leaves[:middle])]


def naive_consistency(first: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """Make a proof as the RFC defines it (SUBPROOF)."""
    if first == len(leaves):
        return [] if whole else [naive_root(leaves)]
    middle = 1
    while 2 * middle < len(leaves):
        middle *= 2
    if first <= middle:
        rest = naive_consistency(first, leaves[:middle], whole=whole)
        return [*rest, naive_root(leaves[middle:])]
    rest = naive_consistency(first - middle, leaves[middle:], whole=False)
    return [*rest, naive_root(leaves[:middle])]


def test_the_known_roots_come_out() -> None:
    """The tree of the usual eight entries has the usual roots."""
    tree = tree_of([leaf_hash(entry) for entry in ENTRIES])
    assert [tree.root(size).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize("asked", INCLUSIONS)
def test_the_known_inclusion_proofs_come_out(asked: tuple[int, int]) -> None:
    """Proofs of inclusion are the known ones."""
    tree = tree_of([leaf_hash(entry) for entry in ENTRIES])
    assert [each.hex() for each in tree.inclusion(*asked)] == INCLUSIONS[asked]


@pytest.mark.parametrize("asked", CONSISTENCIES)
def test_the_known_consistency_proofs_come_out(asked: tuple[int, int]) -> None:
    """Proofs of consistency are the known ones."""
    tree = tree_of([leaf_hash(entry) for entry in ENTRIES])
    assert [each.hex() for each in tree.consistency(*asked)] == CONSISTENCIES[asked]


def test_every_small_tree_is_that_of_the_definition() -> None:
    """Roots and proofs of all sizes to 40 are those of the definition, and readers accept them."""
    leaves = leaves_of(40)
    tree = tree_of(leaves)
    for size in range(1, 41):
        root = naive_root(leaves[:size])
        assert tree.root(size) == root == root_of(leaves[:size])
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert proof == naive_inclusion(index, leaves[:size])
            assert is_included(leaves[index], index, size, proof, root)
            before = frontier_before(index, size, proof)
            assert before.fits
            assert before.root() == naive_root(leaves[:index])
        for first in range(1, size + 1):
            proof = tree.consistency(first, size)
            assert proof == naive_consistency(first, leaves[:size])
            assert is_consistent(first, tree.root(first), size, root, proof)


@given(data=st.data(), count=st.integers(1, 1400))
def test_large_trees_are_those_of_the_definition(data: st.DataObject, count: int) -> None:
    """Tiles change nothing: roots and proofs across their edges are those of the definition."""
    leaves = leaves_of(count)
    tree = tree_of(leaves)
    size = data.draw(st.integers(1, count))
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.root(size) == naive_root(leaves[:size])
    assert tree.inclusion(index, size) == naive_inclusion(index, leaves[:size])
    assert tree.consistency(first, size) == naive_consistency(first, leaves[:size])
    assert tree.leaf(index) == leaves[index]


@given(data=st.data(), count=st.integers(2, 300))
def test_a_wrong_proof_is_refused(data: st.DataObject, count: int) -> None:
    """No other leaf, place, size, root or path passes."""
    leaves = leaves_of(count)
    tree = tree_of(leaves)
    index = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1).filter(lambda each: each != index))
    root, proof = tree.root(), tree.inclusion(index, count)
    assert is_included(leaves[index], index, count, proof, root)
    assert not is_included(leaves[other], index, count, proof, root)
    assert not is_included(leaves[index], other, count, proof, root)
    assert not is_included(leaves[index], index, count, proof, tree.root(count - 1))
    assert not is_included(leaves[index], index, count, [*proof, leaves[0]], root)
    assert not is_included(leaves[index], index, count, proof[:-1], root)
    assert not is_included(leaves[index], -1, count, proof, root)
    at = data.draw(st.integers(0, len(proof) - 1))
    broken = [*proof[:at], leaf_hash(b"another"), *proof[at + 1 :]]
    assert not is_included(leaves[index], index, count, broken, root)
    first = data.draw(st.integers(1, count - 1))
    shown = tree.consistency(first, count)
    for wrong in ([*shown, leaves[0]], shown[:-1], [leaf_hash(b"another"), *shown[1:]]):
        assert not is_consistent(first, tree.root(first), count, root, wrong)
    assert not is_consistent(first, leaf_hash(b"another"), count, root, shown)
    assert not is_consistent(count, root, first, tree.root(first), shown)


def test_consistency_with_nothing_and_with_itself() -> None:
    """Every tree begins with the empty one; a tree is consistent with itself alone."""
    tree = tree_of(leaves_of(5))
    assert is_consistent(0, EMPTY_ROOT, 5, tree.root(), [])
    assert not is_consistent(0, tree.root(1), 5, tree.root(), [])
    assert is_consistent(5, tree.root(), 5, tree.root(), [])
    assert not is_consistent(5, tree.root(), 5, tree.root(4), [])


@given(count=st.integers(0, 700), cut=st.integers(0, 700))
def test_a_frontier_grows_as_the_tree_does(count: int, cut: int) -> None:
    """A frontier has the tree's root at each size."""
    leaves = leaves_of(count)
    frontier, tree = Frontier(), tree_of(leaves)
    for leaf in leaves[:cut]:
        frontier.append(leaf)
    assert frontier.fits
    assert frontier.root() == tree.root(min(cut, count))


def test_a_tree_made_of_tiles_is_the_same() -> None:
    """KeptTrees tiles and a tail make the tree that its leaves made."""
    leaves = leaves_of(3 * TILE_LEAVES + 10)
    tree, again = tree_of(leaves), HashTree()
    for number in range(3):
        again.append_tile(*tree.tile(number))
    tail = tree.tail
    for at in range(0, len(tail), 32):
        again.append(tail[at : at + 32])
    assert again.size == tree.size
    assert again.root() == tree.root()
    assert again.inclusion(300, 700) == tree.inclusion(300, 700)
    with pytest.raises(ValueError, match="follow a tile"):
        again.append_tile(*tree.tile(0))


def test_a_damaged_tile_gives_no_proof() -> None:
    """A tile that does not fit its root is not used for proofs."""
    tree, again = tree_of(leaves_of(TILE_LEAVES)), HashTree()
    hashes, root = tree.tile(0)
    again.append_tile(leaf_hash(b"another") + hashes[32:], root)
    with pytest.raises(DamagedTile):
        again.inclusion(7, TILE_LEAVES)


def test_what_the_tree_does_not_have_is_refused() -> None:
    """Sizes beyond the tree, and leaves beyond the size, are errors that say the bounds."""
    tree = tree_of(leaves_of(5))
    with pytest.raises(ValueError, match="from 0 to 5"):
        tree.root(6)
    with pytest.raises(ValueError, match="from 0 to 5"):
        tree.inclusion(0, 6)
    with pytest.raises(ValueError, match="below 5"):
        tree.inclusion(5, 5)
    with pytest.raises(ValueError, match="from 1 to the second"):
        tree.consistency(0, 5)
    with pytest.raises(ValueError, match="below 5"):
        tree.leaf(5)
