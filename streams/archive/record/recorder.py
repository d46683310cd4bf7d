"""Records what is on Kafka, without a Kafka client: records come in, an archive comes out.

The closed buckets and the verdicts on their sources are made as detect makes them; entities are not
judged again. Alerts and labels are those that were published. After a crash, a start removes
everything that was written since the last `save` and records it again. So the rows of an archive do
not depend on how often its recorder was ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Self

from streams.archive.manifest import ArchiveUnusable
from streams.archive.record.alerts_and_labels import AlertsAndLabels
from streams.archive.record.bucket_closer import BucketCloser
from streams.archive.record.event_files import EVENTS_HELD
from streams.archive.record.events import RawEventsWriter
from streams.archive.record.recording import Recording
from streams.archive.record.state import Partition, read_state, state_file, write_state
from streams.archive.record.writer import remove_repeated
from streams.config.model import Config
from streams.registry.control import NO_ROWS, FirstRows
from streams.sources.formats.format import Headers
from streams.strays import SourceStrays

log = logging.getLogger(__name__)

RECORDS_HELD = 100_000
"""Most alerts and labels that are held before they are written."""


class RecordsLost(Exception):
    """Records that the archive still needs are no longer on Kafka."""


class Recorder:
    """Takes the records of ``counts``, ``alerts`` and ``labels``, each partition's in order.

    Parameters
    ----------
    root
        The archive's folder: new, or one that a recorder has written.
    config
        The configuration of the counts.
    events
        Whether to record the events of the sources' topics, too.
    hash_key
        The key for hashing people in topics that are another's.

    Attributes
    ----------
    following
        The next offset of each known partition.
    recording
        Writes the closed buckets.
    alerts_and_labels, raw_events
        Write the alerts and labels, and the raw events.
    topics
        The topics whose records it takes.

    Raises
    ------
    ArchiveUnusable
        If the folder cannot be continued, or another recorder holds it.
    OSError
        If it cannot be written.
    """

    def __init__(
        self, root: Path, config: Config, *, events: bool = False, hash_key: bytes | None = None
    ) -> None:
        self.root = root
        self.recording = Recording(root, config, "kafka", events=events)
        self._counts = config.topic("counts")
        self.alerts_and_labels = AlertsAndLabels(root, config)
        self.raw_events = RawEventsWriter(root, config.by_topic if events else {}, hash_key)
        self._own_topics = (self._counts, *self.alerts_and_labels.tables)
        self.topics = (*self._own_topics, *self.raw_events.folders)
        self.following: dict[Partition, int] = {}
        try:
            self._closer = BucketCloser(config, self.recording)
            self._restored = self._restore()
        except BaseException:
            self.recording.close()
            raise
        self._began = False
        self._files_saved = 0
        self._with_gaps: set[Partition] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.recording.close()

    def _restore(self) -> bool:
        state = read_state(self.root)
        if state is None:
            if self.recording.begun:
                raise ArchiveUnusable(
                    f"{state_file(self.root)}: must exist, since {self.root} holds buckets; it is"
                    " missing. Restore it, or record into another folder"
                )
            return False
        other = {place.topic for place in state.following}.difference(self.topics)
        if other:
            raise ArchiveUnusable(
                f"{self.root}: must be continued from the topics that it was recorded from,"
                f" {', '.join(sorted(other))} among them; this configuration names"
                f" {', '.join(self.topics)}. Record into another folder"
            )
        self.following = dict(state.following)
        for number, position in self._closer.restore(state).items():
            self.following[Partition(self._counts, number)] = position
        return True

    def begin(
        self,
        offsets: Mapping[Partition, tuple[int, int]],
        first_rows: Callable[[int], FirstRows] = lambda number: NO_ROWS,
    ) -> None:
        """Begin: check that all needed records are there, and remove what will come again.

        Parameters
        ----------
        offsets
            For each partition the offset of its first record, and the offset of the next one to
            come.
        first_rows
            Asked for a partition of the counts that is read for the first time: the rows of the
            registry that it does not tell of.

        Raises
        ------
        RecordsLost
            If a record that is needed has been deleted.
        ArchiveUnusable
            If recorded alerts or labels are damaged.
        OSError
            If the folder cannot be written.
        """
        for partition, (first, end) in sorted(offsets.items()):
            self.require(partition, first, end)
            if partition not in self.following:
                self.following[partition] = first
                if partition.topic == self._counts:
                    self._closer.begin(partition.number, first_rows(partition.number))
                if partition.topic == self._counts and first > 0:
                    log.warning(
                        "%s begins at offset %d: earlier counts are no longer there, and the first"
                        " buckets may lack a part of them",
                        partition,
                        first,
                    )
        if not self._restored:
            self._write_state()  # so that a start after a crash begins at the same offsets
        self._remove_repeated()
        self.alerts_and_labels.read_recorded()
        self._began = True

    def require(self, partition: Partition, first: int, end: int) -> None:
        """Raise `RecordsLost` if the next record of a partition is not on Kafka."""
        needed = self.following.get(partition)
        if needed is None or first <= needed <= end:
            return
        if needed < first:
            lost = f"records {needed} to {first - 1} ({first - needed:,}) are deleted"
        else:
            lost = f"the topic ends at offset {end}: it is not the one that was recorded"
        raise RecordsLost(
            f"{partition}: recording must continue at offset {needed}; {lost}. Raise the topic's"
            f" retention, or record more often. {self.root} stays as it is: from now on record into"
            " another folder"
        )

    def _remove_repeated(self) -> None:
        """Remove what was recorded after the state: it will come again."""
        self._closer.remove_repeated()
        self.alerts_and_labels.remove_repeated(self.following)
        for topic, folders in self.raw_events.folders.items():
            for folder in folders:
                remove_repeated(folder, partial(Partition, topic), self.following)

    def take(
        self,
        partition: Partition,
        offset: int,
        value: bytes | None,
        written_s: float | None = None,
        headers: Headers = (),
        *,
        appended: bool = False,
    ) -> None:
        """Take a partition's next record, with its timestamp in epoch s.

        Parameters
        ----------
        partition, offset, value, written_s, headers
            Its place, its bytes, its timestamp, and its headers.
        appended
            Whether the broker set this time, and not who wrote it.

        Raises
        ------
        RecordsLost
            If a record of the counts before it did not come.
        streams.sources.schemas.table.SchemaNeeded
            If nothing is decided about a raw event's schema yet: it must be taken again.
        streams.counts.wire.WrongShape
            If counts do not fit the configuration.
        OSError
            If the disk does not take the closed buckets: end the process then, and start again.
        """
        self.reach(partition, offset)
        if partition.topic == self._counts:
            self._closer.take(partition, offset, value)
        elif partition.topic in self.raw_events.folders:
            self.raw_events.take(partition, offset, value, written_s, headers, appended=appended)
        else:
            self.alerts_and_labels.take(partition, offset, value, written_s)
        self.following[partition] = offset + 1

    def reach(self, partition: Partition, offset: int) -> None:
        """Note that a partition has reached an offset: no earlier record will come any more.

        Marks of transactions and compaction leave offsets out. If a broker deletes records while
        they are read, the client reports it.

        Raises
        ------
        RecordsLost
            If a record of the counts did not come: only Weathervane writes that topic, and it uses
            neither transactions nor compaction.
        """
        needed = self.following[partition]
        if partition.topic == self._counts or offset < needed:
            self.require(partition, offset, offset)
        elif (
            offset > needed
            and partition.topic in self._own_topics
            and partition not in self._with_gaps
        ):
            self._with_gaps.add(partition)
            log.warning(
                "%s has no records %d to %d: they are a transaction's marks, or the topic is"
                " compacted, which `weathervane topics` never sets. They are not recorded",
                partition,
                needed,
                offset - 1,
            )
        self.following[partition] = offset

    @property
    def strays(self) -> dict[str, SourceStrays]:
        """By source, how many late and repeated events the counts have told of."""
        return self._closer.strays

    @property
    def full(self) -> bool:
        """Whether it is time to save: a day is over, or many records are held."""
        return (
            self._files > self._files_saved
            or self.alerts_and_labels.held >= RECORDS_HELD
            or self.raw_events.files.held >= EVENTS_HELD
        )

    @property
    def _files(self) -> int:
        return sum(writer.files_written for writer in self.recording.writers.values())

    def save(self) -> None:
        """Write all that is held, and then the state: the next start continues from here.

        Raises
        ------
        OSError
            If the disk does not take it: end the process then, and start again.
        """
        assert self._began, "begin must be called first"
        for writer in self.recording.writers.values():
            writer.flush()
        self.alerts_and_labels.write()
        self.raw_events.files.write()
        self._write_state()
        self._files_saved = self._files

    def _write_state(self) -> None:
        write_state(self.root, self.following, self._closer.slots())
