"""The close of a bucket: each row is judged by its past, then what it counted is learned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.evidence import Evidence
from detectors.burst.open_bucket import LEAST_EXPOSURE, OpenBucketView
from detectors.burst.poisson_focus import FocusBank
from detectors.cohort.newcomers import Peers
from detectors.cohort.prior import PriorLearning
from detectors.distributions.gamma_poisson import tail
from detectors.exposure.common_factor import BLOCK, FactorSplit
from detectors.kernels.library import ALL_ROWS

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

FITS = 0.1
"""A count fits its baseline if the chance to reach or pass it is at least this."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one closed bucket says of each row, newcomers last."""

    evidence_nats: F8
    threshold_nats: F8
    expected: F8
    """Predictive mean of the count, from before the bucket."""
    fits: Flags
    """Whether the count fits the baseline; worked out for alarmed rows, true for others."""
    among_peers: Flags
    """Rows whose evidence is their rank among their peers: newcomers and young rows."""
    prevented: Rows
    """Rows below their threshold that would have reached it if the calendar had not raised them."""


@dataclass(frozen=True, slots=True)
class BurstParts:
    """The parts of a `BurstBank`."""

    baseline: Baseline
    evidence: Evidence
    peers: Peers
    prior_learning: PriorLearning
    factor_split: FactorSplit
    focus: FocusBank
    open: OpenBucketView


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """A closed bucket; see `BurstBank.close`."""

    x: F8
    first: F8
    exposure: float
    hour: int | None
    alarmed: Flags
    alpha: float
    alpha_first: float
    alpha_young: float
    learn: bool
    calendar_factor: F8 | None
    exposure_without_calendar: float


