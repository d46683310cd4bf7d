"""Judges a source by its closed buckets: whether its data are complete, and come once.

Each shard judges the part of a source that it sees, and acts on what it finds: it divides the
counts, or does not learn from them, or does not judge them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from detectors.source_faults.divisibility import DIVISORS, NO_CELLS, Divisibility, cells_of
from detectors.source_faults.usual_counts import Established
from detectors.source_faults.usual_share import UsualShare
from detectors.state import State
from streams.alerts.lifecycle import AlertChange
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.signals import DIVISIBILITY, ID_BOUND, SENDER_BOUND, USUAL_SHARE, FaultKind
from streams.detection.source_faults.catch_up import CatchUp
from streams.detection.source_faults.doubled_hour import DoubledHour
from streams.detection.source_faults.fault_runs import EndReason, FaultRuns
from streams.detection.source_faults.missing_data import MissingData, chance_of_once_in
from streams.detection.source_faults.verdict import SourceVerdict
from streams.items import LEVELS, Level

F8 = npt.NDArray[np.float64]

SURE_DAYS = 1000.0
"""Days in which chance makes one alert of a kind on a source, if buckets are independent."""

LONGEST_S = 7 * DAY_S
"""A fault that has lasted this long is taken as the new normal of the source."""

OFF_S = 35 * DAY_S
"""A source that has been silent this long is off. By then every hour of the week has been silent
more often than the memory of its usual level reaches back."""

KEEP_PER_DAY = 0.9

EstablishedOf = Callable[[Collection[str]], Established]
"""Which of these senders are established, and what is expected of all who are."""

NONE_BEYOND: Mapping[Level, int] = MappingProxyType({})


class SourceJudge:
    """Judges a source by its closed buckets, in their order, and by nothing else.

    It knows seven kinds of fault:

    * ``gap``: a bucket, or a run of buckets, has no event. By the usual level of the hour of the
      week (`WeeklyLevel`) chance would make such a run less than once in 1,000 days, and the run
      is longer than this source's usually are (`UsualRuns`). Hours in which the source is always
      silent are no gap, nor is the first week of a source with daily buckets. Buckets of a gap
      are not judged. It is resolved when there are events. What it has held back (`CatchUp`) is no
      burst: counts are divided by how busy the bucket is, judged and not learned.
      Nor are hours judged that a clock change repeats, where the source's times do not say which
      of the two is meant (`DoubledHour`).
    * ``truncated``: there are events, but the bulk is under a quarter of the usual, with the
      evidence that a gap needs. In the bulk an entity counts for a tenth of the usual total at
      most. Truncated buckets are judged, but not learned.
    * ``posted_twice``: one number divides nearly every count (`Divisibility`), and the counts of
      established senders, once divided, are as usual. The counts are divided by it, then judged and
      learned. The number is the alert's ``ratio``.
    * ``stalled``: a gap has lasted a day and three buckets, while another source of the group had
      events in three of its buckets, the last one among them. The alert takes the gap's place.
      A close knows only what was counted, so that the same input gives the same alerts. It cannot
      know whether a lane is behind, idle or dead. A pipeline that stands still altogether shows
      in the lag of each process.
    * ``senderless_share``: an unusual part of the complaints names no sender (`UsualShare`). It is
      reported, and changes nothing else.
    * ``overflow``: a lane's bucket was full (`count.max_senders`), and further ids were counted
      together. The alert's ``observed`` is their number, ``expected`` that of the others. Nothing
      is learned, newcomers are forgotten unless they have an alert, and the common factor is the
      usual one. The other faults are not looked for.
    * ``unchecked``: repeats are dropped, and a lane's bucket had more event ids than it remembers.
      Events that may be repeats count; the alert's ``observed`` is their number. Nothing is
      learned.

    A fault that lasts a week is resolved as ``level_shift``: what was usual is forgotten, and
    learning goes on. An hour of the week that was faulty in four weeks in a row is forgotten too.
    After a gap that lasted a week the source is off until its next event. While all sources of a
    signal are off, their silence teaches nothing about anybody: on their return the senders are
    held to what they were.

    Parameters
    ----------
    source
        The source.
    levels
        Levels that are counted, the widest first.
    only_shard
        Whether there is no other shard: only then is the share without a sender known.
    longest_life_s
        How long any alert lasts at most.

    Attributes
    ----------
    faults
        Runs of faulty buckets, and the open alerts on them.
    state
        What a checkpoint stores.
    """

    def __init__(
        self, source: Source, levels: list[Level], *, only_shard: bool, longest_life_s: float
    ) -> None:
        days = source.bucket_s / DAY_S
        keep = KEEP_PER_DAY**days
        self._narrowest = levels[-1]
        self._share_known = (
            only_shard
            and "all" in levels
            and levels[-1] == "sender"
            and source.kind == "complaint"
            and source.table.count_by == "events"  # who complains about two is one reporter of all
        )
        self.faults = FaultRuns(
            source.group, source.name, source.bucket_s, min(LONGEST_S, longest_life_s)
        )
        self._threshold = chance_of_once_in(SURE_DAYS, days)
        self._missing = MissingData(source, self.faults, self._threshold, keep)
        self._divisibility = Divisibility(keep)
        self._share = UsualShare(keep)
        self._catch_up = CatchUp()
        self._doubled_hour = DoubledHour(
            source.timezone, source.bucket_s, local=not source.own_events
        )
        self._silent_since: int | None = None
        self._begun = self._off = False
        self.state = State()
        self.state.shared(self, _silent_since=int | None, _begun=bool, _off=bool)
        self.state.since(6, "_off")
        self.state.include(
            missing=self._missing.state,
            divisibility=self._divisibility.state,
            share=self._share.state,
            catch_up=self._catch_up.state,
            doubled_hour=self._doubled_hour.state,
            faults=self.faults.state,
        )

    @property
    def open_alerts(self) -> int:
        """How many alerts on the source are open."""
        return len(self.faults.open)

    def close(
        self,
        start: int,
        end: int,
        sums: Mapping[Level, Mapping[str, int]],
        *,
        others_sent: bool,
        established_of: EstablishedOf,
        beyond: Mapping[Level, int] = NONE_BEYOND,
        unchecked: int = 0,
    ) -> SourceVerdict:
        """Judge a closed bucket.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        sums
            The source's counts by level and id.
        others_sent
            Whether another source of the group had an event in it.
        established_of
            Says which senders of the bucket are established.
        beyond
            How many ids of each level had no place in their lane's bucket.
        unchecked
            How many of its events may be repeats.
        """
        inexact, bounds = self._unchecked(start, end, unchecked)
        full, overflow = self._overflow(start, end, sums, beyond)
        bounds += overflow
        if full:
            self._begun, self._silent_since, self._off = True, None, False
            return SourceVerdict(learn=False, overflow=True, changes=bounds)
        named = sums.get(self._narrowest, {})
        counts = np.fromiter(named.values(), dtype=np.float64, count=len(named))
        in_names = float(sum(named.values()))
        total = max(in_names, float(sum(sums.get("all", {}).values())))
        if total:
            self._begun, self._silent_since, self._off = True, None, False
        elif not self._begun:
            return SourceVerdict()
        elif self._silent_since is None:
            self._silent_since = start
        elif self.is_off(end):
            return SourceVerdict(silent_s=float(end - self._silent_since), off=self._off)
        usual = self._missing.usual(start)
        if self._doubled_hour.is_unsure(start, total, usual):
            return SourceVerdict(learn=False, gap=True, off=self._off, changes=bounds)
        established = established_of(named)
        times, changes = self._repeats(start, end, named, counts, established, total)
        changes += bounds
        if total and (gap := self.faults.gap) is not None:
            self._catch_up.owe(gap.expected)
        raised = self._catch_up.times(usual, established, counts / times) if total else 1.0
        over = times * raised
        # Events that name no entity of this level are part of the bulk.
        unnamed, by_entity = (total - in_names) / over, counts / over
        if self._narrowest == "all":
            unnamed, by_entity = total / over, by_entity[:0]
        faulty, missing = self._missing.close(
            start, end, by_entity, unnamed, others_sent=others_sent
        )
        changes += missing
        if not total and any(change.alert.reason == "level_shift" for change in missing):
            self._off = True
        if self._share_known and not faulty and total:
            changes += self._senderless(start, end, total, total - in_names)
        return SourceVerdict(
            times=times,
            learn=not faulty and not inexact and raised == 1.0,
            gap=faulty and not total,
            raised=raised,
            silent_s=0.0 if self._silent_since is None else float(end - self._silent_since),
            off=self._off,
            changes=changes,
        )

    def is_off(self, end: int) -> bool:
        """Whether the source is off, or has not begun, at the end of an empty bucket."""
        if self._silent_since is None:
            return not self._begun
        return end - self._silent_since > OFF_S

    def _overflow(
        self,
        start: int,
        end: int,
        sums: Mapping[Level, Mapping[str, int]],
        beyond: Mapping[Level, int],
    ) -> tuple[bool, list[AlertChange]]:
        """Whether totals are incomplete by too many ids, and what that does to the alert on it."""
        if not beyond:
            return False, self.faults.finish("overflow")
        narrowest = next(level for level in reversed(LEVELS) if level in beyond)
        apart = len(sums.get(narrowest, ()))
        return self._bound("overflow", SENDER_BOUND, start, end, beyond[narrowest], apart)

    def _unchecked(self, start: int, end: int, unchecked: int) -> tuple[bool, list[AlertChange]]:
        """Whether totals may hold repeats, and what that does to the alert on it."""
        if not unchecked:
            return False, self.faults.finish("unchecked")
        return self._bound("unchecked", ID_BOUND, start, end, unchecked, 0)

    def _bound(
        self, kind: FaultKind, detector: str, start: int, end: int, observed: int, expected: int
    ) -> tuple[bool, list[AlertChange]]:
        """Whether a bound was met that is not yet the normal, and what that does to its alert."""
        outlived = self.faults.has_outlived(kind, start)
        run = self.faults.longer(kind, start)
        run.observed += observed
        run.expected += expected
        if outlived:  # the run goes on, so that it is remembered as normal
            return False, self.faults.close_alert(kind, "level_shift")
        return True, self.faults.follow(
            kind, start, end, run, detector=detector, threshold_nats=0.0
        )

    def _repeats(
        self,
        start: int,
        end: int,
        named: Mapping[str, int],
        counts: F8,
        established: Established,
        total: float,
    ) -> tuple[int, list[AlertChange]]:
        """How many times over the bucket was posted, and what that does to the alert on it."""
        threshold = self._threshold + math.log(len(DIVISORS))
        cells = NO_CELLS
        if len(established.among):
            names = list(named)
            cells = cells_of([names[at] for at in established.among.tolist()])
        repeat = self._divisibility.test(counts, cells, established, threshold_nats=threshold)
        if repeat.times > 1 and not self.faults.has_outlived("posted_twice", start):
            run = self.faults.longer("posted_twice", start)
            run.observed += total
            run.expected += total / repeat.times
            run.evidence_nats += repeat.evidence_nats
            return repeat.times, self.faults.follow(
                "posted_twice", start, end, run, detector=DIVISIBILITY, threshold_nats=threshold
            )
        reason: EndReason | None = None
        if repeat.times > 1:
            self._divisibility.forget()
            reason = "level_shift"
        if len(cells):
            self._divisibility.learn(cells, counts[established.among])
        return 1, self.faults.finish("posted_twice", reason)

    def _senderless(
        self, start: int, end: int, total: float, senderless: float
    ) -> list[AlertChange]:
        nats = self._share.evidence_nats(senderless, total)
        if nats >= self._threshold and not self.faults.has_outlived("senderless_share", start):
            run = self.faults.longer("senderless_share", start)
            run.observed += senderless
            run.expected += self._share.mean * total
            run.evidence_nats += nats
            return self.faults.follow(
                "senderless_share",
                start,
                end,
                run,
                detector=USUAL_SHARE,
                threshold_nats=self._threshold,
            )
        reason: EndReason | None = None
        if nats >= self._threshold:
            self._share.forget()
            reason = "level_shift"
        self._share.learn(senderless, total)
        return self.faults.finish("senderless_share", reason)
