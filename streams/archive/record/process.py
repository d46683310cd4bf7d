"""A recorder on Kafka: its topics' records from where it was left, and the clock.

No consumer group and no commits: where to go on stands in the archive. What a record
leads to, `Recorder` says.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streams.archive.record.recorder import COUNTS, Recorder
from streams.archive.record.state import Partition
from streams.broker.client.connection import Connection
from streams.broker.client.connection_errors import log_settings
from streams.broker.client.settings import for_confluent
from streams.config.model import Config

log = logging.getLogger(__name__)

ROLL_EVERY_S = 3600.0
"""So much is recorded again at most after a crash."""

ROLLS_AT_MOST = 0.1
"""Share of the time that rolls may take, however large the state."""

_ASK_S = 5.0
_GONE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
_AWAY = (
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)


class RecordFailed(Exception):
    """Recording cannot begin or go on; the message says why, and what to do."""


class RecordProcess:
    """Reads what a recorder takes.

    Parameters
    ----------
    config, connection
        What was counted by, and where it is.
    recorder
        Takes it.

    Attributes
    ----------
    records, total
        How many have been taken, and how many were to be when it began.
    """

    def __init__(self, config: Config, connection: Connection, recorder: Recorder) -> None:
        self._config, self._recorder = config, recorder
        self._bootstrap = connection.bootstrap
        self.records = self.total = 0
        self._ends: dict[Partition, int] = {}
        self._consumer = Consumer(
            {
                **for_confluent(connection),
                **log_settings(log),
                "group.id": f"weathervane-record-{config.name}",  # the client wants a name
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "error",
                "fetch.queue.backoff.ms": 5,
                "queued.max.messages.kbytes": 65_536,
            }
        )

    @property
    def caught_up(self) -> bool:
        """Whether all that was there at the beginning has been taken."""
        following = self._recorder.following
        return bool(self._ends) and all(following[p] >= end for p, end in self._ends.items())

    def run(
        self,
        stop: threading.Event,
        *,
        until_end: bool,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        """Record until `stop` is set, or until all that was there is recorded; then write.

        Parameters
        ----------
        stop
            Asked all the time.
        until_end
            Whether to end by itself.
        on_progress
            Called now and then.

        Raises
        ------
        RecordFailed
            Where a topic is not as it must be, or the client fails.
        streams.archive.record.recorder.RecordsLost
            Where records are gone.
        OSError
            Where the disk does not take it.
        """
        try:
            there = self._there(stop)
            if there is None:
                return
            self._recorder.begin(there)
            following = self._recorder.following
            self._ends = {place: end for place, (_, end) in there.items()}
            self.total = sum(max(end - following[p], 0) for p, end in self._ends.items())
            self._consumer.assign([TopicPartition(*place, following[place]) for place in there])
            log.info(
                "recording into %s: %s", self._recorder.root,
                ", ".join(f"{p.topic} {p.number} from {following[p]}" for p in sorted(there)),
            )  # fmt: skip
            self._record(stop, until_end=until_end, on_progress=on_progress)
        finally:
            self._consumer.close()

    def _record(
        self, stop: threading.Event, *, until_end: bool, on_progress: Callable[[], None]
    ) -> None:
        rolled, cost_s, written = time.monotonic(), 0.0, self.records
        while not stop.is_set() and not (until_end and self.caught_up):
            for message in self._consumer.consume(1000, timeout=0.2):
                self._take(message)
            on_progress()
            now = time.monotonic()
            due = self.records > written and (self._recorder.full or now - rolled >= ROLL_EVERY_S)
            if due and now - rolled >= cost_s / ROLLS_AT_MOST:
                self._recorder.roll()
                rolled, written = time.monotonic(), self.records
                cost_s = rolled - now
                log.info("all is written through %s", self._through())
        self._recorder.roll()
        log.info("stopped: all that had closed is written, through %s", self._through())

    def _through(self) -> str:
        following = self._recorder.following
        return ", ".join(
            f"{p.topic} {p.number} offset {following[p] - 1}" for p in sorted(following)
        )

    def _take(self, message: Message) -> None:
        place = Partition(message.topic() or "", message.partition() or 0)
        error = message.error()
        if error is None:
            kind, written_ms = message.timestamp()
            written_s = written_ms / 1000 if kind else None
            self._recorder.take(place, message.offset() or 0, message.value(), written_s)
            self.records += 1
        elif error.code() == KafkaError._PARTITION_EOF:
            # Where a transaction's mark is the last, no record comes to say how far it has been.
            self._recorder.reach(place, message.offset() or 0)
        elif error.code() in _GONE:
            first, end = self._offsets(place)
            self._recorder.require(place, first, end)
            raise RecordFailed(f"{place}: cannot be read on: {error.str()}")
        elif error.fatal():
            raise RecordFailed(f"Kafka at {self._bootstrap}: {error.str()}")
        elif error.code() != KafkaError.GROUP_AUTHORIZATION_FAILED:  # none is used
            log.warning("%s: %s", place, error.str())

    def _there(self, stop: threading.Event) -> dict[Partition, tuple[int, int]] | None:
        """First and next offset of every partition, once a broker says so; None if stopped."""
        while not stop.is_set():
            try:
                places = [
                    place for topic in self._recorder.topics for place in self._partitions(topic)
                ]
                return {place: self._offsets(place) for place in places}
            except KafkaException as error:
                if error.args[0].code() not in _AWAY:
                    raise RecordFailed(
                        f"Kafka at {self._bootstrap}: {error.args[0].str()}"
                    ) from None
                self._consumer.poll(0.5)  # in which the client tells the log
        return None

    def _partitions(self, topic: str) -> list[Partition]:
        told = self._consumer.list_topics(topic, timeout=_ASK_S).topics[topic]
        if told.error is not None:
            if told.error.code() in _AWAY:
                raise KafkaException(told.error)
            raise RecordFailed(
                f"topic {topic}: must exist on {self._bootstrap} and be one that this user may"
                f" read; {told.error.str()}; `weathervane topics` creates it"
            )
        shards = self._config.detect.shards
        if topic == COUNTS and len(told.partitions) != shards:
            raise RecordFailed(
                f"topic {topic}: must have detect.shards partitions, {shards}; found"
                f" {len(told.partitions)}"
            )
        return [Partition(topic, number) for number in sorted(told.partitions)]

    def _offsets(self, place: Partition) -> tuple[int, int]:
        found = self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=_ASK_S)
        if found is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        first, end = found
        return first, end
