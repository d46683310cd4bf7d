"""Checks a feed that was read: nothing is missing, altered, out of order or inserted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal

import msgspec

from streams.proofs.checking import Frontier, frontier_before, is_consistent, is_included
from streams.proofs.checkpoint import Checkpoint, FeedId, open_checkpoint
from streams.proofs.note import NoteProblem, PublicKey
from streams.proofs.reader.order import misplaced
from streams.proofs.reader.pages import PageItem, ReadPage
from streams.proofs.tree import NEVER_PUBLISHED

Fault = Literal["altered", "missing", "order", "inserted", "checkpoint", "rewritten", "short"]
"""What is wrong: see `check_feed`."""


class FeedFinding(msgspec.Struct, frozen=True):
    """Something that is wrong.

    Attributes
    ----------
    fault
        Its kind.
    number
        The item that it is about; None where it is about no single one.
    text
        What is wrong, a sentence.
    """

    fault: Fault
    number: int | None
    text: str


class SeenFeed(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader keeps of a feed.

    Attributes
    ----------
    size, root
        The largest checkpoint that was seen, and found to be right.
    hashes
        The frontier of that tree.
    note
        The checkpoint as it was signed.
    """

    size: int
    root: bytes
    hashes: list[bytes]
    note: str


class Checked(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes
    ----------
    findings
        What is wrong.
    seen
        What is to be kept; None where something is wrong, or nothing was read.
    first, last
        The first and the last number that were checked.
    never_published
        Numbers that are no item's, as the tree says.
    unshown
        Numbers before the first that the server had no more; a proof shows that they are as before.
    """

    findings: list[FeedFinding]
    seen: SeenFeed | None
    first: int = 0
    last: int = 0
    never_published: list[int] = []
    unshown: int = 0


Consistency = Callable[[int, int], list[bytes] | None]
"""Asks the server for the proof that a size goes on from a smaller one; None where it has none."""


def check_feed(
    origin: str,
    pages: Sequence[ReadPage],
    keys: Collection[PublicKey],
    seen: SeenFeed | None = None,
    consistency: Consistency = lambda _first, _second: None,
) -> Checked:
    """Check the pages of one feed and epoch, in the order in which they were read.

    Parameters
    ----------
    origin
        What its checkpoints must be called.
    pages
        The pages.
    keys
        The keys that are trusted.
    seen
        What the reader kept.
    consistency
        Asks for a proof, where items between are no longer kept.
    """
    check = _Check(origin, keys, seen)
    for page in pages:
        check.take(page)
    return check.result(consistency)


class _Check:
    def __init__(self, origin: str, keys: Collection[PublicKey], seen: SeenFeed | None) -> None:
        self._origin, self._keys, self._seen = origin, keys, seen
        self._findings: list[FeedFinding] = []
        self._leaves: dict[int, bytes] = {}
        self._order: list[int] = []
        self._named: set[int] = set()
        self._first: tuple[PageItem, Checkpoint] | None = None
        self._checkpoints: dict[int, tuple[Checkpoint, str]] = {}
        self._oldest: int | None = None
        self._lowest = 0

    def take(self, page: ReadPage) -> None:
        checkpoint = self._checkpoint(page)
        if self._oldest is None:
            self._oldest = page.oldest
        for item in page.items:
            self._item(item, checkpoint)

    def _checkpoint(self, page: ReadPage) -> Checkpoint | None:
        if page.checkpoint is None:
            if page.items:
                self._say("checkpoint", None, "a page with items must have a checkpoint")
            return None
        try:
            found, _ = open_checkpoint(page.checkpoint, self._keys)
        except NoteProblem as error:
            at = f"with items from {page.items[0].said} on" if page.items else "without items"
            self._say("checkpoint", None, f"the checkpoint of the page {at}: {error}")
            return None
        if found.origin != self._origin:
            text = f"a checkpoint must be of {self._origin}; found {found.origin[:200]!a}"
            self._say("checkpoint", None, text)
            return None
        known = self._checkpoints.get(found.size)
        if known is not None and known[0] != found:
            text = f"two signed checkpoints of size {found.size} differ: the feed has two histories"
            self._say("rewritten", None, text)
        self._checkpoints[found.size] = found, page.checkpoint
        return found

    def _item(self, item: PageItem, checkpoint: Checkpoint | None) -> None:
        number = item.number
        proved = (
            checkpoint is not None
            and number is not None
            and is_included(item.leaf, number - 1, checkpoint.size, item.path, checkpoint.root)
        )
        if not proved or number is None:
            why = "it is not what was published under that number" if checkpoint else "unproved"
            self._say("altered", item.said, f"item {item.said}: {why}")
            self._note(item.said)
            return
        if number in self._leaves:
            self._say("inserted", number, f"item {number}: it comes a second time")
            return
        if item.faults:
            text = f"item {number}: what stands beside the alert differs: {', '.join(item.faults)}"
            self._say("altered", number, text)
        self._leaves[number] = item.leaf
        self._note(number)
        if checkpoint is not None and (self._first is None or number < self._lowest):
            self._first = item, checkpoint
            self._lowest = number

    def _note(self, number: int) -> None:
        """Note where a number stands."""
        if number not in self._named:
            self._named.add(number)
            self._order.append(number)

    def _say(self, fault: Fault, number: int | None, text: str) -> None:
        self._findings.append(FeedFinding(fault, number, text))

    def result(self, consistency: Consistency) -> Checked:
        for number in misplaced(self._order):
            self._say("order", number, f"item {number}: it is out of its order")
        if not self._checkpoints:
            return Checked(self._findings, None)
        last = max(self._checkpoints)
        seen = self._seen
        if seen is not None and last < seen.size:
            text = f"the feed ends with {last}; it had {seen.size} items when it was checked before"
            self._say("short", None, text)
        frontier, unshown = self._begin(last, consistency)
        first = frontier.size + 1
        absent = [at for at in range(first, last + 1) if at not in self._leaves]
        gaps = [at for at in absent if at not in self._named]
        is_whole = self._grow(frontier, last)
        if not is_whole or absent != gaps:
            for at in gaps:
                self._say("missing", at, f"item {at}: it is missing")
            if not is_whole and not self._findings:
                text = "the items do not make the tree that was signed: the feed was rewritten"
                self._say("rewritten", None, text)
            gaps = []
        if self._findings:
            return Checked(self._findings, None, first, last, gaps, unshown)
        checkpoint, note = self._checkpoints[last]
        kept = SeenFeed(size=last, root=checkpoint.root, hashes=frontier.hashes, note=note)
        return Checked([], kept, first, last, gaps, unshown)

    def _begin(self, last: int, consistency: Consistency) -> tuple[Frontier, int]:
        """Return the frontier before the first number that must be here; how many are unshown."""
        seen = self._seen
        before = Frontier()
        if self._first is not None:
            item, checkpoint = self._first
            before = frontier_before(self._lowest - 1, checkpoint.size, item.path)
        kept = None if seen is None else Frontier(seen.size, list(seen.hashes))
        if kept is not None and (self._first is None or before.size > kept.size):
            if before.size > kept.size and self._goes_on(kept, last, consistency):
                return before, before.size - kept.size
            return kept, 0
        if kept is None and self._first is not None and self._lowest == self._oldest:
            return before, before.size
        if kept is not None and before.size == kept.size:
            return kept, 0
        return (before, 0) if kept is not None else (Frontier(), 0)

    def _goes_on(self, kept: Frontier, last: int, consistency: Consistency) -> bool:
        """Whether the server shows that what was kept is as it was, though its items are gone."""
        if self._lowest != self._oldest:
            return False
        path = consistency(kept.size, last) if kept.size else []
        root = self._checkpoints[last][0].root
        if path is None or not is_consistent(kept.size, kept.root(), last, root, path):
            text = f"the newest checkpoint must go on from the one of size {kept.size}; it does not"
            self._say("rewritten", None, text)
        return True

    def _grow(self, frontier: Frontier, last: int) -> bool:
        """Add the leaves; say whether every checkpoint on the way has the root that they make."""
        roots = {size: each.root for size, (each, _) in self._checkpoints.items()}
        if self._seen is not None:
            roots.setdefault(self._seen.size, self._seen.root)
        fits = True
        while True:
            root = roots.get(frontier.size)
            fits = fits and (root is None or root == frontier.root())
            if frontier.size >= last:
                break
            frontier.append(self._leaves.get(frontier.size + 1, NEVER_PUBLISHED))
        if self._seen is not None and self._seen.size in self._checkpoints:
            fits = fits and self._seen.root == roots[self._seen.size]
        return fits


def feeds_of(pages: Sequence[ReadPage]) -> dict[FeedId, list[ReadPage]]:
    """Sort pages by feed and epoch, in the order in which they were read."""
    found: dict[FeedId, list[ReadPage]] = {}
    for page in pages:
        found.setdefault(page.feed, []).append(page)
    return found
