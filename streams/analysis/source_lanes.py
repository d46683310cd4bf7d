"""The lanes of a source, counted without a broker: from files, or from an archive's events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice

from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.clock.source_strays import strays_of
from streams.counts.files.file_end import FileEnd
from streams.counts.intake import BATCH, Intake
from streams.counts.lane_records import LaneEvent, LaneRecord, LaneRecords
from streams.counts.wire import records
from streams.items import Counts, End, Level, Reject
from streams.strays import SourceStrays

ITEMS_A_FLUSH = 20_000


class SourceLanes:
    """A source that is being read, and its lanes, which count as those of a counter do.

    Parameters
    ----------
    source, lane_records
        The source, and its records.
    levels
        Levels to roll up to.

    Attributes
    ----------
    source, intakes
        The source, and its lanes.
    done
        Whether all records have been read.
    skipped
        How many items the source does not want.
    rejects
        Rejects that the caller has not yet taken.
    """

    def __init__(self, source: Source, lane_records: LaneRecords, levels: list[Level]) -> None:
        self.source = source
        self.intakes = [Intake(source, number, levels) for number in range(lane_records.lanes)]
        self.done = False
        self.skipped = 0
        self.rejects: list[Reject] = []
        self._lane_records = lane_records
        self._items = iter(lane_records)
        self._offsets = [0] * lane_records.lanes
        self._held: list[list[LaneEvent]] = [[] for _ in self.intakes]
        self._file_end = FileEnd(source.bucket_s, source.lateness_s, lane_records.lanes)

    @property
    def front(self) -> float:
        """The latest event time that has been read, epoch s."""
        return max((i.lane.front or float("-inf") for i in self.intakes), default=float("-inf"))

    @property
    def records_read(self) -> int:
        """How many records have been read."""
        return self._lane_records.records_read

    def read(self) -> int:
        """Read the next `ITEMS_A_FLUSH` items, or those that are left; return how many."""
        read = 0
        for item in islice(self._items, ITEMS_A_FLUSH):
            read += 1
            if type(item) is LaneEvent:
                self._take_event(item)
            elif type(item) is LaneRecord:
                self._take(item)
            elif isinstance(item, Reject):
                self.rejects.append(item)
            else:
                self.skipped += 1
        self.done = read < ITEMS_A_FLUSH
        for lane in range(len(self.intakes)):
            self._take_held(lane)
        return read

    def _take(self, record: LaneRecord) -> None:
        lane, offset, value, written_s, appended = record
        time_s = self.intakes[lane].take(offset, value, written_s, appended=appended)
        if time_s is not None:
            self._file_end.take(lane, time_s)
        self._offsets[lane] = offset + 1

    def _take_event(self, event: LaneEvent) -> None:
        lane, offset, taken, _ = event
        held = self._held[lane]
        held.append(event)
        if len(held) >= BATCH:
            self._take_held(lane)
        self._file_end.take(lane, taken.event_time.timestamp())
        self._offsets[lane] = offset + 1

    def _take_held(self, lane: int) -> None:
        """Count the events of a lane that wait to be counted together."""
        held = self._held[lane]
        if held:
            self._held[lane] = []
            _, offsets, events, written_s = zip(*held, strict=True)
            self.intakes[lane].take_events(offsets, events, written_s)

    def summary(self) -> SourceStrays:
        """Say what is late, repeated or ahead, and of whom most is."""
        return strays_of([intake.lane for intake in self.intakes])

    def finish(self) -> None:
        """Decide about events that are held back; no more records come."""
        for intake in self.intakes:
            intake.finish()

    def end(self) -> None:
        """Do what an end mark in every lane does."""
        end_s = self._file_end.finish()
        if end_s is not None:
            through = dt.datetime.fromtimestamp(end_s, dt.UTC)
            mark = End(v=1, source=self.source.name, through=through)
            for intake, offset in zip(self.intakes, self._offsets, strict=True):
                intake.lane.end(offset, mark)

    def flush(self, shards: int) -> Iterator[tuple[int, Counts]]:
        """Give the records of ``counts`` that its lanes write now, each with its shard."""
        for intake in self.intakes:
            self.rejects += intake.rejects
            intake.rejects.clear()
            flush = intake.lane.flush(early=False)
            lanes, bucket_s = len(self.intakes), self.source.bucket_s
            yield from records(self.source.name, intake.number, lanes, bucket_s, flush, shards)


def furthest_behind(sources: Iterable[SourceLanes]) -> SourceLanes | None:
    """Choose the source to read next, so that few buckets are open; None where all is read."""
    unread = [lanes for lanes in sources if not lanes.done]
    return min(unread, key=lambda lanes: (lanes.front, lanes.source.name), default=None)


def declare_idle(sources: Iterable[SourceLanes], through: float) -> None:
    """Declare the lanes of sources idle through a time, epoch s, but for those that are past it.

    Otherwise the later buckets of the other sources of a group would never close. A counter on
    Kafka declares these lanes idle, `idle_after` later.
    """
    for of_source in sources:
        for intake in of_source.intakes:
            if intake.lane.watermark < through:
                intake.lane.idle(through)


def absent(config: Config, sources: Iterable[SourceLanes]) -> Iterator[Counts]:
    """Give counts that declare all other sources idle for ever: they delay no close."""
    present = {lanes.source.name for lanes in sources}
    for source in config.sources.values():
        if source.name not in present:
            yield Counts(
                source=source.name,
                lane=0,
                lanes=1,
                bucket_s=source.bucket_s,
                watermark=float("inf"),
                idle=True,
            )
