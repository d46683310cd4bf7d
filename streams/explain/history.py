"""The history of one entity: its closed buckets and its alerts. Pure.

All other functions of ``explain`` are functions of an `EntityHistory`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from streams.alerts.cloudevent import Envelope
from streams.alerts.history import by_alert, life_of
from streams.alerts.phrases import instant
from streams.alerts.reporters import reporters_in_words
from streams.alerts.sentences import entity_name, sentence_for
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.detection.signals import (
    FACTS_OF_SIGNAL,
    JUDGE_BUCKETS,
    NEW_IDS_EVENTS,
    Signal,
    counted,
    events_signal,
)
from streams.items import Level
from streams.language.catalogue import ENGLISH, Catalogue, mark_in
from streams.series.watched import WatchedEntity

CountBy = Literal["reporters"] | None
"""What of complaints the group judges in place of their number: see `Alert.count_by`."""

REPORTERS = mark_in("counted", "reporters")

BEFORE, AFTER = 56, 28
"""Buckets shown before and after the explained one: twelve weeks, if a bucket is a day."""

LONGEST = 400
"""Most buckets that are shown of a long alert."""


class NotThere(ValueError):
    """The data do not hold what was asked for; the message says what they hold."""


@dataclass(frozen=True, slots=True)
class AlertSpan:
    """An alert from its opening to its end, as it was published; times in epoch s.

    `first` is the start of the bucket that opened it, `last` the end of the last bucket it is
    about, and `ended` the end of the bucket that resolved it, or None if it is still open.
    """

    onset: float
    first: float
    last: float
    ended: float | None
    revisions: tuple[Envelope, ...]

    @property
    def detector(self) -> str:
        """The detector that found it."""
        return self.revisions[0].alert.detector

    def sentence(self, words: Catalogue) -> str:
        """Return the sentence it opened with."""
        return sentence_for(self.revisions[0].alert, words)


@dataclass(frozen=True, slots=True)
class EntityHistory:
    """The closed buckets and the alerts of an entity, for one signal of one group."""

    level: Level
    entity: str
    signal: Signal
    group: str
    buckets: Buckets
    closed: tuple[WatchedEntity, ...]
    own_alerts: tuple[AlertSpan, ...]
    other_alerts: tuple[AlertSpan, ...]
    """Alerts on the same signal by detectors that do not judge single buckets."""
    faults: tuple[AlertSpan, ...]
    """Source faults of the group: what was wrong with the data."""
    exit_after: int
    min_count: int
    only_active: bool = False
    """Whether `closed` leaves out buckets in which the entity counted nothing."""
    count_by: CountBy = None

    @property
    def alerts(self) -> list[AlertSpan]:
        """The alerts of all detectors, in the order in which they opened."""
        return sorted((*self.own_alerts, *self.other_alerts), key=lambda alert: alert.first)

    @property
    def _reporters_counted(self) -> bool:
        return self.count_by is not None and events_signal(self.signal) == "complaints"

    def noun(self, words: Catalogue) -> str:
        """Return what is counted."""
        if self._reporters_counted:
            return words.pgettext(*REPORTERS)
        return words.pgettext(*FACTS_OF_SIGNAL[self.signal].plural)

    def counted(self, bucket: WatchedEntity, words: Catalogue) -> str:
        """Return the count of a bucket with its noun."""
        if self._reporters_counted:
            return reporters_in_words(bucket.count, words)
        if bucket.detector != NEW_IDS_EVENTS:
            return counted(words, self.signal, bucket.count)
        text = words.gettext("{n} events of {whom}")
        return text.format(n=f"{bucket.count:,.0f}", whom=self.noun(words))

    def who(self, words: Catalogue) -> str:
        """Return the entity, as the beginning of a sentence."""
        return entity_name(words, self.level, self.entity)

    def label(self, time_s: float) -> str:
        """An instant, as precise as the buckets are."""
        return instant(self.buckets.label(time_s), self.buckets.bucket_s)

    def alert_at(self, bucket: WatchedEntity) -> AlertSpan | None:
        """The alert that was open in a bucket, or that the bucket opened or resolved."""
        for alert in self.own_alerts:
            if alert.first <= bucket.start and (alert.ended is None or bucket.end <= alert.ended):
                return alert
        return None

    def other_alerts_at(self, bucket: WatchedEntity) -> list[AlertSpan]:
        """Alerts of other detectors that were open in a bucket."""
        return [
            alert
            for alert in self.other_alerts
            if alert.first < bucket.end and (alert.ended is None or bucket.end <= alert.ended)
        ]

    def faults_at(self, time_s: float, words: Catalogue) -> list[str]:
        """Return one sentence for each fault of the data at an instant."""
        return [
            fault.sentence(words)
            for fault in self.faults
            if fault.onset <= time_s and self.buckets.start(time_s) < fault.last
        ]


class Judging(NamedTuple):
    """What a history says of how its buckets were cut and its alerts end."""

    buckets: Buckets
    exit_after: int
    min_count: int
    count_by: CountBy = None

    @classmethod
    def of_group(cls, config: Config, group: str) -> Judging:
        """Return that of a configuration's group."""
        sources, detect = config.groups[group], config.detect
        buckets = Buckets(sources[0].bucket_s, sources[0].timezone)
        by_reporters = any(source.table.count_by == "reporters" for source in sources)
        count_by: CountBy = "reporters" if by_reporters else None
        return cls(buckets, detect.exit_after, detect.min_count, count_by)


