"""Judges the watches of one group: relapses, successors, and the proof at the end of a watch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from detectors.distributions.poisson_bound import upper_bound
from detectors.look_back.rise import RiseFound
from detectors.pages import PagedTable
from detectors.state import State
from streams.alerts.misuse.basis import MOST_NAMES, KeptBasis, RelapseBasis
from streams.counts.bucket import DAY_S
from streams.counts.wire import shard_of
from streams.detection.context.bucket import BucketContext, Stream
from streams.detection.judges.panel import JudgePanel
from streams.detection.look_back.grants import granted
from streams.detection.look_back.successors import Successors
from streams.detection.look_back.watch import KINDS, PARTS, Part, Watch
from streams.detection.misuse.judge import (
    MisuseBucket,
    MisuseFound,
    MisuseJudge,
    MisusePlace,
    MisuseSettings,
)
from streams.registry.table import Registry
from streams.registry.watch import WatchEntry

CONFIDENCE = 0.95
"""Of the bound on the rate that the proof of a watch gives."""

KEPT = "kept"
"""The kind of what is said at the end of a watch without a relapse."""


class LookBackJudge:
    """Judges the watches of a group, each from the first bucket after its row has come.

    Parameters
    ----------
    is_mine
        Whether a watch is of this group and shard: others are passed over.
    panel
        Its judges, which say what is usual.
    signal_of
        Signal of each of its sources.
    share_per_day
        False alerts a day that its watches may lead to.
    quiet_s
        How long a relapse must be over for its alert to end.
    """

    def __init__(
        self,
        is_mine: Callable[[WatchEntry], bool],
        panel: JudgePanel,
        signal_of: dict[str, str],
        share_per_day: float,
        quiet_s: float,
    ) -> None:
        self.quiet_s = quiet_s
        self.pages: dict[str, PagedTable[Any]] = {}
        self.let_go = 0
        self._is_mine, self._panel, self._share = is_mine, panel, share_per_day
        self._successors = Successors(signal_of, panel.entities)
        self._watches: dict[str, Watch] = {}
        self._over: set[str] = set()
        self._asked: int | None = None
        self._rows: list[Watch] = []
        self._ended: list[str] = []
        self.state = State()
        self.state.shared(self, _ended=list[str])
        self.state.listed(self, _rows=Watch)
        self.state.before_pack(self._list)
        self.state.after_unpack(self._derive)

    @property
    def waits(self) -> bool:
        """Whether a watch may end: see `MisuseJudge`."""
        return bool(self._watches)

    def _list(self) -> None:
        self._rows = [self._watches[case] for case in sorted(self._watches)]
        self._ended = sorted(self._over)

    def _derive(self) -> None:
        self._watches = {watch.entry.id: watch for watch in self._rows}
        self._over = set(self._ended)
        self._rows, self._asked = [], None

    def __len__(self) -> int:
        """How many watches last."""
        return len(self._watches)

    def close(self, bucket: MisuseBucket) -> Iterable[MisuseFound]:
        """See `MisuseJudge`."""
        self._know(bucket)
        if not self._watches:
            return []
        found: list[MisuseFound] = []
        if bucket.context is not None:
            found = list(_each_place(self._judge(bucket, bucket.context)))
        for watch in [each for each in self._watches.values() if bucket.closed.end >= each.until]:
            del self._watches[watch.entry.id]
            self._over.add(watch.entry.id)
            if not watch.relapsed:
                found.append(_kept(watch))
        return found

    def allowed(self, place: MisusePlace, values: Sequence[str], bucket: MisuseBucket) -> bool:
        """See `MisuseJudge`: nothing allows a relapse."""
        return False

    def _know(self, bucket: MisuseBucket) -> None:
        """Begin the watches that have come, and forget those that are gone or are others now."""
        registry: Registry = bucket.registry
        if registry.seq == self._asked:
            return
        self._asked = registry.seq
        rows = {entry.id: entry for entry in registry.watches() if self._is_mine(entry)}
        self._over &= rows.keys()
        self._watches = {
            case: watch for case, watch in self._watches.items() if rows.get(case) == watch.entry
        }
        for case, entry in rows.items():
            if case not in self._watches and case not in self._over:
                taken = (
                    self._watches[each].chance / self._watches[each].entry.days
                    for each in sorted(self._watches)
                )
                chance = granted(self._share, entry.days, taken)
                self._watches[case] = Watch.beginning(
                    entry, bucket.closed.start, bucket.day, chance
                )

    def _judge(
        self, bucket: MisuseBucket, context: BucketContext
    ) -> Iterator[tuple[Watch, MisuseFound]]:
        successors: dict[str, dict[Part, int]] | None = None
        by_stream: dict[Stream, list[Watch]] = {}
        for watch in self._watches.values():
            by_stream.setdefault((watch.entry.signal, watch.entry.level), []).append(watch)
        for stream, watches in by_stream.items():
            if stream not in self._panel.volume or stream[0] not in context.complete:
                for watch in watches:
                    watch.skipped += 1
                continue
            if successors is None:
                every = list(self._watches.values())
                successors = self._successors.counts(every, bucket.closed, context, bucket.registry)
            self._pass(stream, watches, context)
            counts = context.counts.get(stream, {})
            for watch in watches:
                entry = watch.entry
                added: dict[Part, int] = {"own": counts.get(entry.entity, 0)}
                added |= successors.get(entry.id, {})
                for part in PARTS:
                    if count := added.get(part, 0):
                        rise = watch.add(part, float(count))
                        if rise is not None:
                            yield watch, _relapse(watch, part, rise, count)

    def _pass(self, stream: Stream, watches: list[Watch], context: BucketContext) -> None:
        judge, factor = self._panel.volume[stream], context.factor(*stream).value
        rows_of = judge.entities.rows
        known = [watch for watch in watches if watch.entry.entity in rows_of]
        rows = np.array([rows_of[watch.entry.entity] for watch in known], dtype=np.intp)
        days = (context.end - context.start) / DAY_S if context.hour is not None else 1.0
        relatives, scatters, of_others = judge.usual(rows, factor, context)
        for watch, relative, scatter in zip(known, relatives, scatters, strict=True):
            watch.pass_bucket(context.start, context.day, relative * days, scatter)
        for watch in watches:
            if watch.entry.entity not in rows_of:
                watch.pass_bucket(context.start, context.day, of_others * days)


def _each_place(found: Iterable[tuple[Watch, MisuseFound]]) -> Iterator[MisuseFound]:
    """Join what several watches find in one place: the one that began first says it."""
    places: dict[MisusePlace, list[tuple[Watch, MisuseFound]]] = {}
    for watch, one in found:
        places.setdefault(one.place, []).append((watch, one))
    for joined in places.values():
        joined.sort(key=lambda each: (each[0].begin, each[0].entry.id))
        first = joined[0][1]
        cases = list(dict.fromkeys(watch.entry.id for watch, _ in joined))
        assert isinstance(first.basis, RelapseBasis)
        basis = replace(first.basis, cases=cases[:MOST_NAMES])
        yield replace(first, basis=basis)


def _relapse(watch: Watch, part: Part, rise: RiseFound, count: int) -> MisuseFound:
    entry, counted = watch.entry, watch.counted[part]
    before, since = watch.rates(counted)
    late = sum(watch.exposures[rise.since :])
    successors = watch.successors if part == "started" else {}
    return MisuseFound(
        place=MisusePlace(entry.level, entry.entity, KINDS[part]),
        count=float(count),
        observed=sum(counted.by_day[rise.since :]),
        expected=before * late,
        onset=watch.starts[rise.since],
        evidence_nats=max(rise.nats, counted.highest_nats),
        threshold_nats=watch.needed_nats(part),
        basis=RelapseBasis(
            cases=[entry.id],
            counts=entry.signal,
            part=part,
            days=len(watch.exposures),
            mean_per_day=entry.mean_per_day,
            after_per_day=before,
            now_per_day=since,
            successors=_busiest(successors),
            successors_number=len(successors),
        ),
    )


def _kept(watch: Watch) -> MisuseFound:
    entry, own = watch.entry, watch.counted["own"]
    counted, usual_days = sum(own.by_day), sum(watch.exposures)
    worst: Part = max(PARTS, key=lambda part: watch.counted[part].highest_nats)
    most = upper_bound(round(counted), CONFIDENCE)
    return MisuseFound(
        place=MisusePlace(entry.level, entry.entity, KEPT),
        count=counted,
        observed=counted,
        expected=(entry.mean_per_day or 0.0) * usual_days,
        onset=watch.begin,
        evidence_nats=watch.counted[worst].highest_nats,
        threshold_nats=watch.needed_nats(worst),
        over=True,
        about=entry.id,
        basis=KeptBasis(
            cases=[entry.id],
            counts=entry.signal,
            days=entry.days,
            buckets=watch.buckets,
            skipped=watch.skipped,
            counted=round(counted),
            of_successors=round(sum(sum(watch.counted[p].by_day) for p in PARTS if p != "own")),
            mean_per_day=entry.mean_per_day,
            per_day=counted / usual_days if usual_days > 0.0 else None,
            at_most_per_day=most / usual_days if usual_days > 0.0 else None,
        ),
    )


def _busiest(successors: dict[str, int]) -> list[str]:
    """The names that were counted most, as many as a basis holds."""
    by_count = sorted(successors, key=lambda name: (-successors[name], name))
    return by_count[:MOST_NAMES]


def judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of a group."""
    signal_of = {source.name: str(source.signal) for source in settings.sources}
    quiet = settings.config.detect.misuse.quiet
    shards = settings.config.detect.shards

    def is_mine(entry: WatchEntry) -> bool:
        own = shard_of(entry.level, entry.entity, shards) == settings.shard
        return own and entry.group == settings.group

    assert settings.panel is not None
    return [LookBackJudge(is_mine, settings.panel, signal_of, settings.budget_per_day, quiet)]
