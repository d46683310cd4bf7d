"""What the senders of a bucket belong to, stored as it came and looked up when it is asked for.

Only the families of entities with an alert are asked for. To keep a set for every sender of a
bucket took longer than everything else in merging.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import accumulate, chain
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from streams.detection.context.groups import Groups, Rows, Wider
from streams.items import Family

Parents = Mapping[str, set[Wider]]
"""What each sender of a closed bucket belongs to."""


@runtime_checkable
class Indexed(Protocol):
    """A mapping that finds members without looking every sender up."""

    def members(self, wider: Set[Wider]) -> set[str]:
        """Senders that belong to any of these."""
        ...


@runtime_checkable
class Grouping(Protocol):
    """A mapping that groups senders without looking each of them up."""

    def grouped(self, senders: Sequence[str]) -> Groups:
        """Places of these senders by what they belong to."""
        ...


def members(belongs: Parents, wider: Set[Wider]) -> set[str]:
    """Senders that belong to any of these.

    Examples
    --------
    >>> members({"a": {("platform", "Mall")}, "b": {("signature", "A")}}, {("platform", "Mall")})
    {'a'}
    """
    if isinstance(belongs, Indexed):
        return belongs.members(wider)
    return {sender for sender, names in belongs.items() if not names.isdisjoint(wider)}


def grouped(belongs: Parents, senders: Sequence[str]) -> Groups:
    """Group the places of some senders in their list by what they belong to.

    Examples
    --------
    >>> belongs = {"a": {("platform", "Mall")}, "b": {("platform", "Mall")}}
    >>> found = grouped(belongs, ["a", "x", "b"])
    >>> found.names, found.places.tolist()
    ([('platform', 'Mall')], [0, 2])
    """
    if isinstance(belongs, Grouping):
        return belongs.grouped(senders)
    numbers: dict[Wider, int] = {}
    pairs = [
        (numbers.setdefault(wider, len(numbers)), place)
        for place, sender in enumerate(senders)
        for wider in sorted(belongs.get(sender, ()))
    ]
    owners, places = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return Groups.grouping(list(numbers), owners, places)


Lane = tuple[str, int]

_NOWHERE = 2**64 - 1
"""Stands for the place of a sender that a lane does not have."""

FEW, SCANS = 1000, 10
"""A record with so few places is looked through so many times before an index of it is made."""


class _Record:
    """The families of one record, by place in its totals.

    In columns: a flood may name a million of them, and objects for each would take three times as
    much memory.
    """

    __slots__ = ("_asked", "_ids", "_levels", "_members", "_owners", "_places", "_scans", "_starts")

    def __init__(self, families: Sequence[Family]) -> None:
        self._levels, self._ids = [of.level for of in families], [of.id for of in families]
        self._members = array("Q", chain.from_iterable(of.members for of in families))
        self._starts = array("Q", accumulate((len(of.members) for of in families), initial=0))
        self._asked, self._scans = 0, SCANS if len(self._members) <= FEW else 0
        self._places: array[int] | None = None
        self._owners = array("q")

    def _index(self) -> tuple[array[int], array[int]]:
        """Places in ascending order, and the number of the family that each belongs to."""
        if self._places is None:
            places = np.array(self._members, dtype=np.uint64)
            order = np.argsort(places, kind="stable")
            starts = np.array(self._starts, dtype=np.int64)
            lengths = starts[1:] - starts[:-1]
            owners = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)[order]
            # An array of Python's: bisect finds one place in it ten times as fast as NumPy does.
            self._places = array("Q", places[order].tobytes())
            self._owners = array("q", owners.tobytes())
        return self._places, self._owners

    def at(self, place: int) -> set[Wider]:
        """What the sender of the total at a place belongs to."""
        if self._asked < self._scans and self._places is None:
            self._asked += 1
            found = [at for at, member in enumerate(self._members) if member == place]
            return {self.name(bisect_right(self._starts, at) - 1) for at in found}
        places, owners = self._index()
        first = bisect_left(places, place)
        last = bisect_right(places, place, first)
        return {self.name(owner) for owner in owners[first:last]}

    def among(self, asked: npt.NDArray[np.uint64]) -> tuple[Rows, Rows]:
        """Families that have any of the places that are asked for, and which of these they have.

        Both are as long as there are such pairs. `name` says what a family is.
        """
        all_places, all_owners = self._index()
        places = np.frombuffer(all_places, dtype=np.uint64)
        owners = np.frombuffer(all_owners, dtype=np.int64)
        first = np.searchsorted(places, asked)
        number_of = np.searchsorted(places, asked, side="right") - first
        which = np.repeat(np.arange(len(asked)), number_of)
        at = np.arange(len(which)) - np.repeat(np.cumsum(number_of) - number_of, number_of)
        return owners[np.repeat(first, number_of) + at], which

    def name(self, family: int) -> Wider:
        """What a family is."""
        return self._levels[family], self._ids[family]

    def members(self, wider: Set[Wider]) -> Iterator[int]:
        """Places of all that belong to any of these."""
        for family, name in enumerate(zip(self._levels, self._ids, strict=True)):
            if name in wider:
                yield from self._members[self._starts[family] : self._starts[family + 1]]


class Belonging(Mapping[str, set[Wider]]):
    """What a bucket's senders belong to, over all lanes.

    Examples
    --------
    >>> belonging = Belonging()
    >>> at = belonging.add_record([Family("platform", "Mall", [0])])
    >>> belonging.put(("sends", 0), "a", at, 0)
    >>> belonging["a"], belonging.get("b"), belonging.members({("platform", "Mall")})
    ({('platform', 'Mall')}, None, {'a'})
    """

    def __init__(self) -> None:
        self._records: list[_Record] = []
        self._lanes: dict[Lane, dict[str, int]] = {}

    def add_record(self, families: Sequence[Family]) -> int:
        """Store a record's families; returns its number."""
        self._records.append(_Record(families))
        return len(self._records) - 1

    def put(self, lane: Lane, sender: str, record: int, place: int) -> None:
        """Note the place of a sender's newest total in a lane; it replaces the one before."""
        self.places_of(lane)[sender] = record << 32 | place

    def places_of(self, lane: Lane) -> dict[str, int]:
        """Place of each sender's newest total in a lane, to be added to: as `put` does it.

        It is the record's number, shifted by 32 bits, and the place in that record.
        """
        # One number, not a pair: a million pairs are a million objects for the garbage collector.
        return self._lanes.setdefault(lane, {})

    def take_lane(self, lane: Lane) -> Iterator[tuple[str, set[Wider]]]:
        """Take out what a lane's senders belong to, one by one, with the records of that lane."""
        taken = self._lanes.pop(lane, {})
        for sender, at in taken.items():
            yield sender, self._records[at >> 32].at(at & 0xFFFF_FFFF)
        for number in {at >> 32 for at in taken.values()}:
            self._records[number] = _Record(())

    def __getitem__(self, sender: str) -> set[Wider]:
        found = [at for of in self._lanes.values() if (at := of.get(sender)) is not None]
        if not found:
            raise KeyError(sender)
        names: set[Wider] = set()
        for at in found:
            names |= self._records[at >> 32].at(at & 0xFFFF_FFFF)
        return names

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for of in self._lanes.values() for name in of))

    def __len__(self) -> int:
        return len({name for of in self._lanes.values() for name in of})

    def grouped(self, senders: Sequence[str]) -> Groups:
        """See `grouped`."""
        names: list[Wider] = []
        owners, places = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
        for in_lane in self._lanes.values():
            found = (in_lane.get(name, _NOWHERE) for name in senders)
            ats = np.fromiter(found, dtype=np.uint64, count=len(senders))
            own = np.flatnonzero(ats != _NOWHERE)
            ats = ats[own]
            of_record = ats >> np.uint64(32)
            for number in np.unique(of_record).tolist():
                here, record = of_record == number, self._records[number]
                families, which = record.among(ats[here] & np.uint64(0xFFFF_FFFF))
                met, own_of = np.unique(families, return_inverse=True)
                owners.append(own_of + len(names))
                names += map(record.name, met.tolist())
                places.append(own[here][which])
        return Groups.grouping(names, np.concatenate(owners), np.concatenate(places))

    def members(self, wider: Set[Wider]) -> set[str]:
        """See `members`."""
        places = {
            number << 32 | place
            for number, record in enumerate(self._records)
            for place in record.members(wider)
        }
        # If a larger total has replaced a total, no sender has its place any more.
        return {
            sender for lane in self._lanes.values() for sender, at in lane.items() if at in places
        }
