"""The revisions of an alert. The board holds the last one; older ones are read from the topic.

So that many alerts take little memory, the board keeps where the revisions stand and not what they
say. A revision never changes: what has been read is held for the next time, up to a bound.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.alerts.cloudevent import Envelope, decode_event
from streams.delivery.api.board import BoardRow

MOST_BYTES: Final = 8_000_000
"""Of revisions that were read and are held: the last ones that were asked for."""

WITHIN_S: Final = 3.0
"""How long the topic may take to answer; the rest is left out then."""

_AT_ONCE: Final = 2
_FETCH_BYTES: Final = 65_536
_NEAR: Final = 50
"""Records that are read over rather than sought past: a fetch has about as many."""

_log = logging.getLogger(__name__)

Found = tuple[bytes, float]
"""A record of the topic, and when it was written, epoch s."""


class WrittenAlert(NamedTuple):
    """A revision: as read, as published, and when it was written, epoch s."""

    envelope: Envelope
    raw: bytes
    written_s: float


class AlertRevisions(NamedTuple):
    """The revisions of an alert.

    Attributes
    ----------
    found
        In their order; the last one is always among them.
    is_whole
        Whether there is no other: none was left out, or is gone from the topic.
    """

    found: tuple[WrittenAlert, ...]
    is_whole: bool


class Revisions:
    """Reads revisions from the topic.

    Parameters
    ----------
    topic
        The topic ``alerts``.
    new_consumer
        Makes a consumer without a group, not started, with more settings of aiokafka's.
    most_bytes
        How much is held of what has been read.
    """

    def __init__(
        self,
        topic: str,
        new_consumer: Callable[..., AIOKafkaConsumer],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._topic, self._new_consumer, self._most = topic, new_consumer, most_bytes
        self._held: OrderedDict[tuple[int, int], Found] = OrderedDict()
        self._bytes = 0
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def read(self, row: BoardRow) -> AlertRevisions:
        """Return the revisions of an alert, as many as can be had."""
        last = WrittenAlert(decode_event(row.raw), row.raw, abs(row.written_s[-1]))
        older = list(row.offsets)[:-1]
        missing = [offset for offset in older if (row.partition, offset) not in self._held]
        if missing:
            async with self._reading:
                await self._read(row.partition, missing)
        found = [self._revision(row, offset) for offset in older]
        known = [one for one in found if one is not None]
        # Revisions are numbered from 1 without a gap; an early alert's is 0.
        numbers = {one.envelope.alert.revision for one in [*known, last]} - {0}
        whole = len(known) == len(older) and len(numbers) == row.revision
        return AlertRevisions((*known, last), whole)

    def _revision(self, row: BoardRow, offset: int) -> WrittenAlert | None:
        found = self._held.get((row.partition, offset))
        if found is None:
            return None
        self._held.move_to_end((row.partition, offset))
        try:
            envelope = decode_event(found[0])
        except (ValueError, msgspec.ValidationError):
            return None
        # The topic may have been made anew, and hold another alert's there.
        return WrittenAlert(envelope, *found) if envelope.alert.alert_id == row.alert_id else None

    async def _read(self, partition: int, offsets: Sequence[int]) -> None:
        """Read records into what is held; what cannot be had in time is left out."""
        place = TopicPartition(self._topic, partition)
        consumer = self._new_consumer(max_partition_fetch_bytes=_FETCH_BYTES, fetch_max_wait_ms=100)
        try:
            async with asyncio.timeout(WITHIN_S):
                await consumer.start()
                consumer.assign([place])
                await self._read_from(consumer, place, offsets)
        except (KafkaError, TimeoutError) as error:
            _log.warning("older revisions cannot be read now: %r", error)
        finally:
            await consumer.stop()

    async def _read_from(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, offsets: Sequence[int]
    ) -> None:
        first = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        wanted = [offset for offset in offsets if first <= offset < end]
        at = -_NEAR - 1
        while wanted:
            if not at <= wanted[0] <= at + _NEAR:
                consumer.seek(place, wanted[0])
            batches: dict[Any, Any] = await consumer.getmany(place, timeout_ms=500)
            for record in batches.get(place, ()):
                if record.offset in wanted:
                    self._hold(
                        (place.partition, record.offset),
                        (record.value or b"", record.timestamp / 1000),
                    )
                # What is passed over is no longer there.
                wanted = [offset for offset in wanted if offset > record.offset]
                at = record.offset + 1
                if not wanted:
                    break

    def _hold(self, key: tuple[int, int], found: Found) -> None:
        if key in self._held:
            return
        self._held[key] = found
        self._bytes += len(found[0])
        while self._bytes > self._most and len(self._held) > 1:
            _, (raw, _) = self._held.popitem(last=False)
            self._bytes -= len(raw)
