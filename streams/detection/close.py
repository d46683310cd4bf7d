"""A group of sources in one shard: counts in, alerts out, bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from streams.alerts.lifecycle import Episode, Rules
from streams.alerts.rendering import Dresser, Published
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.bucket_result import Findings, OnClose, untold
from streams.detection.context.budget import split_budget
from streams.detection.context.calendar import Calendar, Prevented
from streams.detection.context.families import Families
from streams.detection.context.usual_factor import UsualFactor
from streams.detection.early_alerts import EarlyAlerts
from streams.detection.judges.complaint_rate import Flags, RateStream
from streams.detection.judges.rate_levels import Rates
from streams.detection.judges.volume import Stream
from streams.detection.merge import ClosedBucket, Merge
from streams.detection.open_alerts import Change
from streams.detection.plugins.beside import besides
from streams.detection.signals import Signal
from streams.detection.source_faults.sources import SourceHealth
from streams.detection.source_faults.verdict import LONGEST_S, Verdict
from streams.detection.watched_entity import Watcher, unwatched
from streams.items import LEVELS, Counts, Level

GAP_EXPECTED = 20.0
"""A bucket without any event, where this many were expected, is not judged, even where it
is not known yet whether the hour of the week is a silent one; for `LONGEST_S` at most."""

LONGEST_EMPTY_RUN = 10_000
"""Empty buckets in a row after which no more are judged: the source was off."""

REMEMBERED_STARTS = 5_000
"""An onset farther back than so many judged buckets is given as the oldest of them."""


class Group:
    """Merges, closes, judges: everything of one group in one shard.

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
    watcher
        Whom each stream is to tell of, if anybody.
    on_close
        Is told of every closed bucket.
    """

    def __init__(
        self,
        name: str,
        sources: list[Source],
        config: Config,
        shard: int = 0,
        watcher: Watcher = unwatched,
        on_close: OnClose = untold,
    ) -> None:
        self._name, self._shard, self._on_close = name, shard, on_close
        self.merge = Merge(sources)
        self.feed_no = 0
        self.buckets_closed = 0
        self.entity_buckets = 0
        self._empty_run = 0
        self._dresser = Dresser(config.name, config.hash, name, self.merge.buckets)
        rules = Rules(
            config.detect.min_count,
            config.detect.exit_after,
            config.detect.min_hold,
            config.detect.longest_life,
        )
        budget = split_budget(config)
        size = sources[0].bucket_s
        signals: list[Signal] = sorted({source.signal for source in sources})
        levels = [level for level in LEVELS if level in config.count.levels]
        self._beside = {
            (signal, level): besides(config, budget[name, level, signal], size, sources[0].timezone)
            for signal in signals
            for level in levels
        }
        self.streams: dict[tuple[Signal, Level], Stream] = {
            (signal, level): Stream(
                name,
                level,
                signal,
                size,
                rules,
                budget[name, level, signal],
                watcher(name, level, signal),
                sources[0].timezone,
                self._beside[signal, level],
                config.detect.burst,
            )
            for signal in signals
            for level in levels
        }
        self._signals, self._levels = signals, levels
        self._judged_starts: dict[Signal, list[int]] = {signal: [] for signal in signals}
        self._rates: Rates | None = None
        if len(signals) == 2:
            rates = {level: budget[name, level, "complaint_rate"] for level in levels}
            self._rates = Rates(
                name,
                size,
                rules,
                rates,
                lambda level: watcher(name, level, "complaint_rate"),
                config.detect.burst,
            )
            self._judged_starts["complaint_rate"] = []
        self._health = SourceHealth(sources, config, levels, shard)
        self._usual = {signal: UsualFactor() for signal in self._signals}
        self._families = Families()
        self._calendar = Calendar(config.calendar, config.timezone, size, sources[0].timezone)
        self._prevented = Prevented(entry.name for entry in config.calendar)
        self._early = EarlyAlerts(
            self.merge,
            self.streams,
            self._calendar,
            self._dresser,
            turn=self._turn,
            usual=lambda signal, hour: self._usual[signal].at(hour),
            elsewhere=self._by_rate,
        )

    @property
    def all_streams(self) -> dict[tuple[Signal, Level], Stream | RateStream]:
        """All that has state of entities."""
        rates = self._rates.streams if self._rates is not None else {}
        return {**self.streams, **{("complaint_rate", level): s for level, s in rates.items()}}

    @property
    def entities(self) -> int:
        """Entities known, over all levels; one with both signals counts once."""
        return sum(
            max(len(self.streams[signal, level]) for signal in self._signals)
            for level in self._levels
        )

    @property
    def prevented(self) -> dict[str, int]:
        """Alerts that the calendar prevented, by entry."""
        return self._prevented.counts

    @property
    def open_alerts(self) -> int:
        """Alerts open, over all levels and signals, and on the sources."""
        of_entities = sum(stream.open_alerts for stream in self.all_streams.values())
        return self._health.open_alerts + of_entities

    @property
    def early_alerts(self) -> int:
        """Early alerts that no close has decided on."""
        return len(self._early)

    @property
    def beside_failed(self) -> dict[str, int]:
        """Times that a detector beside ours failed, by its name."""
        out: dict[str, int] = {}
        for of in self._beside.values():
            for one in of:
                out[one.name] = out.get(one.name, 0) + one.failed
        return out

    def take(self, offset: int, counts: Counts, written_s: float | None) -> list[Published]:
        """Take a counts record: what it lets close is judged, in order.

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
        out: list[Published] = []
        for bucket in self.merge.close():
            out += self.judge(bucket)
        if written_s is not None and grown:
            out += self._early.look(grown, written_s)
        return out

    def judge(self, bucket: ClosedBucket) -> list[Published]:
        """Judge a closed bucket; return the alerts it leads to, in order of publication."""
        start, end, sums, parents = bucket
        self.buckets_closed += 1
        self._turn(start)
        self._empty_run = 0 if sums else self._empty_run + 1
        verdicts = self._health.close(start, end, sums)
        findings = Findings(verdicts)
        changes: list[Change] = []
        if self._empty_run <= LONGEST_EMPTY_RUN:
            by_signal = self._health.by_signal(sums, verdicts)
            worth = {signal: self._health.worth(verdicts, signal) for signal in self._signals}
            lost = {s: self._is_lost(s, by_signal, worth[s]) for s in self._signals}
            elsewhere = self._join(by_signal, worth, lost)
            for signal in self._signals:
                if not lost[signal]:
                    changes += self._judge(
                        signal, start, end, by_signal, worth[signal], elsewhere, findings
                    )
            changes += self._judge_rates(start, end, worth, lost)
        changes.sort(key=lambda c: (LEVELS.index(c.level), c.entity, c.signal))
        self._families.link(changes, parents, self._open_alert)
        out = []
        for fault in self._health.told(verdicts):
            self.feed_no += 1
            out.append(self._dresser.feed(fault, self.feed_no, end))
        for change in changes:
            self.feed_no += 1
            parent = self._families.parent(change)
            out.append(self._dresser.revision(change, self.feed_no, end, parent))
        self._on_close(self._shard, self._name, bucket, findings)
        confirmed = {change.episode.alert_id for change in changes}
        return out + self._early.decide(start, confirmed)

    def _turn(self, bucket: int) -> None:
        # Days have the common factor, which found as much in the FTC's records without a profile.
        buckets = self.merge.buckets
        if buckets.bucket_s == DAY_S:
            return
        hour = buckets.hour_of_week(bucket)
        for signal in self._signals:
            for level in self._levels:
                self.streams[signal, level].turn(hour)

    def _open_alert(self, signal: Signal, level: Level, entity: str) -> Episode | None:
        stream = self.all_streams.get((signal, level))
        return None if stream is None else stream.episode(entity)

    def _by_rate(self, signal: Signal, level: Level, entity: str) -> bool:
        """Whether complaints about an entity are judged by their rate."""
        rates = self._rates if signal == "complaints" else None
        return rates is not None and rates.judges(level, entity)

    def _is_lost(
        self,
        signal: Signal,
        sums: dict[tuple[Signal, Level], dict[str, int]],
        verdicts: list[Verdict],
    ) -> bool:
        """Whether a signal has no event in a bucket where it cannot be that there was none."""
        if any(of == signal for of, _ in sums):
            return False
        base = self.streams[signal, self._levels[-1]]
        brief = min(verdict.silent_s for verdict in verdicts) < LONGEST_S
        due = brief and base.expected_total() >= GAP_EXPECTED
        return len(base) == 0 or due or all(verdict.gap for verdict in verdicts)

    def _join(
        self,
        sums: dict[tuple[Signal, Level], dict[str, int]],
        worth: dict[Signal, list[Verdict]],
        lost: dict[Signal, bool],
    ) -> dict[Level, Flags]:
        """Join complaints to sends; whom the complaints' streams must leave to the rates."""
        if self._rates is None:
            return {}
        partial = lost["sends"] or not all(verdict.learn for verdict in worth["sends"])
        complaints = {level: self.streams["complaints", level] for level in self._levels}
        return self._rates.begin(sums, complaints, lost=partial)

    def _judge_rates(
        self,
        start: int,
        end: int,
        worth: dict[Signal, list[Verdict]],
        lost: dict[Signal, bool],
    ) -> list[Change]:
        if self._rates is None or not self._rates.begun:
            return []
        starts = self._judged_starts["complaint_rate"]
        starts.append(start)
        del starts[:-REMEMBERED_STARTS]
        if lost["complaints"]:
            self._rates.skip()
            return []
        whole = not lost["sends"] and all(v.learn for of in worth.values() for v in of)
        return self._rates.close(start, end, _onset(starts), learn=whole)

    def _judge(
        self,
        signal: Signal,
        start: int,
        end: int,
        sums: dict[tuple[Signal, Level], dict[str, int]],
        verdicts: list[Verdict],
        elsewhere: dict[Level, Flags],
        findings: Findings,
    ) -> list[Change]:
        vectors = {
            level: self.streams[signal, level].vectors(sums.get((signal, level), {}))
            for level in self._levels
        }
        narrowest = self._levels[-1]
        base = self.streams[signal, narrowest]
        occasions = self._calendar.at(start)
        self._prevented.forget(occasions)
        ups = {
            level: self.streams[signal, level].raised(occasions, new)
            for level, (_, new, _) in vectors.items()
        }
        factor = without = 1.0
        if narrowest != "all":
            known, _, first = vectors[narrowest]
            factor = base.common_factor(known, first, ups[narrowest])
            without = factor if ups[narrowest] is None else base.common_factor(known, first)
        findings.factors[signal] = factor
        starts = self._judged_starts[signal]
        starts.append(start)
        del starts[:-REMEMBERED_STARTS]
        learn = all(verdict.learn for verdict in verdicts)
        if learn:
            self._usual[signal].learn(self.merge.buckets.hour_of_week(start), without)
        changes = []
        for level in self._levels:
            stream, (known, new, first) = self.streams[signal, level], vectors[level]
            exposure, plain = (1.0, 1.0) if level == "all" else (factor, without)
            changes += stream.close(
                start,
                end,
                known,
                new,
                first,
                exposure,
                _onset(starts),
                learn=learn,
                elsewhere=elsewhere.get(level) if signal == "complaints" else None,
                up=ups[level],
                without=plain,
            )
            self._prevented.add(occasions, signal, level, stream.spared)
            self.entity_buckets += len(stream)
        return changes

    def first_needed(self, position: int) -> int:
        """Counts offset to go back to after a crash that leaves this state."""
        needed = self.merge.first_needed
        return position if needed is None else needed

    def pack(self) -> bytes:
        """State of the group itself; its streams pack theirs."""
        merge = self.merge
        return msgspec.msgpack.encode(
            _State(
                closed=merge.closed,
                lanes=merge.lanes,
                watermarks=[(name, lane, mark) for (name, lane), mark in merge.watermarks.items()],
                feed_no=self.feed_no,
                empty_run=self._empty_run,
                judged_starts=self._judged_starts,
                health=self._health.pack(),
                parents=self._families.parents,
                prevented=self._prevented.pack(),
                usual={signal: usual.dump() for signal, usual in self._usual.items()},
            )
        )

    def unpack(self, packed: bytes) -> None:
        """Take the state that `pack` gave."""
        state = msgspec.msgpack.decode(packed, type=_State)
        self.merge.closed = state.closed
        self.merge.lanes = {k: v for k, v in state.lanes.items() if k in self.merge.sources}
        self.merge.watermarks = {
            (name, lane): mark
            for name, lane, mark in state.watermarks
            if name in self.merge.sources
        }
        self.feed_no, self._empty_run = state.feed_no, state.empty_run
        self._judged_starts.update(
            {k: v for k, v in state.judged_starts.items() if k in self._judged_starts}
        )
        for signal, packed_usual in state.usual.items():
            if signal in self._usual:
                self._usual[signal].load(packed_usual)
        self._health.unpack(state.health)
        self._families.parents = dict(state.parents)
        if state.prevented:
            self._prevented.unpack(state.prevented)


def prevented(groups: Iterable[Group]) -> dict[str, int]:
    """Alerts that the calendar prevented in all these groups, by entry."""
    return _added(group.prevented for group in groups)


def beside_failed(groups: Iterable[Group]) -> dict[str, int]:
    """Times that detectors beside ours failed in all these groups, by name."""
    return _added(group.beside_failed for group in groups)


def _added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            out[name] = out.get(name, 0) + number
    return out


class _State(msgspec.Struct):
    closed: int | None
    lanes: dict[str, int]
    watermarks: list[tuple[str, int, float]]
    feed_no: int
    empty_run: int
    judged_starts: dict[Signal, list[int]]
    health: dict[str, bytes] = {}
    parents: dict[str, str] = {}
    prevented: bytes = b""
    usual: dict[Signal, bytes] = {}


def _onset(starts: list[int]) -> Callable[[int], int]:
    return lambda ago: starts[max(len(starts) - ago, 0)]
