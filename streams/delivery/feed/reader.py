"""Reads the topic ``alerts`` into the feeds: the newest records, then every new one.

It has no consumer group and commits nothing: where it begins follows from where the topic ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.alerts.cloudevent import Envelope, decode_event
from streams.config.names import CARRIED_FROM
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.meters import ServeMetrics

_log = logging.getLogger(__name__)


class FeedReader:
    """Fills the feeds of `live` from a consumer that has been started.

    Parameters
    ----------
    consumer
        A consumer without group or topic, and with ``auto_offset_reset="none"``.
    live
        The feeds that it fills.
    metrics
        Where records are counted.
    keep
        How many of the newest records of each partition are read at the start, at most.
    on_alert
        Takes each alert beside the feeds: as read, as published, when that was (epoch s), and the
        partition and offset at which it stands.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        live: LiveFeeds,
        metrics: ServeMetrics,
        *,
        keep: int,
        on_alert: Callable[[Envelope, bytes, float, int, int], None] = lambda *_: None,
    ) -> None:
        self._consumer = consumer
        self._live = live
        self._metrics = metrics
        self._keep, self._on_alert = keep, on_alert

    async def run(self, partitions: list[TopicPartition]) -> None:
        """Read `partitions` until cancelled."""
        self._consumer.assign(partitions)
        first = await self._consumer.beginning_offsets(partitions)
        head = await self._consumer.end_offsets(partitions)
        for place in partitions:
            start = max(first[place], head[place] - self._keep)
            self._consumer.seek(place, start)
            if start > 0:
                self._live.feeds.cut(place.partition)
        ahead = set(partitions)
        while True:
            for place in list(ahead):
                if await self._consumer.position(place) >= head[place]:
                    ahead.discard(place)
            if not ahead and not self._live.ready:
                self._live.ready = True
                _log.info("feeds are ready: %d alerts kept", len(self._live.feeds))
            batches = await self._consumer.getmany(timeout_ms=1000, max_records=5000)
            for records in batches.values():
                for record in records:
                    self._take(record)
            if batches:
                self._metrics.feed_items.set(len(self._live.feeds))
                self._live.publish()

    async def lag(self, head: dict[TopicPartition, int]) -> int:
        """How many records before `head` are not read yet."""
        behind = [max(0, end - await self._consumer.position(place)) for place, end in head.items()]
        return sum(behind)

    def _take(self, record: ConsumerRecord[bytes, bytes]) -> None:
        if any(key == CARRIED_FROM for key, _ in record.headers):
            # Its number is of an earlier state: in this feed numbers have begun again.
            self._metrics.alerts_read.labels("carried_over").inc()
            return
        fate = "unreadable"
        try:
            raw = record.value or b""
            envelope = decode_event(raw)
            fate = self._live.feeds.add(record.partition, envelope, raw)
            written_s = record.timestamp / 1000
            self._on_alert(envelope, raw, written_s, record.partition, record.offset)
        except ValueError as error:
            # No process of ours writes such a record, and it must not stop the feed.
            _log.warning("%s is no alert and is passed over: %s", _place(record), error)
        if fate == "conflict":
            _log.error(
                "%s has a number that the feed has passed or given to another alert; the feed stays"
                " as its readers have seen it. Was the monitor's state deleted?",
                _place(record),
            )
        self._metrics.alerts_read.labels(fate).inc()


def _place(record: ConsumerRecord[bytes, bytes]) -> str:
    return f"{record.topic}[{record.partition}] offset {record.offset}"
