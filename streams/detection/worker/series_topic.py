"""Writes the topic ``series``: what the broker does not take is lost, and nothing waits for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent

log = logging.getLogger(__name__)

SETTLE_S = 2.0
"""How long a checkpoint waits at most for records that are under way."""

SAY_AGAIN_S = 60.0

_SETTINGS: dict[str, Any] = {
    "linger.ms": 20,
    "queue.buffering.max.kbytes": 65_536,
    "queue.buffering.max.messages": 100_000,
    "delivery.timeout.ms": 60_000,
    "message.max.bytes": 1_048_576,
    "topic.metadata.refresh.interval.ms": 10_000,
    "log_level": 0,
}


class SeriesTopic:
    """A producer that may lose records, and says how many.

    Parameters
    ----------
    connection, topic
        The broker, and the topic.
    on_written, on_lost
        Called with the size of each record that the broker has, and for each that it will not have.
    """

    def __init__(
        self,
        connection: Connection,
        topic: str,
        on_written: Callable[[int], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._topic, self._on_written, self._on_lost = topic, on_written, on_lost
        self._said_s = -SAY_AGAIN_S
        self._stuck = False
        settings = {**for_confluent(connection), **_SETTINGS, "error_cb": lambda _: None}
        self._producer = Producer(settings)

    def write(self, partition: int, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Hand over some records; those for which there is no room are lost."""
        for key, value in records:
            try:
                self._producer.produce(
                    self._topic, value, key, partition, on_delivery=self._delivered
                )
            except BufferError:
                self._lost("too many records wait for the broker")
            except KafkaException as error:
                self._lost(error.args[0].str())
        self._producer.poll(0)

    def poll(self) -> None:
        """Take the answers that have come."""
        self._producer.poll(0)

    async def settle(self) -> None:
        """Wait a little until the broker has what was handed over.

        So a crash after a checkpoint loses nothing. If it was in vain, nobody waits again before
        all has been taken or given up.
        """
        until_s = time.monotonic() + SETTLE_S
        self._producer.poll(0)
        while len(self._producer) and not self._stuck:
            await asyncio.sleep(0.005)
            self._producer.poll(0)
            self._stuck = time.monotonic() >= until_s
        self._stuck = self._stuck and len(self._producer) > 0

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._on_written(len(message.value() or b""))
        else:
            self._lost(error.str())

    def _lost(self, why: str) -> None:
        self._on_lost()
        if time.monotonic() >= self._said_s + SAY_AGAIN_S:
            self._said_s = time.monotonic()
            log.warning(
                "topic %s: series of entities are lost: %s; alerts are not affected. `weathervane"
                " topics` makes the topic; operations/README.md, Least privilege, lists the rights",
                self._topic,
                why,
            )
