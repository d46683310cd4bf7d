"""The engine of ``weathervane replay``: all steps over files, without a broker.

It uses the functions that run online, and spreads records over lanes by Kafka's partitioner: each
lane gets the records that it would get from a topic. The result is what a live run publishes.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.analysis.shards import OnAlert, OnBucket, ReplaySummary, Shards, ignore
from streams.broker.client.partitioner import partition_of
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.lane_records import LaneRecord, LaneRecords
from streams.counts.wire import records
from streams.detection.context.bucket import Inspect
from streams.items import Counts, End, Level, Reject
from streams.sources.event_json import encode_event, event_key
from streams.sources.read import Files

RECORDS_A_FLUSH = 20_000


class FileRecords:
    """The files of a source as the records that `ingest` would write, in the lanes of Kafka.

    Parameters
    ----------
    files, lanes, now_s
        The files, the number of lanes, and the time of writing of all records, epoch s.
    """

    def __init__(self, files: Files, lanes: int, now_s: float) -> None:
        self._files, self.lanes, self._now_s = files, lanes, now_s

    @property
    def bytes_total(self) -> int | None:
        """See `LaneRecords`."""
        return self._files.bytes_total

    @property
    def bytes_read(self) -> int:
        """See `LaneRecords`."""
        return self._files.bytes_read

    @property
    def damage(self) -> list[str]:
        """See `LaneRecords`."""
        return self._files.damage

    def __iter__(self) -> Iterator[LaneRecord | Reject]:
        offsets = [0] * self.lanes
        for item in self._files:
            if isinstance(item, Reject):
                yield item
                continue
            lane = partition_of(event_key(item), self.lanes)
            yield LaneRecord(lane, offsets[lane], encode_event(item), self._now_s)
            offsets[lane] += 1


@dataclass(slots=True)
class _Reading:
    """A source that is being read: its lanes and its position."""

    source: Source
    records: Iterator[LaneRecord | Reject]
    intakes: list[Intake]
    offsets: list[int]
    done: bool = False
    rejects: list[Reject] = field(default_factory=list)

    @property
    def front(self) -> float:
        """The latest event time that has been read, epoch s."""
        return max((i.lane.front or float("-inf") for i in self.intakes), default=float("-inf"))


class Replay:
    """A replay of files through all steps, from bytes to alerts.

    Parameters
    ----------
    config
        The configuration.
    files
        Files by source; sources of one group are read side by side.
    recorded
        Recorded events by source; no files of these sources are read.
    hash_key
        Key for recipients and reporters; see the configuration.
    now_s
        The time of writing of every record, epoch s: an upper limit of event times.
    inspect
        What the closes have to report beside the alerts.

    Attributes
    ----------
    shards
        Judge the counts; they may have been warmed.
    summary
        It is filled while the replay runs.
    """

    def __init__(
        self,
        config: Config,
        files: Mapping[str, Sequence[Path]],
        *,
        hash_key: bytes | None = None,
        now_s: float,
        inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
        recorded: Mapping[str, LaneRecords] | None = None,
    ) -> None:
        self._config = config
        self.shards = Shards(config, inspect)
        self.summary = ReplaySummary()
        self._on_bucket: OnBucket = ignore
        self._readings = []
        self._records: dict[str, LaneRecords] = dict(recorded or {})
        for name, paths in files.items():
            source = config.sources[name]
            opened = Files(source, paths, hash_key, lambda: now_s)
            self._records[name] = FileRecords(opened, source.table.partitions, now_s)
        for name, source_records in self._records.items():
            source, lanes = config.sources[name], source_records.lanes
            intakes = [Intake(source, n, config.count.levels) for n in range(lanes)]
            self._readings.append(_Reading(source, iter(source_records), intakes, [0] * lanes))

    @property
    def bytes_total(self) -> int | None:
        """The size of all files; None if one is a pipe."""
        sizes = [source.bytes_total for source in self._records.values()]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    @property
    def bytes_read(self) -> int:
        """How many bytes of the files have been read, for a progress bar."""
        return sum(source.bytes_read for source in self._records.values())

    @property
    def damage(self) -> list[str]:
        """The damaged places of all files: after one of them, records may be missing."""
        return [line for source in self._records.values() for line in source.damage]

    def names(self, level: Level) -> set[str]:
        """Give the ids of a level that have counted."""
        return self.shards.names(level)

    def run(
        self,
        on_alert: OnAlert,
        on_reject: Callable[[Source, Reject], None],
        on_progress: Callable[[], None] = lambda: None,
        on_bucket: OnBucket = ignore,
    ) -> ReplaySummary:
        """Run to the end of the files, and close the buckets that are open there.

        Parameters
        ----------
        on_alert
            Gets every revision in the order of publication.
        on_reject
            Gets every reject, with its source.
        on_progress
            Called about every `RECORDS_A_FLUSH` records.
        on_bucket
            Gets what became of every closed bucket, before its revisions.
        """
        began, self._on_bucket = time.perf_counter(), on_bucket
        self.shards.begin(on_alert)
        self._absent_sources(on_alert)
        while reading := self._next():
            self._read(reading)
            if reading.done and not self.damage:
                self._end(reading)
            self._flush(reading, on_alert, on_reject)
            on_progress()
        if not self.damage:
            self._end_together(on_alert, on_reject)
        summary = self.summary
        self.shards.sum_up(summary)
        summary.unchecked = sum(
            intake.lane.unchecked for reading in self._readings for intake in reading.intakes
        )
        summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    def _next(self) -> _Reading | None:
        """Choose the source that is furthest behind, so that few buckets are open."""
        unread = [reading for reading in self._readings if not reading.done]
        return min(unread, key=lambda reading: (reading.front, reading.source.name), default=None)

    def _read(self, reading: _Reading) -> None:
        for _ in range(RECORDS_A_FLUSH):
            record = next(reading.records, None)
            if record is None:
                reading.done = True
                return
            self.summary.records += 1
            if isinstance(record, Reject):
                reading.rejects.append(record)
                continue
            reading.intakes[record.lane].take(record.offset, record.value, record.written_s)
            reading.offsets[record.lane] = record.offset + 1

    def _end(self, reading: _Reading) -> None:
        """Do what an end mark in every lane does."""
        for intake in reading.intakes:
            intake.finish()
        front = reading.front
        if front > float("-inf"):
            mark = End(v=1, source=reading.source.name, through=_instant(front))
            for intake, offset in zip(reading.intakes, reading.offsets, strict=True):
                intake.lane.end(offset, mark)

    def _end_together(self, on_alert: OnAlert, on_reject: Callable[[Source, Reject], None]) -> None:
        """Declare the lanes of a source that ends early idle until the end of its group's sources.

        Otherwise the later buckets of the other sources would never close. A counter on Kafka
        declares these lanes idle through the same time, `idle_after` later.
        """
        for sources in self._config.groups.values():
            names = {source.name for source in sources}
            readings = [each for each in self._readings if each.source.name in names]
            lanes = [intake.lane for reading in readings for intake in reading.intakes]
            through = max((lane.watermark for lane in lanes), default=float("-inf"))
            for lane in lanes:
                if lane.watermark < through:
                    lane.idle(through)
            for reading in readings:
                self._flush(reading, on_alert, on_reject)

    def _flush(
        self,
        reading: _Reading,
        on_alert: OnAlert,
        on_reject: Callable[[Source, Reject], None],
    ) -> None:
        source = reading.source
        for intake in reading.intakes:
            reading.rejects += intake.rejects
            intake.rejects.clear()
            flush = intake.lane.flush(early=False)
            lanes = len(reading.intakes)
            out = records(
                source.name, intake.number, lanes, source.bucket_s, flush, len(self.shards)
            )
            for shard, counts in out:
                self.shards.take(shard, counts, on_alert, self._on_bucket)
        for reject in reading.rejects:
            on_reject(source, reject)
        self.summary.rejects += len(reading.rejects)
        self.summary.events = self.summary.records - self.summary.rejects
        reading.rejects.clear()

    def _absent_sources(self, on_alert: OnAlert) -> None:
        """Declare the lanes of sources without a file idle for ever: they delay no close."""
        present = {reading.source.name for reading in self._readings}
        for source in self._config.sources.values():
            if source.name not in present:
                for number in range(len(self.shards)):
                    idle = Counts(
                        source=source.name,
                        lane=0,
                        lanes=1,
                        bucket_s=source.bucket_s,
                        watermark=float("inf"),
                        idle=True,
                    )
                    self.shards.take(number, idle, on_alert)


def _instant(time_s: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_s, dt.UTC)
