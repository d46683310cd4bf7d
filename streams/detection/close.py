"""Closes the buckets of one group of sources in one shard, and gives each to the judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from detectors.state import State
from streams.alerts.era import Era
from streams.alerts.lifecycle import AlertChange
from streams.alerts.rendering import AlertRenderer, Published
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.bucket import DAY_S, Buckets
from streams.detection.bucket_result import BucketResult, ShardTurn
from streams.detection.context.bucket import BucketContext, Inspect
from streams.detection.context.calendar import Calendar, Prevented
from streams.detection.early import EarlyAlerts
from streams.detection.families import Families, keep_names, note_names
from streams.detection.judges.judge import Judge, Judged
from streams.detection.judges.look_alikes import LookAlikesOfGroup
from streams.detection.judges.moves import Moved, in_order, in_progress, rendered
from streams.detection.judges.panel import JudgePanel
from streams.detection.merge import ClosedBucket, Merge
from streams.detection.misuse.midnight import is_at_midnight, last_of_day
from streams.detection.misuse.panel import MisusePanel, misuse_bucket
from streams.detection.people.counted import by_reporters, counted_by_reporters
from streams.detection.people.fan_out import FanOut
from streams.detection.people.reporters import ReportersOfAlerts
from streams.detection.sealing import Shelf
from streams.detection.series.outlooks import Outlooks
from streams.detection.series.reporting import with_report
from streams.detection.signals import FACTS_OF_SIGNAL, Signal
from streams.detection.source_faults.lost import is_lost
from streams.detection.source_faults.source_judges import SourceJudges
from streams.detection.source_faults.verdict import Verdicts
from streams.items import Counts
from streams.registry.table import Registry
from streams.stored.parts import Part, RowsPart

LONGEST_EMPTY_RUN = 10_000
"""Empty buckets in a row after which no more are judged: the source was off. Once its judge takes
it for off too (`OFF_S`), all that are left of the run are passed over at once, but for misuse."""

REMEMBERED_STARTS = 5_000
"""Number of judged buckets whose starts are remembered: no onset lies farther back."""


class Group:
    """One group of sources in one shard: merges totals, closes buckets, publishes alerts.

    Parameters
    ----------
    name
        The group's name.
    sources
        Its sources.
    config
        The configuration; the same one gives the same alerts.
    shard
        Number of the shard.
    inspect
        What a close must report in addition to the alerts.
    shelf
        Keeps what waits for a lane; None means in memory.
    registry
        What is declared about codes and names; it changes only between closes.

    Attributes
    ----------
    merge
        Totals of the open buckets.
    feed_no
        Number of the last revision.
    buckets_closed, entity_buckets
        Numbers of buckets closed and of entity-buckets judged since the group was made.
    panel
        Its judges, and the entities that they judge.
    outlooks
        Answers what is expected of single entities.
    state
        What a checkpoint stores of the group itself; `parts` are stored separately.
    """

    def __init__(
        self,
        name: str,
        sources: list[Source],
        config: Config,
        shard: int = 0,
        inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
        shelf: Shelf | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.registry = Registry() if registry is None else registry
        self._name, self._shard, self.inspect = name, shard, inspect
        self.merge = Merge(sources, shelf)
        self.feed_no = 0
        self.buckets_closed = 0
        self.entity_buckets = 0
        self._empty_run = 0
        self.panel = JudgePanel(name, sources, config)
        self._starts: dict[str, list[int]] = {signal: [] for signal in self.panel.signals}
        self._sources = SourceJudges(sources, config, self.panel.levels, shard)
        self.misuse = MisusePanel(name, sources, config, self.panel, shard)
        self._families = Families()
        self._by_reporters = counted_by_reporters(sources)
        self._fan_out = FanOut(self.panel.signals, sources)
        self._reporters = ReportersOfAlerts(sources, self.panel.entities)
        self._calendar = Calendar(
            config.calendar, config.timezone, sources[0].bucket_s, sources[0].timezone
        )
        self._prevented = Prevented(entry.name for entry in config.calendar)
        self._days = Buckets(DAY_S, sources[0].timezone)
        self._renderer = AlertRenderer(config.name, config.hash, name, self.merge.buckets)
        self._renderer.by_reporters = bool(self._by_reporters)
        self._renderer.reporters = self._reporters.of_change
        self._renderer.look_alike = LookAlikesOfGroup(self.panel.entities).of_change
        self._early = EarlyAlerts(self.merge, self._calendar, self._renderer, self.panel)
        self.outlooks = Outlooks(self.merge, self._calendar, self._early, self.panel)
        self.state = State()
        self.state.shared(
            self,
            feed_no=int,
            _empty_run=int,
            _starts=dict[str, list[int]],
            _packed_sources=dict[str, bytes],
        )
        self.state.include(
            merge=self.merge.state,
            families=self._families.state,
            prevented=self._prevented.state,
            early=self._early.state,
            reporters=self._reporters.state,
        )
        self.state.after_unpack(self._derive)

    def parts(self) -> dict[str, Part]:
        """What a checkpoint stores in rows, by name: see `StoredGroup`."""
        return {
            **self.panel.parts(),
            **self.misuse.parts(),
            "early": RowsPart(self._early.undecided_state),
        }

    @property
    def _packed_sources(self) -> dict[str, bytes]:
        return self._sources.pack()

    @_packed_sources.setter
    def _packed_sources(self, packed: dict[str, bytes]) -> None:
        self._sources.unpack(packed)

    def _derive(self) -> None:
        """Drop signals that the configuration no longer has, and begin new ones."""
        self._starts = {s: self._starts.get(s, []) for s in self.panel.signals}

    def enter(self, era: Era) -> None:
        """Number and name alerts as those of an epoch from now on."""
        self._renderer.era = era
        self._sources.enter(era.epoch)
        for entities in self.panel.entities.values():
            entities.epoch = era.epoch
        self.misuse.enter(era)

    def begin_again(self, moved: Moved) -> list[Published]:
        """Begin the feed at 1 with all that is in progress: see `moves`."""
        begun = in_progress(self._sources, self.panel, self.misuse)
        self.feed_no = len(begun)
        return rendered(begun, self._renderer, self._families, self.merge.closed or 0, moved)

    @property
    def prevented(self) -> dict[str, int]:
        """Alerts that the calendar prevented, by entry."""
        return self._prevented.counts

    @property
    def open_alerts(self) -> int:
        """Number of open alerts: on entities of all levels and signals, and on sources."""
        return self._sources.open_alerts + self.panel.open_alerts + self.misuse.open_alerts

    @property
    def early_alerts(self) -> int:
        """Number of early alerts that no close has confirmed or retracted."""
        return len(self._early)

    def first_needed(self, position: int) -> int:
        """Counts offset to go back to after a crash that leaves this state."""
        needed = self.merge.first_needed
        return position if needed is None else needed

    def close(self, offset: int, counts: Counts) -> Iterator[BucketResult]:
        """Merge a counts record; judge each bucket that it lets close, in order."""
        self.merge.add(offset, counts)
        yield from self._close()

    def _close(self) -> Iterator[BucketResult]:
        """Judge each bucket that may close; pass over a run of empty ones that changes nothing."""
        for bucket in self.merge.close():
            yield self.judge(bucket)
            silent = self._empty_run >= LONGEST_EMPTY_RUN and not self.misuse.open_alerts
            if silent and self._sources.all_off(bucket.end):
                last = last_of_day(bucket, self._days, self.merge.buckets)
                passed = self.merge.pass_empty(last if self.misuse.waits else None)
                self._empty_run += passed
                self.buckets_closed += passed

    def take(self, offset: int, counts: Counts, written_s: float | None) -> Iterator[ShardTurn]:
        """Merge a counts record, judge what it lets close, and look at what is still open.

        Yields
        ------
        ShardTurn
            Alerts of each closed bucket, then early ones, where there are any.
            A record may close thousands of buckets: whoever holds the shard may do something else
            in between, but gives it no other record.

        Parameters
        ----------
        offset
            Its offset in ``counts``.
        counts
            The record.
        written_s
            When it was written; early alerts are raised only for buckets that were
            not over by then. None raises none.
        """
        grown = self.merge.add(offset, counts)
        for result in self._close():
            yield ShardTurn(result.alerts, result)
        if written_s is not None and grown:
            yield ShardTurn(self._early.find(grown, written_s), None)

    def judge(self, closed: ClosedBucket) -> BucketResult:
        """Judge a closed bucket, and number the alerts that it leads to."""
        self.buckets_closed += 1
        self._empty_run = 0 if closed.sums or closed.facts.late else self._empty_run + 1
        bounded = by_reporters(self.panel.admission.bounded(closed), self._by_reporters)
        day, hour = self._days.day(closed.start), self.merge.buckets.profile_hour(closed.start)
        verdicts = self._sources.close(bounded, self.panel.established_of(day, hour))
        result = BucketResult(self._shard, self._name, closed, [], verdicts, {})
        changes: list[AlertChange] = []
        bucket: BucketContext | None = None
        if self._empty_run <= LONGEST_EMPTY_RUN:
            bucket = self._context(bounded, verdicts)
            bucket, judged = self.panel.judge(bucket)
            self._count(bucket, judged)
            changes = [change for _, found in judged for change in found.changes]
            result = with_report(result, bucket, judged, self.panel)
        active = self._empty_run <= LONGEST_EMPTY_RUN or self.misuse.open_alerts
        if active or (self.misuse.waits and is_at_midnight(closed, self._days)):
            known = self.registry, verdicts, self._calendar.at(closed.start), day, bucket
            changes += self.misuse.close(misuse_bucket(closed, *known))
        result = replace(result, alerts=self._publish(closed, verdicts, changes))
        if self._empty_run <= LONGEST_EMPTY_RUN and day < self._days.day(closed.end):
            self.panel.end_day(day)
        return result

    def _context(self, closed: ClosedBucket, verdicts: Verdicts) -> BucketContext:
        """Collect all that is known about a closed bucket before it is judged."""
        start, hour = closed.start, self.merge.buckets.profile_hour(closed.start)
        counts = self._sources.by_signal(closed.sums, verdicts)
        by_signal = {s: self._sources.of_signal(verdicts, s) for s in self.panel.counted}
        counted = {signal for signal, _ in counts}
        begun = counted | {signal for (signal, _), of in self.panel.entities.items() if of.names}
        lost, off, complete = set[Signal](), set[Signal](), set[Signal]()
        for signal, of_sources in by_signal.items():
            judge = self.panel.volume[signal, self.panel.levels[-1]]
            if signal not in counted and is_lost(judge, of_sources, hour):
                lost.add(signal)
            if all(verdict.off for verdict in of_sources):
                off.add(signal)
            elif signal not in lost and all(verdict.learn for verdict in of_sources):
                complete.add(signal)
        counts |= self._fan_out.counts(closed, verdicts)
        self._fan_out.follow(counts, begun, lost, [off, complete])
        day, occasions = self._days.day(start), self._calendar.at(start)
        self.panel.hear(day, set(self.panel.signals) - lost - off)
        self.panel.recall({stream: n for stream, n in counts.items() if stream[0] not in lost}, day)
        arrived = self.panel.arrivals(counts, closed.parents, begun, lost, complete)
        usual = self._early.usual_factors(self._sources.overflowing(verdicts), start)
        overflow = self._fan_out.with_factor(usual)
        counts |= self.panel.without_quiet_newcomers(counts, overflow, occasions)
        for signal, starts in self._starts.items():
            facts = FACTS_OF_SIGNAL[signal]  # a lost bucket is no step for counts, but for rates
            if signal not in lost if facts.of_its_own else facts.events in begun:
                starts.append(start)
                del starts[:-REMEMBERED_STARTS]
        return BucketContext(
            start=start,
            end=closed.end,
            day=day,
            hour=hour,
            counts=counts,
            occasions=occasions,
            begun=frozenset(begun),
            lost=frozenset(lost),
            complete=frozenset(complete),
            starts=self._starts,
            entities={
                stream: entities.counts(counts.get(stream, {}), day, occasions)
                for stream, entities in self.panel.entities.items()
                if FACTS_OF_SIGNAL[stream[0]].of_its_own and stream[0] not in lost
            },
            arrivals=arrived,
            inspect=self.inspect,
            usual_factors=overflow,
        )

    def _count(self, bucket: BucketContext, judged: Sequence[tuple[Judge, Judged]]) -> None:
        """Note what was judged: entity-buckets, factors, alerts that the calendar prevented."""
        counted = [signal for signal in self.panel.counted if signal not in bucket.lost]
        if counted:
            self._prevented.forget(bucket.occasions)
        for signal in counted:
            self.entity_buckets += sum(
                len(self.panel.entities[signal, n]) for n in self.panel.levels
            )
            if signal in bucket.complete:
                factor = bucket.factor(signal, self.panel.levels[-1])
                self._early.learn_factor(signal, bucket.start, factor.without_calendar)
        for judge, found in judged:
            self._prevented.add(bucket.occasions, judge.signal, judge.level, found.prevented)

    def _publish(
        self,
        closed: ClosedBucket,
        verdicts: Verdicts,
        changes: list[AlertChange],
    ) -> list[Published]:
        """Number and render alerts: of sources, then of entities; then decide on early ones."""
        changes = in_order(changes)
        self._reporters.note(closed, changes)
        note_names(changes, closed.parents)
        entities = self.misuse.beside(self.panel.entities)
        keep_names(changes, entities)
        self._families.link(changes, closed.parents, entities)
        alerts = []
        for fault in self._sources.changes_to_publish(verdicts):
            self.feed_no += 1
            alerts.append(self._renderer.render(fault, closed.end, feed_no=self.feed_no))
        for change in changes:
            self.feed_no += 1
            parent = self._families.parent(change)
            alerts.append(
                self._renderer.render(change, closed.end, feed_no=self.feed_no, parent=parent)
            )
        confirmed = {change.alert.alert_id for change in changes}
        return alerts + self._early.decide(closed.start, confirmed)
