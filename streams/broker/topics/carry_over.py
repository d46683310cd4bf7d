"""Copies what topics of an earlier version hold to topics of ours, each record exactly once.

Each copy says in a header which record it is of. So a run that was ended goes on where it was, and
readers can tell copies apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, Message, Producer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.errors import TopicsError
from streams.broker.topics.ensure import existing
from streams.broker.topics.records import WAIT_S, explained, new_consumer, read_records
from streams.config.names import CARRIED_FROM


class Carried(NamedTuple):
    """What was carried over to a topic.

    Attributes
    ----------
    source, target
        The topics.
    copied, before
        Records that this run has copied, and those that an earlier run had copied.
    """

    source: str
    target: str
    copied: int
    before: int


def carry_over(
    connection: Connection,
    targets: Mapping[str, str],
    queues: Mapping[str, str],
    on_copied: Callable[[int], None] = lambda _: None,
) -> list[Carried]:
    """Copy topics, partition by partition and in order, with keys, timestamps and headers.

    Parameters
    ----------
    connection
        The cluster.
    targets
        The topic for the copies, of each topic that is to be copied. One that does not exist is
        left out.
    queues
        Of each earlier consumer group the one that takes its place: it gets the same position among
        the copies, unless it has one of its own.
    on_copied
        Called with the number of records copied so far.

    Raises
    ------
    TopicsError
        Where a topic for copies is missing, has other partitions, or holds records that are no
        copies; where the broker does not answer, or refuses a record.
    """
    found = existing(connection, [*targets, *targets.values()])
    pairs = {source: target for source, target in targets.items() if source in found}
    for source, target in pairs.items():
        if target not in found:
            raise TopicsError(f"topic {target}: must exist; `weathervane topics` creates it")
        if found[source].partitions != found[target].partitions:
            raise TopicsError(
                f"topic {target}: must have as many partitions as {source}, which has"
                f" {found[source].partitions}; found {found[target].partitions}. Set detect.shards"
                " to that number, delete the topic, and run `weathervane topics`"
            )
    out: list[Carried] = []
    with explained(connection):
        for source, target in pairs.items():
            partitions = range(found[source].partitions)
            before = {p: _copies(connection, source, TopicPartition(target, p)) for p in partitions}
            copied = sum(len(copies) for copies in before.values())
            _copy(connection, source, target, before, on_copied)
            after = {p: _copies(connection, source, TopicPartition(target, p)) for p in partitions}
            for old, new in queues.items():
                _move_queue(connection, (old, source), (new, target), after)
            out.append(Carried(source, target, sum(map(len, after.values())) - copied, copied))
    return out


def _copies(connection: Connection, source: str, place: TopicPartition) -> dict[int, int]:
    """Return the copies that a partition holds: the offset of each by the record's it is of.

    Raises
    ------
    TopicsError
        Where it holds records that are no copies, or one twice.
    """
    copies: dict[int, int] = {}
    for message in read_records(connection, place.topic, place.partition, 0):
        offset = int(message.offset() or 0)
        origin = _origin(message)
        if origin is None or origin[0] != source or origin[1] in copies:
            what = "a copy twice" if origin else "a record that is no copy"
            raise TopicsError(
                f"topic {place.topic}, partition {place.partition}: must hold copies of {source}"
                f" only, each once; found {what} at offset {offset}. Carry over before the"
                " monitor's first start: stop it, delete this topic, run `weathervane topics`, and"
                " carry over again"
            )
        copies[origin[1]] = offset
    return copies


def _origin(message: Message) -> tuple[str, int] | None:
    headers: Any = message.headers() or []
    for key, value in headers:
        if key == CARRIED_FROM and isinstance(value, bytes):
            topic, _, offset = value.decode().rpartition("/")
            return topic, int(offset)
    return None


def _copy(
    connection: Connection,
    source: str,
    target: str,
    before: Mapping[int, Mapping[int, int]],
    on_copied: Callable[[int], None],
) -> None:
    failed: list[str] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.append(error.str())

    # Idempotent: it keeps the order of a partition, also where it must send again.
    settings = {"enable.idempotence": True, "compression.type": "none", "log_level": 2}
    producer = Producer({**for_confluent(connection), **settings})
    copied = 0
    for partition, copies in before.items():
        begin = max(copies, default=-1) + 1
        for message in read_records(connection, source, partition, begin):
            origin = (CARRIED_FROM, f"{source}/{message.offset()}".encode())
            headers: Any = message.headers() or []
            kind, written_ms = message.timestamp()
            time: dict[str, Any] = {"timestamp": written_ms} if kind else {}
            while True:
                try:
                    producer.produce(
                        target,
                        message.value(),
                        message.key(),
                        partition,
                        on_delivery=delivered,
                        headers=[*headers, origin],
                        **time,
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
            copied += 1
            on_copied(copied)
    left = producer.flush(WAIT_S)
    if left or failed:
        why = failed[0] if failed else f"{left} records without an answer for {WAIT_S:g} s"
        raise TopicsError(
            f"topic {target}: not all was copied: {why}. Run the command again: it goes on"
        )


def _move_queue(
    connection: Connection,
    old: tuple[str, str],
    new: tuple[str, str],
    copies: Mapping[int, Mapping[int, int]],
) -> None:
    """Give a group the position among copies that another had among what they are of."""
    was = _committed(connection, *old, copies)
    now = _committed(connection, *new, copies)
    positions = []
    for partition, position in was.items():
        if partition in now:
            continue
        later = (offset for origin, offset in copies[partition].items() if origin >= position)
        offset = min(later, default=max(copies[partition].values(), default=-1) + 1)
        positions.append(TopicPartition(new[1], partition, offset))
    if positions:
        with new_consumer(connection, new[0]) as consumer:
            consumer.commit(offsets=positions, asynchronous=False)


def _committed(
    connection: Connection, group: str, topic: str, partitions: Mapping[int, object]
) -> dict[int, int]:
    with new_consumer(connection, group) as consumer:
        places = [TopicPartition(topic, partition) for partition in partitions]
        found = consumer.committed(places, timeout=WAIT_S)
    return {place.partition: place.offset for place in found if place.offset >= 0}
