"""The Merkle tree of a feed (RFC 6962, section 2.1): it grows, and gives roots and proofs.

Hashes of leaves are kept 256 at a time, in tiles. Above a tile every node is kept; below it nodes
are computed when a proof needs them. So the tree takes 32 bytes a leaf, and a proof a millisecond.
"""

from __future__ import annotations

import hashlib
from typing import Final

HASH_BYTES: Final = 32
TILE_HEIGHT: Final = 8
TILE_LEAVES: Final = 1 << TILE_HEIGHT

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf.

    Examples
    --------
    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + entry).digest()


NEVER_PUBLISHED: Final = leaf_hash(b"")
"""The leaf of a number that was never published: an alert is never empty."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """Return how many leaves the left subtree of a tree has: the largest power of two below `size`.

    Examples
    --------
    >>> [split_of(size) for size in (2, 3, 4, 5, 8, 9)]
    [1, 2, 2, 4, 4, 8]
    """
    return 1 << ((size - 1).bit_length() - 1)


def root_of(hashes: list[bytes]) -> bytes:
    """Return the root of a tree with these leaves, which are hashed already."""
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        # A node without a sibling rises: so the left subtree is always the largest full one.
        pairs = zip(hashes[::2], hashes[1::2], strict=False)
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [node_hash(left, right) for left, right in pairs] + odd
    return hashes[0]


class DamagedTile(Exception):
    """KeptTrees hashes of a tree do not lead to the root that was kept with them."""


class HashTree:
    """An append-only tree.

    Attributes
    ----------
    size
        How many leaves it has.
    """

    def __init__(self) -> None:
        self.size = 0
        self._tiles: list[bytes] = []
        self._tail = bytearray()
        self._nodes: list[list[bytes]] = []
        """Roots of full subtrees from a tile's height on, by height."""

    def append(self, leaf: bytes) -> None:
        """Add a leaf, hashed."""
        self._tail += leaf
        self.size += 1
        if len(self._tail) == TILE_LEAVES * HASH_BYTES:
            tile = bytes(self._tail)
            self._tail.clear()
            self._add(tile, root_of(_hashes(tile)))

    def append_tile(self, tile: bytes, root: bytes) -> None:
        """Add the hashes of the next 256 leaves, whose root is known.

        The root is checked when a proof first needs a node within the tile.

        Raises
        ------
        ValueError
            Where the tree does not end with a tile, or `tile` is none.
        """
        if self._tail or len(tile) != TILE_LEAVES * HASH_BYTES or len(root) != HASH_BYTES:
            raise ValueError("a tile must be of 256 hashes, and follow a tile")
        self._add(tile, root)
        self.size += TILE_LEAVES

    def _add(self, tile: bytes, root: bytes) -> None:
        self._tiles.append(tile)
        node, height = root, 0
        while True:
            if height == len(self._nodes):
                self._nodes.append([])
            of_height = self._nodes[height]
            of_height.append(node)
            if len(of_height) % 2:
                return
            node, height = node_hash(of_height[-2], node), height + 1

    def tile(self, number: int) -> tuple[bytes, bytes]:
        """Return the hashes of a full tile, and its root."""
        return self._tiles[number], self._nodes[0][number]

    @property
    def tail(self) -> bytes:
        """The hashes of the leaves after the last full tile."""
        return bytes(self._tail)

    def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf; the first has index 0."""
        if not 0 <= index < self.size:
            raise ValueError(f"a leaf must be below {self.size}, the size of the tree; got {index}")
        number, at = divmod(index, TILE_LEAVES)
        hashes = self._tiles[number] if number < len(self._tiles) else self._tail
        return bytes(hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree that the first `size` leaves make; None means all.

        Raises
        ------
        ValueError
            Where the tree has not so many.
        """
        size = self.size if size is None else size
        self._require(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the proof that a leaf is in the tree of the first `size` leaves.

        Parameters
        ----------
        index
            The leaf's place, from 0 on.
        size
            The size of the tree that the proof is for.

        Raises
        ------
        ValueError
            Where the tree has not so many leaves, or `index` is none of these.
        DamagedTile
            Where kept hashes are wrong.
        """
        self._require(size)
        if not 0 <= index < size:
            raise ValueError(f"a leaf must be below {size}, the size asked for; got {index}")
        self._check(index)
        path: list[bytes] = []
        begin, end = 0, size
        while end - begin > 1:
            middle = begin + split_of(end - begin)
            if index < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(begin, middle))
                begin = middle
        return path[::-1]

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the proof that the first `second` leaves begin with the first `first`.

        Raises
        ------
        ValueError
            Where the tree has not so many leaves, or `first` is not from 1 to `second`.
        DamagedTile
            Where kept hashes are wrong.
        """
        self._require(second)
        if not 1 <= first <= second:
            raise ValueError(f"the first size must be from 1 to the second, {second}; got {first}")
        self._check(first - 1)
        path: list[bytes] = []
        begin, end, whole = 0, second, True
        while first != end:
            middle = begin + split_of(end - begin)
            if first <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(begin, middle))
                begin, whole = middle, False
        if not whole:
            path.append(self._range(begin, end))
        return path[::-1]

    def _require(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise ValueError(f"a size must be from 0 to {self.size}, the tree's; got {size}")

    def _check(self, index: int) -> None:
        """Check the tile of a leaf against the root that was kept with it."""
        number = index // TILE_LEAVES
        if (
            number < len(self._tiles)
            and root_of(_hashes(self._tiles[number])) != self._nodes[0][number]
        ):
            raise DamagedTile(f"the hashes of leaves {number * TILE_LEAVES} on are damaged")

    def _range(self, begin: int, end: int) -> bytes:
        """Return the hash of the subtree of leaves `begin` to `end`, as RFC 6962 divides them."""
        count = end - begin
        if count & (count - 1) == 0 and count >= TILE_LEAVES:
            height = count.bit_length() - 1 - TILE_HEIGHT
            return self._nodes[height][begin // count]
        if count <= TILE_LEAVES and begin // TILE_LEAVES == (end - 1) // TILE_LEAVES:
            number, at = divmod(begin, TILE_LEAVES)
            hashes = self._tiles[number] if number < len(self._tiles) else bytes(self._tail)
            return root_of(_hashes(hashes[at * HASH_BYTES : (at + count) * HASH_BYTES]))
        middle = begin + split_of(count)
        return node_hash(self._range(begin, middle), self._range(middle, end))


def _hashes(packed: bytes) -> list[bytes]:
    return [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]
