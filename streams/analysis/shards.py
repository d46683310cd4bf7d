"""All shards of a run without a broker, and the summary of what they found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from streams.alerts.era import Era
from streams.alerts.identity import EPOCH
from streams.alerts.rendering import Published
from streams.analysis.warm import warm
from streams.archive.read.buckets import RecordedBucket
from streams.config.model import Config
from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.items import Counts, Level
from streams.registry.control import RegistryRow
from streams.strays import SourceStrays

OnAlert = Callable[[Published], None]
"""Gets every revision in the order of publication."""

OnBucket = Callable[[BucketResult], None]
"""Gets what became of every closed bucket, before its revisions."""


def ignore(result: BucketResult) -> None:
    """Do nothing with what became of a bucket."""


@dataclass(slots=True)
class ReplaySummary:
    """How much a replay read and found (contract: ``replay --json``).

    ``items = events + skipped + rejects``, always; a record may hold several items.
    """

    records: int = 0
    items: int = 0
    events: int = 0
    skipped: int = 0
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
    unchecked: int = 0
    """Events that counted and may be repeats: their buckets remember no more ids."""
    late: int = 0
    duplicates: int = 0
    sources: dict[str, SourceStrays] = field(default_factory=dict)


class Shards:
    """Judges counts or buckets, shard by shard, and sums up the results.

    Parameters
    ----------
    config
        The configuration.
    inspect
        What the closes have to report beside the alerts.
    """

    def __init__(
        self,
        config: Config,
        inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
    ) -> None:
        shards = range(config.detect.shards)
        self._shards = [Shard(number, config, inspect) for number in shards]
        self._offsets = [0] * len(shards)
        self._states: dict[str, str] = {}
        self._detect_s = 0.0
        self._begun: list[Published] = []

    @property
    def all(self) -> list[Shard]:
        """The shards, by number."""
        return list(self._shards)

    def declare(self, rows: Sequence[RegistryRow]) -> None:
        """Let rows of the registry hold from the next bucket on, as one control record would.

        They come after all that is known already, from recorded buckets.
        """
        for shard in self._shards:
            known = shard.registry.seq
            shard.registry.take(replace(row, seq=known + row.seq) for row in rows)

    def enter(self, epoch: int) -> None:
        """Publish alerts as those of an epoch."""
        for shard in self._shards:
            shard.enter(Era(epoch))

    def warm(
        self,
        recorded: Iterable[RecordedBucket],
        epoch: int = EPOCH,
        on_progress: Callable[[], None] = lambda: None,
    ) -> Era:
        """Begin from recorded buckets: see `streams.analysis.warm.warm`."""
        era = warm(self._shards, recorded, epoch=epoch, on_progress=on_progress)
        self._begun = [alert for shard in self._shards for alert in shard.begin_again()]
        return era

    def begin(self, on_alert: OnAlert) -> None:
        """Publish what was in progress when the state was warmed."""
        for alert in self._begun:
            self._states[alert.alert.alert_id] = alert.alert.state
            on_alert(alert)

    def __len__(self) -> int:
        """How many shards there are."""
        return len(self._shards)

    def take(
        self, number: int, counts: Counts, on_alert: OnAlert, on_bucket: OnBucket = ignore
    ) -> None:
        """Hand a shard the next record of its counts."""
        results = self._shards[number].close(self._offsets[number], counts)
        self._offsets[number] += 1
        self._pass_on(results, on_alert, on_bucket)

    def judge(
        self,
        number: int,
        group: str,
        bucket: ClosedBucket,
        on_alert: OnAlert,
        on_bucket: OnBucket = ignore,
    ) -> None:
        """Hand a shard a bucket that is closed already; one that warmed it is passed over."""
        shard = self._shards[number]
        closed = shard.groups[group].merge.closed
        if closed is not None and bucket.start < closed:
            return
        judged = map(shard.judge, [group], [bucket])
        self._pass_on(judged, on_alert, on_bucket)

    def _pass_on(
        self, results: Iterable[BucketResult], on_alert: OnAlert, on_bucket: OnBucket
    ) -> None:
        began = time.perf_counter()
        for result in results:
            self._detect_s += time.perf_counter() - began
            on_bucket(result)
            for alert in result.alerts:
                self._states[alert.alert.alert_id] = alert.alert.state
                on_alert(alert)
            began = time.perf_counter()
        self._detect_s += time.perf_counter() - began

    def names(self, level: Level) -> set[str]:
        """Give the ids of a level that have counted."""
        return {
            name
            for shard in self._shards
            for group in shard.groups.values()
            for (_, counted), entities in group.panel.entities.items()
            if counted == level
            for name in entities.names
        }

    def sum_up(self, summary: ReplaySummary) -> None:
        """Write what has been judged and found so far into a summary."""
        groups = [group for shard in self._shards for group in shard.groups.values()]
        summary.entities = sum(group.panel.known for group in groups)
        summary.buckets = sum(group.buckets_closed for group in groups)
        summary.entity_buckets = sum(group.entity_buckets for group in groups)
        prevented: Counter[str] = Counter()
        for group in groups:
            prevented.update(group.prevented)
        summary.calendar_prevented = dict(prevented)
        states = list(self._states.values())
        summary.alerts = len(states)
        summary.open = states.count("open")
        summary.resolved = states.count("resolved")
        summary.retracted = states.count("retracted")
        summary.detect_s = round(self._detect_s, 3)