class BucketClose:
    """Judges one bucket with the parts of a bank, and lets them learn from it.

    Parameters
    ----------
    parts
        Of the bank.
    bucket
        The bucket.

    Attributes
    ----------
    baselines_before
        State of the baseline from before the bucket, of rows that may get an alert by it.
    """

    def __init__(self, parts: BurstParts, bucket: BucketCounts) -> None:
        self._parts, self._bucket = parts, bucket
        n, all_rows = len(bucket.x), len(bucket.x) + len(bucket.first)
        self._exposure = max(bucket.exposure, LEAST_EXPOSURE)
        self._relative = parts.factor_split.relative(self._exposure)
        self._nats, self._expected = np.empty(all_rows), np.empty(all_rows)
        self._threshold = np.full(all_rows, -math.log(bucket.alpha))
        self._fits = np.ones(all_rows, dtype=np.bool_)
        self._among_peers = np.zeros(all_rows, dtype=np.bool_)
        self._young = parts.peers.active(bucket.x, bucket.alarmed)
        # Counts that are ranked among those of entities of the same age.
        self._young_x, self._first_x = bucket.x[self._young], bucket.first
        if bucket.calendar_factor is not None:
            self._young_x = self._young_x / bucket.calendar_factor[self._young]
            self._first_x = self._first_x / bucket.calendar_factor[n:]
        self.baselines_before: dict[int, tuple[Any, ...]] = {}

    def judge_and_learn(self) -> Judgement:
        """Judge all rows, then learn."""
        parts, bucket = self._parts, self._bucket
        without_calendar = self._alarms_without_calendar()
        risen, ranks = parts.peers.risen(
            parts.baseline,
            self._young,
            self._young_x,
            self._exposure,
            self._relative,
            bucket.alpha_young,
            bucket.hour,
        )
        self._remember(risen)
        if parts.baseline.is_new(bucket.hour):
            # A wrong guess for a new hour is wrong all through the first day; it must not add up.
            parts.evidence.reset()
        self._known()
        self._young_among_peers(risen, ranks)
        self._newcomers()
        parts.focus.close(self._expected[: len(bucket.x)], bucket.x, ~bucket.alarmed)
        self._learn()
        if len(without_calendar):
            below = self._nats[without_calendar] < self._threshold[without_calendar]
            without_calendar = without_calendar[below]
        return Judgement(
            self._nats,
            self._threshold,
            self._expected,
            self._fits,
            self._among_peers,
            without_calendar,
        )

    def _alarms_without_calendar(self) -> Rows:
        bucket = self._bucket
        if bucket.calendar_factor is None:
            return ALL_ROWS
        return self._parts.open.alarms_without_calendar(
            bucket.x,
            bucket.first,
            bucket.calendar_factor,
            self._young,
            bucket.alarmed,
            (bucket.alpha, bucket.alpha_first, bucket.alpha_young),
            exposure=bucket.exposure_without_calendar,
            hour=bucket.hour,
        )

    def _known(self) -> None:
        """Judge the known rows, a block at a time, and learn their counts."""
        bucket, evidence, shares, n = self._bucket, self._parts.evidence, 0.0, len(self._bucket.x)
        for at in range(0, n, BLOCK):
            rows = slice(at, min(at + BLOCK, n))
            x, alarmed = bucket.x[rows], bucket.alarmed[rows].nonzero()[0]
            exposure: float | F8 = self._exposure
            if bucket.calendar_factor is not None:
                exposure = self._exposure * bucket.calendar_factor[rows]
            a, b, mean = self._parts.baseline.predictive(rows, exposure, bucket.hour)
            share, total = evidence.shares(mean, exposure)
            shares += total
            self._nats[rows] = evidence.update(rows, share, a, b, x, exposure)
            self._expected[rows] = mean
            if len(alarmed):
                evidence.reset(at + alarmed)
                their = exposure if isinstance(exposure, float) else exposure[alarmed]
                self._fits[rows][alarmed] = tail(a[alarmed], b[alarmed], x[alarmed], their) >= FITS
            self._remember(at + (self._nats[rows] >= self._threshold[rows]).nonzero()[0])
            if bucket.learn:
                self._learn_rows(rows, x, mean)
        evidence.settle(shares, n)

    def _learn_rows(self, rows: slice, x: F8, mean: F8) -> None:
        bucket = self._bucket
        calm = ~bucket.alarmed[rows]
        stretch = None
        if bucket.calendar_factor is not None:
            # The calendar's factor is a guess: counts up to it leave the rate as it is.
            plain = mean / bucket.calendar_factor[rows]
            stretch = np.clip(x / plain, 1.0, bucket.calendar_factor[rows])
            mean = plain * stretch
        learned = self._parts.baseline.learn(
            rows, x, mean, self._exposure, self._relative, calm, bucket.hour, stretch
        )
        unstretched = learned if stretch is None else learned / stretch
        self._parts.prior_learning.learn(rows, unstretched, calm)

    def _young_among_peers(self, risen: Rows, ranks: F8) -> None:
        """Take a young row's rank for its evidence where it is farther over its threshold."""
        if not len(risen):
            return
        limit = -math.log(self._bucket.alpha_young)
        farther = ranks - limit > self._nats[risen] - self._threshold[risen]
        rows = risen[farther]
        self._nats[rows], self._threshold[rows] = ranks[farther], limit
        self._among_peers[rows] = True

    def _newcomers(self) -> None:
        n, bucket, first = len(self._bucket.x), self._bucket, self._parts.peers.first
        if not len(bucket.first):
            return
        self._nats[n:] = first.evidence(self._first_x, self._relative)
        self._expected[n:] = first.mean
        if bucket.calendar_factor is not None:
            self._expected[n:] *= bucket.calendar_factor[n:]
        self._threshold[n:] = -math.log(bucket.alpha_first)
        self._among_peers[n:] = True

    def _learn(self) -> None:
        """Let the parts learn what belongs to all rows, and add the newcomers."""
        parts, bucket = self._parts, self._bucket
        if bucket.learn:
            parts.factor_split.learn(self._exposure)
            parts.peers.learn(self._first_x, self._young_x, self._relative)
            parts.baseline.pass_bucket(self._relative, bucket.hour)
            parts.prior_learning.pass_bucket(parts.baseline.exposure)
        parts.peers.pass_bucket(len(bucket.x))
        if len(bucket.first):
            parts.baseline.enter(
                *parts.prior_learning.enter(self._first_x, self._relative, parts.baseline.exposure)
            )

    def _remember(self, rows: Rows) -> None:
        if len(rows):
            columns = self._parts.baseline.state.select(rows)
            self.baselines_before.update(
                zip(rows.tolist(), zip(*columns, strict=True), strict=True)
            )
