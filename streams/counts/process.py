"""The counting process: raw topics in, the topic ``counts`` out.

It shares nothing with Faust, and uses the client that reads fastest. What is written
and committed, and in which order, `Counting` says; here are the clients and the clock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from streams.broker.client.connection import Connection
from streams.broker.client.connection_errors import log_settings
from streams.broker.client.settings import for_confluent
from streams.broker.topics.plan import count_group
from streams.config.model import Config
from streams.counts.idle import idle_through
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.meters import Meters
from streams.counts.protocol import Arrived, Commit, Counting, LaneId, Step, Write

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.5
EARLY_AT_MOST = 0.1
"""Share of a processor that writing open totals may take: of its time, not of what passes
while the broker answers or others compute, which would make early alerts late."""

ENDS_WITHIN_S = 5.0
"""How long the broker may take to say where lanes end; without an answer none is idle."""

_MOVED = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._STATE,
}
_OVER = {KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID}
"""The client does nothing any more, though `fatal` is not said of every such error."""


class CountFailed(Exception):
    """Counting cannot go on without losing something; the process must end."""


class CountProcess:
    """Counts the partitions that its consumer group gives it.

    Parameters
    ----------
    config
        Sources, levels, shards.
    connection
        The broker.
    instance
        A name that is this process's own gives static membership: a restart within
        the session then gets its partitions back at once.
    """

    def __init__(self, config: Config, connection: Connection, instance: str | None = None) -> None:
        self._config = config
        self._sources = {source.topic: source for source in config.sources.values()}
        self._counting = Counting(config)
        self._ends: dict[LaneId, int] = {}
        self._quiet_since: dict[LaneId, float] = {}
        self._heads: dict[LaneId, int] = {}
        self._failed: list[str] = []
        self._early_next = 0.0
        self.meters = Meters()
        told = log_settings(log)
        settings: dict[str, Any] = {
            **for_confluent(connection),
            **told,
            "group.id": count_group(config),
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "session.timeout.ms": 10_000,
            "fetch.queue.backoff.ms": 5,
            # What lies fetched for long has left the processor's cache: an eighth of all time.
            "queued.max.messages.kbytes": 1024,
            # New partitions: what is written to them before they are counted may be late.
            "topic.metadata.refresh.interval.ms": 30_000,
        }
        if instance is not None:
            settings["group.instance.id"] = f"{count_group(config)}-{instance}"
        self._consumer = Consumer(settings)
        # Its own connections: on the consumer's an answer waits behind fetches that wait for data.
        self._admin = AdminClient({**for_confluent(connection), **told})
        self._producer = Producer(
            {
                **for_confluent(connection),
                **told,
                "enable.idempotence": True,
                "linger.ms": 5,
                "compression.type": "lz4",
                "message.max.bytes": 8_000_000,
            }
        )

    def run(self, stop: threading.Event) -> None:
        """Count until `stop` is set, then flush, commit and leave.

        Raises
        ------
        CountFailed
            Where a delivery failed or records are gone: nothing is committed then.
        """
        self._consumer.subscribe(
            sorted(self._sources),
            on_assign=self._assigned,
            on_revoke=self._moved,
            on_lost=self._moved,
        )
        flushed = time.monotonic()
        try:
            while not stop.is_set():
                messages = self._consumer.consume(1000, timeout=0.1)
                if messages:
                    self._take(messages)
                now = time.monotonic()
                if now - flushed >= FLUSH_EVERY_S:
                    self._flush()
                    self._look_for_idle(now)
                    # From the end on: else, where all this takes long, hardly anything is read.
                    flushed = time.monotonic()
            self._flush(last=True)
            self._say_goodbye()
        finally:
            self._consumer.close()

    def _say_goodbye(self) -> None:
        if self._counting.uncommitted(last=True):
            log.warning("stopped before the last commit arrived: a start recounts more than needed")
        else:
            log.info(
                "stopped: all that was read is counted and committed; a start recounts the %d"
                " records of open buckets",
                self._counting.recounts,
            )

    def _take(self, messages: list[Message]) -> None:
        """Take what was fetched: of each lane, what stands together at once."""
        for lane, together in _by_lane(messages):
            # A method mapped is the cheapest way that Python has to ask so many.
            records = together
            if _errors(together):
                self._look_at_errors(lane, together)
                records = [message for message in together if message.error() is None]
            intake = self._counting.intakes.get(lane)
            if not records or intake is None:
                continue  # nothing, or prefetched before the partition moved away
            intake.take_all(
                _offsets(records),
                list(map(Message.value, records)),
                [
                    written_ms / 1000 if kind else None
                    for kind, written_ms in map(Message.timestamp, records)
                ],
            )
            self._quiet_since[lane] = time.monotonic()

    def _look_at_errors(self, lane: LaneId, messages: list[Message]) -> None:
        for message in messages:
            error = message.error()
            if error is None:
                continue
            if error.code() == KafkaError._PARTITION_EOF:
                self._ends[lane] = message.offset() or 0
            else:
                self._check(error, lane)

    def _check(self, error: KafkaError, lane: LaneId) -> None:
        if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            raise CountFailed(
                f"{lane[0]} partition {lane[1]}: the next record must still be there; the broker"
                f" has deleted it ({error.str()}). Nothing is skipped silently: reset the consumer"
                f" group {count_group(self._config)} to accept the loss, and raise the topic's"
                " retention"
            )
        if error.fatal() or error.code() in _OVER:
            raise CountFailed(f"Kafka: {error.str()}")
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            log.warning("topic %s: must exist; `weathervane topics` creates it", lane[0])
            return
        log.warning("%s partition %d: %s", lane[0], lane[1], error.str())

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Build the lanes anew from what was committed: work in flight is dropped."""
        self._drop()
        lanes = {
            topic: len(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
            for topic in {p.topic for p in partitions}
        }
        start = []
        for place in consumer.committed(partitions, timeout=10):
            lane = (place.topic, place.partition)
            low, self._heads[lane] = consumer.get_watermark_offsets(place, timeout=10)
            mark = Mark(low) if place.offset < 0 else decode_mark(place.offset, place.metadata)
            if mark.offset < low:
                raise CountFailed(
                    f"{place.topic} partition {place.partition}: counting must go on at offset"
                    f" {mark.offset}; the broker has kept only {low} and later: {low - mark.offset}"
                    f" records are gone. Reset the group {count_group(self._config)} to accept that"
                )
            self._counting.assign(lane, lanes[place.topic], mark)
            recounts = max(mark.read - mark.offset, 0)
            self.meters.recounted.labels(self._sources[place.topic].name).inc(recounts)
            self._quiet_since[lane] = time.monotonic()
            start.append(TopicPartition(place.topic, place.partition, mark.offset))
        consumer.assign(start)
        log.info(
            "counting %s; %d records of open buckets were read before and are recounted",
            ", ".join(f"{t}/{n}" for t, n in sorted(self._counting.intakes)) or "nothing",
            self._counting.recounts,
        )

    def _moved(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._drop()

    def _drop(self) -> None:
        self._counting.drop()
        self.meters.forget()
        for state in (self._ends, self._quiet_since, self._heads):
            state.clear()

    def _flush(self, *, last: bool = False) -> None:
        early = time.monotonic() >= self._early_next
        began = time.thread_time()
        self._carry_out(self._counting.flush(early=early, last=last))
        if early:
            took_s = time.thread_time() - began
            self._early_next = time.monotonic() + took_s / EARLY_AT_MOST
        self._measure()

    def _carry_out(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case Write():
                    self._produce(step)
                case Arrived():
                    self._wait()
                case Commit():
                    self._commit(step.marks)

    def _wait(self) -> None:
        left = self._producer.flush(60)
        if left or self._failed:
            why = self._failed[0] if self._failed else f"{left} records without an answer for 60 s"
            raise CountFailed(f"writing counts failed, nothing was committed: {why}")

    def _produce(self, write: Write) -> None:
        topic, key, value, partition = write
        place: dict[str, Any] = {} if partition is None else {"partition": partition}
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=self._delivered, **place)
                return
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise CountFailed(f"writing to {topic} failed: {error}") from None

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed.append(f"{message.topic()}: {error.str()}")

    def _commit(self, marks: dict[LaneId, Mark]) -> None:
        offsets = [
            TopicPartition(topic, number, mark.offset, encode_mark(mark))
            for (topic, number), mark in marks.items()
        ]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() in _MOVED:
                log.warning("partitions have moved: %s; work in flight is dropped", reason.str())
                self._drop()
            elif reason.fatal() or reason.code() in _OVER:
                raise CountFailed(f"commit failed: {reason.str()}") from None
            else:
                log.warning("commit failed, to be tried again: %s", reason.str())
            return
        self._counting.committed(marks)

    def _look_for_idle(self, now: float) -> None:
        waiting = [
            (lane, intake)
            for lane, intake in self._counting.intakes.items()
            if now - self._quiet_since[lane] >= intake.source.idle_after_s
        ]
        watermarks: dict[str, list[float]] = {}
        may: dict[LaneId, float] = {}
        for lane, intake in waiting:
            source = intake.source
            if source.group not in watermarks:
                watermarks[source.group] = list(self._watermarks(source.group))
            through = idle_through(
                front_s=intake.lane.front,
                last_written_s=intake.last_written_s,
                now_s=time.time(),
                idle_after_s=source.idle_after_s,
                lateness_s=source.lateness_s,
                bucket_s=source.bucket_s,
                group_watermarks=watermarks[source.group],
            )
            buckets = intake.lane.buckets
            later = (
                through > intake.lane.watermark and buckets.start(through) > intake.lane.watermark
            )
            if later or intake.lane.holds:
                may[lane] = max(through, intake.lane.watermark)
        idle = {lane: may[lane] for lane in self._at_end(may)} if may else {}
        if idle:
            self._carry_out(self._counting.idle(idle))

    def _at_end(self, lanes: Iterable[LaneId]) -> list[LaneId]:
        """Which lanes are read to their ends.

        The broker is asked, so that one that is away is not taken for silence: once for all.
        """
        latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(*lane): latest for lane in lanes}
        answers = self._admin.list_offsets(
            asked,
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=ENDS_WITHIN_S,
        )
        out = []
        for place, answer in answers.items():
            lane = (place.topic, place.partition)
            try:
                end = answer.result().offset
            except KafkaException as error:
                log.warning("%s partition %d: %s", *lane, error.args[0].str())
                continue
            read = max(self._counting.intakes[lane].lane.position, self._ends.get(lane, 0))
            if end <= read:
                out.append(lane)
        return out

    def _watermarks(self, group: str) -> Iterable[float]:
        """Watermarks of the group's lanes; those of other processes as they committed them."""
        others = []
        for source in self._config.groups[group]:
            for number in range(self._counting.lanes.get(source.topic, 0)):
                intake = self._counting.intakes.get((source.topic, number))
                if intake is None:
                    others.append(TopicPartition(source.topic, number))
                else:
                    yield intake.lane.watermark
        if others:
            for place in self._consumer.committed(others, timeout=5):
                if place.offset >= 0:
                    yield decode_mark(place.offset, place.metadata).published

    def _measure(self) -> None:
        now_s = time.time()
        self.meters.flushed.set(now_s)
        for lane, intake in self._counting.intakes.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(*lane), cached=True)
            # Before the first fetch the client knows no end: that at the assignment counts.
            head = max(high, self._heads.get(lane, 0))
            self.meters.measure(lane, intake, head=head, now_s=now_s)


def _by_lane(messages: list[Message]) -> Iterator[tuple[Any, list[Message]]]:
    """Runs of messages of one lane, in their order."""
    topics, numbers = list(map(Message.topic, messages)), list(map(Message.partition, messages))
    if topics.count(topics[0]) == numbers.count(numbers[0]) == len(messages):
        yield (topics[0], numbers[0]), messages  # the rule, where there is much to read
        return
    at = 0
    for lane, run in groupby(zip(topics, numbers, strict=True)):
        first, at = at, at + len(list(run))
        yield lane, messages[first:at]


def _errors(messages: list[Message]) -> list[KafkaError]:
    # Not by `count(None)`: an error cannot be compared with None.
    return [error for error in map(Message.error, messages) if error is not None]


def _offsets(records: list[Message]) -> Sequence[int]:
    """Offsets of a lane's records: they rise, so that mostly the first and the last tell all."""
    first, last = records[0].offset() or 0, records[-1].offset() or 0
    if last - first == len(records) - 1:
        return range(first, last + 1)
    return [record.offset() or 0 for record in records]
