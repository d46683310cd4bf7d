"""The trees of all feeds of a monitor, as the records of ``alerts`` make them grow."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from streams.alerts.cloudevent import Alert
from streams.proofs.checkpoint import FeedId
from streams.proofs.stored import KeptTrees, TreePlace
from streams.proofs.tree import NEVER_PUBLISHED, HashTree, leaf_hash

Growth = Literal["added", "early", "repeat", "conflict", "lost"]
"""What became of a record: see `FeedTrees.take`."""


class Lost(msgspec.Struct, frozen=True):
    """Numbers whose records were gone before any serve process had read them."""

    first: int
    last: int


class FeedTrees:
    """Trees by feed.

    Parameters
    ----------
    kept
        What is kept of them.

    Attributes
    ----------
    trees
        The trees.
    lost
        The feeds whose trees cannot go on, and why.
    """

    def __init__(self, kept: KeptTrees) -> None:
        self.trees: dict[FeedId, HashTree] = kept.trees()
        self.lost: dict[FeedId, Lost] = {}
        self._epochs: dict[tuple[str, int], int] = {}
        self._unsure: set[FeedId] = set()
        """Feeds of which records may be missing before the next that comes."""
        self._holes: set[int] = set()
        """Shards of which records may be missing, so that a feed may begin within."""
        for group, shard, epoch in self.trees:
            self._epochs[group, shard] = max(epoch, self._epochs.get((group, shard), 0))

    def skip(self, shard: int) -> None:
        """Note that records of a shard may be missing before the next one.

        A jump in the numbers of one of its feeds then means that records were lost; otherwise it
        means that numbers were never published.
        """
        self._holes.add(shard)
        self._unsure.update(feed for feed in self.trees if feed.shard == shard)

    def take(self, shard: int, alert: Alert, raw: bytes) -> Growth:
        """Take the next record of a shard.

        Returns
        -------
        Growth
            ``early``: it is of no feed. ``repeat``: the tree has it. ``conflict``: it has another
            under that number. ``lost``: what came before is missing, so that the tree ends.
        """
        number = alert.feed_no
        if alert.revision == 0 or number is None:
            return "early"
        newest = self._epochs.get((alert.group, shard), 0)
        if alert.epoch < newest:
            return "repeat"  # an epoch that is over gets nothing more
        self._epochs[alert.group, shard] = alert.epoch
        feed = FeedId(alert.group, shard, alert.epoch)
        if feed not in self.trees:
            self.trees[feed] = HashTree()
            if shard in self._holes:
                self._unsure.add(feed)
        tree, leaf = self.trees[feed], leaf_hash(raw)
        if feed in self.lost:
            return "lost"
        if number <= tree.size:
            return "repeat" if tree.leaf(number - 1) == leaf else "conflict"
        if number > tree.size + 1 and feed in self._unsure:
            self.lost[feed] = Lost(tree.size + 1, number - 1)
            return "lost"
        self._unsure.discard(feed)
        while tree.size < number - 1:
            tree.append(NEVER_PUBLISHED)
        tree.append(leaf)
        return "added"

    def newest(self, group: str, shard: int) -> FeedId | None:
        """Return the newest epoch of a feed; None where it has no tree."""
        epoch = self._epochs.get((group, shard))
        return None if epoch is None else FeedId(group, shard, epoch)

    def of_shard(self, shard: int) -> dict[FeedId, HashTree]:
        """Return the trees of a shard."""
        return {feed: tree for feed, tree in self.trees.items() if feed.shard == shard}

    def place(self, shard: int, offset: int, last: bytes) -> TreePlace:
        """Say how far the trees of a shard have come.

        Parameters
        ----------
        shard, offset
            The partition, and the offset of the next record.
        last
            The record before it.
        """
        sizes = sorted((f.group, f.epoch, tree.size) for f, tree in self.of_shard(shard).items())
        return TreePlace(shard=shard, offset=offset, last=record_hash(last), sizes=sizes)

    def reaches(self, place: TreePlace) -> bool:
        """Whether the trees are as large as a place says that they are."""
        return all(
            (tree := self.trees.get(FeedId(group, place.shard, epoch))) is not None
            and tree.size >= size
            for group, epoch, size in place.sizes
        )


def record_hash(raw: bytes) -> str:
    """Return the hash by which a record of ``alerts`` is known again."""
    return hashlib.sha256(raw).hexdigest()[:32]