def history_of(
    judging: Judging,
    level: Level,
    entity: str,
    group: str,
    signal: Signal,
    closed: Iterable[WatchedEntity],
    alerts: Iterable[Envelope],
    *,
    only_active: bool = False,
) -> EntityHistory:
    """Make the history of an entity for one signal of a group.

    Parameters
    ----------
    judging
        How the group is judged.
    level, entity, group, signal
        Whose it is.
    closed
        Its buckets, in their order.
    alerts
        Revisions of its alerts and of alerts on sources, of any group and signal.
    only_active
        Whether buckets in which it counted nothing are left out.
    """
    of_group = [e for e in alerts if e.alert.group == group]
    own = [e for e in of_group if (e.alert.entity.level, e.alert.entity.id) == (level, entity)]
    spans = alert_spans(e for e in own if e.alert.signal == signal)
    return EntityHistory(
        level=level,
        entity=entity,
        signal=signal,
        group=group,
        buckets=judging.buckets,
        closed=tuple(closed),
        own_alerts=tuple(s for s in spans if s.detector in JUDGE_BUCKETS),
        other_alerts=tuple(s for s in spans if s.detector not in JUDGE_BUCKETS),
        faults=tuple(alert_spans(e for e in of_group if e.alert.signal == "source")),
        exit_after=judging.exit_after,
        min_count=judging.min_count,
        only_active=only_active,
        count_by=judging.count_by,
    )


def alert_spans(revisions: Iterable[Envelope]) -> list[AlertSpan]:
    """Return the alerts of revisions, by the order of their first ones."""
    out = []
    for group in by_alert(revisions):
        life = life_of(group)
        out.append(AlertSpan(life.onset_s, life.first_s, life.last_s, life.ended_s, tuple(group)))
    return out


def in_order(histories: Iterable[EntityHistory]) -> list[EntityHistory]:
    """Return histories of one entity: those with the most alerts first."""
    return sorted(histories, key=lambda s: (-len(s.alerts), -_closeness(s), s.group, s.signal))


def _closeness(history: EntityHistory) -> float:
    return max(bucket.evidence_nats - bucket.threshold_nats for bucket in history.closed)


def focus(history: EntityHistory, at: float | None) -> int:
    """Find the index in `closed` of the bucket to explain.

    Parameters
    ----------
    history
        The history.
    at
        A time in the bucket, epoch s. None takes the bucket that opened the last alert or, if
        there is no alert, the bucket whose evidence came closest to one.

    Raises
    ------
    NotThere
        If no judged bucket holds `at`.
    """
    closed = history.closed
    if at is None:
        if history.alerts:
            first = history.alerts[-1].first
            later = (n for n, bucket in enumerate(closed) if bucket.start >= first)
            # The bucket itself may be no longer, or not yet, known.
            return next(later, len(closed) - 1)
        ranked = [b.evidence_nats - b.threshold_nats if b.judged else -1e9 for b in closed]
        return max(range(len(closed)), key=ranked.__getitem__)
    for n, bucket in enumerate(closed):
        if bucket.start <= at < bucket.end:
            return n
    if closed[0].start <= at < closed[-1].end:
        faults = "; ".join(["", *history.faults_at(at, ENGLISH)])
        if history.only_active:
            raise NotThere(f"{history.label(at)} was not judged, or counted nothing{faults}")
        raise NotThere(f"{history.label(at)} was not judged{faults}")
    counted_first = history.noun(ENGLISH)
    raise NotThere(
        f"--at must lie between its first {counted_first}, {history.label(closed[0].start)}, and"
        f" the end of the data, {history.label(closed[-1].end)}; got {history.label(at)}"
    )


def window(history: EntityHistory, at: int) -> tuple[WatchedEntity, ...]:
    """Choose the buckets to show: some before, some after, and the whole alert."""
    closed = history.closed
    first, last = max(at - BEFORE, 0), min(at + AFTER, len(closed) - 1)
    alert = history.alert_at(closed[at])
    if alert is not None:
        of_alert = [
            n
            for n, bucket in enumerate(closed)
            if bucket.end > alert.onset and (alert.ended is None or bucket.start < alert.ended)
        ]
        first = max(min(first, of_alert[0]), at - LONGEST // 2)
        last = min(max(last, of_alert[-1]), at + LONGEST // 2)
    return closed[max(first, 0) : last + 1]
