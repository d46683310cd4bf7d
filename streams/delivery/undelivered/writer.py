"""Writes the topic ``undelivered``."""

from __future__ import annotations

from typing import Any

from streams.delivery.topic_writer import TopicWriter
from streams.delivery.undelivered.record import Redelivered, Undelivered, encode_record


class UndeliveredWriter:
    """Writes records one at a time; it connects when there is a first one.

    Parameters
    ----------
    client
        aiokafka's settings of the connection.
    topic
        The topic, which must exist.
    """

    def __init__(self, client: dict[str, Any], topic: str) -> None:
        self._writer = TopicWriter(client, topic)

    async def write(self, record: Undelivered | Redelivered) -> None:
        """Write a record, and wait until the broker has it.

        Raises
        ------
        NotWritten
            Where the broker does not take it.
        """
        await self._writer.write(record.receiver.encode(), encode_record(record))

    async def close(self) -> None:
        """Disconnect."""
        await self._writer.close()
