"""What each entity is expected to count: rates, corrections and dispersions of all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.burst.bucket_rows import BucketRows
from detectors.cohort.silence import Silence
from detectors.distributions.dispersion import Dispersion
from detectors.distributions.gamma_poisson import silence
from detectors.exposure.hours_seen import HoursSeen
from detectors.exposure.profile import Profile
from detectors.exposure.season import Season
from detectors.kernels.library import NOTHING, kernel, one_or_each, placed
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

OWN_WEIGHT = 1.0
"""Counts that pull an entity's own observed over expected to 1. What the cohort does after a
silence (`Silence`) is right on average, and an entity that differs does so for long."""

CYCLE_SPREAD = 0.3
"""Squared relative error of an expectation that has not seen a day of the week yet."""

SURE_HABIT = 10.0
"""Weight of the variance of lots, against that of a row's class."""

NUMBERS = 4
"""How many numbers are remembered of a row that leaves."""

_PREDICT = kernel("predict")
_LEARN = kernel("learn")


class Baseline:
    r"""Predictive negative binomial of every row, learned bucket by bucket.

    .. math::

        m = e \cdot M \cdot \frac{a}{b} \cdot c \cdot
            \frac{\kappa_1 + \sum \tilde x}{\kappa_1 + \sum e M c\, a/b}, \qquad
        1/a' = 1/a + \delta (1 + 1/m) + c_v^2 + s (1 - b/w)^+

    a, b: posterior of the rate. M: when in the week the row counts (`Profile`), where the hour is
    known; the last term then also has the uncertainty of M, and of an hour that was not seen
    yet (`HoursSeen`). c: what the cohort did after a silence as long as the row's (`Silence`).
    The last factor: what the row itself did against that. δ: `Dispersion`. The last term: until
    a week w has been seen, the cycle of the week is not known.

    Methods that take an `hour` mean the hour of the week in which the bucket lies, 0 to 167,
    Monday's first is 0; None where it is not known.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape at which forgetting stops: the width of one cell of the cohort's mixture.
    expectation_cv
        :math:`c_v`, relative error of the exposure.
    winsor_sd
        Counts are learned as at most this many deviations of their class over the mean.
    own_week
        Whether each row has a week of its own (`Season`) instead of a kind of week (`Profile`).

    Attributes
    ----------
    exposure
        Sum over all buckets learned so far.

    Examples
    --------
    >>> baseline = Baseline(1.0)
    >>> baseline.enter(np.array([1.0]), np.array([1.0]))
    >>> from detectors.burst.tail_evidence import TailEvidence
    >>> detector = TailEvidence((), (), half=0.3)
    >>> for _ in range(60):
    ...     bucket = BucketRows(np.array([4.0]), np.array([False]))
    ...     _ = detector.judge(baseline, bucket, slice(0, 1))
    ...     baseline.learn(bucket, slice(0, 1), 1.0)
    ...     baseline.pass_bucket(1.0)
    >>> shape, rate, mean = baseline.predictive(slice(0, 1), 2.0)
    >>> mean.round(1)
    array([8.])
    """

    def __init__(
        self,
        bucket_days: float,
        *,
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        own_week: bool = False,
    ) -> None:
        self._keep = keep_per_day**bucket_days
        self._week = 7.0 / bucket_days
        self._shape = shape
        self._error = expectation_cv * expectation_cv
        self._winsor = winsor_sd
        self.dispersion = Dispersion(self._keep)
        self.silence = Silence(self._keep)
        self.profile: Profile | Season = Season(bucket_days) if own_week else Profile(bucket_days)
        self._hours = HoursSeen(bucket_days)
        self.exposure = 0.0
        self._a, self._b = np.zeros(0), np.zeros(0)
        self._v, self._m = np.zeros(0), np.zeros(0)
        """Sums of `Dispersion`."""
        self._observed, self._expected = np.zeros(0), np.zeros(0)
        """Sums of the last factor of m."""
        self._last_active = np.zeros(0)
        """`exposure` up to and with the last bucket in which the row counted."""
        self.state = State()
        self.state.columns(self, "_a", "_b", "_v", "_m", "_observed", "_expected", "_last_active")
        self.state.shared(self, exposure=float)
        self.state.include(
            dispersion=self.dispersion.state,
            silence=self.silence.state,
            profile=self.profile.state,
            hours=self._hours.state,
        )

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._a)

    def is_new(self, hour: int | None) -> bool:
        """Whether no bucket has shown yet what happens at this hour of the day."""
        return hour is not None and self._hours.is_new(hour)

    def predictive(
        self,
        rows: Rows | slice,
        exposure: float | F8,
        hour: int | None = None,
        *,
        together: bool = False,
    ) -> tuple[F8, F8, F8]:
        """Widened shape and rate, and mean, of the counts of a bucket.

        Parameters
        ----------
        rows
            Which rows.
        exposure
            Exposure of the bucket, for all rows or for each.
        hour
            Hour of the week.
        together
            Whether the question is what all rows did together. Then an hour that was not seen
            yet adds no uncertainty: the exposure itself is found from them.
        """
        numbers, start, n = placed(rows)
        out = np.empty((3, n))
        known = self.known(hour, together=together)
        _PREDICT(numbers, start, n, *one_or_each(exposure), *known, out)
        wide_a, wide_b, mean = out
        return wide_a, wide_b, mean

    def known(self, hour: int | None, *, together: bool = False) -> tuple[Any, ...]:
        """What is known of the rows before a bucket, as kernels take it; see `predictive`."""
        error = self._error
        if hour is not None and not together:
            error += self._hours.error(hour)
        return (
            self._a, self._b, self._v, self._m, self._observed, self._expected,
            self._last_active, self.exposure, self.dispersion.table, self.dispersion.own_weight,
            self.silence.table, error, CYCLE_SPREAD, self._week, *self.profile.known(hour),
        )  # fmt: skip

    def learn(
        self,
        bucket: BucketRows,
        rows: slice,
        learning_exposure: float,
        mean: F8 | None = None,
        stretch: F8 | None = None,
    ) -> None:
        """Learn the counts of one bucket from rows without an alert.

        Parameters
        ----------
        bucket
            The bucket, when the rows have been judged; it gets the counts as they were learned.
        rows
            Which rows.
        learning_exposure
            Exposure by which its rates are learned (`FactorSplit`).
        mean, stretch
            Times by which the exposure of each row is larger than that of the bucket, and what
            was then expected of it; None: no row's is. Rows that are stretched teach nothing about
            dispersion or silence: the stretch was fitted to their counts.
        """
        _LEARN(
            rows.start, rows.stop - rows.start, bucket.x,
            bucket.expected if mean is None else mean, bucket.alarmed, bucket.factor,
            NOTHING if stretch is None else stretch, bucket.trust, bucket.exposure,
            learning_exposure,
            self._a, self._b, self._v, self._m, self._observed, self._expected,
            self._last_active, self.exposure, self.dispersion.table, self._winsor,
            self.dispersion.aside, self.silence.table, self.silence.aside, self._keep,
            self._shape, bucket.learned, bucket.plain,
        )  # fmt: skip
        if bucket.hour is not None:
            self.profile.add(rows, bucket.hour, bucket.learned, bucket.plain, bucket.trust)

    def pass_bucket(self, learning_exposure: float, hour: int | None = None) -> None:
        """End a bucket: what its rows taught about all of them counts from now on."""
        self.exposure += learning_exposure
        self.dispersion.pass_bucket()
        if hour is not None:
            self.profile.pass_bucket(hour)
            self._hours.pass_bucket(hour)
        self.silence.pass_bucket()

    def enter(self, a: F8, b: F8) -> None:
        """Add rows with these posteriors, which have counted in the last bucket."""
        start = len(self)
        self.state.grow_to(start + len(a))
        self._a[start:], self._b[start:] = a, b
        self._last_active[start:] = self.exposure

    def adopt(self, rows: Rows, rate: F8) -> None:
        """Set the rates of some rows, as though seven buckets had shown them."""
        self._a[rows] = np.maximum(7.0 * rate, self._shape)
        self._b[rows] = self._a[rows] / np.maximum(rate, 1e-9)
        for column in (self._v, self._m, self._observed, self._expected):
            column[rows] = 0.0
        # No silence either: the given rate is the one to expect.
        self._last_active[rows] = self.exposure

    def add_bursts(self, row: int, counted: float, exposure: float, highest: float) -> None:
        """Learn bursts that are a row's habit, as though none had been an alert.

        It counts nothing, or up to the highest: the variance is that of lots of this size.

        Parameters
        ----------
        row
            The row.
        counted, exposure
            Sums of its counts, and of the exposure, in buckets that were not learned.
        highest
            The largest of the counts.
        """
        self._a[row] += counted
        self._b[row] += exposure
        mean = self._a[row] / self._b[row]
        spread = max(highest - mean - 1.0, 0.0) / (1.0 + mean)
        self._m[row] = SURE_HABIT * self.dispersion.own_weight
        self._v[row] = spread * self._m[row]
        # A pause between two lots is none of its silences.
        self._observed[row] = self._expected[row] = self._a[row]
        self._last_active[row] = self.exposure

    def remember(self, rows: Rows) -> F8:
        """What is worth remembering of rows that leave: `NUMBERS` numbers of each."""
        now = np.full(len(rows), self.exposure)
        # What the row did against its own mean is part of its rate from now on.
        own = (OWN_WEIGHT + self._expected[rows]) / (OWN_WEIGHT + self._observed[rows])
        return np.stack([self._a[rows], self._b[rows] * own, now, now - self._last_active[rows]])

    def recall(self, numbers: F8) -> None:
        """Add rows that had left, given what was remembered of them.

        Their rates are what they would be had they stayed. Of silences longer than theirs was when
        they left, the cohort knows nothing, so theirs counts as that long.
        """
        a, b, left, quiet = numbers
        away = np.maximum(self.exposure - left, 0.0)
        self.enter(*silence(a, b, self._keep, self._shape, away))
        self._last_active[len(self) - len(a) :] = self.exposure - quiet
