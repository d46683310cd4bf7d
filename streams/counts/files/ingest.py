"""Writes files to a source's topic, and waits until the broker has every record.

This is ``weathervane ingest`` without the command line. An event goes to the partition that Kafka's
partitioner chooses for its key, so that a replay of the same files spreads them over the same
lanes.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.broker.client.connection import Connection
from streams.broker.client.partitioner import partition_of
from streams.broker.client.writer import RecordWriter, WriteFailed
from streams.broker.topics.offsets import partition_count
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.clock.source_strays import note_lost
from streams.counts.files.file_lanes import FileLanes
from streams.items import End, Event, Reject, Skipped
from streams.sources.event_json import encode_event, event_key
from streams.sources.privacy import read_hash_key
from streams.sources.read import Files, Unopenable
from streams.sources.reject_tally import RejectTally
from streams.sources.rejects import encode_reject, reject_key
from streams.strays import SourceStrays

LOOK_EVERY = 2_000
"""Items between two checks of what was acknowledged."""

SURE_EVERY = 250_000
"""Items after which it waits for all of them, so that it is known up to where all are there."""


class IngestFailed(Exception):
    """Not everything arrived; the message says what did, and how to go on."""


@dataclass(slots=True)
class IngestSummary:
    """The numbers of an ingest; ``items = events + skipped + rejects``, always.

    Attributes
    ----------
    records
        How many records of the files were read; a record may hold several items.
    acknowledged
        How many of the events and rejects the broker has.
    through
        Event time up to which end marks say that all events are there; None without marks.
    strays
        Which events of these files are late, repeated or ahead for a counter that counts them
        alone, and whose they are; those that an earlier ingest has written are counted with them.
    bytes_read, bytes_total
        As stored, compressed where the files are; the total is None where one of them
        is a pipe.
    """

    records: int = 0
    items: int = 0
    events: int = 0
    skipped: int = 0
    rejects: int = 0
    acknowledged: int = 0
    through: str | None = None
    strays: SourceStrays = field(default_factory=SourceStrays)
    bytes_read: int = 0
    bytes_total: int | None = 0
    wall_s: float = 0.0

    @property
    def written(self) -> int:
        """How many records were handed to the broker: all events and rejects."""
        return self.events + self.rejects


def ingest_files(
    config: Config,
    connection: Connection,
    source: Source,
    paths: Sequence[Path],
    *,
    end: bool,
    skip: int = 0,
    sort: bool = False,
    on_progress: Callable[[IngestSummary], None] = lambda _: None,
) -> IngestSummary:
    """Write files to a source's topic; see `Ingest`, whose errors it raises."""
    return Ingest(config, connection, source, paths, end=end, skip=skip, sort=sort).run(on_progress)


