"""What waits for a lane that stands still: totals of open buckets, packed and put aside.

A bucket closes when every lane has passed its end. While one of them stands still, the others go
on: without this, their totals fill the memory. What a lane has counted of a bucket whose end it has
passed is final, and may be sealed until the bucket closes. Where records are read again after a
restart, more of it may come: then it is taken back first.
"""

from __future__ import annotations

import zlib
from typing import Protocol

import msgspec

from streams.detection.context.membership import Belonging
from streams.detection.lane_facts import FactsOfLane, LaneKey
from streams.items import Family, Level

Totals = dict[Level, dict[str, int]]
"""Totals of one lane and bucket by level and id."""

FAST = 1
"""Level of zlib: minutes of thousands of senders are packed at 50 MB/s, to about a tenth."""


class Shelf(Protocol):
    """Keeps bytes until they are asked for; what it holds need not outlive the process."""

    def put(self, packed: bytes) -> int:
        """Keep these bytes; returns their number."""
        ...

    def take(self, number: int) -> bytes:
        """Give bytes back, and keep them no longer."""
        ...


class MemoryShelf:
    """Keeps bytes in memory.

    Examples
    --------
    >>> shelf = MemoryShelf()
    >>> number = shelf.put(b"totals")
    >>> shelf.take(number)
    b'totals'
    """

    def __init__(self) -> None:
        self._held: dict[int, bytes] = {}
        self._next = 0

    def put(self, packed: bytes) -> int:
        """See `Shelf`."""
        number, self._next = self._next, self._next + 1
        self._held[number] = packed
        return number

    def take(self, number: int) -> bytes:
        """See `Shelf`."""
        return self._held.pop(number)


class _Sealed(msgspec.Struct, array_like=True):
    """What a lane counted of a bucket; members of families are places among its senders."""

    totals: Totals
    families: list[Family]
    facts: FactsOfLane | None


_sealed = msgspec.msgpack.Decoder(_Sealed)


def seal(
    shelf: Shelf,
    totals: Totals,
    belonging: Belonging,
    lane: LaneKey,
    facts: FactsOfLane | None = None,
) -> int:
    """Put aside what a lane counted of a bucket, and take it out of what the bucket knows."""
    places = {name: place for place, name in enumerate(totals.get("sender", ()))}
    members: dict[tuple[Level, str], list[int]] = {}
    for sender, names in belonging.take_lane(lane):
        for wider in names:
            members.setdefault(wider, []).append(places[sender])
    families = [Family(*wider, sorted(members[wider])) for wider in sorted(members)]
    sealed = _Sealed(totals, families, facts)
    return shelf.put(zlib.compress(msgspec.msgpack.encode(sealed), FAST))


def unseal(
    shelf: Shelf, number: int, belonging: Belonging, lane: LaneKey
) -> tuple[Totals, FactsOfLane | None]:
    """Give back what `seal` has put aside."""
    sealed = _sealed.decode(zlib.decompress(shelf.take(number)))
    senders = list(sealed.totals.get("sender", ()))
    if sealed.families:
        record = belonging.add_record(sealed.families)
        for place in sorted({place for family in sealed.families for place in family.members}):
            belonging.put(lane, senders[place], record, place)
    return sealed.totals, sealed.facts
