"""Complaints, compared with what sends lead one to expect, for all entities of one level."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.bucket_rows import BLOCK
from detectors.burst.poisson_focus import FocusBank, Onset
from detectors.burst.prediction_band import PredictionBand, ends_of, least_of_each, with_least
from detectors.burst.shiryaev_roberts import ShiryaevRoberts
from detectors.distributions.gamma_poisson import tail
from detectors.exposure.factor_split import FactorSplit
from detectors.exposure.tenure import Tenure
from detectors.kernels.library import ALL_ROWS, kernel
from detectors.rate.baseline import Due, RateBaseline
from detectors.rate.delay import PHONE_CALLS, Delay
from detectors.rate.delayed_sends import DelayedSends
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

_JUDGE = kernel("judge_rate")

DAY_S = 86_400.0

LEAST_FACTOR = 1e-6

FITS = 0.05
"""Complaints fit their sends if the chance to reach or pass them is at least this."""


class RateJudgement(msgspec.Struct, frozen=True):
    """What one closed bucket says of each row."""

    evidence_nats: F8
    """Meaningful for the rows that were judged."""
    threshold_nats: float
    expected: F8
    """Complaints that the sends lead one to expect, from before the bucket."""
    exposure: F8
    """Messages due, times the common factor."""
    fits: Flags
    """Whether the complaints fit; worked out for alarmed rows, true for others."""
    over: Rows
    """Judged rows with complaints and without an alert that reach the threshold."""


class RateBank:
    r"""`ComplaintRate` of many entities, which also learn from each other.

    Row i is the i-th entity that was seen to send. It differs from the form for one series in
    four points: the prior of p is the cohort's (`RatePrior`), δ is learned (`Dispersion`), every
    expectation has the common factor of the bucket (`common_factor`), and the share of the budget
    that a row may spend follows its expected complaints (`Evidence`).

    State: 157 bytes a row (age 5, past sends 56, posterior and dispersion 32, R 48, onset 16), and
    24 for each start that Poisson-FOCuS holds.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    delay
        From sending to complaining.
    ratios, levels
        Alternatives, as `shiryaev_roberts.step` takes them; equally weighted.
    rate
        Complaints a message before anything has been seen.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape at which forgetting stops.
    expectation_cv
        Relative error of the exposure.
    winsor_sd
        Complaints are learned as at most this many deviations of their class over the mean.
    common_weight
        κ of the common factor: counts that pull it to 1.
    watched_buckets
        Buckets after its first in which an entity is watched before the prior learns from it.

    Examples
    --------
    >>> bank, all_, none = RateBank(86_400.0), np.ones(2, dtype=bool), np.zeros(2, dtype=bool)
    >>> def day(sends, complaints):
    ...     due = bank.due(sends)
    ...     return bank.close(sends, complaints, due, judged=all_, alarmed=none, alpha=1e-3)
    >>> bank.grow(2)
    >>> steady, usual = np.array([1000.0, 50.0]), np.array([10.0, 1.0])
    >>> for _ in range(60):
    ...     judged = day(steady, usual)
    >>> day(2 * steady, np.array([16.0, 2.0])).expected.round(1)
    array([16.4,  1.6])
    >>> judged = day(steady, np.array([40.0, 1.0]))
    >>> (judged.evidence_nats > judged.threshold_nats).tolist()
    [True, False]
    """

    def __init__(
        self,
        bucket_s: float,
        *,
        delay: Delay = PHONE_CALLS,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        levels: tuple[tuple[float, float], ...] = ((5.0, 1.0), (20.0, 10.0)),
        rate: float = 1e-3,
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        common_weight: float = 50.0,
        watched_buckets: int | None = None,
    ) -> None:
        days = bucket_s / DAY_S
        self._common_weight = common_weight
        self._sends = DelayedSends(delay, bucket_s)
        self._baseline = RateBaseline(
            keep_per_day**days,
            watched_buckets or max(7, round(1.0 / days)),
            rate=rate,
            shape=shape,
            expectation_cv=expectation_cv,
            winsor_sd=winsor_sd,
        )
        self._evidence = ShiryaevRoberts(ratios, levels, half=0.1)
        self._factor_split, self._tenure = FactorSplit(days), Tenure(days)
        self._focus = FocusBank()
        self._closed = 0
        self._past = np.zeros((self._sends.size, 0))
        self.state = State()
        self.state.columns(self, "_past")
        self.state.shared(self, _closed=int)
        self.state.include(
            baseline=self._baseline.state,
            evidence=self._evidence.state,
            factor_split=self._factor_split.state,
            tenure=self._tenure.state,
            focus=self._focus.state,
        )

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self._baseline)

    def grow(self, count: int) -> None:
        """Add entities that sent for the first time in this bucket, before it closes."""
        if count:
            self._baseline.enter(count)
            self._tenure.enter(count)
            self.state.grow_to(self.n)

    @property
    def watched_from(self) -> int | None:
        """First row that the prior has still to learn from; None: there is none."""
        return self._baseline.prior.watched_from

    def remember(self, rows: Rows) -> F8:
        """What is worth remembering of rows that leave: see `RateBaseline.remember`."""
        return self._baseline.remember(rows)

    def recall(self, numbers: F8) -> None:
        """Add rows that had left, given what was remembered of them."""
        self._baseline.recall(numbers)
        self._tenure.enter(numbers.shape[1])
        self.state.grow_to(self.n)

    def due(self, sends: F8) -> Due:
        """Messages whose complaints are due in a bucket with these sends."""
        sends = np.ascontiguousarray(sends, dtype=np.float64)
        return Due(*self._sends.due_of_all(self._past, sends, self._closed))

    def usual_sends(self) -> F8:
        """Sends to assume in a bucket whose sends have not been recorded: the recent mean."""
        return self._sends.recent(self._past)

    def common_factor(self, x: F8, due: Due, judged: Flags) -> float:
        """Complaints about the bulk of the judged rows, over what was expected.

        Only rows that are proven (`Tenure`) take part, if any is: fresh ids that send, and that
        nobody complains about, would pull the factor down.
        """
        proven = judged & (self._tenure.trusts(self.n, 0.0) > 0.0)
        bulk = proven if proven.any() else judged
        return self._baseline.common_factor(x, due, bulk, self._common_weight)

    def close(
        self,
        sends: F8,
        x: F8,
        due: Due,
        *,
        factor: float = 1.0,
        judged: Flags,
        alarmed: Flags,
        alpha: float,
        learn: bool = True,
    ) -> RateJudgement:
        """Judge one closed bucket, then learn from it.

        Parameters
        ----------
        sends, x
            Sends and complaints of all rows.
        due
            What `due` gave for these sends.
        factor
            Common factor of the bucket.
        judged
            Rows that are judged and learned; the R of other rows stays 0.
        alarmed
            Rows with an open alert: R stays 0, nothing is learned.
        alpha
            Chance of a false alarm of a judged row and bucket.
        learn
            False keeps the complaints out of all that is learned.
        """
        n, baseline = len(self._baseline), self._baseline
        if not baseline.prior.begun and judged.any():
            baseline.begin(np.where(judged, x, 0.0), np.where(judged, due.total, 0.0))
        sends = np.ascontiguousarray(sends, dtype=np.float64)
        x = np.ascontiguousarray(x, dtype=np.float64)
        factor, limit = max(factor, LEAST_FACTOR), -math.log(alpha)
        relative = self._factor_split.relative(factor)
        evidence, expected, exposure = np.empty((3, n))
        fits, calm = np.empty((2, n), dtype=np.bool_)
        fits.fill(True)
        held = alarmed.nonzero()[0]
        if len(held):
            a, b, _, e = baseline.predictive(held, due, factor)
            fits[held] = tail(a, b, x[held], e) >= FITS
        shares, over, rows_judged, active = 0.0, 0, 0, 0
        for at in range(0, n, BLOCK):
            rows = slice(at, n if n - at <= BLOCK else at + BLOCK)
            total, high, number, counted = _JUDGE(
                at, rows.stop - at, x, judged, alarmed, due.total, due.known,
                *baseline.known(factor), *self._evidence.of_kernel(), limit,
                evidence, expected, exposure, calm,
            )  # fmt: skip
            shares += total
            over += high
            rows_judged += number
            active += counted
            if learn:
                baseline.learn(rows, x, expected, due, factor, relative, calm)
        self._sends.take(self._past, sends, self._closed)
        self._tenure.pass_bucket(sends)
        self._evidence.settle(shares, rows_judged)
        self._focus.close(expected, x, calm, active)
        self._closed += 1
        if learn:
            self._factor_split.learn(factor)
            baseline.pass_bucket()
        found = (calm & (x > 0.0) & (evidence >= limit)).nonzero()[0] if over else ALL_ROWS
        return RateJudgement(evidence, limit, expected, exposure, fits, found)

    def bands(
        self, rows: Rows, due: Due, alpha: float, *, factor: float = 1.0
    ) -> list[PredictionBand]:
        """What the complaints about some rows may be in this bucket, before `close` judges them.

        All are asked at once. In the first judged bucket, which sets its own expectation, nothing
        is known.

        Parameters
        ----------
        rows
            Rows without an alert; of other rows only the two ends of the band are meaningful.
        due, alpha, factor
            As `close` will get them.
        """
        if not self._baseline.prior.begun:
            return [PredictionBand(None, None, None)] * len(rows)
        a, b, mean, e = self._baseline.predictive(rows, due, max(factor, LEAST_FACTOR))
        share, _ = self._evidence.shares(mean, 1.0)

        def alarms(x: F8) -> Flags:
            evidence = self._evidence.score(rows, share, a, b, x, e)
            return np.asarray((evidence >= -math.log(alpha)) & (x > 0.0))

        return with_least(ends_of(a, b, e), least_of_each(alarms, len(rows)))

    def open_evidence(self, rows: Rows, x: F8, due: Due, factor: float = 1.0) -> tuple[F8, F8, F8]:
        """Shape and mean of what is expected of some rows, and their evidence before `close`.

        In the first judged bucket, which sets its own expectation, the shape is no number.

        Parameters
        ----------
        rows
            Rows that are judged.
        x, due, factor
            As `close` will get them.
        """
        if not self._baseline.prior.begun:
            return np.full(len(rows), np.nan), np.zeros(len(rows)), np.zeros(len(rows))
        a, b, mean, e = self._baseline.predictive(rows, due, max(factor, LEAST_FACTOR))
        share, _ = self._evidence.shares(mean, 1.0)
        return a, mean, self._evidence.score(rows, share, a, b, x[rows], e)

    def skip(self, sends: F8) -> None:
        """Pass a bucket whose complaints were not recorded: only its sends are learned."""
        sends = np.ascontiguousarray(sends, dtype=np.float64)
        self._sends.take(self._past, sends, self._closed)
        self._tenure.pass_bucket(sends)
        none = np.zeros(self.n)
        self._focus.close(none, none, none > 0.0)
        self._closed += 1

    def reset(self, rows: Rows) -> None:
        """Begin the evidence of these rows anew, after an alarm."""
        self._evidence.reset(rows)
        self._focus.reset(rows)

    def adopt_level(self, rows: Rows, rate: F8) -> None:
        """Take bursts that outlived their longest life for the new level.

        Parameters
        ----------
        rows
            Entities.
        rate
            Their new complaints a message.
        """
        self._baseline.adopt(rows, rate)
        self.reset(rows)

    def onset(self, row: int) -> Onset | None:
        """Where the stretch that stands out most began, or None if none does."""
        return self._focus.onset(row)
