"""The process of ``weathervane record`` on Kafka: it reads the topics and saves by the clock.

It uses no consumer group and commits no offsets: the archive itself holds where to continue. What a
record leads to stands in `streams.archive.record.recorder`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from confluent_kafka import (
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streams.archive.record.recorder import Recorder
from streams.archive.record.state import Partition
from streams.broker.client.connection import Connection
from streams.broker.client.connection_errors import log_settings
from streams.broker.client.settings import for_confluent
from streams.broker.errors import TopicsError
from streams.broker.topics.records import headers_of
from streams.config.model import Config
from streams.counts.schemas.store import SchemaTopic
from streams.registry.first_rows import first_rows
from streams.sources.schemas.table import SchemaNeeded

log = logging.getLogger(__name__)

SAVE_EVERY_S = 3600.0
"""Longest time that is recorded again after a crash."""

SAVING_SHARE = 0.1
"""Saving may take at most this share of the time, however large the state is."""

ANSWER_WITHIN_S = 60.0
"""How long the broker may be away at the start, and while something must end by itself."""

_REQUEST_S = 5.0
_LOOK_S = 0.2
_DELETED = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
_UNREACHABLE = (
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)


class RecordFailed(Exception):
    """Recording cannot begin or continue; the message says why, and what to do."""


class RecordProcess:
    """Reads records from Kafka for a recorder.

    Parameters
    ----------
    config, connection
        The configuration of the counts, and the broker.
    recorder
        Takes the records.

    Attributes
    ----------
    records, total
        How many records it has taken, and how many there were to take when it began.
    """

    def __init__(self, config: Config, connection: Connection, recorder: Recorder) -> None:
        self._config, self._recorder, self._connection = config, recorder, connection
        self._bootstrap = connection.bootstrap
        self.records = self.total = 0
        self._ends: dict[Partition, int] = {}
        self._waiting: deque[Message] = deque()
        self._needed: SchemaNeeded | None = None
        self._decisions = (
            SchemaTopic(connection, config.topic("schemas"))
            if config.asks_registries and recorder.raw_events.folders
            else None
        )
        self._headed = {topic for topic, of in config.by_topic.items() if of[0].only_read}
        self._consumer = Consumer(
            {
                **for_confluent(connection),
                **log_settings(log),
                "group.id": config.consumer_group("record"),  # the client requires one
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
        """Whether all records that were there at the beginning have been taken."""
        following = self._recorder.following
        return bool(self._ends) and all(following[p] >= end for p, end in self._ends.items())

    @property
    def behind(self) -> int:
        """How many records there are that it has not taken, as far as the client knows."""
        behind = 0
        for partition, following in self._recorder.following.items():
            known = self._consumer.get_watermark_offsets(TopicPartition(*partition), cached=True)
            behind += max(known[1] - following, 0) if known is not None else 0
        return behind

    def run(
        self,
        stop: threading.Event,
        *,
        until_end: bool,
        on_progress: Callable[[], None] = lambda: None,
        on_saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Record until `stop` is set; then save.

        Parameters
        ----------
        stop
            Ends it.
        until_end
            Whether to end also when all records that were there at the beginning are recorded.
        on_progress
            Called several times a second.
        on_saved
            Called whenever all that has been read is written.

        Raises
        ------
        RecordFailed
            If a topic is not as it must be, or the client fails.
        streams.archive.record.recorder.RecordsLost
            If records are deleted that are still needed.
        OSError
            If the disk does not take what is recorded.
        """
        try:
            offsets = self._all_offsets(stop)
            if offsets is None:
                return
            self._recorder.begin(offsets, partial(first_rows, self._connection, self._config))
            following = self._recorder.following
            self._ends = {partition: end for partition, (_, end) in offsets.items()}
            self.total = sum(max(end - following[p], 0) for p, end in self._ends.items())
            self._consumer.assign(
                [TopicPartition(*partition, following[partition]) for partition in offsets]
            )
            log.info(
                "recording into %s: %s", self._recorder.root,
                ", ".join(f"{p.topic} {p.number} from {following[p]}" for p in sorted(offsets)),
            )  # fmt: skip
            self._record(stop, on_saved, until_end=until_end, on_progress=on_progress)
        finally:
            self._consumer.close()

    def _record(
        self,
        stop: threading.Event,
        on_saved: Callable[[], None],
        *,
        until_end: bool,
        on_progress: Callable[[], None],
    ) -> None:
        saved, cost_s, written = time.monotonic(), 0.0, self.records
        heard = saved
        while not stop.is_set() and not (until_end and self.caught_up):
            came = self._take_all()
            on_progress()
            now = time.monotonic()
            if came:
                heard = now
            elif until_end and now - heard > ANSWER_WITHIN_S:
                self._require_decision()
                self._require_answer()
                heard = now
            due = self.records > written and (self._recorder.full or now - saved >= SAVE_EVERY_S)
            if due and now - saved >= cost_s / SAVING_SHARE:
                self._recorder.save()
                on_saved()
                saved, written = time.monotonic(), self.records
                cost_s = saved - now
                log.info("everything is written through %s", self._through())
        self._recorder.save()
        on_saved()
        log.info("stopped: all closed buckets are written, through %s", self._through())

    def _take_all(self) -> bool:
        """Take what comes, or what waits for a schema; return whether there was anything."""
        if not self._waiting:
            self._waiting.extend(self._consumer.consume(1000, timeout=_LOOK_S))
        elif not self._read_decisions():
            time.sleep(_LOOK_S)
            return False
        before = len(self._waiting)
        while self._waiting:
            try:
                self._take(self._waiting[0])
            except SchemaNeeded as needed:
                if not self._read_decisions():
                    self._say_needed(needed)
                    break
            else:
                self._needed = None
                self._waiting.popleft()
        return len(self._waiting) < before

    def _read_decisions(self) -> bool:
        """Read what counting has decided meanwhile; return whether there was something."""
        assert self._decisions is not None, "a schema is needed only where there are decisions"
        try:
            found = list(self._decisions.read())
        except TopicsError as error:
            raise RecordFailed(str(error)) from None
        for decision in found:
            self._recorder.raw_events.schemas.add(decision)
        return bool(found)

    def _say_needed(self, needed: SchemaNeeded) -> None:
        if self._needed is None:
            log.warning(
                "waits for count: %s. It decides, and its log says what it waits for", needed
            )
        self._needed = needed

    def _require_decision(self) -> None:
        if self._needed is not None:
            self._recorder.save()
            raise RecordFailed(
                f"{self._needed}: `weathervane count` decides about schemas, and must run. What was"
                " read is saved; the next start continues there"
            )

    def _require_answer(self) -> None:
        try:
            self._consumer.list_topics(self._config.topic("counts"), timeout=_REQUEST_S)
        except KafkaException as error:
            self._recorder.save()
            raise RecordFailed(
                f"Kafka at {self._bootstrap}: must answer within {ANSWER_WITHIN_S:.0f} s;"
                f" {error.args[0].str()}. What was read is saved; the next start continues there"
            ) from None

    def _through(self) -> str:
        following = self._recorder.following
        return ", ".join(
            f"{p.topic} {p.number} offset {following[p] - 1}" for p in sorted(following)
        )

    def _take(self, message: Message) -> None:
        partition = Partition(message.topic() or "", message.partition() or 0)
        error = message.error()
        if error is None:
            kind, written_ms = message.timestamp()
            written_s = written_ms / 1000 if kind else None
            self._recorder.take(
                partition,
                message.offset() or 0,
                message.value(),
                written_s,
                headers_of(message) if partition.topic in self._headed else (),
                appended=kind == TIMESTAMP_LOG_APPEND_TIME,
            )
            self.records += 1
        elif error.code() == KafkaError._PARTITION_EOF:
            # If the last offset is a transaction's mark, no record shows that it has been reached.
            self._recorder.reach(partition, message.offset() or 0)
        elif error.code() in _DELETED:
            first, end = self._offsets(partition)
            self._recorder.require(partition, first, end)
            raise RecordFailed(f"{partition}: cannot be read any further; {error.str()}")
        elif error.fatal():
            raise RecordFailed(f"Kafka at {self._bootstrap}: {error.str()}")
        elif error.code() != KafkaError.GROUP_AUTHORIZATION_FAILED:  # no group is used
            log.warning("%s: %s", partition, error.str())

    def _all_offsets(self, stop: threading.Event) -> dict[Partition, tuple[int, int]] | None:
        """Ask for the first and next offset of every partition; None if stopped meanwhile."""
        began_s = time.monotonic()
        while not stop.is_set():
            try:
                partitions = [
                    partition
                    for topic in self._recorder.topics
                    for partition in self._partitions(topic)
                ]
                return {partition: self._offsets(partition) for partition in partitions}
            except KafkaException as error:
                late = time.monotonic() - began_s > ANSWER_WITHIN_S
                if late or error.args[0].code() not in _UNREACHABLE:
                    raise RecordFailed(
                        f"Kafka at {self._bootstrap}: {error.args[0].str()}"
                    ) from None
                self._consumer.poll(0.5)  # the client logs its errors meanwhile
        return None

    def _partitions(self, topic: str) -> list[Partition]:
        metadata = self._consumer.list_topics(topic, timeout=_REQUEST_S).topics[topic]
        if metadata.error is not None:
            if metadata.error.code() in _UNREACHABLE:
                raise KafkaException(metadata.error)
            raise RecordFailed(
                f"topic {topic}: must exist on {self._bootstrap}, and this user must be allowed to"
                f" read it; {metadata.error.str()}. `weathervane topics` creates it"
            )
        shards = self._config.detect.shards
        if topic == self._config.topic("counts") and len(metadata.partitions) != shards:
            raise RecordFailed(
                f"topic {topic}: must have as many partitions as detect.shards says, {shards};"
                f" found {len(metadata.partitions)}"
            )
        return [Partition(topic, number) for number in sorted(metadata.partitions)]

    def _offsets(self, partition: Partition) -> tuple[int, int]:
        found = self._consumer.get_watermark_offsets(TopicPartition(*partition), timeout=_REQUEST_S)
        if found is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        first, end = found
        return first, end
