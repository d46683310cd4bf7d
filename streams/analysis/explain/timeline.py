"""Why an entity was alerted, or was not: its closed buckets and its alerts.

An `Inquiry` collects, from a replay, what closed buckets were for one entity and what was
published. From there on all is a function of a `Story`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.history import by_alert, life_of
from streams.alerts.rendering import Published
from streams.alerts.sentences import instant
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.detection.bucket_result import BucketResult, WatchedEntity
from streams.detection.context.bucket import Inspect
from streams.detection.signals import JUDGE_BUCKETS, Signal, noun
from streams.items import Level

BEFORE, AFTER = 56, 28
"""Buckets shown before and after the one that is explained: of days, twelve weeks."""

LONGEST = 400
"""Buckets shown at most, where an alert is longer than that."""


class NotThere(ValueError):
    """What was asked for is not in the data; the message says what is."""


@dataclass(frozen=True, slots=True)
class Spell:
    """An alert's life as it was published; times in epoch s.

    `first` is the start of the bucket that opened it, `last` the end of the last one that it is
    about, `ended` that of the one that resolved it, None where that has not happened.
    """

    onset: float
    first: float
    last: float
    ended: float | None
    revisions: tuple[Envelope, ...]

    @property
    def detector(self) -> str:
        """Which found it."""
        return self.revisions[0].alert.detector

    @property
    def summary(self) -> str:
        """What was said when it opened."""
        return self.revisions[0].alert.summary


@dataclass(frozen=True, slots=True)
class Story:
    """All that one signal of one group tells of an entity."""

    level: Level
    entity: str
    signal: Signal
    group: str
    buckets: Buckets
    seen: tuple[WatchedEntity, ...]
    spells: tuple[Spell, ...]
    besides: tuple[Spell, ...]
    """Alerts of the same signal that other detectors found, which judge it by other means."""
    faults: tuple[Spell, ...]
    """Source faults of the group: what was wrong with the data."""
    exit_after: int
    min_count: int

    @property
    def alerts(self) -> list[Spell]:
        """All of them, whatever found them, in the order in which they opened."""
        return sorted((*self.spells, *self.besides), key=lambda spell: spell.first)

    @property
    def noun(self) -> str:
        """What is counted."""
        return noun(self.signal, 2)

    def counted(self, count: float) -> str:
        """So many of them."""
        return f"{count:,.0f} {noun(self.signal, count)}"

    @property
    def who(self) -> str:
        """The entity, as a sentence begins with it."""
        return (
            "All senders together"
            if self.level == "all"
            else f"{self.level.capitalize()} {self.entity}"
        )

    def label(self, time_s: float) -> str:
        """An instant, as precise as the buckets are."""
        return instant(self.buckets.label(time_s), self.buckets.bucket_s)

    def spell_at(self, bucket: WatchedEntity) -> Spell | None:
        """The alert that was open in a bucket, or that the bucket opened or resolved."""
        for spell in self.spells:
            if spell.first <= bucket.start and (spell.ended is None or bucket.end <= spell.ended):
                return spell
        return None

    def besides_at(self, bucket: WatchedEntity) -> list[Spell]:
        """Alerts of other detectors that were open in a bucket."""
        return [
            spell
            for spell in self.besides
            if spell.first < bucket.end and (spell.ended is None or bucket.end <= spell.ended)
        ]

    def faults_at(self, time_s: float) -> list[str]:
        """What was wrong with the data at an instant: a sentence each."""
        return [
            fault.summary
            for fault in self.faults
            if fault.onset <= time_s and self.buckets.start(time_s) < fault.last
        ]


class Inquiry:
    """Collects what is known of one entity.

    Parameters
    ----------
    config
        The configuration that the buckets are closed by.
    level, entity
        Whom it is about.
    """

    def __init__(self, config: Config, level: Level, entity: str) -> None:
        self._config, self._level, self._entity = config, level, entity
        self.inspect = Inspect(entity=(level, entity))
        """What the closes have to report."""
        self._seen: dict[tuple[str, Signal], list[WatchedEntity]] = {}
        self._alerts: list[Envelope] = []

    def on_bucket(self, result: BucketResult) -> None:
        """Take what a closed bucket was for the entity."""
        for signal, bucket in result.watched.items():
            self._seen.setdefault((result.group, signal), []).append(bucket)

    def take(self, published: Published) -> None:
        """Take what was published, if it is about the entity or about the data."""
        entity = published.alert.entity
        if entity.level == "source" or (entity.level, entity.id) == (self._level, self._entity):
            self._alerts.append(decode_event(published.value))

    def stories(self) -> list[Story]:
        """One for each group and signal that tells anything: the most alerts first."""
        out = [self._story(group, signal, seen) for (group, signal), seen in self._seen.items()]
        return sorted(out, key=lambda s: (-len(s.alerts), -_closeness(s), s.group, s.signal))

    def _story(self, group: str, signal: Signal, seen: list[WatchedEntity]) -> Story:
        source = self._config.groups[group][0]
        of_group = [e for e in self._alerts if e.alert.group == group]
        spells = _spells(e for e in of_group if e.alert.signal == signal)
        return Story(
            level=self._level,
            entity=self._entity,
            signal=signal,
            group=group,
            buckets=Buckets(source.bucket_s, source.timezone),
            seen=tuple(seen),
            spells=tuple(s for s in spells if s.detector in JUDGE_BUCKETS),
            besides=tuple(s for s in spells if s.detector not in JUDGE_BUCKETS),
            faults=tuple(_spells(e for e in of_group if e.alert.signal == "source")),
            exit_after=self._config.detect.exit_after,
            min_count=self._config.detect.min_count,
        )


def _spells(revisions: Iterable[Envelope]) -> list[Spell]:
    out = []
    for group in by_alert(revisions):
        life = life_of(group)
        out.append(Spell(life.onset_s, life.first_s, life.last_s, life.ended_s, tuple(group)))
    return out


def _closeness(story: Story) -> float:
    return max(bucket.evidence_nats - bucket.threshold_nats for bucket in story.seen)


def focus(story: Story, at: float | None) -> int:
    """Place in `seen` of the bucket to explain.

    Parameters
    ----------
    story
        The story.
    at
        Epoch s, in the bucket; None takes the one that opened the last alert or, where there
        is none, the one whose evidence came closest to an alert.

    Raises
    ------
    NotThere
        Where no bucket that was judged holds `at`.
    """
    seen = story.seen
    if at is None:
        if story.alerts:
            first = story.alerts[-1].first
            return next(n for n, bucket in enumerate(seen) if bucket.start >= first)
        ranked = [b.evidence_nats - b.threshold_nats if b.judged else -1e9 for b in seen]
        return max(range(len(seen)), key=ranked.__getitem__)
    for n, bucket in enumerate(seen):
        if bucket.start <= at < bucket.end:
            return n
    if seen[0].start <= at < seen[-1].end:
        faults = "; ".join(["", *story.faults_at(at)])
        raise NotThere(f"{story.label(at)} was not judged{faults}")
    raise NotThere(
        f"--at must lie between its first {story.noun}, {story.label(seen[0].start)}, and the end"
        f" of the data, {story.label(seen[-1].end)}; got {story.label(at)}"
    )


def window(story: Story, at: int) -> tuple[WatchedEntity, ...]:
    """Buckets to show around one: some before, some after, and the whole of its alert."""
    seen = story.seen
    first, last = max(at - BEFORE, 0), min(at + AFTER, len(seen) - 1)
    spell = story.spell_at(seen[at])
    if spell is not None:
        of_alert = [
            n
            for n, bucket in enumerate(seen)
            if bucket.end > spell.onset and (spell.ended is None or bucket.start < spell.ended)
        ]
        first = max(min(first, of_alert[0]), at - LONGEST // 2)
        last = min(max(last, of_alert[-1]), at + LONGEST // 2)
    return seen[max(first, 0) : last + 1]
