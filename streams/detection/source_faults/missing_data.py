"""Finds buckets of a source in which records are missing: gaps, truncated buckets, stalls."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from typing import Literal

import numpy as np
import numpy.typing as npt

from detectors.distributions.negative_binomial import deviation_nats
from detectors.exposure.weekly_level import WeeklyLevel
from detectors.source_faults.usual_runs import UsualRuns
from detectors.state import State
from streams.alerts.lifecycle import AlertChange
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.signals import WEEKLY, FaultKind
from streams.detection.source_faults.fault_runs import FaultRun, FaultRuns

F8 = npt.NDArray[np.float64]
MissingKind = Literal["gap", "truncated"]


TRUNCATED_BELOW = 0.25
"""A bucket with less than this part of the usual is truncated."""

LARGEST_PART = 0.1
"""In the bulk no entity counts for more than this part of the source's usual total."""

STALLED_S, STALLED_BUCKETS = DAY_S, 3
"""A source has stalled if it sent nothing for a day and three buckets while another source sent."""

MOST_A_DAY, MOST_UNPUBLISHED_A_DAY = 1.0, 0.01
"""A run is a fault only if runs of its length are rarer than this many a day: among all runs of the
source, and among the runs that were no fault."""

START_SPREAD, LARGEST_SHAPE = 0.25, 20.0
"""Squared relative spread around the usual level before any was seen, and the shape that even
the steadiest source is given."""


class MissingData:
    """Judges whether records of a source are missing in a bucket; see `SourceJudge`.

    The evidence of a run is a sum over its buckets: of `deviation_nats` of the bulk against the
    usual level of the hour of the week. Its shape follows from the spread around that level.

    Parameters
    ----------
    source
        The source.
    faults
        The source's runs of faulty buckets and its open alerts.
    threshold_nats
        Evidence from which on a run is a fault.
    keep
        Weight that the spread around the usual level keeps after a bucket.

    Attributes
    ----------
    state
        What a checkpoint stores.
    """

    def __init__(
        self, source: Source, faults: FaultRuns, threshold_nats: float, keep: float
    ) -> None:
        self._faults, self._threshold, self._keep = faults, threshold_nats, keep
        self._zone = zoneinfo.ZoneInfo(source.timezone)
        self._week = WeeklyLevel()
        days = source.bucket_s / DAY_S
        kinds: tuple[MissingKind, ...] = ("gap", "truncated")
        self._all = {kind: UsualRuns(days) for kind in kinds}
        self._unpublished = {kind: UsualRuns(days) for kind in kinds}
        self._spread = self._weight = 0.0
        self.state = State()
        self.state.shared(self, _spread=float, _weight=float)
        self.state.include(
            week=self._week.state,
            **{f"{kind}_all": runs.state for kind, runs in self._all.items()},
            **{f"{kind}_unpublished": runs.state for kind, runs in self._unpublished.items()},
        )

    def close(
        self, start: int, end: int, counts: F8, unnamed: float, *, others_sent: bool
    ) -> tuple[bool, list[AlertChange]]:
        """Whether the bucket is faulty, and what that does to the alerts on the source.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        counts
            Counts by entity; empty where only the total is counted.
        unnamed
            What is counted without an entity.
        others_sent
            Whether another source of the group had an event in it.
        """
        hour = self._hour(start)
        # Sorted, so that no sum depends on the order in which lanes arrived.
        counts = np.sort(counts)
        total = unnamed + float(np.add.reduce(counts))
        usual_bulk, usual = self._week.level(hour) or (0.0, 0.0)
        cap = max(3.0, LARGEST_PART * (usual or total))
        bulk = unnamed + float(np.add.reduce(np.minimum(counts, cap)))
        nats = 0.0
        if usual_bulk > 0.0:
            shape = (1.0 + self._weight) / (START_SPREAD + self._spread)
            nats = deviation_nats(bulk, usual_bulk, min(shape, LARGEST_SHAPE))
        changes: list[AlertChange] = []
        found: dict[MissingKind, bool] = {
            "gap": total == 0.0,
            "truncated": total > 0.0 and bulk < TRUNCATED_BELOW * usual_bulk,
        }
        faulty = False
        for kind, is_faulty in found.items():
            self._all[kind].pass_bucket()
            self._unpublished[kind].pass_bucket()
            if is_faulty:
                run = self._faults.longer(kind, start)
                run.observed += total
                run.expected += usual
                run.evidence_nats += nats
                run.weighed += usual_bulk > 0.0
                run.beside += others_sent
                faulty = self._follow(kind, start, end, run, others_sent, changes)
            else:
                self._end(kind, changes)
        self._learn(hour, bulk, total, usual_bulk, faulty)
        return faulty, changes

    def usual(self, start: int) -> float:
        """Usual total of the hour of the week of a bucket; 0 where it is not known."""
        return (self._week.level(self._hour(start)) or (0.0, 0.0))[1]

    def _hour(self, start: int) -> int:
        local = dt.datetime.fromtimestamp(start, self._zone)
        return local.weekday() * 24 + local.hour

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
        kind: MissingKind,
        start: int,
        end: int,
        run: FaultRun,
        others_sent: bool,
        changes: list[AlertChange],
    ) -> bool:
        """Whether a run of empty or of low buckets is a fault by now, and still."""
        stalled = kind == "gap" and "stalled" in self._faults.open
        published: FaultKind = "stalled" if stalled else kind
        if published not in self._faults.open:
            long = max(
                self._all[kind].too_long(MOST_A_DAY),
                self._unpublished[kind].too_long(MOST_UNPUBLISHED_A_DAY),
            )
            if run.evidence_nats < self._threshold or run.weighed < long:
                return False
        elif self._faults.has_outlived(kind, start):
            changes += self._faults.finish(published, "level_shift")
            self._faults.runs.pop(kind, None)
            self._week.forget()
            return False
        if (
            published == "gap"
            and others_sent
            and min(run.beside, run.buckets) >= STALLED_BUCKETS
            and end - run.onset >= STALLED_S
        ):
            published = "stalled"
            changes += self._faults.finish("gap", "stalled")
            self._faults.runs["gap"] = run
        changes += self._faults.follow(
            published, start, end, run, detector=WEEKLY, threshold_nats=self._threshold
        )
        return True

    def _end(self, kind: MissingKind, changes: list[AlertChange]) -> None:
        run = self._faults.runs.get(kind)
        if run is None:
            return
        ended = self._faults.finish(kind)
        if kind == "gap":
            ended += self._faults.finish("stalled")
        changes += ended
        if run.weighed:
            self._all[kind].add(run.weighed)
            if not ended:
                self._unpublished[kind].add(run.weighed)


def chance_of_once_in(days: float, bucket_days: float) -> float:
    """Evidence in nats that chance reaches once in this many days, if buckets are independent.

    Examples
    --------
    >>> round(chance_of_once_in(1000.0, 1.0), 1), round(chance_of_once_in(1000.0, 1 / 1440), 1)
    (6.9, 14.2)
    """
    return math.log(days / bucket_days)
