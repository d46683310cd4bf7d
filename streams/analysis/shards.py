"""All shards of a run without a broker, and the summary of what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.detection.bucket_result import OnClose, untold
from streams.detection.close import prevented
from streams.detection.judges.volume import Stream
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.detection.watched_entity import Watcher, unwatched
from streams.items import Counts, Level

OnAlert = Callable[[Published], None]
"""Gets every revision in the order of publication."""


@dataclass(slots=True)
class ReplaySummary:
    """How much a replay read and found (contract: ``replay --json``)."""

    records: int = 0
    events: int = 0
    rejects: int = 0
    entities: int = 0
    buckets: int = 0
    entity_buckets: int = 0
    alerts: int = 0
    open: int = 0
    resolved: int = 0
    retracted: int = 0
    wall_s: float = 0.0
    detect_s: float = 0.0
    calendar_prevented: dict[str, int] = field(default_factory=dict)
    """Number of alerts that each entry of the calendar prevented."""


class Shards:
    """Judges counts or buckets, shard by shard, and sums up the results.

    Parameters
    ----------
    config
        The configuration.
    watcher
        Says which entity of each stream to follow, if any.
    on_close
        Gets every closed bucket.
    """

    def __init__(
        self, config: Config, watcher: Watcher = unwatched, on_close: OnClose = untold
    ) -> None:
        shards = range(config.detect.shards)
        self._shards = [Shard(number, config, watcher, on_close) for number in shards]
        self._offsets = [0] * len(shards)
        self._states: dict[str, str] = {}
        self._detect_s = 0.0

    def __len__(self) -> int:
        """How many shards there are."""
        return len(self._shards)

    def take(self, number: int, counts: Counts, on_alert: OnAlert) -> None:
        """Hand a shard the next record of its counts."""
        began = time.perf_counter()
        published = self._shards[number].take(self._offsets[number], counts)
        self._offsets[number] += 1
        self._publish(published, began, on_alert)

    def judge(self, number: int, group: str, bucket: ClosedBucket, on_alert: OnAlert) -> None:
        """Hand a shard a bucket that is closed already."""
        began = time.perf_counter()
        self._publish(self._shards[number].judge(group, bucket), began, on_alert)

    def _publish(self, published: list[Published], began: float, on_alert: OnAlert) -> None:
        self._detect_s += time.perf_counter() - began
        for alert in published:
            self._states[alert.alert.alert_id] = alert.alert.state
            on_alert(alert)

    def streams(self) -> Iterator[tuple[int, str, Stream]]:
        """List the streams of all shards, with their shard and group."""
        for shard in self._shards:
            for name, group in shard.groups.items():
                for stream in group.streams.values():
                    yield shard.number, name, stream

    def names(self, level: Level) -> set[str]:
        """Give the ids of a level that have counted."""
        streams = [
            stream
            for shard in self._shards
            for group in shard.groups.values()
            for (_, stream_level), stream in group.streams.items()
            if stream_level == level
        ]
        return {name for stream in streams for name in stream.entities}

    def sum_up(self, summary: ReplaySummary) -> None:
        """Write what has been judged and found so far into a summary."""
        groups = [group for shard in self._shards for group in shard.groups.values()]
        summary.entities = sum(group.entities for group in groups)
        summary.buckets = sum(group.buckets_closed for group in groups)
        summary.entity_buckets = sum(group.entity_buckets for group in groups)
        summary.calendar_prevented = prevented(groups)
        states = list(self._states.values())
        summary.alerts = len(states)
        summary.open = states.count("open")
        summary.resolved = states.count("resolved")
        summary.retracted = states.count("retracted")
        summary.detect_s = round(self._detect_s, 3)
