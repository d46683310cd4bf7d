"""What each entity is expected to count: rates, corrections, dispersions, as arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.cohort.silence import Silence
from detectors.distributions.dispersion import Dispersion
from detectors.distributions.gamma_poisson import forget, widen
from detectors.exposure.hours_seen import HoursSeen
from detectors.exposure.profile import Profile
from detectors.exposure.season import Season
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

OWN_WEIGHT = 1.0
"""Counts that an entity's own observed over expected must outweigh: the cohort's ways
(`Silence`) are right on average, and an entity that has others has them for long."""

CYCLE_SPREAD = 0.3
"""Squared relative error of an expectation that has not seen a day of the week yet."""


class Baseline:
    r"""Predictive negative binomial of every row, learned bucket by bucket.

    .. math::

        m = e \cdot M \cdot \frac{a}{b} \cdot c \cdot
            \frac{\kappa_1 + \sum \tilde x}{\kappa_1 + \sum e M c\, a/b}, \qquad
        1/a' = 1/a + \delta (1 + 1/m) + c_v^2 + s (1 - b/w)^+

    a, b: the rate's posterior. M: when in the week the row counts (`Profile`), where the
    hour is known; what is uncertain in it, and in an hour not seen yet (`HoursSeen`), joins the
    last term.
    c: what the cohort did after such a silence (`Silence`).
    The last factor: what the entity itself did against that. δ: `Dispersion`. The last
    term: until a week w has been seen, the week's cycle is not known.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape that forgetting stops at: the width of one cell of the cohort's mixture.
    expectation_cv
        :math:`c_v`, relative error of the exposure.
    winsor_sd
        Counts are learned as at most this many of their class's deviations over the mean.
    alone
        Whether rows have a week of their own (`Season`) instead of a kind of week (`Profile`).

    Examples
    --------
    >>> baseline = Baseline(1.0)
    >>> baseline.enter(np.array([1.0]), np.array([1.0]))
    >>> for _ in range(60):
    ...     _, _, mean = baseline.predictive(slice(0, 1), 1.0)
    ...     _ = baseline.learn(slice(0, 1), np.array([4.0]), mean, 1.0, 1.0, np.array([True]))
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
        alone: bool = False,
    ) -> None:
        self._keep = keep_per_day**bucket_days
        self._week = 7.0 / bucket_days
        self._shape = shape
        self._error = expectation_cv * expectation_cv
        self._winsor = winsor_sd
        self.dispersion = Dispersion(self._keep)
        self.silence = Silence(self._keep)
        self.profile: Profile | Season = Season(bucket_days) if alone else Profile(bucket_days)
        self._hours = HoursSeen(bucket_days)
        self.slot: int | None = None
        """Hour of the week that the bucket at hand lies in; None where nobody said."""
        self.exposure = 0.0
        """Of all buckets learned so far."""
        self._a, self._b = np.zeros(0), np.zeros(0)
        self._v, self._m = np.zeros(0), np.zeros(0)
        self._got, self._due = np.zeros(0), np.zeros(0)
        self._heard = np.zeros(0)
        """`exposure` up to and with the row's last count."""
        self.state = State()
        self.state.columns(self, "_a", "_b", "_v", "_m", "_got", "_due", "_heard")
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

    @property
    def new_hour(self) -> bool:
        """Whether the bucket at hand lies in an hour of the day that nobody has seen yet."""
        return self.slot is not None and self._hours.new(self.slot)

    def predictive(
        self, rows: Rows | slice, exposure: float | F8, *, together: bool = False
    ) -> tuple[F8, F8, F8]:
        """Widened shape and rate, and mean, of the counts of a bucket.

        Parameters
        ----------
        rows
            Which.
        exposure
            Of the bucket.
        together
            For what all rows did together: they do not err all to one side for want of having
            seen the hour, since the exposure is found from them.
        """
        a, b = self._a[rows], self._b[rows]
        b = b / self.silence.of(a / b, self.exposure - self._heard[rows])
        b = b * (OWN_WEIGHT + self._due[rows]) / (OWN_WEIGHT + self._got[rows])
        unsure = None
        if self.slot is not None:
            factor, unsure = self.profile.of(rows, self.slot)
            b = b / factor
        mean = exposure * a / b
        spread = self.dispersion.of(mean, self._v[rows], self._m[rows]) + self._error
        spread += CYCLE_SPREAD * np.maximum(1.0 - self._b[rows] / self._week, 0.0)
        if unsure is not None:
            spread += unsure
        if self.slot is not None and not together:
            spread += self._hours.error(self.slot)
        wide_a, wide_b = widen(a, b, spread)
        return wide_a, wide_b, mean

    def learn(
        self,
        rows: slice,
        x: F8,
        mean: F8,
        exposure: float,
        lesson: float,
        calm: Flags,
        stretch: F8 | None = None,
    ) -> F8:
        """Learn one bucket's counts; returns them as they were learned.

        Parameters
        ----------
        rows
            Rows that x are the counts of.
        mean
            What `predictive` expected of them.
        exposure
            Exposure that the bucket is judged by.
        lesson
            Exposure that its rates are learned by (`Gauge`).
        calm
            Rows that learn: those without an alert.
        stretch
            By how much each row's exposures are more than the others'; None: nobody's. Rows
            that are stretched say nothing of dispersion or silence: it is fitted to them.
        """
        a, b, got, due = self._a[rows], self._b[rows], self._got[rows], self._due[rows]
        v, m, heard = self._v[rows], self._m[rows], self._heard[rows]
        learned = np.minimum(x, self.dispersion.ceiling(mean, a, self._winsor))
        add_v, add_m = self.dispersion.sums(mean, a, learned)
        rate = a / b
        quiet = self.exposure - heard
        some: slice | Flags = slice(None) if calm.all() else calm
        own: float | F8 = exposure
        own_lesson: float | F8 = lesson
        if self.slot is not None:
            factor, _ = self.profile.of(rows, self.slot)
            plain = mean / factor if stretch is None else mean / (factor * stretch)
            self.profile.add(rows, self.slot, learned, plain)
            own, own_lesson = exposure * factor, lesson * factor
        taught = calm
        if stretch is not None:
            own, own_lesson = own * stretch, own_lesson * stretch
            some = taught = calm & (stretch == 1.0)
        usual = own * rate
        self.dispersion.add(mean[some], add_v[some], add_m[some], x[some])
        self.silence.add(rate[some], quiet[some], usual[some], learned[some])
        new_a, new_b = forget(a, b, self._keep, self._shape)
        new_a += learned
        new_b += own_lesson
        # By the rate as it is now known: what an entity does against its own mean, not how far
        # its first days were from what had been expected of a stranger. Both corrections are
        # learned by the exposure itself: while rates follow a new level, the gauge's is not theirs.
        expected = own * new_a / (new_b - own_lesson + own) * self.silence.of(rate, quiet)
        np.copyto(a, new_a, where=calm)
        np.copyto(b, new_b, where=calm)
        np.copyto(v, self._keep * v + add_v, where=taught)
        np.copyto(m, self._keep * m + add_m, where=taught)
        np.copyto(got, self._keep * got + learned, where=calm)
        np.copyto(due, self._keep * due + expected, where=calm)
        np.copyto(heard, self.exposure + lesson, where=x > 0.0)
        return learned

    def pass_bucket(self, lesson: float) -> None:
        """End a bucket: what its rows taught about all of them counts from now on."""
        self.exposure += lesson
        self.dispersion.pass_bucket()
        if self.slot is not None:
            self.profile.pass_bucket(self.slot)
            self._hours.pass_bucket(self.slot)
        self.silence.pass_bucket()

    def enter(self, a: F8, b: F8) -> None:
        """Add rows with these posteriors, which have counted in the last bucket."""
        start = len(self)
        self.state.grow_to(start + len(a))
        self._a[start:], self._b[start:] = a, b
        self._heard[start:] = self.exposure

    def adopt(self, rows: Rows, rate: F8) -> None:
        """Set the rate of some rows, known as well as seven buckets tell."""
        self._a[rows] = np.maximum(7.0 * rate, self._shape)
        self._b[rows] = self._a[rows] / np.maximum(rate, 1e-9)
        for column in (self._v, self._m, self._got, self._due):
            column[rows] = 0.0
        # No silence either: the rate that was given is the one to expect.
        self._heard[rows] = self.exposure
