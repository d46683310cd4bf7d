"""How many events a peer has counted, as its output topic tells: it sees what others would."""

from __future__ import annotations

import time

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from benchmarks.peers.events import PARTITIONS, Backlog
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.plan import count_group
from streams.config.model import Config
from streams.items import Counts

_counts = msgspec.json.Decoder(Counts).decode


class Emitted:
    """Adds up a topic of closed windows, ``start in ms,count[,...]`` a record.

    Attributes
    ----------
    events
        Events of the backlog in the windows so far; aborted transactions are not seen.
    windows
        Records so far, closers' included.
    """

    def __init__(self, place: Connection, topic: str, backlog: Backlog) -> None:
        self.events = self.windows = 0
        self._closer_ms = backlog.closer_s * 1000
        self._consumer = Consumer({**_settings(place), "group.id": "benchmark"})
        self._consumer.assign(_partitions(self._consumer, topic))

    def look(self) -> int:
        """Take in what has come; return `events`."""
        for message in self._consumer.consume(20_000, 0.02):
            value = message.value()
            if message.error() is None and value is not None:
                start, count = (int(part) for part in value.split(b",", 2)[:2])
                self.windows += 1
                if start < self._closer_ms:
                    self.events += count
        return self.events

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()


class Ours:
    """What our counters have committed, and the totals they have written since this was made."""

    def __init__(self, place: Connection, config: Config, backlog: Backlog) -> None:
        self._closer_s = backlog.closer_s
        self._places = [TopicPartition(backlog.topic, number) for number in range(PARTITIONS)]
        self._consumer = Consumer({**_settings(place), "group.id": count_group(config)})
        self._from = _partitions(self._consumer, config.topic("counts"))
        for start in self._from:
            start.offset = _end_of(self._consumer, start)

    def committed(self) -> int:
        """How many of the backlog's records are counted for good."""
        found = self._consumer.committed(self._places, timeout=10)
        return sum(max(place.offset, 0) for place in found)

    def written(self) -> int:
        """Events in the totals written, the largest of each lane and bucket."""
        largest: dict[tuple[int, int], int] = {}
        self._consumer.assign(self._from)
        while messages := self._consumer.consume(1000, 2.0):
            for message in messages:
                value = message.value()
                if message.error() is None and value is not None:
                    self._take(value, largest)
        return sum(largest.values())

    def _take(self, value: bytes, largest: dict[tuple[int, int], int]) -> None:
        counts = _counts(value)
        for total in counts.totals:
            if total.level == "all" and total.bucket < self._closer_s:
                key = counts.lane, total.bucket
                largest[key] = max(largest.get(key, 0), total.count)

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()


def _settings(place: Connection) -> dict[str, object]:
    return {
        **for_confluent(place),
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "fetch.queue.backoff.ms": 20,
    }


def _partitions(consumer: Consumer, topic: str) -> list[TopicPartition]:
    numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    return [TopicPartition(topic, number, 0) for number in numbers]


def _end_of(consumer: Consumer, place: TopicPartition) -> int:
    """The next offset; a topic just made has no leader yet."""
    for attempt in range(20):
        try:
            _, end = consumer.get_watermark_offsets(place, timeout=10)
        except KafkaException:
            if attempt == 19:
                raise
            time.sleep(0.5)
        else:
            return int(end)
    raise AssertionError("the last attempt returns or raises")
