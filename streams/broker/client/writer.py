"""The producer of ``ingest``: counts which records the broker has acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent

DELIVERY_TIMEOUT_S = 120.0
"""How long delivery may take: longer than a cluster takes to elect a leader."""

_SETTINGS: dict[str, Any] = {
    "enable.idempotence": True,  # implies acks=all, and order within a partition
    "linger.ms": 50,
    "batch.size": 1_000_000,
    "queue.buffering.max.kbytes": 65_536,
    "queue.buffering.max.messages": 200_000,
    "delivery.timeout.ms": int(DELIVERY_TIMEOUT_S * 1000),
    # A Python call for every record costs more than writing it. So only failures are reported,
    # and a record that has left the queue without a failure counts as acknowledged.
    "delivery.report.only.error": True,
    "log_level": 2,  # error_cb gets the errors
}

_PARTITION_BY_KEY = -1

NO_HEADERS: Mapping[str, bytes] = MappingProxyType({})


class WriteFailed(Exception):
    """The broker refused a record, or did not answer."""


class RecordWriter:
    """An idempotent producer that knows how many of its records have arrived.

    Parameters
    ----------
    connection
        The broker.
    compression
        librdkafka's name of it. kafka-python, which small tools read with, cannot read lz4.
    """

    def __init__(self, connection: Connection, *, compression: str = "lz4") -> None:
        self._bootstrap = connection.bootstrap
        self._written = 0
        self._failures = 0
        self._first_failure: str | None = None
        self._last_error: str | None = None
        self._producer = Producer(
            {
                **for_confluent(connection),
                **_SETTINGS,
                "compression.type": compression,
                "error_cb": self._on_error,
            }
        )

    @property
    def acknowledged(self) -> int:
        """How many records the broker has acknowledged."""
        return self._written - self._failures - len(self._producer)

    def write(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int | None,
        headers: Mapping[str, bytes] = NO_HEADERS,
    ) -> None:
        """Write one record, or a tombstone; wait while the queue is full.

        Raises
        ------
        WriteFailed
            Where this record cannot be written, or an earlier one failed.
        """
        partition = _PARTITION_BY_KEY if partition is None else partition
        while True:
            try:
                self._producer.produce(
                    topic, value, key, partition, self._on_failure, headers=dict(headers)
                )
            except BufferError:
                self._producer.poll(0.1)
                self._check()
            except KafkaException as error:
                raise WriteFailed(f"{topic}: a record was refused: {error.args[0].str()}") from None
            else:
                self._written += 1
                return

    def poll(self) -> None:
        """Process the answers that have come.

        Raises
        ------
        WriteFailed
            Where a record failed.
        """
        self._producer.poll(0)
        self._check()

    def flush(self, on_wait: Callable[[], None] = lambda: None) -> None:
        """Wait until every record is acknowledged.

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
        """Wait for records in flight for some seconds; failures raise nothing."""
        self._producer.flush(seconds)

    def _check(self) -> None:
        if self._first_failure is not None:
            cause = f" ({self._last_error})" if self._last_error else ""
            raise WriteFailed(f"Kafka at {self._bootstrap}: {self._first_failure}{cause}")

    def _on_failure(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failures += 1
            self._first_failure = self._first_failure or f"{message.topic()}: {error.str()}"

    def _on_error(self, error: KafkaError) -> None:
        self._last_error = error.str()
