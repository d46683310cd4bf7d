"""The rows that a partition of ``counts`` does not tell of, for who reads it for the first time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.errors import UnseenTopicError
from streams.broker.topics.needed import missing_topics, sentence
from streams.broker.topics.plan import registry_group
from streams.broker.topics.records import WAIT_S, ends_of, explained, new_consumer, read_records
from streams.config.model import Config
from streams.registry.control import (
    CONTROL_BEGINS,
    NO_ROWS,
    FirstRows,
    RegistryRows,
    decode_control,
)
from streams.registry.sequencing import folded
from streams.registry.topic_rows import GOES_ON, TopicRow

log = logging.getLogger(__name__)

_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)


def as_row(message: Message) -> TopicRow:
    """Return what a record says, and its place."""
    headers: Any = message.headers() or []
    goes_on = any(name == GOES_ON for name, _ in headers)
    return TopicRow(int(message.offset() or 0), message.key(), message.value(), goes_on)


def topic_rows(connection: Connection, topic: str) -> Iterator[TopicRow]:
    """Read the topic ``registry`` from its beginning to its present end.

    Raises
    ------
    TopicsError
        Where it cannot be read; where there is none it names the command that makes it.
    """
    if missing_topics(connection, [topic]):
        raise UnseenTopicError(f"there is no {sentence([topic], connection)}")
    return map(as_row, read_records(connection, topic, 0, 0))


def registry_away(connection: Connection, config: Config) -> str | None:
    """Say why there is no registry to read, and what to do; None where there is one.

    An earlier version did not make the topic, and its users have no right to it.

    Raises
    ------
    TopicsError
        Where no broker answers.
    """
    topic = config.topic("registry")
    if missing_topics(connection, [topic]):
        return f"goes on without a registry: lacks {sentence([topic], connection)}"
    with explained(connection), new_consumer(connection, registry_group(config)) as consumer:
        try:
            consumer.committed([TopicPartition(topic, 0)], timeout=WAIT_S)
            ends_of(consumer, TopicPartition(topic, 0))
        except KafkaException as error:
            if error.args[0].code() not in _REFUSED:
                raise
            return (
                f"goes on without a registry: Kafka at {connection.bootstrap}: this user must be"
                f" allowed to Read topic {topic}, and to Read group {registry_group(config)};"
                f" {error.args[0].str()}: operations/README.md, Least privilege, lists all rights"
            )
    return None


def first_rows(connection: Connection, config: Config, number: int) -> FirstRows:
    """Return the rows before those that a partition of ``counts`` tells of.

    The first control record that is there says which they are; where there is none, all rows that
    the sequencer has done are before the partition's first record. Where there is no registry to
    read there are none, and the log says so.

    Raises
    ------
    TopicsError
        Where a topic cannot be read, or where there is no registry and signals need it.
    """
    topic, counts = config.topic("registry"), config.topic("counts")
    if (away := registry_away(connection, config)) is not None:
        if config.detect.misuse.asks_registry:
            raise UnseenTopicError(away.replace("goes on without", "cannot go on without", 1))
        log.warning("%s", away)
        return NO_ROWS
    with explained(connection), new_consumer(connection, registry_group(config)) as consumer:
        (place,) = consumer.committed([TopicPartition(topic, 0)], timeout=WAIT_S)
    before = max(place.offset, 0)
    if before:
        for message in read_records(connection, counts, number, 0):
            first = _control_in(message.value() or b"")
            if first is not None:
                before = first.after
                break
    if not before:
        return NO_ROWS
    return FirstRows(folded(topic_rows(connection, topic), before), before)


def _control_in(value: bytes) -> RegistryRows | None:
    """Read a control record; None where it is none, or one that `detect` refuses."""
    if not value.startswith(CONTROL_BEGINS):
        return None
    try:
        return decode_control(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
