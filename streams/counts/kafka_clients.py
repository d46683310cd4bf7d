"""The Kafka clients of a counting process: what it fetches, writes, commits and asks the broker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from streams.config.sources import Source
from streams.counts.fetched import Fetched, by_lane, errors, fetched
from streams.counts.mark import Begin, Mark
from streams.counts.positions import CountFailed, Places, Positions
from streams.counts.protocol import LaneId, StoredMarks, TopicPlace, Write

log = logging.getLogger(__name__)

ENDS_WITHIN_S = 5.0
"""How long the broker may take to say where lanes end; without an answer no lane is idle."""

_MOVED = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._STATE,
}
_FENCED = KafkaError(KafkaError.FENCED_INSTANCE_ID)
"""The client reports it as a fatal error, with this only as its text."""

_OVER = {KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID}
"""After these the client does nothing any more, though not every such error is marked `fatal`."""


class PartitionsMoved(Exception):
    """A commit was refused since partitions have moved: work in flight must be dropped."""


FETCHED = 500
"""Records that are taken from the client at once: few enough to be still in the processor's cache
when they are decoded and counted, also beside others that use it."""


class CountClients:
    """A consumer, a producer and an administrator.

    Parameters
    ----------
    connection
        The broker.
    group
        The consumer group.
    instance
        This process's own name among the group, for static membership; None without.
    counts
        The topic that totals are written to.
    by_topic
        The sources of each topic that is counted.
    begin
        Where to begin in lanes whose position the broker no longer has; None ends it there.
    """

    def __init__(
        self,
        connection: Connection,
        group: str,
        instance: str | None,
        *,
        counts: str,
        by_topic: Mapping[str, Sequence[Source]],
        begin: Begin | None = None,
    ) -> None:
        self._group, self._by_topic = group, by_topic
        self._stored = StoredMarks(by_topic)
        self._ends: dict[TopicPlace, int] = {}
        self._heads: dict[TopicPlace, int] = {}
        self._failed: list[str] = []
        common = {**for_confluent(connection), **log_settings(log)}
        settings: dict[str, Any] = {
            **common,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "session.timeout.ms": 10_000,
            "fetch.queue.backoff.ms": 5,
            # Records that wait for long leave the processor's cache: an eighth of all time.
            "queued.max.messages.kbytes": 1024,
            # What is written to new partitions before they are counted may be late.
            "topic.metadata.refresh.interval.ms": 30_000,
        }
        if instance is not None:
            settings["group.instance.id"] = f"{group}-{instance}"
        self._consumer = Consumer(settings)
        self._positions = Positions(self._consumer, group, counts, begin, by_topic)
        # Its own connections: on the consumer's an answer waits behind fetches that wait for data.
        self._admin = AdminClient(common)
        self._producer = Producer(
            {
                **common,
                "enable.idempotence": True,
                "linger.ms": 5,
                "compression.type": "lz4",
                "message.max.bytes": 8_000_000,
            }
        )

    def subscribe(
        self,
        on_assign: Callable[[list[TopicPlace]], None],
        on_move: Callable[[], None],
    ) -> None:
        """Join the group; both callbacks run inside `fetch` and `close`."""

        def moved(_: Consumer, __: list[TopicPartition]) -> None:
            on_move()

        def assigned(_: Consumer, partitions: list[TopicPartition]) -> None:
            on_assign([(place.topic, place.partition) for place in partitions])

        self._consumer.subscribe(
            sorted(self._by_topic),
            on_assign=assigned,
            on_revoke=moved,
            on_lost=moved,
        )

    def fetch(self) -> Iterator[Fetched]:
        """Yield what has been fetched: the records of each lane that stand together.

        Raises
        ------
        CountFailed
            Where records are gone, or the client has failed for good.
        """
        messages = self._consumer.consume(FETCHED, timeout=0.1)
        for place, run in by_lane(messages):
            records = run
            if errors(run):
                self._look_at_errors(place, run)
                records = [message for message in run if message.error() is None]
            sources = self._by_topic[place[0]]
            lanes = [(source.name, place[1]) for source in sources]
            yield from fetched(lanes, records, headed=sources[0].only_read)

    def _look_at_errors(self, lane: TopicPlace, messages: list[Message]) -> None:
        for message in messages:
            error = message.error()
            if error is None:
                continue
            if error.code() == KafkaError._PARTITION_EOF:
                self._ends[lane] = message.offset() or 0
            else:
                self._check(error, lane)

    def _check(self, error: KafkaError, lane: TopicPlace) -> None:
        if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            raise CountFailed(
                f"{lane[0]} partition {lane[1]}: the next record must still be there; the broker"
                f" has deleted it ({error.str()}). Nothing is skipped silently: raise the topic's"
                " retention, and to accept the loss go on once with `weathervane count --begin"
                " oldest`"
            )
        self._check_over(error)
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            log.warning(
                "topic %s: must exist; `weathervane topics` creates it, or says whose it is",
                lane[0],
            )
            return
        log.warning("%s partition %d: %s", lane[0], lane[1], error.str())

    def _check_over(self, error: KafkaError) -> None:
        if _FENCED.str() in error.str():
            raise CountFailed(
                f"Kafka has given this process's place in {self._group} to another of its"
                " --instance, or has forgotten it in a restart: where two run with one --instance,"
                " give one of them another"
            )
        if error.fatal() or error.code() in _OVER:
            raise CountFailed(f"Kafka: {error.str()}")

    def lanes(self, topic: str) -> int:
        """Return a topic's number of partitions."""
        return self._positions.lanes(topic)

    def places(self, partitions: list[TopicPlace]) -> Places:
        """Return where the lanes of newly assigned partitions go on: see `Positions.marks`."""
        found = self._positions.marks(partitions)
        self._heads.update(found.heads)
        self._stored.begin({lane: m for lane, m in found.marks.items() if lane not in found.begun})
        return found

    def start_at(self, marks: dict[LaneId, Mark]) -> None:
        """Fetch from these marks on, from the first of those that share a topic."""
        starts: dict[TopicPlace, int] = {}
        for lane, mark in marks.items():
            place = self._stored.place(lane)
            starts[place] = min(starts.get(place, mark.offset), mark.offset)
        self._consumer.assign([TopicPartition(*place, at) for place, at in starts.items()])

    def pause(self, lane: LaneId) -> None:
        """Fetch no more of a lane, nor of others of its topic's partition."""
        self._consumer.pause([TopicPartition(*self._stored.place(lane))])

    def resume(self, lane: LaneId) -> None:
        """Go on fetching a lane behind what it has been given."""
        self._consumer.resume([TopicPartition(*self._stored.place(lane))])

    def forget_lanes(self) -> None:
        """Forget what is known of each partition's end: the partitions have moved."""
        self._ends.clear()
        self._heads.clear()

    def produce(self, write: Write) -> None:
        """Hand a record to the producer."""
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

    def wait(self) -> None:
        """Wait until the broker has acknowledged every write; raise `CountFailed` where not."""
        left = self._producer.flush(60)
        if left or self._failed:
            why = self._failed[0] if self._failed else f"{left} records without an answer for 60 s"
            raise CountFailed(f"writing counts failed, nothing was committed: {why}")

    def commit(self, marks: dict[LaneId, Mark]) -> bool:
        """Commit marks; return whether the broker took them.

        Raises
        ------
        PartitionsMoved
            Where the lanes are no longer this process's.
        CountFailed
            Where the client has failed for good.
        """
        offsets = [
            TopicPartition(*place, offset, metadata)
            for place, (offset, metadata) in self._stored.commits(marks).items()
        ]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() in _MOVED:
                log.warning("partitions have moved: %s; work in flight is dropped", reason.str())
                raise PartitionsMoved from None
            self._check_over(reason)
            log.warning("commit failed, to be tried again: %s", reason.str())
            return False
        self._stored.committed(marks)
        return True

    def published(self, lanes: list[LaneId]) -> Iterator[float]:
        """Yield the watermarks that other processes committed for their lanes."""
        yield from self._positions.published(lanes)

    def at_end(self, positions: dict[LaneId, int]) -> list[LaneId]:
        """Return the lanes that are read to their ends, from the next offset of each.

        The broker is asked, in one request, so that one that is away is not taken for silence.
        """
        latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        places = {lane: self._stored.place(lane) for lane in positions}
        answers = self._admin.list_offsets(
            {TopicPartition(*place): latest for place in dict.fromkeys(places.values())},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=ENDS_WITHIN_S,
        )
        ends: dict[TopicPlace, int] = {}
        for found, answer in answers.items():
            place = (found.topic, found.partition)
            try:
                ends[place] = answer.result().offset
            except KafkaException as error:
                log.warning("%s partition %d: %s", *place, error.args[0].str())
        return [
            lane
            for lane, place in places.items()
            if place in ends and ends[place] <= max(positions[lane], self._ends.get(place, 0))
        ]

    def head(self, lane: LaneId) -> int:
        """Return the end of a lane as the last fetch reported it."""
        place = self._stored.place(lane)
        _, high = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
        # Before the first fetch the client knows no end: take that at the assignment.
        return max(high, self._heads.get(place, 0))

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()
