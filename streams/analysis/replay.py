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
from typing import NamedTuple, Protocol

from streams.analysis.shards import OnAlert, ReplaySummary, Shards
from streams.broker.client.partitioner import partition_of
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.counts.wire import records
from streams.detection.bucket_result import OnClose, untold
from streams.detection.watched_entity import Watcher, unwatched
from streams.items import Counts, End, Level, Reject
from streams.sources.event_json import encode_event, event_key
from streams.sources.read import Files

RECORDS_A_FLUSH = 20_000


class Row(NamedTuple):
    """A record of a lane; `written_s` is its own timestamp."""

    lane: int
    offset: int
    value: bytes
    written_s: float | None


class Records(Protocol):
    """What a source has to give, lane by lane in order."""

    lanes: int

    @property
    def bytes_total(self) -> int | None:
        """Bytes in all; None where nobody knows."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes read so far, for a progress bar."""
        ...

    @property
    def damage(self) -> list[str]:
        """What was found damaged: where a file broke off, nothing says that all is there."""
        ...

    def __iter__(self) -> Iterator[Row | Reject]: ...


class FileRecords:
    """Files of a source as the records that `ingest` would write, spread as Kafka would.

    Parameters
    ----------
    files, lanes, now_s
        The files, over how many lanes, and when they are taken to be written.
    """

    def __init__(self, files: Files, lanes: int, now_s: float) -> None:
        self._files, self.lanes, self._now_s = files, lanes, now_s

    @property
    def bytes_total(self) -> int | None:
        """See `Records`."""
        return self._files.bytes_total

    @property
    def bytes_read(self) -> int:
        """See `Records`."""
        return self._files.bytes_read

    @property
    def damage(self) -> list[str]:
        """See `Records`."""
        return self._files.damage

    def __iter__(self) -> Iterator[Row | Reject]:
        offsets = [0] * self.lanes
        for item in self._files:
            if isinstance(item, Reject):
                yield item
                continue
            lane = partition_of(event_key(item), self.lanes)
            yield Row(lane, offsets[lane], encode_event(item), self._now_s)
            offsets[lane] += 1


@dataclass(slots=True)
class _Reading:
    """One source being read: its lanes, and where it is."""

    source: Source
    rows: Iterator[Row | Reject]
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
    recorded
        Sources whose records are there already: no files of theirs are read.
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
        recorded: Mapping[str, Records] | None = None,
    ) -> None:
        self._config = config
        self._shards = Shards(config, watcher, on_close)
        self.summary = ReplaySummary()
        self._readings = []
        self._records: dict[str, Records] = dict(recorded or {})
        for name, paths in files.items():
            source = config.sources[name]
            opened = Files(source, paths, hash_key, lambda: now_s)
            self._records[name] = FileRecords(opened, source.table.partitions, now_s)
        for name, records_of in self._records.items():
            source, lanes = config.sources[name], records_of.lanes
            intakes = [Intake(source, n, config.count.levels) for n in range(lanes)]
            self._readings.append(_Reading(source, iter(records_of), intakes, [0] * lanes))

    @property
    def bytes_total(self) -> int | None:
        """Bytes of all files; None where one is a pipe."""
        sizes = [of.bytes_total for of in self._records.values()]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    @property
    def bytes_read(self) -> int:
        """Bytes of the files read so far, for a progress bar."""
        return sum(of.bytes_read for of in self._records.values())

    @property
    def damage(self) -> list[str]:
        """What was found damaged: where a file broke off, nothing says that all is there."""
        return [line for of in self._records.values() for line in of.damage]

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
        if not self.damage:
            self._end_together(on_alert, on_reject)
        summary = self.summary
        self._shards.sum_up(summary)
        summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    def _next(self) -> _Reading | None:
        """The source that is furthest behind, so that open buckets stay few."""
        unread = [reading for reading in self._readings if not reading.done]
        return min(unread, key=lambda r: (r.front, r.source.name), default=None)

    def _read(self, reading: _Reading) -> None:
        for _ in range(RECORDS_A_FLUSH):
            row = next(reading.rows, None)
            if row is None:
                reading.done = True
                return
            self.summary.records += 1
            if isinstance(row, Reject):
                reading.rejects.append(row)
                continue
            reading.intakes[row.lane].take(row.offset, row.value, row.written_s)
            reading.offsets[row.lane] = row.offset + 1

    def _end(self, reading: _Reading) -> None:
        """What an end mark in every lane does."""
        for intake in reading.intakes:
            intake.finish()
        front = reading.front
        if front > float("-inf"):
            mark = End(v=1, source=reading.source.name, through=_instant(front))
            for intake, offset in zip(reading.intakes, reading.offsets, strict=True):
                intake.lane.end(offset, mark)

    def _end_together(self, on_alert: OnAlert, on_reject: Callable[[Source, Reject], None]) -> None:
        """Where a source ends before others of its group, its lanes are idle through their end.

        Else all that the others have after it would be judged by nobody. A counter on Kafka
        declares them idle through the same time, `idle_after` later.
        """
        for sources in self._config.groups.values():
            names = {source.name for source in sources}
            of = [reading for reading in self._readings if reading.source.name in names]
            lanes = [intake.lane for reading in of for intake in reading.intakes]
            through = max((lane.watermark for lane in lanes), default=float("-inf"))
            for lane in lanes:
                if lane.watermark < through:
                    lane.idle(through)
            for reading in of:
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


def _instant(time_s: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_s, dt.UTC)
