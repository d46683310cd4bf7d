"""Gaps, stumps and stalls of a source: what its closed buckets lack."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.exposure.weekly_level import WeeklyLevel
from detectors.source_faults.deviation_bound import unlike_nats
from detectors.source_faults.run_lengths import UsualRuns
from streams.alerts.cloudevent import FaultKind
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.signals import WEEKLY
from streams.detection.source_faults.lifecycle import Faults, FeedChange, Run

F8 = npt.NDArray[np.float64]
Lull = Literal["gap", "truncated"]


STUMP = 0.25
"""Under this part of what is usual, a bucket is truncated."""

LARGEST_PART = 0.1
"""No entity counts for more than this part of a source's usual total in its bulk."""

STALLED_S, STALLED_BUCKETS = DAY_S, 3
"""A source that has sent nothing for a day and three buckets, while another did, has stalled."""

OFTEN, SELDOM = 1.0, 0.01
"""Runs a day: alerts are no more than the first where runs are frequent, and no more than
the second where runs that were not told are."""

START_SPREAD, LARGEST_SHAPE = 0.25, 20.0
"""Squared relative spread around the level before any has been seen, and the shape that even
the steadiest source is given."""


class Lulls:
    """Judges whether a bucket of a source lacks what was due; see `FeedHealth`.

    The evidence of a run is the sum over its buckets of `unlike_nats`, of the bulk against
    the level of the hour of the week, with the shape that the spread around it gives.

    Parameters
    ----------
    source
        The source.
    faults
        Where runs and alerts are kept.
    threshold_nats
        Evidence from which a run is a fault.
    keep
        Weight that the spread around the level keeps after a bucket.
    """

    def __init__(self, source: Source, faults: Faults, threshold_nats: float, keep: float) -> None:
        self._faults, self._threshold, self._keep = faults, threshold_nats, keep
        self._zone = zoneinfo.ZoneInfo(source.timezone)
        self._week = WeeklyLevel()
        days = source.bucket_s / DAY_S
        kinds: tuple[Lull, ...] = ("gap", "truncated")
        self._all = {kind: UsualRuns(days) for kind in kinds}
        self._untold = {kind: UsualRuns(days) for kind in kinds}
        self._spread = self._weight = 0.0

    def close(
        self, start: int, end: int, counts: F8, rest: float, *, others: bool
    ) -> tuple[bool, list[FeedChange]]:
        """Whether the bucket is faulty, and what is to be told.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        counts
            Counts by entity; none where entities are not told apart.
        rest
            What is counted beside them.
        others
            Whether another source of the group had an event in it.
        """
        local = dt.datetime.fromtimestamp(start, self._zone)
        hour = local.weekday() * 24 + local.hour
        # Sorted, so that no sum depends on the order in which lanes arrived.
        counts = np.sort(counts)
        total = rest + float(np.sum(counts))
        usual_bulk, usual = self._week.level(hour) or (0.0, 0.0)
        cap = max(3.0, LARGEST_PART * (usual or total))
        bulk = rest + float(np.sum(np.minimum(counts, cap)))
        nats = 0.0
        if usual_bulk > 0.0:
            shape = (1.0 + self._weight) / (START_SPREAD + self._spread)
            nats = unlike_nats(bulk, usual_bulk, min(shape, LARGEST_SHAPE))
        changes: list[FeedChange] = []
        found: dict[Lull, bool] = {
            "gap": total == 0.0,
            "truncated": total > 0.0 and bulk < STUMP * usual_bulk,
        }
        faulty = False
        for kind, here in found.items():
            self._all[kind].pass_bucket()
            self._untold[kind].pass_bucket()
            if here:
                run = self._faults.run(kind, start)
                run.observed += total
                run.expected += usual
                run.evidence_nats += nats
                run.weighed += usual_bulk > 0.0
                run.beside += others
                faulty = self._follow(kind, start, end, run, others, changes)
            else:
                self._end(kind, changes)
        self._learn(hour, bulk, total, usual_bulk, faulty)
        return faulty, changes

    def _learn(self, hour: int, bulk: float, total: float, usual: float, faulty: bool) -> None:
        if faulty:
            return self._week.skip(hour)
        self._week.learn(hour, bulk, total)
        if usual > 0.0:
            off = min((bulk / usual - 1.0) ** 2, 1.0)
            self._spread = self._keep * self._spread + off
            self._weight = self._keep * self._weight + 1.0
        return None

    def _follow(
        self,
        kind: Lull,
        start: int,
        end: int,
        run: Run,
        others: bool,
        changes: list[FeedChange],
    ) -> bool:
        """Whether a run of empty or of low buckets is a fault by now, and still."""
        stalled = kind == "gap" and "stalled" in self._faults.open
        told: FaultKind = "stalled" if stalled else kind
        if told not in self._faults.open:
            long = max(self._all[kind].too_long(OFTEN), self._untold[kind].too_long(SELDOM))
            if run.evidence_nats < self._threshold or run.weighed < long:
                return False
        elif self._faults.outlived(kind, start):
            changes += self._faults.good(told, "level_shift")
            self._faults.runs.pop(kind, None)
            self._week.forget()
            return False
        if (
            told == "gap"
            and others
            and min(run.beside, run.buckets) >= STALLED_BUCKETS
            and end - run.onset >= STALLED_S
        ):
            told = "stalled"
            changes += self._faults.good("gap", "stalled")
            self._faults.runs["gap"] = run
        changes += self._faults.bad(
            told, start, run, detector=WEEKLY, threshold_nats=self._threshold
        )
        return True

    def _end(self, kind: Lull, changes: list[FeedChange]) -> None:
        run = self._faults.runs.get(kind)
        if run is None:
            return
        told = self._faults.good(kind) + (self._faults.good("stalled") if kind == "gap" else [])
        changes += told
        if run.weighed:
            self._all[kind].add(run.weighed)
            if not told:
                self._untold[kind].add(run.weighed)

    def pack(self) -> bytes:
        """State as bytes."""
        return msgspec.msgpack.encode(
            _State(
                week=self._week.dump(),
                all_runs={kind: runs.dump() for kind, runs in self._all.items()},
                untold_runs={kind: runs.dump() for kind, runs in self._untold.items()},
                spread=(self._spread, self._weight),
            )
        )

    def unpack(self, packed: bytes) -> None:
        """Take the state that `pack` gave."""
        state = msgspec.msgpack.decode(packed, type=_State)
        self._week.load(state.week)
        for kind, runs in self._all.items():
            runs.load(state.all_runs[kind])
        for kind, runs in self._untold.items():
            runs.load(state.untold_runs[kind])
        self._spread, self._weight = state.spread


class _State(msgspec.Struct):
    week: bytes
    all_runs: dict[Lull, list[float]]
    untold_runs: dict[Lull, list[float]]
    spread: tuple[float, float]


def sure(days: float, bucket_days: float) -> float:
    """Evidence in nats that chance reaches once in so many days, if buckets are independent.

    Examples
    --------
    >>> round(sure(1000.0, 1.0), 1), round(sure(1000.0, 1 / 1440), 1)
    (6.9, 14.2)
    """
    return math.log(days / bucket_days)
