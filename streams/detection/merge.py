"""Merge the lanes' totals of a group, and say which bucket may close.

A larger total of a lane replaces a smaller one: a record read or written again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from detectors.state import State
from streams.config.sources import Source
from streams.counts.bucket import Buckets
from streams.counts.wire import WrongShape
from streams.detection.context.membership import Belonging, Parents
from streams.detection.lane_facts import FactsOfLane, LaneKey, has_facts, merged, of_no_total
from streams.detection.sealing import MemoryShelf, Shelf, Totals, seal, unseal
from streams.detection.signals import Signal
from streams.facts.bucket import NO_FACTS, Facts
from streams.items import BEYOND_THE_BOUND, Counts, Family, Level, Total
from streams.registry.control import RegistryRow

MOST_OPEN = 1_000_000
"""Totals of open buckets that are held as they are, 200 MB: beyond them final ones are sealed.

Those of the bucket that closes next are not: so it costs nothing while no lane stands still.
"""

Sums = dict[tuple[str, Level], dict[str, int]]
"""Counts of a closed bucket by (source, level) and id."""


class ClosedBucket(NamedTuple):
    """A closed bucket of a group in one shard: what a close judges.

    Attributes
    ----------
    start, end
        The bucket, epoch s.
    sums
        Counts by source and level, and id; empty where nothing was counted.
    parents
        What its senders belong to.
    beyond
        What full lanes counted of ids without room, by source and level: their sum under `SURPLUS`,
        how many they are under `SURPLUS_IDS`, and possible repeats under `UNCHECKED`.
    facts, declared
        What was counted beside totals; rows of the registry that hold from a recorded bucket on.
    """

    start: int
    end: int
    sums: Sums
    parents: Parents
    beyond: Mapping[tuple[str, Level], Mapping[str, int]] = MappingProxyType({})
    facts: Facts = NO_FACTS
    declared: Sequence[RegistryRow] = ()


def take_beyond(sums: Sums) -> Sums:
    """Take out of a bucket's sums what is no entity's, and return it.

    Examples
    --------
    >>> from streams.items import SURPLUS, SURPLUS_IDS
    >>> sums = {("sends", "sender"): {"a": 1, SURPLUS: 5, SURPLUS_IDS: 4}}
    >>> take_beyond(sums) == {("sends", "sender"): {SURPLUS: 5, SURPLUS_IDS: 4}}, sums
    (True, {('sends', 'sender'): {'a': 1}})
    """
    beyond: Sums = {}
    for key in list(sums):
        counts = sums[key]
        found = {name: counts.pop(name) for name in BEYOND_THE_BOUND if name in counts}
        if found:
            beyond[key] = found
            if not counts:
                del sums[key]
    return beyond


class _Bucket:
    """An open bucket: totals by lane, and the offset of the first record that had any."""

    __slots__ = ("_last", "belonging", "facts", "first_offset", "lanes", "sealed")

    def __init__(self, first_offset: int) -> None:
        self.first_offset = first_offset
        self.lanes: dict[LaneKey, Totals] = {}
        self.sealed: dict[LaneKey, int] = {}
        self.belonging = Belonging()
        self.facts: dict[LaneKey, FactsOfLane] = {}
        self._last = (-1, 0)

    def record(self, offset: int, families: Sequence[Family]) -> int:
        """Number of the record at an offset; its families are stored once."""
        if self._last[0] != offset:
            self._last = offset, self.belonging.add_record(families)
        return self._last[1]

    @property
    def held(self) -> int:
        """How many totals it holds as they are, with what is counted beside them."""
        held = sum(len(of) for totals in self.lanes.values() for of in totals.values())
        return held + sum(facts.size for facts in self.facts.values())

    def unseal(self, shelf: Shelf, lane: LaneKey) -> None:
        """Take back what has been sealed of a lane."""
        self.lanes[lane], facts = unseal(shelf, self.sealed.pop(lane), self.belonging, lane)
        if facts is not None:
            self.facts[lane] = facts

    def unseal_all(self, shelf: Shelf) -> None:
        """Take back what has been sealed of all lanes."""
        for lane in sorted(self.sealed):
            self.unseal(shelf, lane)


class Merge:
    """Totals of one group's sources, in one shard.

    Parameters
    ----------
    sources
        The group's sources: one bucket size, one clock.
    shelf
        Keeps what is sealed.

    Attributes
    ----------
    closed
        End of the last closed bucket; None before the first.
    """

    def __init__(self, sources: list[Source], shelf: Shelf | None = None) -> None:
        self._shelf: Shelf = MemoryShelf() if shelf is None else shelf
        self._taken = 0
        self.sources = {source.name: source for source in sources}
        self.buckets = Buckets(sources[0].bucket_s, sources[0].timezone)
        self.closed: int | None = None
        self.lanes: dict[str, int] = {}
        self.watermarks: dict[tuple[str, int], float] = {}
        self._open: dict[int, _Bucket] = {}
        self.state = State()
        self.state.shared(
            self,
            closed=int | None,
            lanes=dict[str, int],
            _packed_watermarks=list[tuple[str, int, float]],
        )
        self.state.after_unpack(self._derive)

    @property
    def _packed_watermarks(self) -> list[tuple[str, int, float]]:
        return [(name, lane, mark) for (name, lane), mark in self.watermarks.items()]

    @_packed_watermarks.setter
    def _packed_watermarks(self, packed: list[tuple[str, int, float]]) -> None:
        self.watermarks = {(name, lane): mark for name, lane, mark in packed}

    def _derive(self) -> None:
        """Drop sources that the configuration no longer has."""
        self.lanes = {name: n for name, n in self.lanes.items() if name in self.sources}
        self.watermarks = {k: mark for k, mark in self.watermarks.items() if k[0] in self.sources}

    def add(self, offset: int, counts: Counts) -> list[tuple[int, Level, str]]:
        """Merge a record; return the totals that grew: ``(bucket, level, id)``.

        Raises
        ------
        WrongShape
            Where its bucket size is not the configuration's.
        """
        source = self.sources[counts.source]
        if counts.bucket_s != source.bucket_s:
            raise WrongShape(
                f"sources.{source.name}.bucket must be what the counter used; it wrote"
                f" {counts.bucket_s} s, detect is configured for {source.bucket_s} s:"
                " use one configuration, or a new counts topic"
            )
        lane = (counts.source, counts.lane)
        self.lanes[counts.source] = max(counts.lanes, self.lanes.get(counts.source, 0))
        grown: list[tuple[int, Level, str]] = []
        named = {place for family in counts.families for place in family.members}
        start: int | None = None
        level: Level | None = None
        bucket: _Bucket
        record, totals, places = 0, dict[str, int](), dict[str, int]()
        for place, total in enumerate(counts.totals):
            if total.bucket != start or total.level != level:
                if self.closed is not None and total.bucket < self.closed:
                    continue  # a recount repeats what has been judged
                start, level = total.bucket, total.level
                found = self._open.get(start)
                if found is None:
                    found = self._open[start] = _Bucket(offset)
                bucket = found
                if lane in bucket.sealed:  # read again after a restart, or a recount's repeat
                    bucket.unseal(self._shelf, lane)
                totals = bucket.lanes.setdefault(lane, {}).setdefault(level, {})
                if named:
                    record = bucket.record(offset, counts.families) << 32
                    places = bucket.belonging.places_of(lane)
            name, count = total.id, total.count
            if count > totals.get(name, 0):
                totals[name] = count
                if name in BEYOND_THE_BOUND:
                    continue
                grown.append((start, level, name))
                if place in named:  # the largest total has the newest families
                    places[name] = record | place
        if has_facts(counts):
            self._add_facts(offset, lane, counts)
        if counts.watermark is not None:
            low = float("-inf")
            self.watermarks[lane] = max(counts.watermark, self.watermarks.get(lane, low))
        self._taken += len(counts.totals)
        if self._taken > MOST_OPEN // 2:
            self._taken = 0
            self._seal()
        return grown

    def _add_facts(self, offset: int, lane: LaneKey, counts: Counts) -> None:
        """Take what a record has beside totals; of closed buckets a recount repeats it."""
        low = float("-inf") if self.closed is None else self.closed
        places: dict[int, dict[int, tuple[Level, str]]] = {}
        for place, total in enumerate(counts.totals):
            if total.bucket >= low and total.count == self._held(lane, total):
                places.setdefault(total.bucket, {})[place] = total.level, total.id
        for start, of_bucket in places.items():
            self._open[start].facts.setdefault(lane, FactsOfLane()).take(counts, of_bucket)
        for each in (each for each in of_no_total(counts) if each.bucket >= low):
            bucket = self._open.setdefault(each.bucket, _Bucket(offset))
            if lane in bucket.sealed:
                bucket.unseal(self._shelf, lane)
            bucket.facts.setdefault(lane, FactsOfLane()).take_own(each)

    def _held(self, lane: LaneKey, total: Total) -> int:
        return self._open[total.bucket].lanes[lane][total.level].get(total.id, 0)

    def _seal(self) -> None:
        """Put final totals aside if too many are open, but for those of the bucket closed next."""
        if sum(bucket.held for bucket in self._open.values()) <= MOST_OPEN // 2:
            return
        first = min(self._open)
        for start, bucket in self._open.items():
            end = self.buckets.end(start)
            for lane in list(bucket.lanes) if start > first else ():
                if self.watermarks.get(lane, end - 1) >= end:
                    totals, facts = bucket.lanes.pop(lane), bucket.facts.pop(lane, None)
                    bucket.sealed[lane] = seal(self._shelf, totals, bucket.belonging, lane, facts)

    def partial(self, bucket: int, signal: Signal, level: Level, entity: str) -> int:
        """Total of an entity in an open bucket so far, over all lanes but those put aside.

        Sources that are counted by reporters have none: their sketches come with the last totals.
        """
        return sum(
            totals.get(level, {}).get(entity, 0)
            for (name, _), totals in self._open[bucket].lanes.items()
            if self.sources[name].signal == signal and self.sources[name].table.count_by == "events"
        )

    def names(self, bucket: int, level: Level) -> Iterator[str]:
        """Ids of a level in an open bucket so far, as often as lanes have them."""
        for totals in self._open[bucket].lanes.values():
            yield from (name for name in totals.get(level, {}) if name not in BEYOND_THE_BOUND)

    def belonging(self, bucket: int) -> Parents:
        """What the senders of an open bucket belong to, as far as it was counted."""
        return self._open[bucket].belonging

    @property
    def frontier(self) -> float:
        """Time through which every lane of every source has passed."""
        low = float("-inf")
        if any(name not in self.lanes for name in self.sources):
            return low
        return min(
            self.watermarks.get((name, lane), low)
            for name, lanes in self.lanes.items()
            for lane in range(lanes)
        )

    def close(self) -> Iterator[ClosedBucket]:
        """Close what may be closed, in order, empty buckets included."""
        frontier = self.frontier
        while True:
            start = self.closed
            if start is None:
                start = min(self._open, default=None)
                if start is None:
                    return
            end = self.buckets.end(start)
            if end > frontier:
                return
            self.closed = end
            bucket = self._open.pop(start, None)
            if bucket is not None:
                bucket.unseal_all(self._shelf)
            parents = Belonging() if bucket is None else bucket.belonging
            facts = NO_FACTS if bucket is None else merged(bucket.facts, bucket.lanes)
            sums = self._sum(bucket)
            beyond = take_beyond(sums)
            yield ClosedBucket(start, end, sums, parents, beyond, facts)

    def begin_at(self, closed: int) -> None:
        """Take the buckets that end by `closed` as closed: their totals are passed over."""
        self.closed = closed
        for start in [start for start in self._open if start < closed]:
            self._open.pop(start).unseal_all(self._shelf)

    def pass_empty(self, until: int | None = None) -> int:
        """Close empty buckets that may be closed next, at once, before `until`; say how many."""
        if self.closed is None or self.frontier < self.buckets.end(self.closed):
            return 0
        last = self.buckets.start(self.frontier)
        to = min([last, *self._open, last if until is None else until])
        to = max(to, self.closed)
        passed = self.buckets.steps(self.closed, to)
        self.closed = to
        return passed

    def _sum(self, bucket: _Bucket | None) -> Sums:
        """Sum the lanes up, and let go of each: a flood has a million totals."""
        sums: Sums = {}
        if bucket is None:
            return sums
        for lane in sorted(bucket.lanes):
            name, _ = lane
            for level, totals in bucket.lanes.pop(lane).items():
                if not totals:
                    continue
                summed = sums.setdefault((name, level), totals)  # the first as it is: not shared
                if summed is not totals:
                    for entity, count in totals.items():
                        summed[entity] = summed.get(entity, 0) + count
        return sums

    @property
    def first_needed(self) -> int | None:
        """Smallest counts offset from which an open bucket has totals."""
        return min((bucket.first_offset for bucket in self._open.values()), default=None)

    @property
    def open_buckets(self) -> list[int]:
        """Starts of the buckets that have totals and are not closed."""
        return sorted(self._open)
