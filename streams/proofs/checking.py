"""What a reader does with proofs (RFC 9162, section 2.1): checks them against roots.

It needs no tree: a `Frontier` holds the few hashes from which the root follows as leaves come.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from streams.proofs.tree import EMPTY_ROOT, HASH_BYTES, node_hash


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof leads from a leaf to the root.

    Parameters
    ----------
    leaf, index
        The leaf's hash, and its place, from 0 on.
    size, root
        The tree's.
    proof
        As `HashTree.inclusion` gives it.
    """
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a proof shows that a tree begins with all that a smaller one has.

    Parameters
    ----------
    first, first_root
        Size and root of the smaller tree.
    second, second_root
        Those of the larger one.
    proof
        As `HashTree.consistency` gives it.
    """
    if not 0 <= first <= second:
        return False
    if first == second:
        return first_root == second_root and not proof
    if first == 0:
        return first_root == EMPTY_ROOT and not proof
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


class Frontier(msgspec.Struct):
    """The full subtrees that a tree ends with, from the largest on: its root follows from them.

    Attributes
    ----------
    size
        How many leaves the tree has.
    hashes
        Roots of the subtrees: as many as `size` has binary digits that are 1.
    """

    size: int = 0
    hashes: list[bytes] = msgspec.field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether there are as many hashes as its size asks for."""
        return len(self.hashes) == self.size.bit_count() and all(
            len(each) == HASH_BYTES for each in self.hashes
        )

    def append(self, leaf: bytes) -> None:
        """Add a leaf, hashed."""
        node, size = leaf, self.size
        while size & 1:
            node, size = node_hash(self.hashes.pop(), node), size >> 1
        self.hashes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.hashes:
            return EMPTY_ROOT
        found = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            found = node_hash(left, found)
        return found


def frontier_before(index: int, size: int, proof: Sequence[bytes]) -> Frontier:
    """Return the frontier of the leaves before one, from the proof that it is in a tree.

    The proof must have been checked: its hashes on the left are those leaves' full subtrees.

    Parameters
    ----------
    index, size, proof
        As for `is_included`.
    """
    at, last = index, size - 1
    hashes: list[bytes] = []
    for sibling in proof:
        if at & 1 or at == last:
            hashes.append(sibling)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return Frontier(index, hashes[::-1])
