"""The prior of a newcomer's rate, learned from what earlier newcomers did later."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.kernels.library import NO_FLAGS, kernel
from detectors.row_selection import Kept
from detectors.state import State

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Bins = npt.NDArray[np.intp]

BINS = 64
"""First counts: exact to 4, then half octaves."""

START_SHARE = 0.3
"""Later counts a bucket over the first count, before the cohort has shown them."""

LEAST_SPREAD = 0.1
"""Squared relative spread of rates, at least: entities of one bin are never all alike."""

_FADE = kernel("fade")
_GATHER = kernel("gather")


class CohortPrior:
    r"""Moments of later rates by first count, learned as entities age.

    A newcomer is seen only because it counted, so its first count says little about its rate.
    Of telephone numbers with five or six complaints on their first day, seven in ten had no
    complaint on the next day, and one in 1,400 had twenty. No steady rate explains both; the
    history of the cohort does. For first counts x of a bin, with later counts S over later
    exposures B,

    .. math::

        \rho = \frac{n_0 \rho_0 + \sum S}{n_0 + \sum x B}, \qquad
        q = \frac{n_0 q_0 + \sum S (S - 1)}{n_0 + \sum (x B)^2}

    are the mean and the mean square of the rate relative to x, free of Poisson noise. The prior
    is the Gamma with mean :math:`\rho x` and variance :math:`(q - \rho^2) x^2`. Where most
    entities fall silent and a few go on, its shape is far below 1.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that an entity keeps after a day.
    start_weight
        :math:`n_0`: first counts times exposure that :math:`\rho_0` (0.3) counts for.

    References
    ----------
    B. Efron, C. Morris: Stein's estimation rule and its competitors: an empirical Bayes
    approach. J. Am. Stat. Assoc. 68 (1973).

    Examples
    --------
    >>> prior = CohortPrior(1.0)
    >>> rate = lambda x: float((np.divide(*prior.posterior(np.array([x]), 1.0))).round(2)[0])
    >>> rate(5.0)
    1.5
    >>> prior.learn(np.full(1000, 5.0), 1.0, np.repeat([0.0, 35.0], [990, 10]), 7.0)
    >>> rate(5.0)
    0.05
    """

    def __init__(
        self, bucket_days: float, *, keep_per_day: float = 0.97, start_weight: float = 20.0
    ) -> None:
        self._keep = keep_per_day**bucket_days
        self._start = start_weight
        self._seen, self._due = np.zeros(BINS), np.zeros(BINS)
        self._seen2, self._due2 = np.zeros(BINS), np.zeros(BINS)
        self.state = State()
        self.state.shared(
            self, _seen=np.ndarray, _due=np.ndarray, _seen2=np.ndarray, _due2=np.ndarray
        )

    def posterior(self, x: F8, exposure: float) -> tuple[F8, F8]:
        """Gamma (a, b) of each newcomer after its first count."""
        bins = _bins(x)
        start, share = self._start, START_SHARE
        mean = (start * share + self._seen[bins]) / (start + self._due[bins])
        # Any rate from zero to the first count itself is possible: that is the start's spread.
        square = (start * share + self._seen2[bins]) / (start + self._due2[bins])
        spread = np.maximum(square / (mean * mean) - 1.0, LEAST_SPREAD)
        mean = mean * x / exposure
        return 1.0 / spread, 1.0 / (spread * mean)

    def learn(self, first: F8, exposure: float, later: F8, later_exposure: float) -> None:
        """Take in entities of one first bucket, some time after it.

        Parameters
        ----------
        first
            Their first counts, all in the same bucket.
        exposure
            Exposure of that bucket.
        later, later_exposure
            What they counted since, and the exposure of these buckets.
        """
        bins, due = _bins(first), first * (later_exposure / exposure)
        self._seen += np.bincount(bins, weights=later, minlength=BINS)
        self._due += np.bincount(bins, weights=due, minlength=BINS)
        self._seen2 += np.bincount(bins, weights=later * (later - 1.0), minlength=BINS)
        self._due2 += np.bincount(bins, weights=due * due, minlength=BINS)

    def pass_bucket(self) -> None:
        """Let what was learned fade by one bucket."""
        _FADE(self._seen, self._due, self._seen2, self._due2, self._keep)


class _FirstBucket(msgspec.Struct, array_like=True):
    """A bucket with newcomers: its number, their rows, and exposures."""

    bucket: int
    start: int
    stop: int
    exposure: float
    until: float
    """Exposure of all buckets up to and with it."""


class PriorLearning:
    """What newcomers count after their first bucket, until the cohort's prior learns it.

    Newcomers of one bucket are neighbouring rows. A set number of buckets later, what they
    counted since is handed to `CohortPrior`, but for rows that had an alert or are left out.

    Parameters
    ----------
    prior
        What learns from them.
    buckets
        Buckets after the first in which their counts are gathered.

    Examples
    --------
    >>> learning = PriorLearning(CohortPrior(1.0), 1)
    >>> a, b = learning.enter(np.array([1.0]), 1.0, 0.0)
    >>> learning.learn(slice(0, 1), np.array([9.0]), np.array([False]))
    >>> learning.pass_bucket(1.0)
    >>> later_a, later_b = learning.prior.posterior(np.array([1.0]), 1.0)
    >>> bool(later_a[0] / later_b[0] > a[0] / b[0])
    True
    """

    def __init__(self, prior: CohortPrior, buckets: int) -> None:
        self.prior = prior
        self._buckets = buckets
        self._closed = 0
        self._first_buckets: list[_FirstBucket] = []
        self._first = np.zeros(0, dtype=np.float32)
        self._since = np.zeros(0, dtype=np.float32)
        self.state = State()
        self.state.columns(self, "_first", "_since")
        self.state.shared(self, _closed=int, _first_buckets=list[_FirstBucket])
        self.state.include(prior=prior.state)
        self.state.after_keep(self._follow)

    def _follow(self, kept: Kept) -> None:
        for group in self._first_buckets:
            group.start, group.stop = kept.below(group.start), kept.below(group.stop)

    @property
    def watched_from(self) -> int | None:
        """First row whose counts have not been handed to the prior yet; None: all have been."""
        return self._first_buckets[0].start if self._first_buckets else None

    def enter(
        self, first: F8, exposure: float, until: float, left_out: Flags = NO_FLAGS
    ) -> tuple[F8, F8]:
        """Add the newcomers of a bucket; returns their posteriors.

        Parameters
        ----------
        first
            Their counts.
        exposure
            Exposure of the bucket.
        until
            Exposure of all buckets up to and with it.
        left_out
            Flags of those that are never handed on; empty: of none.
        """
        if len(first):
            start = len(self._first)
            stop = start + len(first)
            self._first_buckets.append(_FirstBucket(self._closed, start, stop, exposure, until))
            self.state.grow_to(stop)
            self._first[start:] = first
            if len(left_out):
                self._since[start:][left_out] = np.nan
        return self.prior.posterior(first, exposure)

    def learn(self, rows: slice, learned: F8, alarmed: Flags) -> None:
        """Gather what rows counted, given all rows; one with an alert is never handed on."""
        _GATHER(rows.start, rows.stop - rows.start, learned, alarmed, self._since)

    def pass_bucket(self, until: float) -> None:
        """End a bucket; hand on the newcomers whose time is over.

        Parameters
        ----------
        until
            Exposure of all buckets up to and with it.
        """
        self._closed += 1
        self.prior.pass_bucket()
        while self._first_buckets and self._closed - self._first_buckets[0].bucket >= self._buckets:
            group = self._first_buckets.pop(0)
            since = self._since[group.start : group.stop].astype(np.float64)
            good = np.flatnonzero(~np.isnan(since))
            if len(good) and until > group.until:
                first = self._first[group.start : group.stop].astype(np.float64)
                self.prior.learn(
                    first[good],
                    group.exposure,
                    since[good],
                    until - group.until,
                )


def _bins(x: F8) -> Bins:
    part, power = np.frexp(np.maximum(x, 4.0))  # part * 2 ** power, part in [.5, 1)
    half_octaves = 2 * power.astype(np.intp) - 2 + (part >= math.sqrt(0.5))
    return np.where(x < 4.0, x.astype(np.intp), np.minimum(half_octaves, BINS - 1))
