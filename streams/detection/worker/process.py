"""The detect process: a Faust app with one agent, which feeds each partition to its shard.

`ShardProtocol` says what is published, stored and acknowledged, and in which order; the process
waits until a step has arrived before it takes the next. Faust stores no event and decides nothing:
it assigns partitions to workers, keeps the changelog and commits what has been acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import faust

from streams.alerts.cloudevent import CONTENT_TYPE
from streams.alerts.rendering import Published
from streams.broker.client.connection import Connection
from streams.broker.topics.plan import changelog_topic
from streams.config.model import Config
from streams.counts.wire import WrongShape
from streams.detection.checkpoint import StateLost
from streams.detection.meters import DetectMeters
from streams.detection.protocol import (
    Acknowledge,
    Delete,
    Publish,
    RecordsGone,
    Refuse,
    ReportSeries,
    ShardProtocol,
    Step,
    Store,
    Turn,
)
from streams.detection.worker.assigned import AssignedShard
from streams.detection.worker.changelog import Changelog, WriteDropped, arrivals
from streams.detection.worker.faust_app import make_app
from streams.detection.worker.series import ANSWER_EVERY_S, LiveSeries
from streams.detection.worker.shelf import FileShelf
from streams.health.stopping import end_if_late
from streams.items import Reject
from streams.registry.first_rows import first_rows
from streams.sources.rejects import encode_reject, reject_key

log = logging.getLogger(__name__)

TICK_S = 1.0

SEEK_EVERY_S = 1.0
"""How often it goes back at most: what comes meanwhile may have been on its way."""

STORE_WITHIN_S = 10.0
"""How long the last checkpoint may take: less than `end_if_late` waits."""


class DetectProcess:
    """The worker.

    Parameters
    ----------
    config, connection
        The configuration, and the broker.
    data_dir
        Where RocksDB keeps this worker's copy of the state, and totals wait for a lane.
    instance
        A name of this worker's own: static membership, so that a restart is quick.
    first_epoch
        Asked where no state is stored: the epoch of the feeds that begin.
    """

    def __init__(
        self,
        config: Config,
        connection: Connection,
        data_dir: Path,
        instance: str | None,
        first_epoch: Callable[[], int],
    ) -> None:
        self._config, self._first_epoch, self._shelves = config, first_epoch, data_dir
        self._assigned: dict[int, AssignedShard] = {}
        self.meters = DetectMeters(config)
        self._connection = connection
        self._stopping = False
        self.app = make_app(config, connection, data_dir, instance)
        counts = self.app.topic(
            config.topic("counts"),
            key_serializer="raw",
            value_serializer="raw",
            value_type=bytes,
            key_type=bytes,
        )
        self._table = self.app.Table(
            "state", key_type=bytes, value_type=bytes, partitions=config.detect.shards
        )
        self.app.agent(counts, name="detect", concurrency=1)(self._detect)
        self.app.task(self._ticks)
        self.app.task(self._answers)
        self.app.before_stop = self._store_all
        self.app.on_partitions_revoked.connect(self._forget)
        self.app.on_rebalance_complete.connect(self._forget)

    @cached_property
    def _series(self) -> LiveSeries:
        """Made when it is needed: it has clients of its own."""
        return LiveSeries(self._config, self._connection, self.meters)

    def run(self, stop: threading.Event) -> int:
        """Work until SIGTERM or Ctrl-C, or end at once if `stop` is set; return the exit status."""
        self.app.told_to_stop = stop.is_set
        worker = faust.Worker(
            self.app,
            loglevel="WARNING",
            redirect_stdouts=False,
            override_logging=False,
            quiet=True,
        )
        # It would write to standard output, and set all logging to DEBUG.
        worker.spinner = None
        end_if_late(lambda: worker._signal_stop_time is not None)
        with contextlib.suppress(SystemExit):
            worker.execute_from_commandline()
        # Faust ends with 0 after a crash too: only a signal is a reason for status 0.
        return 0 if worker._signal_stop_time is not None else 1

    async def _detect(self, stream: Any) -> None:
        async for event in stream.noack().events():
            try:
                await self._take(event.message)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._die(error)

    async def _take(self, message: Any) -> None:
        number = message.partition
        assigned = self._assigned.get(number)
        if assigned is None:
            assigned = self._assigned[number] = self._restore(number)
        async with assigned.lock:
            if self._stopping:
                return  # it is read again after a start
            if await self._comes_too_early(assigned, message.offset):
                return  # it comes again
            self.meters.records.labels(number).inc()
            closed = assigned.shard.buckets_closed
            self._series.look(assigned.shard)
            steps = assigned.judging.take(message.offset, message.value, message.timestamp)
            await self._carry_out(assigned, steps)
            message.value = None  # only its place is needed until it is acknowledged
            assigned.unacknowledged.append(message)
            assigned.pace.took(time.monotonic(), closed=assigned.shard.buckets_closed > closed)
            await self._maybe_checkpoint(assigned)

    async def _comes_too_early(self, assigned: AssignedShard, offset: int) -> bool:
        """Whether records before this one are still there and have not come: then go back to them.

        Where partitions move, Faust may drop what it holds, or hand it on when it goes back.
        """
        number, needed = assigned.shard.number, assigned.judging.needed
        if needed is None:
            if assigned.first is None:
                assigned.first = await self._first(number)
            needed = assigned.first
        if offset <= needed:
            return False
        if time.monotonic() < assigned.sought_s + SEEK_EVERY_S:
            return True
        if await self._first(number) > needed:
            return False  # they are gone
        assigned.sought_s = time.monotonic()
        log.info("shard %d: offset %d came before %d; goes back", number, offset, needed)
        consumer: Any = self.app.consumer
        await consumer.go_back(self._counts(number), needed)
        return True

    async def _first(self, number: int) -> int:
        """Ask for the offset of the first record of a partition that is there."""
        at = self._counts(number)
        found: Mapping[Any, int] = await self.app.consumer.earliest_offsets(at)
        return found[at]

    async def _carry_out(self, assigned: AssignedShard, steps: Iterable[Step]) -> None:
        """Do each step, and wait until it has arrived, before asking for the next."""
        number = assigned.shard.number
        for step in steps:
            match step:
                case Publish():
                    await self._publish(number, step.alerts)
                case ReportSeries():
                    self._series.report(assigned.shard, step.closed)
                case Turn():
                    await asyncio.sleep(0)
                    if self._assigned.get(number) is not assigned:
                        return  # the partition has moved
                case Refuse():
                    await self._refuse(number, step.reject)
                case Store():
                    began_s = time.thread_time()
                    sent = assigned.changelog.put(step.slots)
                    assigned.busy_s += time.thread_time() - began_s
                    assigned.changelog.hold(await arrivals(sent))
                case Delete():
                    await assigned.changelog.delete(step.keys)
                case Acknowledge():
                    waiting = assigned.unacknowledged
                    while waiting and waiting[0].offset < step.before:
                        self.app.consumer.ack(waiting.popleft())

    async def _refuse(self, number: int, reject: Reject) -> None:
        self.meters.rejects.labels(number).inc()
        log.error("counts partition %d offset %d: %s", number, reject.place.offset, reject.detail)
        payload = self._config.rejects.payload == "full"
        topic = self._config.topic("rejects")
        await self._send(topic, reject_key(reject), encode_reject(reject, payload=payload))

    async def _publish(self, number: int, published: list[Published]) -> None:
        headers = {"content-type": CONTENT_TYPE.encode()}
        self.meters.published(number, published)
        topic = self._config.topic("alerts")
        sent = [
            await self.app.producer.send(topic, one.key, one.value, number, None, headers)
            for one in published
        ]
        await arrivals(sent)

    async def _send(self, topic: str, key: bytes, value: bytes) -> None:
        await self.app.producer.send_and_wait(topic, key, value, None, None, None)

    async def _answers(self) -> None:
        self._series.start()
        while not self.app.should_stop:
            await asyncio.sleep(ANSWER_EVERY_S)
            shards = [assigned.shard for assigned in self._assigned.values()]
            self._series.answer(shards, time.time())

    async def _ticks(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(TICK_S)
            await self._tick()

    async def _tick(self) -> None:
        """Make checkpoints that are due although no record comes, and measure."""
        try:
            self._restore_ready()
        except Exception as error:
            self._die(error)
        for number, assigned in list(self._assigned.items()):
            try:
                async with assigned.lock:
                    if self._assigned.get(number) is assigned:
                        await self._maybe_checkpoint(assigned)
                        self._measure(number, assigned)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._die(error)

    async def _store_all(self) -> None:
        """Store what no checkpoint holds yet, so that a start publishes nothing again."""
        self._stopping = True
        for number, assigned in list(self._assigned.items()):
            try:
                async with asyncio.timeout(STORE_WITHIN_S), assigned.lock:
                    if assigned.pace.unstored:
                        await self._checkpoint(assigned)
                log.info("shard %d: stopped; all is stored through counts offset %d",
                         number, assigned.shard.reached - 1)  # fmt: skip
            except Exception as error:
                log.error("shard %d: stopped without a checkpoint (%r): a start publishes again"
                          " what came after the last one", number, error)  # fmt: skip
        await self._series.stop()

    async def _maybe_checkpoint(self, assigned: AssignedShard) -> None:
        if assigned.pace.due(time.monotonic()):
            await self._checkpoint(assigned)

    async def _checkpoint(self, assigned: AssignedShard) -> None:
        await self._series.settle()
        began, busy_before_s = time.monotonic(), assigned.busy_s
        await self._carry_out(assigned, assigned.judging.checkpoint())
        took_s = time.monotonic() - began
        assigned.pace.stored(took_s, assigned.busy_s - busy_before_s)
        number = assigned.shard.number
        self.meters.checkpoint_at.labels(number).set(time.time())
        self.meters.checkpoint_took.labels(number).set(took_s)

    def _restore_ready(self) -> None:
        """Restore the shards whose state is here: after a restart a quiet one is known too."""
        assigned = self.app.consumer.assignment() if self.app.tables.actives_ready else set()
        for number in range(self._config.detect.shards):
            if number not in self._assigned and self._counts(number) in assigned:
                self._assigned[number] = self._restore(number)

    def _restore(self, number: int) -> AssignedShard:
        # What Faust found committed when the partition was assigned; it has no public name for it.
        consumer: Any = self.app.consumer
        acknowledged = consumer._committed_offset.get(self._counts(number))
        topic = changelog_topic(self._config)
        changelog = Changelog(self._table, faust.types.TP(topic, number))
        slots, first, shelf = changelog.local, self._first_epoch, FileShelf(self._shelves)
        rows = partial(first_rows, self._connection, self._config, number)
        judging = ShardProtocol(number, self._config, slots, acknowledged, first, rows, shelf)
        if judging.restored:
            judging.require(self._head(number))
            position = judging.shard.position
            log.info("shard %d: restored, goes on at counts offset %d", number, position)
        return AssignedShard(judging, changelog, self._config.detect.checkpoint_every)

    def _counts(self, number: int) -> Any:
        """Return a partition of ``counts``, as Faust names it."""
        return faust.types.TP(self._config.topic("counts"), number)

    async def _forget(self, *_: Any, **__: Any) -> None:
        self._assigned.clear()
        self.meters.forget()

    def _measure(self, number: int, assigned: AssignedShard) -> None:
        since = assigned.pace.changed_at
        self.meters.measure(
            assigned.shard,
            head=self._head(number),
            unsaved_s=0.0 if since is None else time.monotonic() - since,
            now_s=time.time(),
        )

    def _head(self, number: int) -> int:
        head: int = self.app.consumer.highwater(self._counts(number))
        return head

    def _die(self, error: Exception) -> None:
        """End at once: anything that goes on could acknowledge what has not been done."""
        if isinstance(error, WrongShape | StateLost | RecordsGone | WriteDropped):
            log.error("%s", error)
        else:
            log.error("detect stops: %s", error, exc_info=error)
        for handler in logging.getLogger().handlers:
            handler.flush()
        sys.stderr.flush()
        os._exit(1)
