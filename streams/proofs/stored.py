"""What of trees and keys is kept on the topic ``checkpoints``, so that they outlive ``alerts``.

The topic is compacted, and several serve processes write to it. So every key names one content
only, and a record that comes late replaces nothing newer:

- ``tile/FEED/N``: the hashes of leaves 256 N to 256 N + 255, and their root;
- ``tail/FEED/SIZE``: the hashes after the last full tile of the tree of that size;
- ``place/SHARD/OFFSET``: the trees of a shard hold all records of ``alerts`` before the offset;
- ``key/ID``: a public key.

A larger tail and a later place are written first, and the smaller ones then deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec

from streams.proofs.checkpoint import FeedId
from streams.proofs.published import PublishedKey, read_published
from streams.proofs.tree import HASH_BYTES, TILE_LEAVES, HashTree

_FORM: Final = b"\x01"
_TILE_BYTES: Final = TILE_LEAVES * HASH_BYTES
_KEY: Final = re.compile(r"(tile|tail)/([^/]+)/([0-9]{1,9})/([0-9]{1,16})/([0-9]{1,16})")
_PLACE: Final = re.compile(r"place/([0-9]{1,9})/([0-9]{1,18})")


class KeptRecord(NamedTuple):
    """A record of the topic; without a value it deletes what its key had."""

    key: bytes
    value: bytes | None


class TreePlace(msgspec.Struct, frozen=True, kw_only=True):
    """How far the trees of a shard have taken ``alerts``.

    Attributes
    ----------
    shard
        The partition.
    offset
        All records before it are taken.
    last
        A hash of the record just before it, so that another topic of that name is noticed.
    sizes
        Each tree's size at least: group, epoch, size.
    """

    shard: int
    offset: int
    last: str
    sizes: list[tuple[str, int, int]]
    v: int = 1


_place = msgspec.json.Decoder(TreePlace)


class KeptTrees:
    """The topic's records, folded.

    Attributes
    ----------
    keys
        The public keys, by their line.
    places
        By shard and offset.
    tails
        By feed: the hashes by size of tree.
    tiles
        By feed: hashes and root by number.
    sizes
        How much of each feed's tree is kept.
    """

    def __init__(self) -> None:
        self.sizes: dict[FeedId, int] = {}
        self.keys: dict[str, PublishedKey] = {}
        self.places: dict[int, dict[int, TreePlace]] = {}
        self.tails: dict[FeedId, dict[int, bytes]] = {}
        self.tiles: dict[FeedId, dict[int, tuple[bytes, bytes]]] = {}
        self._built = False

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take a record.

        Raises
        ------
        ValueError
            Where no process of ours has written it.
        """
        text = (key or b"").decode("ascii", "replace")
        if found := _KEY.fullmatch(text):
            kind, group, shard, epoch, number = found.groups()
            feed = FeedId(unquote(group), int(shard), int(epoch))
            self._take_hashes(kind, feed, int(number), value)
        elif found := _PLACE.fullmatch(text):
            of_shard = self.places.setdefault(int(found[1]), {})
            if value is None:
                of_shard.pop(int(found[2]), None)
            else:
                of_shard[int(found[2])] = _place.decode(value)
        elif text.startswith("key/") and value is not None:
            published = read_published(value)
            self.keys[published.key] = published
        else:
            raise ValueError(f"the key {text[:80]!a} is of no record that is kept here")

    def _take_hashes(self, kind: str, feed: FeedId, number: int, value: bytes | None) -> None:
        if kind == "tail":
            tails = self.tails.setdefault(feed, {})
            if value is None:
                tails.pop(number, None)
                return
            tails[number] = _hashes(value, number % TILE_LEAVES * HASH_BYTES)
            self._grow(feed, number)
        elif value is not None:
            packed = _hashes(value, HASH_BYTES + _TILE_BYTES)
            self._grow(feed, (number + 1) * TILE_LEAVES)
            if not self._built:
                tile = packed[HASH_BYTES:], packed[:HASH_BYTES]
                self.tiles.setdefault(feed, {})[number] = tile

    def _grow(self, feed: FeedId, size: int) -> None:
        self.sizes[feed] = max(size, self.sizes.get(feed, 0))

    def trees(self) -> dict[FeedId, HashTree]:
        """Make the trees, once: hashes of tiles are not held here any more."""
        trees = {feed: self._tree(feed) for feed in sorted({*self.tiles, *self.tails})}
        self._built = True
        self.tiles.clear()
        return trees

    @property
    def published(self) -> list[PublishedKey]:
        """The public keys, the oldest first."""
        return sorted(self.keys.values(), key=lambda each: (each.made, each.key))

    def newest_place(self, shard: int) -> TreePlace | None:
        """Return how far the trees of a shard are kept; None where nothing is."""
        of_shard = self.places.get(shard)
        return of_shard[max(of_shard)] if of_shard else None

    def _tree(self, feed: FeedId) -> HashTree:
        tree, tiles = HashTree(), self.tiles.get(feed, {})
        while (tile := tiles.get(tree.size // TILE_LEAVES)) is not None:
            tree.append_tile(*tile)
        sizes = [size for size in self.tails.get(feed, {}) if 0 < size - tree.size < TILE_LEAVES]
        if sizes:
            tail = self.tails[feed][max(sizes)]
            for at in range(0, len(tail), HASH_BYTES):
                tree.append(tail[at : at + HASH_BYTES])
        return tree


def _hashes(value: bytes, size: int) -> bytes:
    if value[:1] != _FORM or len(value) != 1 + size:
        raise ValueError(f"kept hashes must be of form 1 and {size} bytes; found {len(value) - 1}")
    return value[1:]


def hash_records(feed: FeedId, tree: HashTree, kept_size: int) -> Iterator[KeptRecord]:
    """Yield the records that keep what a tree has beyond a size."""
    for number in range(kept_size // TILE_LEAVES, tree.size // TILE_LEAVES):
        tile, root = tree.tile(number)
        yield KeptRecord(f"tile/{feed}/{number}".encode(), _FORM + root + tile)
    if tree.tail and kept_size < tree.size:
        yield KeptRecord(f"tail/{feed}/{tree.size}".encode(), _FORM + tree.tail)


def place_record(place: TreePlace) -> KeptRecord:
    """Write how far the trees of a shard are kept."""
    key = f"place/{place.shard}/{place.offset}".encode()
    return KeptRecord(key, msgspec.json.encode(place))


def key_record(published: PublishedKey) -> KeptRecord:
    """Write a public key."""
    return KeptRecord(f"key/{published.public.id}".encode(), msgspec.json.encode(published))


def outdated(kept: KeptTrees, sizes: dict[FeedId, int]) -> Iterator[KeptRecord]:
    """Yield the records that delete what a later one has made needless.

    Parameters
    ----------
    kept
        What the topic holds.
    sizes
        The size of each tree, all of which is kept.
    """
    for feed, tails in kept.tails.items():
        yield from (
            KeptRecord(f"tail/{feed}/{size}".encode(), None)
            for size in sorted(tails)
            if size < sizes.get(feed, 0)
        )
    for shard, places in kept.places.items():
        yield from (
            KeptRecord(f"place/{shard}/{offset}".encode(), None)
            for offset in sorted(places)
            if offset < max(places)
        )
