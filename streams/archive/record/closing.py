"""Counts on Kafka to closed buckets: the same shards that detect runs, and where they go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from streams.archive.manifest import ArchiveUnusable
from streams.archive.record.recording import Recording
from streams.archive.record.state import Partition, Slot, State, state_file
from streams.archive.schema import Place
from streams.config.model import Config
from streams.counts.wire import Unreadable, decode_counts
from streams.detection.shard import Shard, StateLost

log = logging.getLogger(__name__)


class Counting:
    """Takes the records of ``counts``; what they close goes into a recording.

    Parameters
    ----------
    config
        What was counted by.
    recording
        Gets what closes.
    """

    def __init__(self, config: Config, recording: Recording) -> None:
        self._recording = recording
        self._shards = [
            Shard(number, config, on_close=recording.on_close)
            for number in range(config.detect.shards)
        ]
        self._strange: set[str] = set()

    def restore(self, state: State) -> dict[int, int]:
        """Go on from a state; return the next offset of each partition that has been read.

        Raises
        ------
        ArchiveUnusable
            Where this version cannot.
        """
        try:
            return {
                shard.number: shard.position
                for shard in self._shards
                if shard.restore(state.slots) and shard.reached > 0
            }
        except StateLost as error:
            raise ArchiveUnusable(
                f"{state_file(self._recording.root)}: must be a state that this version can go on"
                f" from ({error}); or record into another folder"
            ) from None

    def forget(self) -> None:
        """Remove the buckets that are recorded from the state on: they come again."""
        for shard in self._shards:
            for name, group in shard.groups.items():
                writer = self._recording.writer(Place(shard.number, name))
                writer.forget_from(group.merge.closed)

    def take(self, place: Partition, offset: int, value: bytes | None) -> None:
        """Take a record.

        Raises
        ------
        streams.detection.merge.WrongShape
            Where it does not fit the configuration.
        OSError
            Where the disk does not take what has closed.
        """
        shard = self._shards[place.number]
        if value is None:
            shard.skip(offset)  # a tombstone says nothing
            return
        try:
            counts = decode_counts(value)
        except Unreadable as error:
            log.warning("%s, offset %d is passed over: %s", place, offset, error)
            shard.skip(offset)
            return
        shard.take(offset, counts)
        for source in shard.unknown_sources - self._strange:
            log.warning("%s: source %s is not configured; it is not recorded", place, source)
            self._strange.add(source)

    def slots(self) -> Iterator[Slot]:
        """The present state, to be stored."""
        for shard in self._shards:
            yield from shard.checkpoint()
            for _ in shard.outdated():
                pass  # a state takes the place of the one before
