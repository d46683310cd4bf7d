"""What a worker says of single entities: series of closed buckets, and answers to questions."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence

from streams.broker.client.connection import Connection
from streams.broker.topics.plan import detect_group
from streams.config.model import Config
from streams.counts.wire import shard_of
from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.meters import DetectMeters
from streams.detection.series.asked import AskedFor, Who
from streams.detection.series.records import series_records
from streams.detection.shard import Shard
from streams.detection.worker.asked_topic import AskedTopic
from streams.detection.worker.series_topic import SeriesTopic
from streams.series.asked import decode_asked
from streams.series.codec import encode_outlook
from streams.series.record import Outlook

log = logging.getLogger(__name__)

ANSWER_EVERY_S = 0.1
ANSWERING_S = 0.02
"""How long it answers at a time: a flood of questions takes no more than its part of a core."""


class LiveSeries:
    """Writes the topic ``series``, and reads ``asked``. Alerts and checkpoints depend on neither.

    Parameters
    ----------
    config, connection, meters
        Of the worker.
    """

    def __init__(self, config: Config, connection: Connection, meters: DetectMeters) -> None:
        self._meters, self._shards = meters, config.detect.shards
        self._topic = SeriesTopic(
            connection,
            config.topic("series"),
            meters.series_written,
            self._lost,
        )
        self._questions = AskedTopic(connection, config.topic("asked"), detect_group(config))
        self._asked = AskedFor()
        self._inspect, self._version = Inspect(series=True), self._asked.version

    def _lost(self) -> None:
        self._meters.series_lost.inc()
        self._meters.series_lost_at.set_to_current_time()

    def start(self) -> None:
        """Begin to read questions."""
        self._questions.start()

    async def stop(self) -> None:
        """End, when the broker has what was written, or does not take it."""
        self._questions.stop()
        await self.settle()

    async def settle(self) -> None:
        """Wait a little for what is under way: see `SeriesTopic.settle`."""
        await self._topic.settle()

    def look(self, shard: Shard) -> None:
        """Have a shard report everybody, and those who are asked for, from its next close on."""
        if self._version != self._asked.version:
            self._inspect = Inspect(self._asked.by_level(), series=True)
            self._version = self._asked.version
        shard.inspect(self._inspect)

    def report(self, shard: Shard, closed: Iterable[BucketResult]) -> None:
        """Write the series of closed buckets."""
        for result in closed:
            self._topic.write(shard.number, series_records(result, shard.era.epoch))

    def answer(self, shards: Sequence[Shard], now_s: float) -> None:
        """Take the questions that have come, and answer as many as there is time for."""
        self._hear(now_s)
        until_s = time.monotonic() + ANSWERING_S
        while shards and time.monotonic() < until_s:
            who = self._asked.next_waiting()
            if who is None:
                break
            for outlook in outlooks(shards, who, now_s, self._shards):
                self._topic.write(outlook.shard, [encode_outlook(outlook)])
        self._topic.poll()

    def _hear(self, now_s: float) -> None:
        for question in self._questions.take():
            try:
                asked = decode_asked(question.value)
            except ValueError as error:
                self._meters.asked_refused.inc()
                log.debug("a question about an entity cannot be read: %s", error)
            else:
                self._asked.take(asked, question.written_s, now_s)
        self._asked.forget(now_s)
        self._meters.asked.set(len(self._asked))


def outlooks(shards: Iterable[Shard], who: Who, now_s: float, number: int) -> Iterator[Outlook]:
    """Answer about an entity, for each group of its own shard.

    To other shards it is somebody new, and what they expect of somebody new is no answer.

    Parameters
    ----------
    shards
        Those that are here.
    who, now_s
        The entity, and the time.
    number
        How many shards there are.
    """
    level, name = who
    own = shard_of(level, name, number)
    for shard in shards:
        for group_name, group in shard.groups.items() if shard.number == own else ():
            yield Outlook(
                group=group_name,
                shard=shard.number,
                epoch=shard.era.epoch,
                level=level,
                id=name,
                at=now_s,
                closed=group.outlooks.closed,
                state=group.outlooks.known_as(level, name),
                signals=group.outlooks.signals_of(level, name),
            )
