"""A producer of aiokafka's that connects when there is something to write."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer


class LazyProducer:
    """Connects when it is first asked for; an attempt that fails leaves nothing open.

    Parameters
    ----------
    client
        aiokafka's settings of the connection.
    settings
        More of its settings, for a producer.
    """

    def __init__(self, client: Mapping[str, Any], **settings: Any) -> None:
        self._settings = {**client, "acks": "all", **settings}
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()

    async def connected(self) -> AIOKafkaProducer:
        """Return the producer, connected.

        Raises
        ------
        aiokafka.errors.KafkaError
            Where no broker answers; the next call tries again.
        """
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(**self._settings)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def close(self) -> None:
        """Disconnect; what is asked for later connects again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()
