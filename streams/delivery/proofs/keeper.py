"""Keeps the trees: reads what is kept of them, follows ``alerts``, and keeps what has come."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.alerts.cloudevent import decode_event
from streams.broker.client.connection import Connection
from streams.broker.client.lazy_producer import LazyProducer
from streams.broker.client.settings import for_aiokafka
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.offsets import partition_count
from streams.config.names import CARRIED_FROM
from streams.delivery.channels.channel import where_it_failed
from streams.delivery.meters import ServeMetrics
from streams.delivery.proofs.key_holder import KeyHolder
from streams.delivery.proofs.live import LiveProofs
from streams.proofs.published import PublishedKey
from streams.proofs.stored import (
    KeptRecord,
    KeptTrees,
    TreePlace,
    hash_records,
    key_record,
    outdated,
    place_record,
)
from streams.proofs.trees import FeedTrees, record_hash

_KEEP_EVERY_S: Final = 5.0
_CLOSE_WITHIN_S: Final = 2.0
_RESTART_AFTER_S: Final = 5.0
_FAULTS: Final = ("lost", "unusable", "changed", "behind")
_log = logging.getLogger(__name__)


class ProofKeeper:
    """Fills `live` with trees and keys, and keeps them on the topic ``checkpoints``.

    Parameters
    ----------
    live
        What answers.
    keys
        Reads the file of keys.
    checkpoints
        The topic that they are kept on.
    connection, new_consumer
        The broker, and what makes a consumer without a group.
    metrics
        Where it says how it stands.
    now
        The clock.
    """

    def __init__(
        self,
        live: LiveProofs,
        keys: KeyHolder,
        checkpoints: str,
        connection: Connection,
        new_consumer: Callable[[], AIOKafkaConsumer],
        metrics: ServeMetrics,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._live, self._keys, self._now = live, keys, now
        self._topic, self._new_consumer = TopicPartition(checkpoints, 0), new_consumer
        self._connection, self._metrics = connection, metrics
        self._producer = LazyProducer(for_aiokafka(connection))
        self._kept = KeptTrees()
        self._trees = FeedTrees(self._kept)
        self._caught_up = False
        self._to_publish: list[PublishedKey] = []
        self._false: list[TreePlace] = []
        """Places that did not fit what is there."""
        self._last: dict[int, tuple[int, bytes]] = {}
        """By shard: the offset of the next record, and the record before it."""
        self._awaited: dict[int, TreePlace] = {}
        """By shard: a place whose record before it is read again first, to be compared."""

    async def run(self, partitions: list[TopicPartition]) -> None:
        """Follow the topics until cancelled; after any error all is read anew.

        Parameters
        ----------
        partitions
            Those of ``alerts``.
        """
        while True:
            try:
                await self._require_topic()
                await self._follow(partitions)
            except KafkaEdgeError as error:
                self._live.waits_for = str(error)
                _log.warning("the feeds' trees cannot be kept now: %s", error)
            except Exception as error:
                said = where_it_failed(error)
                _log.warning("the feeds' trees cannot be kept now: %s", said)
                self._metrics.proof_failures.inc()
            await asyncio.sleep(_RESTART_AFTER_S)

    async def close(self) -> None:
        """Keep what has come, and disconnect."""
        try:
            if self._caught_up:
                await asyncio.wait_for(self._keep(), _CLOSE_WITHIN_S)
        except (KafkaError, TimeoutError) as error:
            _log.warning("the newest hashes of trees are not kept; alerts has them: %r", error)
        await self._producer.close()

    async def _require_topic(self) -> None:
        """Leave a topic that is missing alone: a broker might make it by itself, uncompacted."""
        await asyncio.to_thread(partition_count, self._connection, self._topic.topic)
        self._live.waits_for = None

    async def _follow(self, partitions: list[TopicPartition]) -> None:
        of_kept, of_alerts = self._new_consumer(), self._new_consumer()
        try:
            await of_kept.start()
            await of_alerts.start()
            self._caught_up = False
            await self._read_kept(of_kept)
            self._trees = FeedTrees(self._kept)
            await self._begin(of_alerts, partitions)
            self._look_at_keys()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_alerts(of_alerts, partitions))
                tasks.create_task(self._follow_kept(of_kept))
        finally:
            await of_kept.stop()
            await of_alerts.stop()

    async def _read_kept(self, consumer: AIOKafkaConsumer) -> None:
        self._kept = KeptTrees()
        consumer.assign([self._topic])
        await consumer.seek_to_beginning(self._topic)
        end = (await consumer.end_offsets([self._topic]))[self._topic]
        while await consumer.position(self._topic) < end:
            self._take_kept(await consumer.getmany(timeout_ms=1000, max_records=5000))

    def _take_kept(self, batches: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]) -> None:
        for records in batches.values():
            for record in records:
                try:
                    self._kept.take(record.key, record.value)
                except ValueError as error:
                    where = f"{record.topic} offset {record.offset}"
                    _log.warning("%s: %s; it is passed over", where, error)

    async def _begin(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        """Go to where each shard's trees have come, if that is still there."""
        trees = self._trees
        self._last.clear()
        self._awaited.clear()
        consumer.assign(partitions)
        first = await consumer.beginning_offsets(partitions)
        end = await consumer.end_offsets(partitions)
        for at in partitions:
            place = self._kept.newest_place(at.partition)
            begin = first[at]
            if place is None:
                if begin > 0:
                    trees.skip(at.partition)
            elif trees.reaches(place) and begin < place.offset <= end[at]:
                begin = place.offset - 1
                self._awaited[at.partition] = place
            elif not (trees.reaches(place) and begin == place.offset):
                self._distrust(at.partition, place)
            consumer.seek(at, begin)

    def _distrust(self, shard: int, place: TreePlace) -> None:
        """Read a shard from its beginning: what is kept does not fit what is there."""
        _log.warning(
            "shard %d of alerts is read from its beginning: it is not, or no longer, what was read"
            " through offset %d before",
            shard,
            place.offset,
        )
        self._trees.skip(shard)
        self._false += self._kept.places.pop(shard).values()

    async def _follow_alerts(
        self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]
    ) -> None:
        end = await consumer.end_offsets(partitions)
        behind = set(partitions)
        while True:
            for at in list(behind):
                if await consumer.position(at) >= end[at]:
                    behind.discard(at)
            if not behind and not self._caught_up:
                self._caught_up = self._live.ready = True
                self._live.trees, self._live.waits_for = self._trees, None
                _log.info("the feeds' trees are ready: %d", len(self._trees.trees))
            batches = await consumer.getmany(timeout_ms=1000, max_records=5000)
            for at, records in batches.items():
                for record in records:
                    if not self._take(record):
                        await consumer.seek_to_beginning(at)
                        break
            if batches:
                self._live.grow()
                self._metrics.proof_lost.set(len(self._trees.lost))

    def _take(self, record: ConsumerRecord[bytes, bytes]) -> bool:
        """Take a record of alerts; say whether the shard may be read on from there."""
        raw, shard = record.value or b"", record.partition
        place = self._awaited.pop(shard, None)
        if place is not None and record_hash(raw) != place.last:
            self._distrust(shard, place)
            return False
        self._last[shard] = record.offset + 1, raw
        if any(key == CARRIED_FROM for key, _ in record.headers):
            return True  # its number is of an earlier state
        try:
            alert = decode_event(raw).alert
        except ValueError:
            return True  # the reader of the feed has said so
        growth = self._trees.take(shard, alert, raw)
        if growth == "conflict":
            self._metrics.proof_conflicts.inc()
        if growth == "lost":
            _log.error(
                "the tree of group %r, shard %d, epoch %d cannot go on: records were gone from"
                " alerts before a serve had read them; its next epoch has a tree again",
                alert.group,
                shard,
                alert.epoch,
            )
        return True

    async def _follow_kept(self, consumer: AIOKafkaConsumer) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + _KEEP_EVERY_S
        while True:
            batches = await consumer.getmany(timeout_ms=500, max_records=1000)
            self._take_kept(batches)
            if batches or loop.time() >= due_s:
                self._look_at_keys()
            if loop.time() >= due_s and self._caught_up:
                await self._keep()
                due_s = loop.time() + _KEEP_EVERY_S

    def _look_at_keys(self) -> None:
        live, published = self._live, self._kept.published
        state = self._keys.look(published, self._now())
        live.published = [*published, *state.to_publish]
        live.signing, live.unsigned = state.signing, state.problem
        for fault in _FAULTS:
            self._metrics.feed_key_fault.labels(fault).set(state.fault == fault)
        self._to_publish = state.to_publish

    async def _keep(self) -> None:
        """Write what is not kept yet; then how far; then delete what that made needless."""
        trees, kept = self._trees, self._kept
        written = [
            record
            for feed, tree in trees.trees.items()
            for record in hash_records(feed, tree, kept.sizes.get(feed, 0))
        ]
        places = [
            trees.place(shard, offset, raw)
            for shard, (offset, raw) in self._last.items()
            if (known := kept.newest_place(shard)) is None or known.offset < offset
        ]
        sizes = {feed: tree.size for feed, tree in trees.trees.items()}
        await self._write([*written, *map(key_record, self._to_publish)])
        await self._write(map(place_record, places))
        await self._write(
            [
                *outdated(kept, sizes),
                *(place_record(place)._replace(value=None) for place in self._false),
            ]
        )
        self._false.clear()

    async def _write(self, records: Iterable[KeptRecord]) -> None:
        waiting = []
        for key, value in records:
            producer = await self._producer.connected()
            sent = await producer.send(self._topic.topic, value, key, partition=0)
            waiting.append(sent)
        for sent in waiting:
            await sent
