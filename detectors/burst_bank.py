"""Burst detection for all entities of one level and one signal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.cohort_prior import CohortPrior
from detectors.dispersion import Dispersion
from detectors.first_count import FirstCounts
from detectors.focus_bank import FocusBank, Onset
from detectors.gamma_poisson import capped_mean, forget, tail, widen
from detectors.gauge import Gauge
from detectors.shiryaev_roberts import step
from detectors.silence import Silence

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DAY_S = 86_400.0

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache."""

OWN_WEIGHT = 1.0
"""Counts that an entity's own observed over expected must outweigh: the cohort's ways
(`Silence`) are right on average, and an entity that has others has them for long."""

LEAST_EXPOSURE = 1e-6

LEAST_LIVELY = 0.003

SPARSE = 1.0
"""Entities expected to count less than this are capped at 3 in the common factor."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one closed bucket says of each row, newcomers last."""

    evidence_nats: F8
    threshold_nats: F8
    expected: F8
    """Predictive mean of the count, from before the bucket."""
    fits: Flags
    """Whether the count fits the baseline; worked out for alarmed rows, else true."""


class BurstBank:
    r"""Predictive Shiryaev-Roberts e-detectors, their baselines and onsets, as arrays.

    Row i is entity i in order of first sight. In each closed bucket an entity's count x
    is judged against what the past predicts, then learned:

    1. posterior ``Gamma(a, b)`` of the rate, widened to predict (`gamma_poisson.widen`)
       by the overdispersion of its size class and its own (`Dispersion`) and by
       ``expectation_cv`` squared;
    2. evidence :math:`\ln \sum_k w_k R_k` (`shiryaev_roberts.step`);
    3. the winsorised count is learned, after forgetting :math:`1 - \lambda`;
    4. Poisson-FOCuS takes the count and its expectation in, for the onset.

    Newcomers are judged once, by their first count among recent first counts
    (`FirstCounts`), and begin with the posterior that the cohort suggests (`CohortPrior`).

    Threshold: :math:`-\ln \alpha`. If predictives are right, alarms in n buckets are at
    most :math:`\alpha n` in expectation, whatever n, re-openings included, and this adds
    over entities. Forgetting, winsorising and estimated dispersions break the condition:
    the budget is then a measured property.

    Nothing here depends on a row's position or company, except what all share; shared
    sums run in row order.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    ratios, levels
        Alternatives, as `shiryaev_roberts.step` takes them; equally weighted.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape that forgetting stops at: the width of one cell of the cohort's mixture.
    expectation_cv
        Relative error of the exposure.
    winsor_sd
        Counts are learned as at most this many predictive deviations over the mean, plus 2.
    common_weight
        κ of the common factor: counts that pull it to 1.
    school_buckets
        Buckets after its first in which an entity shows its rate to the cohort.
    first_per_day
        Newcomers expected a day before any has been seen.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors. arXiv 2203.03532.

    Examples
    --------
    >>> bank = BurstBank(86_400.0)
    >>> none = np.zeros(0)
    >>> _ = bank.close(none, np.array([10.0, 1.0]), alarmed=none > 0, alpha=1e-3, alpha_first=1e-3)
    >>> calm = np.zeros(2, dtype=bool)
    >>> for _ in range(20):
    ...     judged = bank.close(np.array([10.0, 0.0]), none, alarmed=calm, alpha=1e-3,
    ...                         alpha_first=1e-3)
    >>> judged.expected.round()
    array([10.,  0.])
    >>> judged = bank.close(np.array([12.0, 25.0]), none, alarmed=calm, alpha=1e-3,
    ...                     alpha_first=1e-3)
    >>> (judged.evidence_nats >= judged.threshold_nats).tolist()
    [False, True]
    >>> bank.onset(1).observed
    25.0
    """

    def __init__(
        self,
        bucket_s: float,
        *,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        levels: tuple[tuple[float, float], ...] = ((5.0, 1.0), (20.0, 10.0)),
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        common_weight: float = 50.0,
        school_buckets: int | None = None,
        first_per_day: float = 1000.0,
    ) -> None:
        days = bucket_s / DAY_S
        self._ratios = ratios
        self._levels = levels
        self._keep = keep_per_day**days
        self._shape = shape
        self._error = expectation_cv * expectation_cv
        self._winsor = winsor_sd
        self._common_weight = common_weight
        self._week = 7.0 / days
        self._school = school_buckets or max(7, round(1.0 / days))
        self._first = FirstCounts(days, keep_per_day=keep_per_day, start_per_day=first_per_day)
        self._prior = CohortPrior(days, keep_per_day=keep_per_day)
        self._dispersion = Dispersion(self._keep)
        self._focus = FocusBank()
        self._gauge = Gauge(days)
        self._silence = Silence(self._keep)
        self._exposure = 0.0
        self._mean_liveliness = 1.0
        self._liveliness_sum = 0.0
        self._classes: list[tuple[int, int, int, float, float]] = []
        """Classes at school: bucket, rows from and to, first exposure, exposure until then."""
        self.n = 0
        self._a, self._b = np.zeros(0), np.zeros(0)
        self._r = np.zeros((len(ratios) + len(levels), 0))
        self._v, self._m = np.zeros(0), np.zeros(0)
        self._got, self._due = np.zeros(0), np.zeros(0)
        """What was counted and what was expected, decayed."""
        self._heard = np.zeros(0)
        """Exposure of all buckets up to the row's last count."""
        self._count1 = np.zeros(0, dtype=np.float32)
        self._later = np.zeros(0, dtype=np.float32)

    @property
    def first_per_day(self) -> float:
        """Newcomers a day, decayed mean."""
        return self._first.per_day

    @property
    def expected_first(self) -> float:
        """Mean first count of recent newcomers."""
        return self._first.mean

    def common_factor(self, x: F8, first: F8, exposure: float = 1.0) -> float:
        r"""What the bulk of entities did in a bucket, against what was expected of it.

        .. math::

            f = \frac{\kappa + \sum u \min(x, c) + \sum_{new} \min(x, 3)}
                     {\kappa + \sum u E[\min(X, c)] + N}

        c is 3 for sparse entities and three predictive deviations over the mean for others,
        whose weight u makes them count as if three were expected of them: the factor is
        about the bulk, so none may be the bulk by itself. N is the forecast of the
        newcomers' capped total.

        Parameters
        ----------
        x, first
            Counts of known entities and of newcomers.
        exposure
            Exposure known without looking at the counts, e.g. from a profile.
        """
        seen, due = self._common_weight, self._common_weight
        for at in range(0, self.n, BLOCK):
            rows = slice(at, min(at + BLOCK, self.n))
            a, b, mean = self._predictive(rows, exposure)
            sparse = capped_mean(a, b, exposure)
            deviation = np.sqrt(mean + mean * mean / a)
            busy = mean >= SPARSE
            weight = np.where(busy, np.minimum(1.0, 3.0 / mean), 1.0)
            cap = np.where(busy, mean + 3.0 * deviation, 3.0)
            seen += float(np.sum(weight * np.minimum(x[rows], cap)))
            due += float(np.sum(np.where(busy, weight * mean, sparse)))
        forecast = self._first.capped_total
        if forecast is not None:
            seen += float(np.sum(np.minimum(first, 3.0)))
            due += forecast * exposure
        return seen / due

    def close(
        self,
        x: F8,
        first: F8,
        *,
        exposure: float = 1.0,
        alarmed: Flags,
        alpha: float,
        alpha_first: float,
        learn: bool = True,
    ) -> Judgement:
        """Judge one closed bucket, then learn from it.

        Parameters
        ----------
        x
            Counts of the n known entities.
        first
            Counts of newcomers, all above 0; they become rows n, n + 1, ...
        exposure
            Exposure of the bucket: profile times common factor.
        alarmed
            Known entities with an open alert: R stays 0, nothing is learned.
        alpha, alpha_first
            Chance of a false alarm of a known entity and bucket, and of a newcomer.
        learn
            False keeps the bucket out of baselines and cohort.
        """
        n, m = self.n, len(first)
        x = np.ascontiguousarray(x, dtype=np.float64)
        first = np.ascontiguousarray(first, dtype=np.float64)
        exposure = max(exposure, LEAST_EXPOSURE)
        evidence, expected = np.empty(n + m), np.empty(n + m)
        lesson = self._gauge.relative(exposure)
        for at in range(0, n, BLOCK):
            rows = slice(at, min(at + BLOCK, n))
            self._close_block(
                rows,
                x[rows],
                exposure,
                lesson if learn else None,
                alarmed[rows],
                evidence[rows],
                expected[rows],
            )
        evidence[n:] = self._first.evidence(first, lesson)
        expected[n:] = self._first.mean
        if n:
            self._mean_liveliness = self._liveliness_sum / n
            self._liveliness_sum = 0.0
        fits = np.ones(n + m, dtype=np.bool_)
        held = np.flatnonzero(alarmed)
        if len(held):
            # Alarmed rows have not learned, so this is still the baseline from before.
            a, b, _ = self._predictive(held, exposure)
            fits[held] = tail(a, b, x[held], exposure) >= 0.05
        self._focus.close(expected[:n], x, ~alarmed)
        self._exposure += lesson
        self._welcome(first, lesson)
        self._focus.grow(m)
        if learn:
            self._gauge.learn(exposure)
            self._first.learn(first, lesson)
            self._dispersion.pass_bucket()
            self._silence.pass_bucket()
            self._prior.pass_bucket()
        self._graduate(learn)
        threshold = np.full(n + m, -math.log(alpha))
        threshold[n:] = -math.log(alpha_first)
        return Judgement(evidence, threshold, expected, fits)

    def score(self, rows: Rows, x: F8, *, exposure: float = 1.0) -> F8:
        """Evidence that these counts would give if the bucket closed now."""
        exposure = max(exposure, LEAST_EXPOSURE)
        x = np.ascontiguousarray(x, dtype=np.float64)
        a, b, mean = self._predictive(rows, exposure)
        inflow = _liveliness(mean / exposure) / self._mean_liveliness
        state = np.ascontiguousarray(self._r[:, rows])
        return step(state, inflow, a, b, x, exposure, self._ratios, self._levels, None)

    def score_first(self, x: F8) -> F8:
        """Evidence that newcomers with these first counts would give."""
        return self._first.evidence(np.ascontiguousarray(x), 1.0)

    def expected_of(self, rows: Rows, exposure: float) -> F8:
        """Predictive mean of these rows."""
        return self._predictive(rows, exposure)[2]

    def reset(self, rows: Rows) -> None:
        """Start these rows' evidence anew, after an alarm."""
        self._r[:, rows] = 0.0
        self._focus.reset(rows)

    def adopt_level(self, rows: Rows, rate: F8) -> None:
        """Take a burst that outlived its longest life for the new level.

        Parameters
        ----------
        rows
            Entities.
        rate
            Their new counts a unit of exposure; known as well as a week's buckets tell.
        """
        self._a[rows] = np.maximum(7.0 * rate, self._shape)
        self._b[rows] = self._a[rows] / np.maximum(rate, 1e-9)
        self._got[rows] = 0.0
        self._due[rows] = 0.0
        self._v[rows] = 0.0
        self._m[rows] = 0.0
        self.reset(rows)

    def onset(self, row: int) -> Onset | None:
        """Where the stretch that stands out most began, or None if none does."""
        return self._focus.onset(row)

    def pack_shared(self) -> bytes:
        """What belongs to all rows: msgpack of plain values."""
        return msgspec.msgpack.encode(
            _Shared(
                self._exposure,
                self._mean_liveliness,
                self._focus.closed,
                self._classes,
                self._first.dump(),
                self._prior.dump(),
                self._dispersion.dump(),
                self._gauge.dump(),
                self._silence.dump(),
            )
        )

    def pack(self, start: int, stop: int) -> bytes:
        """Rows start..stop-1: msgpack of the arrays' little-endian bytes, one after another.

        104 bytes a row with five ratios, and 28 for each start that Poisson-FOCuS holds.
        """
        rows = slice(start, stop)
        parts = [
            self._a,
            self._b,
            self._v,
            self._m,
            self._heard,
            self._count1,
            self._later,
            *self._r,
        ]
        return msgspec.msgpack.encode(
            [*(part[rows].tobytes() for part in parts), self._focus.dump(start, stop)]
        )

    @classmethod
    def restore(
        cls,
        bucket_s: float,
        shared: bytes,
        chunks: list[bytes],
        *,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        levels: tuple[tuple[float, float], ...] = ((5.0, 1.0), (20.0, 10.0)),
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        common_weight: float = 50.0,
        school_buckets: int | None = None,
        first_per_day: float = 1000.0,
    ) -> BurstBank:
        """Bank as it was packed, to the last bit; settings as when it was made.

        Parameters
        ----------
        bucket_s
            Bucket size in seconds.
        shared
            What `pack_shared` gave.
        chunks
            What `pack` gave, in the order of the rows.
        ratios, levels, keep_per_day, shape, expectation_cv, winsor_sd
            As given to the bank.
        common_weight, school_buckets, first_per_day
            As given to the bank.
        """
        bank = cls(
            bucket_s,
            ratios=ratios,
            levels=levels,
            keep_per_day=keep_per_day,
            shape=shape,
            expectation_cv=expectation_cv,
            winsor_sd=winsor_sd,
            common_weight=common_weight,
            school_buckets=school_buckets,
            first_per_day=first_per_day,
        )
        common = msgspec.msgpack.decode(shared, type=_Shared)
        bank._exposure = common.exposure
        bank._mean_liveliness = common.mean_liveliness
        bank._classes = common.classes
        bank._first.load(common.first)
        bank._prior.load(common.prior)
        bank._dispersion.load(common.dispersion)
        bank._gauge.load(common.gauge)
        bank._silence.load(common.silence)
        pieces = [msgspec.msgpack.decode(chunk, type=list[bytes]) for chunk in chunks]
        for *_, focus in pieces:
            bank._focus.load(focus)
        bank._focus.closed = common.closed
        if pieces:
            columns = [b"".join(parts) for parts in zip(*pieces, strict=True)][:-1]
            bank._a, bank._b, bank._v, bank._m, bank._got, bank._due, bank._heard = (
                np.frombuffer(column).copy() for column in columns[:7]
            )
            bank._count1, bank._later = (
                np.frombuffer(column, dtype=np.float32).copy() for column in columns[7:9]
            )
            bank._r = np.stack([np.frombuffer(column) for column in columns[9:]])
            bank.n = len(bank._a)
        return bank

    def _predictive(self, rows: Rows | slice, exposure: float) -> tuple[F8, F8, F8]:
        a, b = self._a[rows], self._b[rows]
        rate = a / b
        b = b / self._silence.of(rate, self._exposure - self._heard[rows])
        b = b * (OWN_WEIGHT + self._due[rows]) / (OWN_WEIGHT + self._got[rows])
        mean = exposure * a / b
        spread = self._dispersion.of(mean, self._v[rows], self._m[rows]) + self._error
        # Until a week has been seen, the cycle of the week is not known.
        spread += np.maximum(1.0 - self._b[rows] / self._week, 0.0)
        wide_a, wide_b = widen(a, b, spread)
        return wide_a, wide_b, mean

    def _close_block(
        self,
        rows: slice,
        x: F8,
        exposure: float,
        lesson: float | None,
        alarmed: Flags,
        evidence: F8,
        expected: F8,
    ) -> None:
        a, b = self._a[rows], self._b[rows]
        wide_a, wide_b, mean = self._predictive(rows, exposure)
        state = self._r[:, rows]
        lively = _liveliness(mean / exposure)
        self._liveliness_sum += float(np.sum(lively))
        inflow = lively / self._mean_liveliness
        evidence[:] = step(
            state, inflow, wide_a, wide_b, x, exposure, self._ratios, self._levels, state
        )
        expected[:] = mean
        if alarmed.any():
            state[:, alarmed] = 0.0
        if lesson is None:
            return
        learned = np.minimum(x, self._dispersion.ceiling(mean, a, self._winsor))
        rate = a / b
        got, owed = self._got[rows], self._due[rows]
        due = lesson * rate * (OWN_WEIGHT + got) / (OWN_WEIGHT + owed)
        heard = self._heard[rows]
        quiet = self._exposure - heard
        add_v, add_m = self._dispersion.sums(mean, a, learned)
        new_a, new_b = forget(a, b, self._keep, self._shape)
        new_a += learned
        new_b += lesson
        calm = ~alarmed
        if alarmed.any():
            self._dispersion.add(mean[calm], add_v[calm], add_m[calm], x[calm])
            self._silence.add(rate[calm], quiet[calm], due[calm], learned[calm])
        else:
            self._dispersion.add(mean, add_v, add_m, x)
            self._silence.add(rate, quiet, due, learned)
        np.copyto(heard, self._exposure + lesson, where=x > 0.0)
        np.copyto(a, new_a, where=calm)
        np.copyto(b, new_b, where=calm)
        np.copyto(self._v[rows], self._keep * self._v[rows] + add_v, where=calm)
        np.copyto(self._m[rows], self._keep * self._m[rows] + add_m, where=calm)
        np.copyto(got, self._keep * got + learned, where=calm)
        np.copyto(owed, self._keep * owed + mean, where=calm)
        later = self._later[rows]
        # Marked for good: the cohort's rates are those of entities without an alert.
        later += np.where(alarmed, np.float32(np.nan), learned).astype(np.float32)

    def _welcome(self, first: F8, exposure: float) -> None:
        if not len(first):
            return
        a, b = self._prior.posterior(first, exposure)
        m = len(first)
        self._a, self._b = np.concatenate([self._a, a]), np.concatenate([self._b, b])
        self._heard = np.concatenate([self._heard, np.full(m, self._exposure)])
        self._got = np.concatenate([self._got, np.zeros(m)])
        self._due = np.concatenate([self._due, np.zeros(m)])
        self._v = np.concatenate([self._v, np.zeros(m)])
        self._m = np.concatenate([self._m, np.zeros(m)])
        self._r = np.concatenate([self._r, np.zeros((len(self._r), m))], axis=1)
        self._count1 = np.concatenate([self._count1, first.astype(np.float32)])
        self._later = np.concatenate([self._later, np.zeros(m, dtype=np.float32)])
        self._classes.append((self._focus.closed, self.n, self.n + m, exposure, self._exposure))
        self.n += m

    def _graduate(self, learn: bool) -> None:
        while self._classes and self._focus.closed - self._classes[0][0] >= self._school:
            bucket, start, stop, exposure, until = self._classes.pop(0)
            later = self._later[start:stop].astype(np.float64)
            good = ~np.isnan(later)
            if learn and good.any():
                first = self._count1[start:stop].astype(np.float64)[good]
                self._prior.learn(
                    first,
                    exposure,
                    later[good],
                    self._exposure - until,
                    self._focus.closed - bucket,
                )


def _liveliness(rate: F8) -> F8:
    """Part of the budget for an entity: nearly none of the silent ones will ever burst."""
    return (rate + LEAST_LIVELY) / (rate + 0.1)


class _Shared(msgspec.Struct):
    exposure: float
    mean_liveliness: float
    closed: int
    classes: list[tuple[int, int, int, float, float]]
    first: list[bytes | float]
    prior: list[float]
    dispersion: list[bytes]
    gauge: list[float]
    silence: list[bytes]
