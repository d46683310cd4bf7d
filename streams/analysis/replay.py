"""The engine of ``weathervane replay``: all steps over files, without a broker.

It uses the functions that run online, and spreads records over lanes by Kafka's partitioner: each
lane gets the records that it would get from a topic. The result is what a live run publishes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from streams.analysis.shards import OnAlert, OnBucket, ReplaySummary, Shards, ignore
from streams.analysis.source_lanes import SourceLanes, absent, declare_idle, furthest_behind
from streams.broker.client.partitioner import partition_of
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.clock.source_strays import note_lost
from streams.counts.lane_records import LaneEvent, LaneRecords
from streams.detection.context.bucket import Inspect
from streams.items import Complaint, Level, Reject, Send, Skipped
from streams.sources.event_json import event_key
from streams.sources.read import Files

Keep = Callable[[str, LaneEvent], None]
"""Takes an event that was read, with its source's name."""


class FileRecords:
    """The files of a source as the records that `ingest` would write, in the lanes of Kafka.

    Parameters
    ----------
    files, source, now_s
        The files, their source, and the time of writing of all records, epoch s.
    keep
        Gets every event, with the source's name; None where nobody wants them.
    """

    def __init__(self, files: Files, source: Source, now_s: float, keep: Keep | None) -> None:
        self._files, self._now_s = files, now_s
        self._name, self.lanes, self._keep = source.name, source.table.partitions, keep

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

    @property
    def records_read(self) -> int:
        """See `LaneRecords`."""
        return self._files.records

    def __iter__(self) -> Iterator[LaneEvent | Reject | Skipped]:
        offsets, lanes, now_s = [0] * self.lanes, self.lanes, self._now_s
        for item in self._files:
            # By `type`: msgspec's metaclass makes isinstance three times as slow.
            if type(item) is Send or type(item) is Complaint:
                lane = partition_of(event_key(item), lanes)
                event = LaneEvent(lane, offsets[lane], item, now_s)
                if self._keep is not None:
                    self._keep(self._name, event)
                yield event
                offsets[lane] += 1
            elif isinstance(item, Reject | Skipped):
                yield item


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
    keep
        Gets every event of the files, with its source's name.
    sort
        Whether each source's files are put into the order of their times first.
    inspect
        What the closes have to report beside the alerts.

    Attributes
    ----------
    shards
        Judge the counts; they may have been warmed.
    summary
        It is filled while the replay runs.
    notes
        What was met in the files: a sentence each.
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
        keep: Keep | None = None,
        sort: bool = False,
    ) -> None:
        self._config = config
        self.shards = Shards(config, inspect)
        self.summary = ReplaySummary()
        self._on_bucket: OnBucket = ignore
        self.notes: list[str] = []
        self._files: dict[str, Files] = {}
        self._records: dict[str, LaneRecords] = dict(recorded or {})
        for name, paths in files.items():
            source = config.sources[name]
            opened = Files(source, paths, hash_key, lambda: now_s, sort=sort)
            self.notes += opened.notes
            self._files[name] = opened
            self._records[name] = FileRecords(opened, source, now_s, keep)
        self._sources = [
            SourceLanes(config.sources[name], of_source, config.count.levels)
            for name, of_source in self._records.items()
        ]

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
            Called about every `ITEMS_A_FLUSH` items.
        on_bucket
            Gets what became of every closed bucket, before its revisions.
        """
        began, self._on_bucket = time.perf_counter(), on_bucket
        self.shards.begin(on_alert)
        for idle in absent(self._config, self._sources):
            for number in range(len(self.shards)):
                self.shards.take(number, idle, on_alert)
        while lanes := furthest_behind(self._sources):
            self.summary.items += lanes.read()
            if lanes.done and not self.damage:
                lanes.finish()
                lanes.end()
            self._flush(lanes, on_alert, on_reject)
            on_progress()
        if not self.damage:
            self._end_together(on_alert, on_reject)
        summary = self.summary
        self.shards.sum_up(summary)
        summary.unchecked = sum(
            intake.lane.unchecked for lanes in self._sources for intake in lanes.intakes
        )
        summary.sources = {lanes.source.name: lanes.summary() for lanes in self._sources}
        for name, opened in self._files.items():
            note_lost(summary.sources[name], [opened.lost])
        summary.late = sum(each.late for each in summary.sources.values())
        summary.duplicates = sum(each.duplicates for each in summary.sources.values())
        summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    def _end_together(self, on_alert: OnAlert, on_reject: Callable[[Source, Reject], None]) -> None:
        """Close what is open, group by group, until the end of the group's sources."""
        for sources in self._config.groups.values():
            names = {source.name for source in sources}
            of_group = [lanes for lanes in self._sources if lanes.source.name in names]
            lanes_of_group = [intake.lane for lanes in of_group for intake in lanes.intakes]
            through = max((lane.watermark for lane in lanes_of_group), default=float("-inf"))
            declare_idle(of_group, through)
            for lanes in of_group:
                self._flush(lanes, on_alert, on_reject)

    def _flush(
        self,
        lanes: SourceLanes,
        on_alert: OnAlert,
        on_reject: Callable[[Source, Reject], None],
    ) -> None:
        for shard, counts in lanes.flush(len(self.shards)):
            self.shards.take(shard, counts, on_alert, self._on_bucket)
        for reject in lanes.rejects:
            on_reject(lanes.source, reject)
        summary = self.summary
        summary.records = sum(each.records_read for each in self._sources)
        summary.skipped = sum(each.skipped for each in self._sources)
        summary.rejects += len(lanes.rejects)
        summary.events = summary.items - summary.skipped - summary.rejects
        lanes.rejects.clear()
