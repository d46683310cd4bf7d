"""The topic in which detect keeps its state: read, and written to as a zombie would."""

from __future__ import annotations

import time
from typing import NamedTuple

from confluent_kafka import Consumer, Producer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.plan import changelog_topic
from streams.config.model import Config


class Slot(NamedTuple):
    """A record of the changelog."""

    shard: int
    key: bytes | None
    value: bytes | None

    @property
    def head(self) -> bool:
        """Whether it names a complete state."""
        return self.key is not None and b"head" in self.key


class Changelog:
    """The changelog of a configuration's monitor."""

    def __init__(self, place: Connection, config: Config) -> None:
        self._place = place
        self._topic = changelog_topic(config)
        self._shards = config.detect.shards
        self._consumer = Consumer(
            {
                **for_confluent(place),
                "group.id": "torture-changelog",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def end(self, shard: int = 0) -> int:
        """How many records a shard's has."""
        place = TopicPartition(self._topic, shard)
        return int(self._consumer.get_watermark_offsets(place, timeout=60)[1])

    def wait_for_write(self, within_s: float) -> bool:
        """Return as soon as more has been written: the writer is then in the midst of it."""
        before = [self.end(shard) for shard in range(self._shards)]
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if [self.end(shard) for shard in range(self._shards)] != before:
                return True
        return False

    def read(self) -> list[Slot]:
        """Every record there is, shard by shard."""
        places = [TopicPartition(self._topic, n, 0) for n in range(self._shards)]
        self._consumer.assign(places)
        found: list[Slot] = []
        at_end = 0
        while at_end < len(places):
            message = self._consumer.poll(30)
            assert message is not None, "the changelog could not be read to its end"
            if message.error():
                at_end += 1
            else:
                found.append(Slot(int(message.partition() or 0), message.key(), message.value()))
        self._consumer.unassign()
        return found

    def write(self, slots: list[Slot]) -> None:
        """Write records again, as they were, in their order."""
        producer = Producer({**for_confluent(self._place), "log_level": 2})
        for slot in slots:
            producer.produce(self._topic, slot.value, slot.key, partition=slot.shard)
        assert producer.flush(30) == 0
