"""Writes records to a topic of ours; a record is there when the broker has acknowledged it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

_LARGEST: Final = 8_388_608


class NotWritten(Exception):
    """The broker has not taken a record; the message says why."""


class TopicWriter:
    """Writes records; it connects when there is a first one.

    Parameters
    ----------
    client
        aiokafka's settings of the connection.
    topic
        The topic, which must exist.
    """

    def __init__(self, client: dict[str, Any], topic: str) -> None:
        self._client, self._topic = client, topic
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()

    async def write(self, key: bytes, value: bytes) -> None:
        """Write a record, and wait until the broker has it.

        Raises
        ------
        NotWritten
            Where the broker does not take it.
        """
        try:
            producer = await self._connected()
            await producer.send_and_wait(self._topic, value, key)
        except KafkaError as error:
            raise NotWritten(f"the topic {self._topic} must take a record; {error!r}") from None

    async def _connected(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(**self._client, acks="all", max_request_size=_LARGEST)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def close(self) -> None:
        """Disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()
