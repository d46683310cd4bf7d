"""The topic ``users`` for serve: followed from its beginning, and written to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.access.directory import Directory
from streams.access.record import KeyedBytes
from streams.broker.client.lazy_producer import LazyProducer
from streams.delivery.channels.channel import where_it_failed

_RESTART_AFTER_S: Final = 5.0
_READ_BACK_S: Final = 10.0
_NEWS_S: Final = 0.5
_log = logging.getLogger(__name__)


class NotKept(Exception):
    """A record could not be written, or not be read back; the message says why."""


class UsersTopic:
    """Who is known, as all processes on the cluster know it.

    Parameters
    ----------
    topic
        The topic.
    client
        aiokafka's settings of the connection.
    new_consumer
        Makes a consumer without a group, not started.

    Attributes
    ----------
    directory
        Users, tokens and sessions.
    problem
        Why nobody can be known now; None where all has been read.
    """

    def __init__(
        self, topic: str, client: dict[str, Any], new_consumer: Callable[[], AIOKafkaConsumer]
    ) -> None:
        self.directory = Directory()
        self.problem: str | None = "users are still being read; try again in a second"
        self._place = TopicPartition(topic, 0)
        self._new_consumer, self._producer = new_consumer, LazyProducer(client)
        self._next = 0
        self._came = asyncio.Event()

    async def run(self) -> None:
        """Follow the topic until cancelled; after any error it is read anew.

        What has been read holds meanwhile: a broker that is away locks nobody out.
        """
        while True:
            try:
                await self._follow()
            except Exception as error:
                said = where_it_failed(error)
                _log.warning("who is known cannot be followed now: %s", said)
            await asyncio.sleep(_RESTART_AFTER_S)

    async def write(self, records: Sequence[KeyedBytes]) -> None:
        """Write records, and wait until they have been read back.

        Raises
        ------
        NotKept
            Where that does not come about.
        """
        try:
            async with asyncio.timeout(_READ_BACK_S):
                producer = await self._producer.connected()
                for key, value in records:
                    sent = await producer.send_and_wait(
                        self._place.topic, value, key, partition=self._place.partition
                    )
                while self._next <= sent.offset:
                    await self._came.wait()
        except (KafkaError, TimeoutError) as error:
            raise NotKept(
                f"the topic {self._place.topic} must take a record, and give it back; {error!r}"
            ) from None

    async def news(self) -> None:
        """Wait a moment for the next record: another serve may have written it just now."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), _NEWS_S)

    async def close(self) -> None:
        """Disconnect."""
        await self._producer.close()

    async def _follow(self) -> None:
        consumer, directory = self._new_consumer(), Directory()
        try:
            await consumer.start()
            consumer.assign([self._place])
            await consumer.seek_to_beginning(self._place)
            head = (await consumer.end_offsets([self._place]))[self._place]
            while True:
                position = await consumer.position(self._place)
                if position >= head:
                    self._caught_up(directory, position)
                batches = await consumer.getmany(timeout_ms=500, max_records=1000)
                for records in batches.values():
                    for record in records:
                        try:
                            directory.take(record.key, record.value)
                        except ValueError as error:
                            where = f"{record.topic} offset {record.offset}"
                            _log.warning("%s: %s; it is passed over", where, error)
        finally:
            await consumer.stop()

    def _caught_up(self, directory: Directory, position: int) -> None:
        self.directory, self.problem = directory, None
        if position > self._next:
            self._next = position
            came, self._came = self._came, asyncio.Event()
            came.set()
