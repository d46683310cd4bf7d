"""Merge the lanes' totals of a group, and say which bucket may close.

A larger total of a lane replaces a smaller one, so that a record read twice, or
written again after a crash, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.config.sources import Source
from streams.counts.bucket import Buckets
from streams.items import Counts, Level, Signal

Sums = dict[tuple[str, Level], dict[str, int]]
"""Counts of a closed bucket by (source, level) and id."""

Parents = dict[str, set[tuple[Level, str]]]
"""What each sender of a closed bucket belongs to."""


class WrongShape(Exception):
    """A counts record does not fit the configuration; detect must stop, not guess."""


class _Bucket:
    """An open bucket: totals by lane, and the offset of the first record that had any."""

    __slots__ = ("first_offset", "lanes", "parents")

    def __init__(self, first_offset: int) -> None:
        self.first_offset = first_offset
        self.lanes: dict[tuple[str, int], dict[tuple[Level, str], int]] = {}
        self.parents: dict[tuple[str, int], Parents] = {}


class Merge:
    """Totals of one group's sources, in one shard.

    Parameters
    ----------
    sources
        The group's sources: one bucket size, one clock.

    Attributes
    ----------
    closed
        End of the last closed bucket; None before the first.
    parents
        What each sender of the bucket that `close` gave last belongs to.
    """

    def __init__(self, sources: list[Source]) -> None:
        self.sources = {source.name: source for source in sources}
        self.buckets = Buckets(sources[0].bucket_s, sources[0].timezone)
        self.closed: int | None = None
        self.lanes: dict[str, int] = {}
        self.watermarks: dict[tuple[str, int], float] = {}
        self.parents: Parents = {}
        self._open: dict[int, _Bucket] = {}

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
        grown = []
        belongs: dict[int, set[tuple[Level, str]]] = {}
        for family in counts.families:
            for place in family.members:
                belongs.setdefault(place, set()).add((family.level, family.id))
        for place, total in enumerate(counts.totals):
            if self.closed is not None and total.bucket < self.closed:
                continue  # a recount repeats what has been judged
            bucket = self._open.get(total.bucket)
            if bucket is None:
                bucket = self._open[total.bucket] = _Bucket(offset)
            totals = bucket.lanes.setdefault(lane, {})
            key = (total.level, total.id)
            if total.count > totals.get(key, 0):
                totals[key] = total.count
                grown.append((total.bucket, *key))
                if place in belongs:  # a larger total says all that a smaller one did
                    bucket.parents.setdefault(lane, {})[total.id] = belongs[place]
        if counts.watermark is not None:
            low = float("-inf")
            self.watermarks[lane] = max(counts.watermark, self.watermarks.get(lane, low))
        return grown

    def partial(self, bucket: int, signal: Signal, level: Level, entity: str) -> int:
        """Total of an entity in an open bucket so far, over all lanes."""
        return sum(
            totals.get((level, entity), 0)
            for (name, _), totals in self._open[bucket].lanes.items()
            if self.sources[name].signal == signal
        )

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

    def close(self) -> Iterator[tuple[int, int, Sums]]:
        """Close what may be closed, in order, empty buckets included.

        Yields
        ------
        tuple
            ``(start, end, counts by (source, level) and id)``; `parents` is the bucket's.
        """
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
            self.parents = {}
            for of_lane in [] if bucket is None else bucket.parents.values():
                for sender, names in of_lane.items():
                    self.parents.setdefault(sender, set()).update(names)
            yield start, end, self._sum(bucket)

    def _sum(self, bucket: _Bucket | None) -> Sums:
        sums: Sums = {}
        if bucket is None:
            return sums
        for (name, _), totals in sorted(bucket.lanes.items()):
            for (level, entity), count in totals.items():
                of = sums.setdefault((name, level), {})
                of[entity] = of.get(entity, 0) + count
        return sums

    @property
    def first_needed(self) -> int | None:
        """Smallest counts offset that an open bucket has totals from."""
        return min((bucket.first_offset for bucket in self._open.values()), default=None)

    @property
    def open_buckets(self) -> list[int]:
        """Starts of the buckets that have totals and are not closed."""
        return sorted(self._open)