class Ingest:
    """The files of one source on their way to its topic.

    Parameters
    ----------
    config
        It names the hash key.
    connection
        The broker.
    source
        Its table says how to read the files, and its topic is where events go.
    paths
        Read one after another; ``-`` is standard input.
    end
        Whether to write an end mark to every partition once all records are acknowledged.
    skip
        Records of the first file that an earlier ingest has written. They are read, so that ids and
        end marks are the same, and not written.
    sort
        Whether the events are written in the order of their times; the files are one then.
    clock
        Now, in epoch seconds: bounds event times from above.

    Attributes
    ----------
    summary
        Filled while it runs.
    rejects
        The rejects so far.
    source_name
        Whose files they are.

    Raises
    ------
    Unopenable, NoHashKey
        Where a file cannot be read as the source says. All files are checked before anything is
        written.
    TopicsError
        Where a topic is missing, or no broker answers.
    """

    def __init__(
        self,
        config: Config,
        connection: Connection,
        source: Source,
        paths: Sequence[Path],
        *,
        end: bool,
        skip: int = 0,
        sort: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if source.only_read:
            raise Unopenable(
                f"sources.{source.name}: its topic, {source.topic}, is another's (topic_format ="
                ' "source") and is only read: ingest writes nothing to it. `weathervane replay'
                f" {source.name}=FILE` counts files without a broker"
            )
        self._source, self.source_name, self._paths = source, source.name, paths
        self._end, self._skip, self._sort = end, skip, sort
        # The file and its record up to which all are there; how many were written by then.
        self._sure_of, self._surely_written = (0, skip), 0
        self._skipped = self._written_before = 0
        self.rejects = RejectTally()
        self._files = Files(source, paths, read_hash_key(config, [source]), clock, sort=sort)
        self.summary = IngestSummary(bytes_total=self._files.bytes_total)
        self.partitions = partition_count(connection, source.topic)
        self._rejects = config.topic("rejects")
        partition_count(connection, self._rejects)
        self._clock = clock
        self._lanes = FileLanes(source, self.partitions)
        self._writer = RecordWriter(connection)

    def run(self, on_progress: Callable[[IngestSummary], None] = lambda _: None) -> IngestSummary:
        """Write all records and wait for the broker to have them.

        Parameters
        ----------
        on_progress
            Called every `LOOK_EVERY` items and at the end.

        Raises
        ------
        IngestFailed
            Where a write failed or a file is damaged. There are no end marks then.
        """
        began = time.perf_counter()
        summary = self.summary
        try:
            self._write_all(on_progress)
            self._make_sure(on_progress)
            self._look(on_progress)
            if self._files.damage:
                raise IngestFailed(self._damage())
            if self._end:
                self._write_marks()
        except (WriteFailed, Unopenable) as error:
            self._look(on_progress)
            raise IngestFailed(f"{error}; {self.arrived()}") from None
        finally:
            summary.wall_s = round(time.perf_counter() - began, 3)
        return summary

    @property
    def notes(self) -> list[str]:
        """What was met in the files: a sentence each."""
        return self._files.notes

    def stop(self) -> None:
        """Give records under way a few seconds to arrive, and count them."""
        self._writer.wait(5.0)
        self._look(lambda _: None)
        if self.summary.acknowledged == self.summary.written:
            self._note_sure()

    def _write_all(self, on_progress: Callable[[IngestSummary], None]) -> None:
        files, summary, lanes = self._files, self.summary, self._lanes
        sure_at, record = SURE_EVERY, (0, 0)
        for item in files:
            if self._sort and files.damage:
                raise Unopenable(f"{'; '.join(files.damage)}: --sort must have whole files")
            if files.index == 0 and files.record <= self._skip:
                self._skipped = files.record
                if not isinstance(item, Reject | Skipped):
                    key = event_key(item)
                    lanes.take(partition_of(key, self.partitions), item, self._clock())
                continue
            if record != (files.index, files.record):
                record = (files.index, files.record)
                self._written_before = summary.written
                if summary.items >= sure_at:
                    self._make_sure(on_progress)
                    sure_at += SURE_EVERY
            self._write(item)
            if summary.items % LOOK_EVERY == 0:
                self._writer.poll()
                summary.bytes_read = files.bytes_read
                self._look(on_progress)
        summary.bytes_read = files.bytes_read
        summary.strays = note_lost(lanes.finish(self._clock()), [files.lost])

    def _write(self, item: Event | Reject | Skipped) -> None:
        source, summary = self._source, self.summary
        summary.items += 1
        if isinstance(item, Skipped):
            summary.skipped += 1
        elif isinstance(item, Reject):
            summary.rejects += 1
            self.rejects.add(item)
            value = encode_reject(item, payload=source.payload_in_rejects)
            self._writer.write(self._rejects, value, reject_key(item), None)
        else:
            summary.events += 1
            key = event_key(item)
            partition = partition_of(key, self.partitions)
            self._lanes.take(partition, item, self._clock())
            self._writer.write(source.topic, encode_event(item), key, partition)

    def _make_sure(self, on_progress: Callable[[IngestSummary], None]) -> None:
        """Wait until the broker has every record so far."""
        self._writer.flush(lambda: self._look(on_progress))
        self._note_sure()

    def _note_sure(self) -> None:
        """Note the last record of which the broker has everything, as of all before it."""
        files, whole = self._files, self._files.whole
        self._surely_written = (
            self.summary.written if whole == files.record else self._written_before
        )
        self._sure_of = (files.index, whole if files.index else max(whole, self._skip))

    def _look(self, on_progress: Callable[[IngestSummary], None]) -> None:
        # In the order of times items are skipped, which may be parts of records: all were read.
        self.summary.records = self._files.records - (0 if self._sort else self._skipped)
        # End marks are not records: one on its way must not be counted.
        self.summary.acknowledged = min(self._writer.acknowledged, self.summary.written)
        on_progress(self.summary)

    def _write_marks(self) -> None:
        """Close open buckets: one mark a partition, through the end of the files."""
        end_s = self._lanes.end()
        if end_s is None:
            return
        mark = End(v=1, source=self._source.name, through=dt.datetime.fromtimestamp(end_s, dt.UTC))
        for partition in range(self.partitions):
            self._writer.write(self._source.topic, encode_event(mark), None, partition)
        self._writer.flush()
        self.summary.through = mark.through.isoformat()

    def arrived(self) -> str:
        """Say how many records the broker has, up to where all are there, and how to go on."""
        summary, (index, records) = self.summary, self._sure_of
        marks = "; no end mark was written" if self._end else ""
        acknowledged = f"{summary.acknowledged} of {summary.written} records are acknowledged"
        paths = " ".join(map(str, self._paths[index:]))
        maybe_twice = summary.acknowledged - self._surely_written
        twice = f"at most {maybe_twice} records twice" if maybe_twice > 0 else "nothing twice"
        place = f"record {records} of {self._paths[index]}"
        if self._sort:
            place = f"item {records} in the order of times"
        return (
            f"{acknowledged}{marks}. All are there up to {place};"
            f" {self._command(paths, records)} writes the rest, and {twice}"
        )

    def _damage(self) -> str:
        """Say which files are damaged, and how to write their rest."""
        summary = self.summary
        marks = "; no end mark was written" if self._end else ""
        whole = " and ".join(self._command(str(path), n) for path, n in self._files.damaged)
        return (
            f"{'; '.join(self._files.damage)}; {summary.acknowledged} of {summary.written} records"
            f" are acknowledged{marks}. Once the file is whole, {whole} writes the rest, and"
            " nothing twice"
        )

    def _command(self, paths: str, skip: int) -> str:
        end = " --sort" * self._sort + " --end" * self._end
        return f"`weathervane ingest {self._source.name} {paths} --skip {skip}{end}`"
