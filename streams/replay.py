"""Steps 1 to 5 over files, with no broker, by the functions that run online.

Records are spread over lanes by Kafka's partitioner, so that each lane sees what it
would see on a topic; what comes out is what a live run would publish.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.wire import records
from streams.events.encode import encode_event, event_key
from streams.events.files import Files
from streams.items import Complaint, Counts, End, Level, Reject, Send
from streams.kafka.partitioner import partition_of
from streams.monitor.findings import OnClose, untold
from streams.monitor.watch import Watcher, unwatched
from streams.shards import OnAlert, ReplaySummary, Shards

RECORDS_A_FLUSH = 20_000


@dataclass(slots=True)
class _Reading:
    """One source being read: its lanes, and where it is."""

    source: Source
    rows: Iterator[tuple[bytes, bytes] | Reject]
    intakes: list[Intake]
    offsets: list[int]
    done: bool = False
    rejects: list[Reject] = field(default_factory=list)

    @property
    def front(self) -> float:
        """How far the source has come in event time."""
        return max((i.lane.front or float("-inf") for i in self.intakes), default=float("-inf"))


class Replay:
    """A replay of files through all steps.

    Parameters
    ----------
    config
        The configuration.
    files
        Files by source; sources that share a group are read side by side.
    hash_key
        For recipients and reporters; see the configuration.
    now_s
        Taken for the time of writing of every record: bounds event times from above.
    watcher
        Whom each stream is to tell of, if anybody.
    on_close
        Is told of every closed bucket.

    Attributes
    ----------
    summary
        Filled while it runs.
    """

    def __init__(
        self,
        config: Config,
        files: Mapping[str, Sequence[Path]],
        *,
        hash_key: bytes | None = None,
        now_s: float,
        watcher: Watcher = unwatched,
        on_close: OnClose = untold,
    ) -> None:
        self._config = config
        self._now_s = now_s
        self._shards = Shards(config, watcher, on_close)
        self.summary = ReplaySummary()
        self._files: list[Files] = []
        self._readings = []
        for name, paths in files.items():
            source = config.sources[name]
            opened = Files(source, paths, hash_key, lambda: now_s)
            self._files.append(opened)
            lanes = source.table.partitions
            intakes = [Intake(source, n, config.count.levels) for n in range(lanes)]
            rows = map(_encoded, opened)
            self._readings.append(_Reading(source, rows, intakes, [0] * lanes))

    @property
    def bytes_total(self) -> int | None:
        """Bytes of all files; None where one is a pipe."""
        sizes = [files.bytes_total for files in self._files]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    @property
    def bytes_read(self) -> int:
        """Bytes of the files read so far, for a progress bar."""
        return sum(files.bytes_read for files in self._files)

    @property
    def damage(self) -> list[str]:
        """What was found damaged: where a file broke off, nothing says that all is there."""
        return [line for files in self._files for line in files.damage]

    def names(self, level: Level) -> set[str]:
        """Ids of a level that have counted."""
        return self._shards.names(level)

    def run(
        self,
        on_alert: OnAlert,
        on_reject: Callable[[Source, Reject], None],
        on_progress: Callable[[], None] = lambda: None,
    ) -> ReplaySummary:
        """Run to the end of the files, and close what is open there.

        Parameters
        ----------
        on_alert
            Gets every revision in order of publication.
        on_reject
            Gets every reject, with its source.
        on_progress
            Called about every `RECORDS_A_FLUSH` records.
        """
        began = time.perf_counter()
        self._absent_sources(on_alert)
        while reading := self._next():
            self._read(reading)
            if reading.done and not self.damage:
                self._end(reading)
            self._flush(reading, on_alert, on_reject)
            on_progress()
        summary = self.summary
        self._shards.sum_up(summary)
        summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    def _next(self) -> _Reading | None:
        """The source that is furthest behind, so that open buckets stay few."""
        unread = [reading for reading in self._readings if not reading.done]
        return min(unread, key=lambda r: (r.front, r.source.name), default=None)

    def _read(self, reading: _Reading) -> None:
        lanes = len(reading.intakes)
        for _ in range(RECORDS_A_FLUSH):
            row = next(reading.rows, None)
            if row is None:
                reading.done = True
                return
            if isinstance(row, Reject):
                self.summary.records += 1
                reading.rejects.append(row)
                continue
            key, value = row
            lane = partition_of(key, lanes)
            reading.intakes[lane].take(reading.offsets[lane], value, self._now_s)
            reading.offsets[lane] += 1
            self.summary.records += 1

    def _end(self, reading: _Reading) -> None:
        """What an end mark in every lane does."""
        for intake in reading.intakes:
            intake.finish()
        front = reading.front
        if front > float("-inf"):
            mark = End(v=1, source=reading.source.name, through=_instant(front))
            for intake, offset in zip(reading.intakes, reading.offsets, strict=True):
                intake.lane.end(offset, mark)

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
                source.name, intake.number, lanes, source.bucket_s, flush, len(self._shards)
            )
            for shard, counts in out:
                self._shards.take(shard, counts, on_alert)
        for reject in reading.rejects:
            on_reject(source, reject)
        self.summary.rejects += len(reading.rejects)
        self.summary.events = self.summary.records - self.summary.rejects
        reading.rejects.clear()

    def _absent_sources(self, on_alert: OnAlert) -> None:
        """Sources without a file hold no close: their lanes are idle for ever."""
        present = {reading.source.name for reading in self._readings}
        for source in self._config.sources.values():
            if source.name not in present:
                for number in range(len(self._shards)):
                    idle = Counts(
                        source=source.name,
                        lane=0,
                        lanes=1,
                        bucket_s=source.bucket_s,
                        watermark=float("inf"),
                        idle=True,
                    )
                    self._shards.take(number, idle, on_alert)


def _encoded(item: Send | Complaint | Reject) -> tuple[bytes, bytes] | Reject:
    """What `ingest` would write: key and value of the record."""
    if isinstance(item, Reject):
        return item
    return event_key(item), encode_event(item)


def _instant(time_s: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_s, dt.UTC)
