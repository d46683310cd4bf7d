"""What a full bucket counts of senders for which it has no room, in memory that is bounded."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import cast

from streams.items import SURPLUS, Level, Sender
from streams.sources.batch import SenderKey

KEPT = 1024
"""Hashes that a number of ids is estimated from: the estimate is about 3 % off."""


class DistinctIds:
    """How many different ids there were: exact below `KEPT`, then estimated.

    It keeps the smallest hashes. The estimate depends on nothing but the set of the ids, and is
    computed in whole numbers, so that it is the same in every order and on every machine.

    References
    ----------
    Z. Bar-Yossef et al.: Counting distinct elements in a data stream. RANDOM 2002.

    Examples
    --------
    >>> ids = DistinctIds()
    >>> for id in ["a", "b", "a"]:
    ...     ids.add(id)
    >>> ids.number
    2
    """

    __slots__ = ("_kept", "_largest_first")

    def __init__(self) -> None:
        self._kept: set[int] = set()
        self._largest_first: list[int] = []  # a heap of the kept, with their signs turned

    def add(self, entity_id: str) -> None:
        """Take an id."""
        place = int.from_bytes(blake2b(entity_id.encode(), digest_size=8).digest(), "big")
        heap, kept = self._largest_first, self._kept
        if len(heap) == KEPT and place >= -heap[0]:
            return
        if place in kept:
            return
        if len(heap) < KEPT:
            heapq.heappush(heap, -place)
        else:
            kept.discard(-heapq.heapreplace(heap, -place))
        kept.add(place)

    @property
    def number(self) -> int:
        """The number of different ids."""
        if len(self._kept) < KEPT:
            return len(self._kept)
        return ((KEPT - 1) << 64) // max(-self._largest_first[0], 1)


class Surplus:
    """Counts of events whose sender a full bucket did not admit, by level and id.

    At each level an event counts for the id that it names, if the bucket has admitted that id with
    another sender; else it counts for `SURPLUS`. So the total of an admitted id is complete.

    Parameters
    ----------
    admitted
        The senders that the bucket has admitted; no more come.
    levels
        The levels that are counted.

    Attributes
    ----------
    counts
        By level, and id.

    Examples
    --------
    >>> surplus = Surplus([Sender("a", platform="Mall")], ["sender", "platform", "all"])
    >>> surplus.add(Sender("b", platform="Mall"), 2)
    >>> surplus.add("c", 1)
    >>> surplus.counts["platform"], surplus.counts["sender"] == {SURPLUS: 3}
    ({'Mall': 2}, True)
    >>> dict(surplus.ids())
    {'sender': 2}
    """

    def __init__(self, admitted: Iterable[SenderKey], levels: Sequence[Level]) -> None:
        self.counts: dict[Level, dict[str, int]] = {level: {} for level in levels}
        self._ids = {level: DistinctIds() for level in levels if level != "all"}
        self._admitted: dict[Level, set[str]] = {level: set() for level in self._ids}
        for key in admitted:
            for level, name in self._names(key):
                self._admitted[level].add(name)

    def _names(self, key: SenderKey) -> Iterator[tuple[Level, str]]:
        """Yield the id that a sender counts for at each level, but for `all`."""
        if isinstance(key, str):
            if "sender" in self._ids:
                yield "sender", key
            return
        for level in self._ids:
            name = key.id if level == "sender" else _named(key, level)
            if name is not None:
                yield level, name

    def add(self, key: SenderKey, count: int) -> None:
        """Count an event, of a sender that was not admitted."""
        for level, name in self._names(key):
            counted = name
            if name not in self._admitted[level]:
                self._ids[level].add(name)
                counted = SURPLUS
            counts = self.counts[level]
            counts[counted] = counts.get(counted, 0) + count
        if "all" in self.counts:
            of_all = self.counts["all"]
            of_all["all"] = of_all.get("all", 0) + count

    def ids(self) -> Iterator[tuple[Level, int]]:
        """Yield how many ids were not admitted at each level where there are some."""
        for level, ids in self._ids.items():
            if number := ids.number:
                yield level, number


def _named(sender: Sender, level: Level) -> str | None:
    return cast("str | None", attrgetter(level)(sender))
