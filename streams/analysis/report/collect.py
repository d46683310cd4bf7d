"""Collects what a report shows, from one replay of an archive. Pure.

It needs memory for the replay and the alerts only: counts of the entities that are shown are read
later (`streams.archive.read.series`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from streams.alerts.cloudevent import Alert, Envelope, decode_event
from streams.alerts.history import Life, by_alert, lives
from streams.alerts.rendering import Published
from streams.analysis.diff.matching import beyond_chance
from streams.analysis.report.calibration import Calibration
from streams.analysis.shards import ReplaySummary
from streams.config.model import Config
from streams.counts.bucket import DAY_S, Buckets
from streams.detection.bucket_result import BucketResult
from streams.detection.signals import events_signal

MOST_AFFECTED = 10
"""Entities shown of a level."""


@dataclass(slots=True)
class SourceFacts:
    """Numbers of a source's buckets, from the first shard; `counted` adds up all shards."""

    buckets: int = 0
    empty: int = 0
    gaps: int = 0
    not_learned: int = 0
    repeated: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """Alerts that opened for the counts of one day, by severity; alerts on sources are left out."""

    label: str
    critical: int
    warning: int


@dataclass(frozen=True, slots=True)
class Affected:
    """An entity and its alerts of one signal."""

    group: str
    level: str
    entity: str
    signal: str
    alerts: tuple[Life, ...]

    @property
    def nats(self) -> float:
        """Evidence of all its alerts together, beyond chance."""
        return sum(beyond_chance(life) for life in self.alerts)

    @property
    def observed(self) -> float:
        """Count over the lives of its alerts."""
        return sum(life.observed for life in self.alerts)

    @property
    def expected(self) -> float:
        """Expected count over the lives of its alerts."""
        return sum(life.expected for life in self.alerts)


@dataclass
class Collected:
    """What a report shows, collected from the buckets and alerts of a replay.

    Parameters
    ----------
    config
        The configuration.
    """

    config: Config
    sources: dict[str, SourceFacts] = field(default_factory=lambda: defaultdict(SourceFacts))
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    days: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Days recorded of each group, without missing buckets."""
    calibration: Calibration = field(default_factory=Calibration)
    summary: ReplaySummary = field(default_factory=ReplaySummary)
    _events: list[Envelope] = field(default_factory=list)

    def on_alert(self, published: Published) -> None:
        """Take a published alert."""
        event = decode_event(published.value)
        self._events.append(event)

    def on_bucket(self, result: BucketResult) -> None:
        """Take a closed bucket."""
        self.calibration.take(result)
        shard, group, bucket = result.shard, result.group, result.bucket
        first, last = self.spans.get(group, (bucket.start, bucket.end))
        self.spans[group] = min(first, bucket.start), max(last, bucket.end)
        if shard == 0:
            self.days[group] += (bucket.end - bucket.start) / DAY_S
        widest: Counter[str] = Counter()
        for (source, _), counts in bucket.sums.items():
            widest[source] = max(widest[source], sum(counts.values()))
        for name, verdict in result.verdicts.items():
            facts = self.sources[name]
            facts.counted += widest[name]
            if shard == 0:
                facts.buckets += 1
                facts.empty += not widest[name]
                facts.gaps += verdict.gap
                facts.not_learned += not verdict.learn
                facts.repeated += verdict.times > 1

    @property
    def since_s(self) -> int:
        """Where the recording begins."""
        return min(start for start, _ in self.spans.values())

    @property
    def until_s(self) -> int:
        """Where it ends."""
        return max(end for _, end in self.spans.values())

    def openings(self) -> dict[tuple[str, str], Alert]:
        """Return the first revision of each alert, by its group and id."""
        return {
            (revisions[-1].alert.group, revisions[-1].alert.alert_id): revisions[0].alert
            for revisions in by_alert(self._events)
        }

    def lives(self) -> list[Life]:
        """All alerts."""
        return lives(self._events)


def by_day(alerts: Sequence[Life], collected: Collected) -> list[Day]:
    """Count alerts by recorded day in the configuration's time zone, without alerts on sources.

    Days on which no group was recorded are left out.
    """
    days = Buckets(DAY_S, collected.config.timezone)
    severities: dict[str, Counter[str]] = defaultdict(Counter)
    for life in alerts:
        if life.level != "source":
            # The bucket that opened it may end with the day.
            severities[days.label(days.start(life.opened_s - 0.001))[:10]][life.severity] += 1
    out, start = [], days.start(collected.since_s)
    while start < collected.until_s:
        label, end = days.label(start)[:10], days.end(start)
        if any(first < end and start < last for first, last in collected.spans.values()):
            out.append(Day(label, severities[label]["critical"], severities[label]["warning"]))
        start = end
    return out


def affected(alerts: Sequence[Life]) -> Mapping[str, list[Affected]]:
    """Entities with the alerts farthest beyond chance, by level."""
    by_entity: dict[tuple[str, str, str, str], list[Life]] = defaultdict(list)
    for life in alerts:
        if life.level != "source":
            signal = events_signal(life.signal) or life.signal
            by_entity[life.group, life.level, life.entity, signal].append(life)
    out: dict[str, list[Affected]] = defaultdict(list)
    for (group, level, entity, signal), own in by_entity.items():
        out[level].append(Affected(group, level, entity, signal, tuple(own)))
    for level, each in out.items():
        each.sort(key=lambda one: (-one.nats, one.entity, one.signal, one.group))
        out[level] = each[:MOST_AFFECTED]
    return out
