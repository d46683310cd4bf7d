"""What serve can prove now: the trees as far as they have come, and who signs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import msgspec

from streams.proofs.checkpoint import Checkpoint, FeedId, origin_of
from streams.proofs.note import SigningKey
from streams.proofs.published import PublishedKey
from streams.proofs.stored import KeptTrees
from streams.proofs.tree import HashTree
from streams.proofs.trees import FeedTrees

CATCH_UP_S: Final = 2.0
"""How long an answer waits for the trees to have what the feed has."""


class NoProof(Exception):
    """There is nothing to be proved now; the message says why, and what to do.

    Attributes
    ----------
    passes
        Whether it may be otherwise in a moment.
    """

    def __init__(self, message: str, *, passes: bool = False) -> None:
        super().__init__(message)
        self.passes = passes


class ItemProof(msgspec.Struct, frozen=True):
    """That an item is in a feed's tree.

    Attributes
    ----------
    number, leaf
        The item's number, and the hash of its bytes.
    size
        The size of the tree that the path is for.
    path
        Hashes from the leaf to the root.
    """

    number: int
    leaf: bytes
    size: int
    path: list[bytes]


class LiveProofs:
    """Trees and keys, shared by what follows the topics and what answers.

    Parameters
    ----------
    name
        The configuration's name.

    Attributes
    ----------
    trees
        The trees.
    ready
        Whether they have everything published before the start.
    waits_for
        Why there are no trees; None where nothing is in the way.
    signing
        The keys that sign now, the newest first.
    unsigned
        Why none signs; None where one does.
    published
        The public keys, the oldest first.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.trees = FeedTrees(KeptTrees())
        self.ready = False
        self.waits_for: str | None = None
        self.signing: list[SigningKey] = []
        self.unsigned: str | None = "keys are still being read; try again in a second"
        self.published: list[PublishedKey] = []
        self._grown = asyncio.Event()
        self._signed: dict[FeedId, tuple[Checkpoint, list[SigningKey], str]] = {}

    def grow(self) -> None:
        """Wake those that wait for `reaches`."""
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def reaches(self, feed: FeedId, number: int) -> None:
        """Wait a moment until a feed's tree has a number."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_S):
                while (tree := self.trees.trees.get(feed)) is None or tree.size < number:
                    if feed in self.trees.lost:
                        return
                    await self._grown.wait()

    def tree(self, feed: FeedId) -> HashTree:
        """Return a feed's tree.

        Raises
        ------
        NoProof
            Where there is none, or it is still being read.
        """
        if not self.ready:
            said = self.waits_for or "the feeds' trees are still being read; try again in a second"
            raise NoProof(said, passes=True)
        tree = self.trees.trees.get(feed)
        if tree is None:
            raise NoProof(f"the feed of group {feed.group!r}, shard {feed.shard} has no item of"
                          f" epoch {feed.epoch}, so nothing of it can be proved")  # fmt: skip
        return tree

    def checkpoint(self, feed: FeedId) -> tuple[Checkpoint, str]:
        """Return the checkpoint of a feed, and the note that signs it.

        Raises
        ------
        NoProof
            Where there is no tree, or no key.
        """
        tree = self.tree(feed)
        if self.unsigned is not None:
            raise NoProof(self.unsigned, passes=True)
        made = self._signed.get(feed)
        if made is None or made[0].size != tree.size or made[1] != self.signing:
            checkpoint = Checkpoint(origin_of(self.name, feed), tree.size, tree.root())
            made = checkpoint, self.signing, checkpoint.signed(self.signing)
            self._signed[feed] = made
        return made[0], made[2]

    def item(self, feed: FeedId, number: int, size: int) -> ItemProof:
        """Prove that an item is in a feed's tree of a size: for any reader that may see the item.

        Raises
        ------
        NoProof
            Where there is no tree.
        ValueError
            Where the tree has not that size, or the number is beyond it.
        streams.proofs.tree.DamagedTile
            Where the kept hashes are wrong.
        """
        tree = self.tree(feed)
        if not 1 <= number <= size <= tree.size:
            raise ValueError(
                f"a number must be from 1 to the size, and the size at most {tree.size}, the last"
                f" number of epoch {feed.epoch}; asked for number {number}, size {size}"
            )
        return ItemProof(number, tree.leaf(number - 1), size, tree.inclusion(number - 1, size))
