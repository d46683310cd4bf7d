"""Closes the buckets of the counts that come from Kafka, as detect does, and judges no entity."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from streams.archive.manifest import ArchiveUnusable
from streams.archive.record.recording import Recording
from streams.archive.record.state import Partition, RecorderState, Slot, state_file
from streams.archive.record.unjudged import UnjudgedShard
from streams.archive.tables import ShardGroup
from streams.config.model import Config
from streams.counts.wire import Unreadable, decode_record
from streams.detection.checkpoint import StateLost
from streams.items import Counts
from streams.registry.control import FirstRows, RegistryRows
from streams.strays import SourceStrays

log = logging.getLogger(__name__)


class BucketCloser:
    """Takes the records of ``counts``, and hands each bucket that closes to a recording.

    Parameters
    ----------
    config
        The configuration of the counts.
    recording
        Gets the closed buckets.

    Attributes
    ----------
    strays
        By source, how many late and repeated events the counts have told of since it was made.
    """

    def __init__(self, config: Config, recording: Recording) -> None:
        self._recording = recording
        self._shards = [UnjudgedShard(number, config) for number in range(config.detect.shards)]
        self._unknown_sources: set[str] = set()
        self._tallied: dict[tuple[str, int], int] = {}
        self.strays: dict[str, SourceStrays] = {}

    def restore(self, state: RecorderState) -> dict[int, int]:
        """Continue from a state; return the next offset of each partition that has been read.

        Raises
        ------
        ArchiveUnusable
            If this version cannot continue from it.
        """
        try:
            return {
                shard.number: shard.position
                for shard in self._shards
                if shard.restore(state.slots) and shard.reached > 0
            }
        except StateLost as error:
            raise ArchiveUnusable(
                f"{state_file(self._recording.root)}: must be a state from which this version can"
                f" continue; {error}. Record into another folder"
            ) from None

    def remove_repeated(self) -> None:
        """Remove the buckets that were recorded after the state: they will come again."""
        for shard in self._shards:
            for name, group in shard.groups.items():
                writer = self._recording.writer(ShardGroup(shard.number, name))
                writer.remove_from(group.merge.closed)

    def take(self, partition: Partition, offset: int, value: bytes | None) -> None:
        """Take a record.

        Raises
        ------
        streams.counts.wire.WrongShape
            If it does not fit the configuration.
        OSError
            If the disk does not take the closed buckets.
        """
        shard = self._shards[partition.number]
        if value is None:
            shard.skip(offset)  # a tombstone holds no counts
            return
        try:
            record = decode_record(value)
        except Unreadable as error:
            log.warning("%s, offset %d is skipped: %s", partition, offset, error)
            shard.skip(offset)
            return
        if isinstance(record, RegistryRows):
            shard.control(offset, record)
            return
        for result in shard.close(offset, record):
            self._recording.on_bucket(result)
        self._note(partition, shard, record)

    def begin(self, number: int, rows: FirstRows) -> None:
        """Begin with the rows of the registry that a partition does not tell of."""
        self._shards[number].declare(rows)

    def _note(self, partition: Partition, shard: UnjudgedShard, counts: Counts) -> None:
        if counts.source not in shard.unknown_sources:
            self._tally(counts)
        for source in shard.unknown_sources - self._unknown_sources:
            log.warning("%s: source %s is not configured; it is not recorded", partition, source)
            self._unknown_sources.add(source)

    def _tally(self, counts: Counts) -> None:
        """Add up late and repeated events: of each lane's bucket once, though it be recounted."""
        lane = (counts.source, counts.lane)
        for tally in counts.tallies:
            if tally.bucket > self._tallied.get(lane, -1):
                self._tallied[lane] = tally.bucket
                strays = self.strays.setdefault(counts.source, SourceStrays())
                strays.late += tally.late
                strays.duplicates += tally.duplicates

    def slots(self) -> Iterator[Slot]:
        """Give the present state, to be stored."""
        for shard in self._shards:
            yield from shard.checkpoint()
