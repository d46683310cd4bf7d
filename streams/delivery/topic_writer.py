"""Writes records to a topic of ours; a record is there when the broker has acknowledged it."""

from __future__ import annotations

from typing import Any, Final

from aiokafka.errors import KafkaError

from streams.broker.client.lazy_producer import LazyProducer

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
        self._topic = topic
        self._producer = LazyProducer(client, max_request_size=_LARGEST)

    async def write(self, key: bytes, value: bytes) -> None:
        """Write a record, and wait until the broker has it.

        Raises
        ------
        NotWritten
            Where the broker does not take it.
        """
        try:
            producer = await self._producer.connected()
            await producer.send_and_wait(self._topic, value, key)
        except KafkaError as error:
            raise NotWritten(f"the topic {self._topic} must take a record; {error!r}") from None

    async def close(self) -> None:
        """Disconnect."""
        await self._producer.close()
