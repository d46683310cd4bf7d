"""Writes that are counted and waited for: the producer of ``ingest``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.broker.client.settings import Connection, for_confluent

GIVE_UP_S = 120.0
"""How long a record may be on its way: longer than a cluster takes to elect a leader."""

_SETTINGS: dict[str, Any] = {
    "enable.idempotence": True,  # implies acks=all, and order within a partition
    "linger.ms": 50,
    "batch.size": 1_000_000,
    "queue.buffering.max.kbytes": 65_536,
    "queue.buffering.max.messages": 200_000,
    "delivery.timeout.ms": int(GIVE_UP_S * 1000),
    # Python is called for failures alone: what is acknowledged is what has left the
    # queue without one. A call for every record costs more than writing it.
    "delivery.report.only.error": True,
    "log_level": 2,  # what goes wrong comes by error_cb
}

_BY_KEY = -1


class WriteFailed(Exception):
    """The broker did not take a record, or gave no answer."""


class Writer:
    """An idempotent producer that knows how much of what it wrote has arrived.

    Parameters
    ----------
    connection
        The broker.
    compression
        As librdkafka names it; kafka-python, with which small tools read, knows no lz4.
    """

    def __init__(self, connection: Connection, *, compression: str = "lz4") -> None:
        self._bootstrap = connection.bootstrap
        self._written = 0
        self._failures = 0
        self._first_failure: str | None = None
        self._trouble: str | None = None
        self._producer = Producer(
            {
                **for_confluent(connection),
                **_SETTINGS,
                "compression.type": compression,
                "error_cb": self._on_trouble,
            }
        )

    @property
    def acknowledged(self) -> int:
        """How many records the broker has."""
        return self._written - self._failures - len(self._producer)

    def write(self, topic: str, value: bytes, key: bytes | None, partition: int | None) -> None:
        """Write one record; waits where too much is under way.

        Raises
        ------
        WriteFailed
            Where this record cannot be written, or one before it was not.
        """
        place = _BY_KEY if partition is None else partition
        while True:
            try:
                self._producer.produce(topic, value, key, place, self._on_failure)
            except BufferError:
                self._producer.poll(0.1)
                self._check()
            except KafkaException as error:
                raise WriteFailed(f"{topic}: a record was refused: {error.args[0].str()}") from None
            else:
                self._written += 1
                return

    def look(self) -> None:
        """Take in what the broker has answered.

        Raises
        ------
        WriteFailed
            Where a record failed.
        """
        self._producer.poll(0)
        self._check()

    def settle(self, on_wait: Callable[[], None] = lambda: None) -> None:
        """Wait until everything is acknowledged.

        Raises
        ------
        WriteFailed
            Where a record failed.
        """
        while self._producer.flush(0.5):
            self._check()
            on_wait()
        self._check()

    def wait(self, seconds: float) -> None:
        """Wait for what is under way, but not for ever, and whatever comes of it."""
        self._producer.flush(seconds)

    def _check(self) -> None:
        if self._first_failure is not None:
            trouble = f" ({self._trouble})" if self._trouble else ""
            raise WriteFailed(f"Kafka at {self._bootstrap}: {self._first_failure}{trouble}")

    def _on_failure(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failures += 1
            self._first_failure = self._first_failure or f"{message.topic()}: {error.str()}"

    def _on_trouble(self, error: KafkaError) -> None:
        self._trouble = error.str()
