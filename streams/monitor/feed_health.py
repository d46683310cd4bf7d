"""What a source's closed buckets say about the source: gaps, stumps, repeats.

Each shard judges the share of a source that it sees, and acts on what it finds: divides,
does not learn, does not judge. The shard that holds the entity ``source/NAME`` tells.
"""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.divisibility import DIVISORS, Cells, Divisibility, Repeat, cells_of
from detectors.unlike import unlike_nats
from detectors.usual_runs import UsualRuns
from detectors.usual_share import UsualShare
from detectors.weekly_level import WeeklyLevel
from streams.alerts.cloudevent import FeedKind
from streams.alerts.fault import Fault, Faults, FeedChange, Run
from streams.config.model import Source
from streams.counts.bucket import DAY_S
from streams.items import Level

F8 = npt.NDArray[np.float64]
Lull = Literal["gap", "truncated"]

STUMP = 0.25
"""Under this part of what is usual, a bucket is truncated."""

LARGEST_PART = 0.1
"""No entity counts for more than this part of a source's usual total in its bulk."""

SURE = 1000.0
"""Days of a source in which chance makes one feed alert of a kind, if its buckets were
independent."""

LONGEST_S = 7 * DAY_S
"""A fault that has lasted a week is how the source is now."""

STALLED_S, STALLED_BUCKETS = DAY_S, 3
"""A source that has sent nothing for a day and three buckets, while another did, has stalled."""

OFTEN, SELDOM = 1.0, 0.01
"""Runs a day: no more alerts than this where runs are frequent, and than this where runs
that were not told are."""

