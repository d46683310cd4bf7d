"""Recording what is on Kafka, without Kafka: records in, an archive out, from where it was left.

What closes, its factor and its verdicts come of the same `Shard` that detect runs; alerts
and labels are those that were published. All that is written since the last `roll` is
removed and recorded again by a start after a crash, so that whatever ends a recorder, the
rows are those of one that nothing has ended.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import pyarrow.parquet as pq

from streams.alerts.cloudevent import decode_event
from streams.archive.events import Kept, Understood, folder, write_events
from streams.archive.manifest import ArchiveUnusable
from streams.archive.recording import Recording
from streams.archive.schema import Place
from streams.archive.state import Partition, State, read_state, state_file, write_state
from streams.archive.writer import told_file, write_alerts, write_labels
from streams.config.model import Config
from streams.counts.wire import Unreadable, decode_counts
from streams.events.undecodable import Undecodable
from streams.labels.label import decode_label
from streams.monitor.shard import Shard, StateLost

log = logging.getLogger(__name__)

COUNTS, ALERTS, LABELS = TOPICS = ("counts", "alerts", "labels")
"""What a recorder reads."""

TOLD_HELD = 100_000
"""Alerts and labels held at most before they are to be written."""

EVENTS_HELD = 500_000
"""Events held at most before they are to be written."""


class RecordsLost(Exception):
    """Records that the archive still needs are no longer there."""


class Recorder:
    """Takes the records of ``counts``, ``alerts`` and ``labels``, each partition's in order.

    Parameters
    ----------
    root
        The archive's folder: new, or one that a recorder has left.
    config
        What was counted by.
    events
        Whether those of the sources' topics are taken too.

    Attributes
    ----------
    following
        The next offset of each partition, as far as it is known.
    recording
        The closed buckets' part of it.
    alerts, revisions, labels, events, rejected
        What has been taken since it was made; rejected are events that are none.
    topics
        Whose records it takes.

    Raises
    ------
    ArchiveUnusable
        Where the folder is none, or another recorder has it.
    OSError
        Where it cannot be written.
    """

    def __init__(self, root: Path, config: Config, *, events: bool = False) -> None:
        self.root = root
        self.recording = Recording(root, config, "kafka", events=events)
        sources = config.sources.values() if events else ()
        self._sources = {source.topic: source.name for source in sources}
        self._understood = {source.topic: Understood(source) for source in sources}
        self.topics = (*TOPICS, *self._sources)
        try:
            self._shards = [
                Shard(number, config, on_close=self.recording.on_close)
                for number in range(config.detect.shards)
            ]
            state = read_state(root)
            self._stored = state is not None
            self.following = self._restore(state)
        except BaseException:
            self.recording.close()
            raise
        self.alerts: set[str] = set()
        self.revisions = self.labels = self.events = self.rejected = 0
        self._began = False
        self._rolled = 0
        self._known: dict[str, set[str]] = {ALERTS: set(), LABELS: set()}
        self._held: dict[Partition, list[tuple[int, bytes]]] = {}
        self._kept: dict[Partition, list[Kept]] = {}
        self._strange: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.recording.close()

    def _restore(self, state: State | None) -> dict[Partition, int]:
        if state is None:
            if self.recording.begun:
                raise ArchiveUnusable(
                    f"{state_file(self.root)}: must be there, since {self.root} holds buckets; it"
                    " is missing: restore it, or record into another folder"
                )
            return {}
        try:
            for shard in self._shards:
                if shard.restore(state.slots) and shard.reached > 0:
                    state.following[Partition(COUNTS, shard.number)] = shard.position
        except StateLost as error:
            raise ArchiveUnusable(
                f"{state_file(self.root)}: must be a state that this version can go on from"
                f" ({error}); or record into another folder"
            ) from None
        return state.following

    def begin(self, there: Mapping[Partition, tuple[int, int]]) -> None:
        """Begin, with everything there that is still needed; what comes again is removed.

        Parameters
        ----------
        there
            Offset of the first record of each partition, and the one that the next will get.

        Raises
        ------
        RecordsLost
            Where a record that is needed has been deleted.
        ArchiveUnusable
            Where recorded alerts or labels are damaged.
        OSError
            Where the folder cannot be written.
        """
        for place, (first, end) in sorted(there.items()):
            self.require(place, first, end)
            if place not in self.following:
                self.following[place] = first
                if place.topic == COUNTS and first > 0:
                    log.warning(
                        "%s begins at offset %d: of what was counted before there is no record,"
                        " and the first buckets may lack some of it",
                        place,
                        first,
                    )
        if not self._stored:
            self._write_state()  # from where, whatever comes
        self._forget()
        self._known = {
            ALERTS: set(self._names(ALERTS, "alert_id", "revision")),
            LABELS: set(self._names(LABELS, "label_id")),
        }
        self._began = True

    def require(self, place: Partition, first: int, end: int) -> None:
        """Raise `RecordsLost` where a partition's next record is not there."""
        needed = self.following.get(place)
        if needed is None or first <= needed <= end:
            return
        if needed < first:
            lost = f"records {needed} to {first - 1} are gone, {first - needed} of them"
        else:
            lost = f"the topic ends at offset {end}: it is not the one that was recorded"
        raise RecordsLost(
            f"{place}: recording must go on at offset {needed}; {lost}. Raise the topic's"
            f" retention, or record more often; {self.root} stays as it is: record into another"
            " folder from here on"
        )

    def _forget(self) -> None:
        """Remove what is recorded from the state on: it comes again."""
        for shard in self._shards:
            for name, group in shard.groups.items():
                writer = self.recording.writer(Place(shard.number, name))
                writer.forget_from(group.merge.closed)
        for topic in (ALERTS, LABELS):
            for path in (self.root / topic).glob("day=*/*.parquet"):
                number, first = told_file(path)
                if first >= self.following.get(Partition(topic, number), 0):
                    path.unlink()
        for topic, source in self._sources.items():
            for path in folder(self.root, source).glob("day=*/*.parquet"):
                number, first = told_file(path)
                if first >= self.following.get(Partition(topic, number), 0):
                    path.unlink()

    def _names(self, table: str, *columns: str) -> Iterator[str]:
        """Ids of what is recorded already: a repeat of it is not recorded again."""
        for path in (self.root / table).glob("day=*/*.parquet"):
            try:
                rows = pq.ParquetFile(path).read(list(columns))
            except (OSError, ValueError) as error:
                raise ArchiveUnusable(
                    f"{path}: must be a whole Parquet file; it is damaged"
                    f" ({str(error).strip()[:200]}): restore it, or remove it"
                ) from None
            for row in zip(*(rows.column(name).to_pylist() for name in columns), strict=True):
                yield ".".join(map(str, row))

    def take(
        self,
        place: Partition,
        offset: int,
        value: bytes | None,
        written_s: float | None = None,
    ) -> None:
        """Take a partition's next record, with its timestamp.

        Raises
        ------
        RecordsLost
            Where it is a later one.
        streams.monitor.merge.WrongShape
            Where counts do not fit the configuration.
        OSError
            Where the disk does not take what has closed: end then, and start again.
        """
        self.require(place, offset, offset)
        self.following[place] = offset + 1
        if place.topic == COUNTS:
            self._count(self._shards[place.number], place, offset, value)
        elif place.topic in self._sources:
            self._keep(place, offset, value, written_s)
        elif value is not None:
            self._hold(place, offset, value)

    def _count(self, shard: Shard, place: Partition, offset: int, value: bytes | None) -> None:
        if value is None:
            shard.skip(offset)  # a tombstone says nothing
            return
        try:
            counts = decode_counts(value)
        except Unreadable as error:
            _passed_over(place, offset, error)
            shard.skip(offset)
            return
        shard.take(offset, counts)
        for source in shard.unknown_sources - self._strange:
            log.warning("%s: source %s is not configured; it is not recorded", place, source)
            self._strange.add(source)

    def _hold(self, place: Partition, offset: int, value: bytes) -> None:
        try:
            if place.topic == ALERTS:
                alert = decode_event(value).alert
                name = f"{alert.alert_id}.{alert.revision}"
                if alert.revision == 0 or name in self._known[ALERTS]:
                    return  # provisional, or a repeat
                self.alerts.add(alert.alert_id)
                self.revisions += 1
            else:
                name = decode_label(value).label_id
                if name in self._known[LABELS]:
                    return
                self.labels += 1
        except ValueError as error:
            _passed_over(place, offset, error)
            return
        self._known[place.topic].add(name)
        self._held.setdefault(place, []).append((offset, value))

    def _keep(
        self, place: Partition, offset: int, value: bytes | None, written_s: float | None
    ) -> None:
        try:
            kept = self._understood[place.topic].kept(offset, value, written_s)
        except Undecodable:
            self.rejected += 1  # the counter keeps it, on `rejects`
            return
        self.events += 1
        self._kept.setdefault(place, []).append(kept)

    @property
    def full(self) -> bool:
        """Whether a roll is worth its while: a day is over, or much is held."""
        return (
            self._files > self._rolled
            or sum(map(len, self._held.values())) >= TOLD_HELD
            or sum(map(len, self._kept.values())) >= EVENTS_HELD
        )

    @property
    def _files(self) -> int:
        return sum(writer.files_written for writer in self.recording.writers.values())

    def roll(self) -> None:
        """Write all that is held, and then that it is: a start goes on from here.

        Raises
        ------
        OSError
            Where the disk does not take it: end then, and start again.
        """
        assert self._began, "what is there has not been looked at"
        for writer in self.recording.writers.values():
            writer.flush()
        for (topic, number), held in sorted(self._held.items()):
            write = write_alerts if topic == ALERTS else write_labels
            write(self.root, f"{number}.{held[0][0]}", [value for _, value in held])
        self._held = {}
        for place, kept in sorted(self._kept.items()):
            day = dt.datetime.fromtimestamp(kept[0].written_s or 0.0, dt.UTC).date().isoformat()
            write_events(self.root, self._sources[place.topic], day, place.number, kept)
        self._kept = {}
        self._write_state()
        self._rolled = self._files

    def _write_state(self) -> None:
        write_state(self.root, self.following, self._slots())

    def _slots(self) -> Iterator[tuple[bytes, bytes]]:
        for shard in self._shards:
            yield from shard.checkpoint()
            for _ in shard.outdated():
                pass  # a state takes the place of the one before


def _passed_over(place: Partition, offset: int, error: Exception) -> None:
    log.warning("%s, offset %d is passed over: %s", place, offset, error)
