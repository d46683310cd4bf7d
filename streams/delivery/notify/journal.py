"""The topic ``notifications``: every serve reads it, and the one that sends writes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.delivery.channels.channel import where_it_failed
from streams.delivery.meters import ServeMetrics
from streams.delivery.notify.record import Record, decode, encode
from streams.delivery.sent_log import SentLog
from streams.delivery.topic_writer import NotWritten, TopicWriter

MOST_READ: Final = 200_000
"""Records that are read at the start at most, the newest ones. What is still open and was told
before them is told once more."""

_RESTART_AFTER_S = 5.0
_TRY_AGAIN_AFTER_S = 1.0
_log = logging.getLogger(__name__)


class Journal:
    """Follows the topic, and writes to it.

    Parameters
    ----------
    new_consumer
        Makes a consumer without a group, not started.
    topic
        The topic, with one partition.
    writer
        Writes to it.
    take
        Takes each record, this process's own too.
    metrics
        Where records that cannot be read are counted.
    log
        Takes each record as it is read back.
    """

    def __init__(
        self,
        new_consumer: Callable[[], AIOKafkaConsumer],
        topic: str,
        writer: TopicWriter,
        take: Callable[[Record], None],
        metrics: ServeMetrics,
        log: SentLog,
    ) -> None:
        self._new_consumer, self._place = new_consumer, TopicPartition(topic, 0)
        self._take, self._unreadable = take, metrics.notify_unreadable
        self._writer, self._log = writer, log
        self._consumer: AIOKafkaConsumer | None = None
        self._read_to = -1
        self._went_on = asyncio.Event()
        self._said = ""

    async def follow(self) -> None:
        """Read until cancelled; after an error from where it was."""
        while True:
            try:
                await self._follow(self._new_consumer())
            except Exception as error:  # whoever waits for what is written goes on waiting
                said = where_it_failed(error)
                _log.warning("notifications cannot be read now: %s; goes on in a moment", said)
            finally:
                self._consumer = None
            await asyncio.sleep(_RESTART_AFTER_S)

    async def read_to_end(self) -> None:
        """Wait until all is taken that was written before this call."""
        while True:
            end = await self._end()
            if end is not None:
                break
            await asyncio.sleep(0.1)
        while self._read_to < end:
            self._went_on.clear()
            await self._went_on.wait()

    async def write(self, record: Record) -> None:
        """Take a record, write it, and wait until the broker has it, however long that is."""
        self._take(record)
        while True:
            try:
                await self._writer.write(self._key(record), encode(record))
            except NotWritten as error:
                if str(error) != self._said:
                    _log.warning("%s; it is tried until it is written", error)
                self._said = str(error)
                await asyncio.sleep(_TRY_AGAIN_AFTER_S)
                continue
            self._said = ""
            return

    async def close(self) -> None:
        """Disconnect the writer."""
        await self._writer.close()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        place = self._place
        try:
            await consumer.start()
            consumer.assign([place])
            first = (await consumer.beginning_offsets([place]))[place]
            end = (await consumer.end_offsets([place]))[place]
            at = max(first, end - MOST_READ, min(self._read_to, end))
            consumer.seek(place, at)
            self._consumer, self._read_to = consumer, at
            self._went_on.set()
            while True:
                batches = await consumer.getmany(timeout_ms=1000, max_records=1000)
                for record in (record for records in batches.values() for record in records):
                    self._take_value(record.value, record.offset)
                self._read_to = await consumer.position(place)
                self._went_on.set()
        finally:
            await consumer.stop()

    def _take_value(self, value: bytes | None, offset: int) -> None:
        try:
            record = decode(value or b"")
        except ValueError as error:
            self._unreadable.inc()
            _log.warning(
                "%s offset %d is no notification and is passed over: %s",
                self._place.topic,
                offset,
                error,
            )
            return
        self._log.take(offset, value or b"", record)
        self._take(record)

    async def _end(self) -> int | None:
        consumer = self._consumer
        if consumer is None:
            return None
        try:
            return int((await consumer.end_offsets([self._place]))[self._place])
        except Exception as error:
            _log.warning("notifications cannot be read now: %s", where_it_failed(error))
            return None

    @staticmethod
    def _key(record: Record) -> bytes:
        return getattr(record, "receiver", "").encode()
