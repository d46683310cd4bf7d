"""Reads the topic ``asked`` from its beginning, beside the work: no group, nothing is committed."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent

log = logging.getLogger(__name__)

AT_ONCE = 500
HELD = 5000
"""Questions that wait to be taken: of more, the oldest are dropped."""


class Question(NamedTuple):
    """A record of the topic, and when the broker wrote it, epoch s."""

    value: bytes
    written_s: float


class AskedTopic:
    """A thread that reads questions; who takes them does not wait.

    Parameters
    ----------
    connection, topic
        The broker, and the topic.
    group
        A consumer group that this user may read: the client asks the broker for it, although it
        neither joins it nor commits.
    """

    def __init__(self, connection: Connection, topic: str, group: str) -> None:
        self._topic = topic
        self._questions: deque[Question] = deque(maxlen=HELD)
        self._stopped = threading.Event()
        self._consumer = Consumer(
            {
                **for_confluent(connection),
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "topic.metadata.refresh.interval.ms": 10_000,
                "log_level": 0,
                "error_cb": lambda _: None,
            }
        )
        self._thread = threading.Thread(target=self._read, name="asked", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread soon."""
        self._stopped.set()

    def take(self) -> list[Question]:
        """Give the questions that have come, in their order."""
        found = []
        while self._questions:
            found.append(self._questions.popleft())
        return found

    def _read(self) -> None:
        said: KafkaError | None = None
        self._consumer.assign([TopicPartition(self._topic, 0, OFFSET_BEGINNING)])
        while not self._stopped.is_set():
            for message in self._consumer.consume(AT_ONCE, timeout=0.1):
                error = message.error()
                if error is None:
                    _, written_ms = message.timestamp()
                    self._questions.append(Question(message.value() or b"", written_ms / 1000))
                elif said is None or said.code() != error.code():
                    said = error
                    log.warning(
                        "topic %s: who is asked for is not known: %s; alerts are not affected."
                        " `weathervane topics` makes the topic", self._topic, error.str(),
                    )  # fmt: skip
        self._consumer.close()
