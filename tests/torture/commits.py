"""What counters have committed, every commit of it: the topic in which the broker keeps them.

A group's offsets tell the last commit alone; idle decisions of before are no longer in it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.topics.plan import count_group
from streams.config.model import Config
from streams.counts.mark import decode_marks

TOPIC = "__consumer_offsets"


class Committed(NamedTuple):
    """A commit: where, how far, and the metadata beside it."""

    group: str
    topic: str
    partition: int
    offset: int
    metadata: str


def idle_decisions(
    place: Connection, config: Config
) -> dict[tuple[str, int], list[tuple[int, float]]]:
    """Every idle decision that counters have committed, by source and partition, in order."""
    found: dict[tuple[str, int], set[tuple[int, float]]] = {}
    for commit in _commits(place):
        if commit.group == count_group(config):
            names = [source.name for source in config.by_topic[commit.topic]]
            marks = decode_marks(commit.offset, commit.metadata, names)
            for name, mark in marks.items():
                found.setdefault((name, commit.partition), set()).update(mark.idle)
    return {lane: sorted(entries) for lane, entries in found.items()}


def _commits(place: Connection) -> Iterator[Committed]:
    consumer = Consumer(
        {
            **for_confluent(place),
            "group.id": "torture-commits",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        number = len(consumer.list_topics(TOPIC, timeout=60).topics[TOPIC].partitions)
        consumer.assign([TopicPartition(TOPIC, n, 0) for n in range(number)])
        at_end = 0
        while at_end < number:
            message = consumer.poll(30)
            assert message is not None, f"{TOPIC} could not be read to its end"
            if message.error():
                at_end += 1
            elif (commit := _decoded(message.key(), message.value())) is not None:
                yield commit
    finally:
        consumer.close()


def _decoded(key: bytes | None, value: bytes | None) -> Committed | None:
    """Read a record of the offsets' topic, by the formats that Apache Kafka's source gives.

    Examples
    --------
    >>> key = struct.pack(">hh1sh1si", 1, 1, b"g", 1, b"t", 3)
    >>> _decoded(key, struct.pack(">hqih2sq", 3, 70, -1, 2, b"{}", 0))
    Committed(group='g', topic='t', partition=3, offset=70, metadata='{}')
    """
    if not key or not value or key[:2] not in (b"\x00\x00", b"\x00\x01"):
        return None  # a member of a group, or a commit that has been taken back
    group, rest = _text(key[2:])
    topic, rest = _text(rest)
    (partition,) = struct.unpack(">i", rest)
    version, offset = struct.unpack(">hq", value[:10])
    written = value[14 if version >= 3 else 10 :]
    metadata = _compact(written) if version >= 4 else _text(written)[0]
    # The counter's client writes the zero at the end of a C string, too.
    return Committed(group, topic, partition, offset, metadata.rstrip("\0"))


def _text(data: bytes) -> tuple[str, bytes]:
    (size,) = struct.unpack(">h", data[:2])
    return data[2 : 2 + size].decode(), data[2 + size :]


def _compact(data: bytes) -> str:
    """Its length is a variable one, and one more."""
    size = shift = at = 0
    while True:
        size |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 0x80:
            return data[at : at + size - 1].decode()
