"""The close of a bucket: each row is judged by its past, then what it counted is learned."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.bucket_rows import BLOCK, BucketRows
from detectors.burst.evidence import Evidence
from detectors.burst.open_bucket import LEAST_EXPOSURE, OpenBucketView
from detectors.burst.poisson_focus import FocusBank
from detectors.cohort.newcomers import Flooded, Peers
from detectors.cohort.prior import PriorLearning
from detectors.distributions.gamma_poisson import tail
from detectors.exposure.common_factor import FactorFinder, FoundFactor
from detectors.exposure.factor_split import FactorSplit
from detectors.exposure.tenure import Tenure
from detectors.kernels.library import ALL_ROWS, NO_FLAGS, NOTHING

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

FITS = 0.1
"""A count fits its baseline if the chance to reach or pass it is at least this."""


class Judgement(msgspec.Struct, frozen=True):
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
    over: Rows
    """Rows that reach their threshold."""


class BurstParts(msgspec.Struct, frozen=True):
    """The parts of a `BurstBank`."""

    baseline: Baseline
    evidence: Evidence
    peers: Peers
    prior_learning: PriorLearning
    factor_split: FactorSplit
    focus: FocusBank
    open: OpenBucketView
    tenure: Tenure
    common: FactorFinder


class BucketCounts(msgspec.Struct, frozen=True):
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
    found: FoundFactor
    flooded: Flooded | None = None


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
        Rows that may get an alert by the bucket, and the state of their baseline from before it.
    """

    def __init__(self, parts: BurstParts, bucket: BucketCounts) -> None:
        self._parts, self._bucket = parts, bucket
        n, all_rows = len(bucket.x), len(bucket.x) + len(bucket.first)
        exposure = bucket.exposure
        self._exposure = exposure if exposure > LEAST_EXPOSURE else LEAST_EXPOSURE
        self._relative = parts.factor_split.relative(self._exposure)
        limit = -math.log(bucket.alpha)
        self._rows = BucketRows(
            bucket.x,
            bucket.alarmed,
            exposure=self._exposure,
            hour=bucket.hour,
            calendar_factor=bucket.calendar_factor,
            newcomers=len(bucket.first),
            limit=limit,
            trust=parts.tenure.trusts(n, bucket.found.trust),
        )
        self._nats, self._expected = self._rows.nats, self._rows.expected
        self._threshold = self._rows.threshold
        self._among_peers = np.zeros(all_rows, dtype=np.bool_)
        self._fits = ~self._among_peers
        self._any_over, self._active = False, 0
        self._young = parts.peers.active(bucket.x, bucket.alarmed)
        # Counts that are ranked among those of entities of the same age.
        self._young_x = bucket.x[self._young] if len(self._young) else NOTHING
        self._first_x = bucket.first
        self._in_flood = NO_FLAGS
        if bucket.calendar_factor is not None:
            self._stretched = np.empty((2, n))
            self._young_x = self._young_x / bucket.calendar_factor[self._young]
            self._first_x = self._first_x / bucket.calendar_factor[n:]
        self.baselines_before: list[tuple[Rows, list[Any]]] = []

    def judge_and_learn(self) -> Judgement:
        """Judge all rows, then learn."""
        parts, bucket = self._parts, self._bucket
        calendar = bucket.calendar_factor is not None
        without_calendar = self._alarms_without_calendar() if calendar else ALL_ROWS
        risen, ranks = ALL_ROWS, NOTHING
        if len(self._young):
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
        if len(risen):
            self._young_among_peers(risen, ranks)
        if len(bucket.first):
            self._newcomers()
        parts.focus.close(self._expected, bucket.x, ~bucket.alarmed, self._active)
        self._learn()
        if len(without_calendar):
            below = self._nats[without_calendar] < self._threshold[without_calendar]
            without_calendar = without_calendar[below]
        over = (self._nats >= self._threshold).nonzero()[0] if self._any_over else ALL_ROWS
        return Judgement(
            self._nats,
            self._threshold,
            self._expected,
            self._fits,
            self._among_peers,
            without_calendar,
            over,
        )

    def _alarms_without_calendar(self) -> Rows:
        bucket = self._bucket
        assert bucket.calendar_factor is not None
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
        parts, bucket, n = self._parts, self._rows, self._rows.n
        alarmed = bucket.alarmed.nonzero()[0]
        if len(alarmed):
            self._compare_with_baseline(alarmed)
        shares = 0.0
        for at in range(0, n, BLOCK):
            rows = slice(at, n if n - at <= BLOCK else at + BLOCK)
            total, over, active = parts.evidence.judge(parts.baseline, bucket, rows)
            shares += total
            self._active += active
            if over:
                self._any_over = True
                self._remember(at + (bucket.nats[rows] >= bucket.limit).nonzero()[0])
            if self._bucket.learn:
                self._learn_rows(rows)
        parts.evidence.settle(shares, n)

    def _compare_with_baseline(self, alarmed: Rows) -> None:
        """Say whether the counts of rows with an alert fit what was known before it."""
        exposure = self._rows.exposure_of(alarmed)
        a, b, _ = self._parts.baseline.predictive(alarmed, exposure, self._bucket.hour)
        self._fits[alarmed] = tail(a, b, self._bucket.x[alarmed], exposure) >= FITS

    def _learn_rows(self, rows: slice) -> None:
        parts, bucket, calendar = self._parts, self._rows, self._bucket.calendar_factor
        if calendar is None:
            parts.baseline.learn(bucket, rows, self._relative)
        else:
            # The calendar's factor is a guess: counts up to it leave the rate as it is.
            mean, stretch = self._stretched
            plain = bucket.expected[rows] / calendar[rows]
            stretch[rows] = np.clip(bucket.x[rows] / plain, 1.0, calendar[rows])
            mean[rows] = plain * stretch[rows]
            parts.baseline.learn(bucket, rows, self._relative, mean, stretch)
            bucket.learned[rows] /= stretch[rows]
        parts.prior_learning.learn(rows, bucket.learned, bucket.alarmed)

    def _young_among_peers(self, risen: Rows, ranks: F8) -> None:
        """Take a young row's rank for its evidence where it is farther over its threshold."""
        limit = -math.log(self._bucket.alpha_young)
        farther = ranks - limit > self._nats[risen] - self._threshold[risen]
        self._any_over, rows = True, risen[farther]
        self._nats[rows], self._threshold[rows] = ranks[farther], limit
        self._among_peers[rows] = True

    def _newcomers(self) -> None:
        n, bucket, peers = len(self._bucket.x), self._bucket, self._parts.peers
        self._any_over = True
        self._nats[n:] = peers.first_evidence(
            self._first_x, self._relative, bucket.alpha_first, bucket.flooded
        )
        self._expected[n:] = peers.first_mean(bucket.alpha_first)
        if bucket.calendar_factor is not None:
            self._expected[n:] *= bucket.calendar_factor[n:]
        self._threshold[n:] = -math.log(bucket.alpha_first)
        if bucket.flooded is not None:
            self._threshold[n:][bucket.flooded.flags] = -math.log(bucket.flooded.alpha)
            below = self._nats[n:] < self._threshold[n:]
            self._in_flood = bucket.flooded.flags & below
        self._among_peers[n:] = True

    def _learn(self) -> None:
        """Let the parts learn what belongs to all rows, and add the newcomers."""
        parts, bucket = self._parts, self._bucket
        if bucket.learn:
            parts.factor_split.learn(self._exposure)
            parts.common.learn(bucket.found)
            parts.peers.learn(
                self._first_x,
                self._young_x,
                bucket.x,
                self._relative,
                bucket.found.newcomers,
                bucket.flooded,
                self._in_flood,
                bucket.alarmed,
            )
            parts.baseline.pass_bucket(self._relative, bucket.hour)
            parts.prior_learning.pass_bucket(parts.baseline.exposure)
        parts.peers.pass_bucket(len(bucket.x))
        if not len(bucket.first):
            parts.tenure.pass_bucket(bucket.x)
        else:
            parts.tenure.enter(len(bucket.first))
            parts.tenure.pass_bucket(np.concatenate([bucket.x, bucket.first]))
            exposure = parts.baseline.exposure
            parts.baseline.enter(
                *parts.prior_learning.enter(self._first_x, self._relative, exposure, self._in_flood)
            )
            if bucket.flooded is not None:
                part = bucket.flooded.part
                parts.peers.enter_flood(len(bucket.x), self._in_flood, part)

    def _remember(self, rows: Rows) -> None:
        if len(rows):
            self.baselines_before.append((rows, self._parts.baseline.state.select(rows)))