KEEP_PER_DAY = 0.9
START_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a closed bucket of a source is worth.

    Attributes
    ----------
    times
        How many times over it came: its counts are to be divided by this.
    learn
        Whether what it says about entities may be learned.
    gap
        No event, though some were due: not to be judged.
    silent_s
        How long there has been no event, in seconds of data time.
    changes
        Feed alerts that it opened, changed or ended.
    """

    times: int = 1
    learn: bool = True
    gap: bool = False
    silent_s: float = 0.0
    changes: list[FeedChange] = field(default_factory=list)


class FeedHealth:
    """Judges a source by its closed buckets, in order; nothing else is looked at.

    * ``gap``: no event in a bucket, or in a run of them, where `WeeklyLevel` and the spread
      around it leave less than one chance in 1,000 days, and which is longer than such
      runs of this source are (`UsualRuns`). Hours of the week in which a source is silent
      are none of it, nor is the first week of a source with daily buckets. Such buckets
      are not judged. Resolved when there are events.
    * ``truncated``: events, but the bulk (an entity counts for a tenth of the usual total at
      most) is under a quarter of the usual, as sure as a gap. Judged, not learned.
    * ``posted_twice``: `Divisibility`. The counts are divided, then judged and learned.
    * ``stalled``: a gap that has lasted a day and three buckets while another source of the
      group had events in three of its buckets, and in this one; it takes the gap's place.
      Whether a lane is behind, idle or dead is not asked: the close knows only what was
      counted, so that the same input gives the same alerts. That the whole pipeline stands
      still is not seen here, but in the lag that each process shows.
    * ``senderless_share``: of complaints, `UsualShare`. Reported only.

    A fault that lasts a week is resolved as ``level_shift``, what was usual is forgotten, and
    learning goes on. An hour of the week that was faulty four weeks running is forgotten too.

    Parameters
    ----------
    source
        The source.
    levels
        Levels that are counted, the widest first.
    whole
        Whether this is the only shard: only then is the total known, and the share without
        a sender.
    longest_life_s
        A fault lasts no longer than any alert may.
    """

    def __init__(
        self, source: Source, levels: list[Level], *, whole: bool, longest_life_s: float
    ) -> None:
        days = source.bucket_s / DAY_S
        self._keep = KEEP_PER_DAY**days
        self._zone = zoneinfo.ZoneInfo(source.timezone)
        self._narrowest = levels[-1]
        self._share_known = (
            whole and "all" in levels and levels[-1] == "sender" and source.kind == "complaint"
        )
        self._bucket_s = source.bucket_s
        self._longest_s = min(LONGEST_S, longest_life_s)
        self._threshold = math.log(SURE / days)
        self._repeat_threshold = self._threshold + math.log(len(DIVISORS))
        self._week = WeeklyLevel()
        self._divisibility = Divisibility(self._keep)
        self._share = UsualShare(self._keep)
        self._all_runs: dict[Lull, UsualRuns] = {
            "gap": UsualRuns(days),
            "truncated": UsualRuns(days),
        }
        self._untold_runs: dict[Lull, UsualRuns] = {
            "gap": UsualRuns(days),
            "truncated": UsualRuns(days),
        }
        self._faults = Faults(source.name, source.bucket_s)
        self._runs: dict[FeedKind, Run] = {}
        self._spread, self._spread_weight = 0.0, 0.0
        self._silent_since: int | None = None
        self._begun = False

    @property
    def open_alerts(self) -> int:
        """Feed alerts open."""
        return len(self._faults.open)

    def close(
        self, start: int, end: int, sums: Mapping[Level, Mapping[str, int]], *, others: bool
    ) -> Verdict:
        """Judge a closed bucket.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        sums
            The source's counts by level and id.
        others
            Whether another source of the group had an event in it.
        """
        named = sums.get(self._narrowest, {})
        counts = np.fromiter(named.values(), dtype=np.float64, count=len(named))
        cells = cells_of(named)
        in_names = float(np.sum(counts))
        total = max(in_names, float(sum(sums.get("all", {}).values())))
        if total:
            self._begun, self._silent_since = True, None
        elif not self._begun:
            return Verdict()
        elif self._silent_since is None:
            self._silent_since = start
        changes: list[FeedChange | None] = []
        times = self._repeats(start, cells, counts, total, changes)
        # What names no one, or no one on this level, is part of the bulk.
        rest = max(total - in_names, 0.0) / times
        faulty = self._lulls(start, end, counts / times, total / times, rest, others, changes)
        if self._share_known and not faulty and total:
            self._senderless(start, total, total - in_names, changes)
        return Verdict(
            times=times,
            learn=not faulty,
            gap=faulty and not total,
            silent_s=0.0 if self._silent_since is None else float(end - self._silent_since),
            changes=[change for change in changes if change is not None],
        )

    def _repeats(
        self, start: int, cells: Cells, counts: F8, total: float, changes: list[FeedChange | None]
    ) -> int:
        """How many times over the bucket came."""
        repeat = self._divisibility.test(cells, counts, threshold_nats=self._repeat_threshold)
        if repeat.times > 1 and self._outlived("posted_twice", start):
            changes.append(self._faults.good("posted_twice", "level_shift"))
            self._divisibility.forget()
            repeat = Repeat(1, 0.0)
        if repeat.times > 1:
            run = self._run("posted_twice", start)
            run.observed += total
            run.expected += total / repeat.times
            run.evidence_nats += repeat.evidence_nats
            changes.append(
                self._faults.bad(
                    "posted_twice",
                    start,
                    run,
                    detector="divisibility",
                    threshold_nats=self._repeat_threshold,
                )
            )
            return repeat.times
        self._runs.pop("posted_twice", None)
        changes.append(self._faults.good("posted_twice"))
        if len(counts):
            self._divisibility.learn(cells, counts)
        return 1

    def _lulls(
        self,
        start: int,
        end: int,
        counts: F8,
        total: float,
        rest: float,
        others: bool,
        changes: list[FeedChange | None],
    ) -> bool:
        """Whether the bucket belongs to a gap or is truncated."""
        hour = self._hour(start)
        usual = self._week.level(hour)
        size = total if usual is None else usual[1]
        # Sorted, so that the sum does not depend on the order in which lanes arrived.
        capped = np.sort(np.minimum(counts, max(3.0, LARGEST_PART * size)))
        bulk = float(np.sum(capped)) + rest
        if self._narrowest == "all":
            bulk = total
        low = usual is not None and usual[0] > 0.0 and bulk < STUMP * usual[0]
        nats = 0.0
        if usual is not None and usual[0] > 0.0:
            shape = (1.0 + self._spread_weight) / (START_SPREAD + self._spread)
            nats = unlike_nats(bulk, usual[0], shape)
        expected = 0.0 if usual is None else usual[1]
        present: dict[Lull, bool] = {"gap": total == 0.0, "truncated": total > 0.0 and low}
        faulty = False
        for kind, found in present.items():
            self._all_runs[kind].pass_bucket()
            self._untold_runs[kind].pass_bucket()
            if not found:
                changes += self._end(kind)
                continue
            run = self._run(kind, start)
            run.observed += total
            run.expected += expected
            run.evidence_nats += nats
            run.weighed += expected > 0.0
            run.beside += others
            faulty = self._follow(kind, start, end, run, others, changes)
        if faulty:
            self._week.skip(hour)
        else:
            self._week.learn(hour, bulk, total)
            if usual is not None and usual[0] > 0.0:
                off = min((bulk / usual[0] - 1.0) ** 2, 1.0)
                self._spread = self._keep * self._spread + off
                self._spread_weight = self._keep * self._spread_weight + 1.0
        return faulty

    def _follow(
        self,
        kind: Lull,
        start: int,
        end: int,
        run: Run,
        others: bool,
        changes: list[FeedChange | None],
    ) -> bool:
        """Whether a run of empty or of low buckets is a fault by now, and still."""
        told: FeedKind = "stalled" if "stalled" in self._faults.open and kind == "gap" else kind
        if told not in self._faults.open:
            long = max(
                self._all_runs[kind].too_long(OFTEN), self._untold_runs[kind].too_long(SELDOM)
            )
            if run.evidence_nats < self._threshold or run.weighed < long:
                return False
        elif self._outlived(kind, start):
            changes.append(self._faults.good(told, "level_shift"))
            del self._runs[kind]
            self._week.forget()
            return False
        if (
            told == "gap"
            and others
            and run.beside >= STALLED_BUCKETS
            and run.buckets >= STALLED_BUCKETS
            and end - run.onset >= STALLED_S
        ):
            told = "stalled"
            changes.append(self._faults.good("gap", "stalled"))
        changes.append(
            self._faults.bad(
                told, start, run, detector="weekly-level", threshold_nats=self._threshold
            )
        )
        return True

    def _end(self, kind: Lull) -> list[FeedChange | None]:
        run = self._runs.pop(kind, None)
        if run is None:
            return []
        told = [self._faults.good(kind)]
        if kind == "gap":
            told.append(self._faults.good("stalled"))
        if run.weighed:
            self._all_runs[kind].add(run.weighed)
            if not any(told):
                self._untold_runs[kind].add(run.weighed)
        return told

    def _senderless(
        self,
        start: int,
        total: float,
        senderless: float,
        changes: list[FeedChange | None],
    ) -> None:
        nats = self._share.evidence_nats(senderless, total)
        if nats >= self._threshold and self._outlived("senderless_share", start):
            changes.append(self._faults.good("senderless_share", "level_shift"))
            self._share.forget()
            nats = 0.0
        if nats >= self._threshold:
            run = self._run("senderless_share", start)
            run.observed += senderless
            run.expected += self._share.mean * total
            run.evidence_nats += nats
            changes.append(
                self._faults.bad(
                    "senderless_share",
                    start,
                    run,
                    detector="usual-share",
                    threshold_nats=self._threshold,
                )
            )
            return
        self._runs.pop("senderless_share", None)
        changes.append(self._faults.good("senderless_share"))
        self._share.learn(senderless, total)

    def _run(self, kind: FeedKind, start: int) -> Run:
        """The kind's run, one bucket longer."""
        run = self._runs.setdefault(kind, Run(start, start))
        run.last_bucket = start
        run.buckets += 1
        return run

    def _outlived(self, kind: FeedKind, start: int) -> bool:
        """Whether the kind's run has had its longest life in the buckets before this one."""
        run = self._runs.get(kind)
        if run is None:
            return False
        before = run.buckets - (run.last_bucket == start)
        return before * self._bucket_s >= self._longest_s

    def _hour(self, start: int) -> int:
        local = dt.datetime.fromtimestamp(start, self._zone)
        return local.weekday() * 24 + local.hour

    def pack(self) -> bytes:
        """State as bytes."""
        return msgspec.msgpack.encode(
            _State(
                week=self._week.dump(),
                divisibility=self._divisibility.dump(),
                share=self._share.dump(),
                all_runs={kind: runs.dump() for kind, runs in self._all_runs.items()},
                untold_runs={kind: runs.dump() for kind, runs in self._untold_runs.items()},
                faults=self._faults.open,
                runs=self._runs,
                spread=(self._spread, self._spread_weight),
                silent_since=self._silent_since,
                begun=self._begun,
            )
        )

    def unpack(self, packed: bytes) -> None:
        """Take the state that `pack` gave."""
        state = msgspec.msgpack.decode(packed, type=_State)
        self._week.load(state.week)
        self._divisibility.load(state.divisibility)
        self._share.load(state.share)
        for kind, runs in self._all_runs.items():
            runs.load(state.all_runs[kind])
        for kind, runs in self._untold_runs.items():
            runs.load(state.untold_runs[kind])
        self._faults.open = dict(state.faults)
        self._runs = dict(state.runs)
        self._spread, self._spread_weight = state.spread
        self._silent_since, self._begun = state.silent_since, state.begun


class _State(msgspec.Struct):
    week: bytes
    divisibility: list[bytes]
    share: list[float]
    all_runs: dict[Lull, list[float]]
    untold_runs: dict[Lull, list[float]]
    faults: dict[FeedKind, Fault]
    runs: dict[FeedKind, Run]
    spread: tuple[float, float]
    silent_since: int | None
    begun: bool
