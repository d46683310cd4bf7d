"""The sequencer's Kafka clients: rows of the topic ``registry`` go into ``counts``, in their order.

It runs beside every counter, and works in the one that the consumer group has given the topic's
only partition.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streams.broker.client.connection import Connection
from streams.broker.client.connection_errors import log_settings
from streams.broker.client.settings import for_confluent
from streams.broker.client.writer import RecordWriter, WriteFailed
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.instances import instance_id
from streams.broker.topics.plan import registry_group
from streams.broker.topics.records import WAIT_S, ends_of
from streams.config.model import Config
from streams.registry.first_rows import as_row, registry_away
from streams.registry.meters import SequencerMeters
from streams.registry.sequencing import CommitRows, RefuseRow, Sequencing, WriteControl

log = logging.getLogger(__name__)

POLL_S = 0.5
ROWS_AT_ONCE = 10_000
AGAIN_AFTER_S = 5.0
"""So long until it begins anew after an error."""

LOOK_AGAIN_AFTER_S = 30.0
"""So long until it looks again whether the topic exists, and may be read."""


class _OtherTopic(Exception):
    """The topic ends before what was done of it."""


class Sequencer:
    """Writes rows as control records until it is told to stop; errors stop nothing else.

    Parameters
    ----------
    connection, config
        The broker, and the monitor.
    instance
        The counter's own name, for static membership; None without.
    meters
        Its numbers.
    """

    def __init__(
        self, connection: Connection, config: Config, instance: str | None, meters: SequencerMeters
    ) -> None:
        self._connection, self._config, self._meters = connection, config, meters
        self._topic, self._group = config.topic("registry"), registry_group(config)
        self._instance = instance
        self._sequencing: Sequencing | None = None
        self._said = ""

    def start(self, stop: threading.Event) -> threading.Thread:
        """Begin, in a thread of its own."""
        thread = threading.Thread(target=self.run, args=(stop,), name="registry", daemon=True)
        thread.start()
        return thread

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; after an error, begin anew at what is committed."""
        while not stop.is_set():
            try:
                away = registry_away(self._connection, self._config)
                if away is None:
                    self._work(stop)
                else:
                    self._lacks(away)
                    stop.wait(LOOK_AGAIN_AFTER_S)
                    continue
            except (KafkaException, KafkaEdgeError, WriteFailed, _OtherTopic) as error:
                self._meters.fails(time.monotonic())
                self._say(f"the registry's rows are not written to counts: {error}")
            self._sequencing = None
            stop.wait(AGAIN_AFTER_S)

    def _lacks(self, away: str) -> None:
        """Say it once: a symptom only where something is judged by the registry."""
        if self._config.detect.misuse.asks_registry:
            self._meters.fails(time.monotonic())
        if away != self._said:
            log.warning("%s", away)
        self._said = away

    def _say(self, problem: str) -> None:
        if problem != self._said:
            log.error("%s", problem)
        self._said = problem

    def _work(self, stop: threading.Event) -> None:
        settings: dict[str, Any] = {
            **for_confluent(self._connection),
            **log_settings(log),
            "group.id": self._group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 10_000,
        }
        if self._instance is not None:
            settings["group.instance.id"] = instance_id(self._group, self._instance)
        writer = RecordWriter(self._connection)
        consumer = Consumer(settings)
        try:
            consumer.subscribe(
                [self._topic], on_assign=self._assigned, on_revoke=self._moved, on_lost=self._moved
            )
            while not stop.is_set():
                messages = consumer.consume(ROWS_AT_ONCE, POLL_S)
                for message in messages:
                    if (error := message.error()) is not None:
                        raise KafkaException(error)
                if self._sequencing is not None:
                    self._take(consumer, writer, self._sequencing, messages)
                self._said = ""
        finally:
            consumer.close()

    def _assigned(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        if not partitions:
            return
        (place,) = consumer.committed(list(partitions), timeout=WAIT_S)
        committed = max(place.offset, 0)
        _, end = ends_of(consumer, place)
        if committed > end:
            raise _OtherTopic(
                f"topic {self._topic}: must go on at offset {committed}; it ends at {end}: it is"
                " not the one that was read. Restore it, or reset detect (operations/README.md)"
            )
        self._sequencing = Sequencing(committed, self._config.detect.shards)

    def _moved(self, _: Consumer, __: Sequence[TopicPartition]) -> None:
        self._sequencing = None
        self._meters.idle()

    def _take(
        self,
        consumer: Consumer,
        writer: RecordWriter,
        sequencing: Sequencing,
        messages: Sequence[Message],
    ) -> None:
        if messages:
            self._meters.works(time.monotonic())
        for step in sequencing.take(map(as_row, messages)):
            match step:
                case WriteControl(value, partitions):
                    for number in partitions:
                        writer.write(self._config.topic("counts"), value, None, number)
                    writer.flush()
                case CommitRows(before):
                    place = TopicPartition(self._topic, 0, before)
                    consumer.commit(offsets=[place], asynchronous=False)
                    self._meters.written(before)
                case RefuseRow(offset, problem):
                    self._meters.refuses()
                    log.error("%s offset %d is no row: %s", self._topic, offset, problem)
        self._meters.done()
