"""A topic, ``alerts`` for one, read by a tool: from its beginning to its end, and on.

kafka-python, since a tool wants no event loop; no group, and nothing committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kafka import KafkaConsumer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_kafka_python
from streams.broker.topics.offsets import partition_count

TOPIC = "alerts"


def tail(
    broker: Connection,
    *,
    follow: bool,
    stopped: Callable[[], bool] = lambda: False,
    topic: str = TOPIC,
) -> Iterator[bytes | None]:
    """Give a topic's records; None once, where its end at the start has been reached.

    Parameters
    ----------
    broker
        Where it is.
    follow
        Whether to go on with what comes after that.
    stopped
        Asked every half second; true ends it.
    topic
        Which.

    Raises
    ------
    KafkaEdgeError, kafka.errors.KafkaError
        Where the topic does not exist or the broker cannot be asked.
    """
    places = [TopicPartition(topic, number) for number in range(partition_count(broker, topic))]
    consumer = KafkaConsumer(
        **for_kafka_python(broker),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        # In Python the sums take two thirds of the time; the broker has checked them.
        check_crcs=False,
    )
    try:
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        head = consumer.end_offsets(places)
        standing = True
        while not stopped():
            if standing and all(consumer.position(place) >= head[place] for place in places):
                yield None
                standing = False
                if not follow:
                    return
            for records in consumer.poll(timeout_ms=500).values():
                yield from (record.value or b"" for record in records)
    finally:
        consumer.close()
