"""All shards of a run without a broker, and what they found altogether."""

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
"""Gets every revision in order of publication."""


@dataclass(slots=True)
class ReplaySummary:
    """What a replay met and found (contract: ``replay --json``)."""

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
    """Alerts that the calendar prevented, by entry."""


class Shards:
    """Judges what it is given, shard by shard, and adds up what comes of it.

    Parameters
    ----------
    config
        The configuration.
    watcher
        Whom each stream is to tell of, if anybody.
    on_close
        Is told of every closed bucket.
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
        """How many there are."""
        return len(self._shards)

    def take(self, number: int, counts: Counts, on_alert: OnAlert) -> None:
        """Give a shard the next record of its counts."""
        began = time.perf_counter()
        published = self._shards[number].take(self._offsets[number], counts)
        self._offsets[number] += 1
        self._tell(published, began, on_alert)

    def judge(self, number: int, group: str, bucket: ClosedBucket, on_alert: OnAlert) -> None:
        """Give a shard a bucket that has been closed elsewhere."""
        began = time.perf_counter()
        self._tell(self._shards[number].judge(group, bucket), began, on_alert)

    def _tell(self, published: list[Published], began: float, on_alert: OnAlert) -> None:
        self._detect_s += time.perf_counter() - began
        for alert in published:
            self._states[alert.alert.alert_id] = alert.alert.state
            on_alert(alert)

    def streams(self) -> Iterator[tuple[int, str, Stream]]:
        """All that judge counts, with their shard and group."""
        for shard in self._shards:
            for name, group in shard.groups.items():
                for stream in group.streams.values():
                    yield shard.number, name, stream

    def names(self, level: Level) -> set[str]:
        """Ids of a level that have counted."""
        streams = [
            stream
            for shard in self._shards
            for group in shard.groups.values()
            for (_, of), stream in group.streams.items()
            if of == level
        ]
        return {name for stream in streams for name in stream.entities}

    def sum_up(self, summary: ReplaySummary) -> None:
        """Write into a summary what has been judged and found so far."""
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
