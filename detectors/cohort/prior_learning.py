"""New entities, until they have shown the cohort what becomes of a first count."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.cohort.prior import CohortPrior
from detectors.state import State

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class _Class(msgspec.Struct, array_like=True):
    bucket: int
    start: int
    stop: int
    exposure: float
    until: float


class School:
    """Entities leave it, class by class, a set number of buckets after their first.

    Entities of one first bucket are a class: neighbouring rows, one exposure. What they
    counted since, if they had no alert, is what `CohortPrior` learns from.

    Parameters
    ----------
    prior
        What learns from those who leave.
    buckets
        How long a class stays.

    Examples
    --------
    >>> school = School(CohortPrior(1.0), 1)
    >>> a, b = school.enter(np.array([1.0]), 1.0, 0.0)
    >>> school.learn(slice(0, 1), np.array([9.0]), np.array([True]))
    >>> school.pass_bucket(1.0)
    >>> later_a, later_b = school.prior.posterior(np.array([1.0]), 1.0)
    >>> bool(later_a[0] / later_b[0] > a[0] / b[0])
    True
    """

    def __init__(self, prior: CohortPrior, buckets: int) -> None:
        self.prior = prior
        self._buckets = buckets
        self._closed = 0
        self._classes: list[_Class] = []
        self._first = np.zeros(0, dtype=np.float32)
        self._since = np.zeros(0, dtype=np.float32)
        self.state = State()
        self.state.columns(self, "_first", "_since")
        self.state.shared(self, _closed=int, _classes=list[_Class])
        self.state.include(prior=prior.state)

    def enter(self, first: F8, exposure: float, until: float) -> tuple[F8, F8]:
        """Add the newcomers of a bucket; returns their posteriors.

        Parameters
        ----------
        first
            Their counts.
        exposure
            Exposure of the bucket.
        until
            Exposure of all buckets up to and with it.
        """
        if len(first):
            start = len(self._first)
            stop = start + len(first)
            self._classes.append(_Class(self._closed, start, stop, exposure, until))
            self.state.grow_to(stop)
            self._first[start:] = first
        return self.prior.posterior(first, exposure)

    def learn(self, rows: slice, learned: F8, calm: Flags) -> None:
        """Note what rows counted; those not calm are left out for good."""
        self._since[rows] += np.where(calm, learned, np.nan).astype(np.float32)

    def pass_bucket(self, until: float) -> None:
        """End a bucket and let classes leave.

        Parameters
        ----------
        until
            Exposure of all buckets up to and with it.
        """
        self._closed += 1
        self.prior.pass_bucket()
        while self._classes and self._closed - self._classes[0].bucket >= self._buckets:
            leaving = self._classes.pop(0)
            since = self._since[leaving.start : leaving.stop].astype(np.float64)
            good = np.flatnonzero(~np.isnan(since))
            if len(good) and until > leaving.until:
                first = self._first[leaving.start : leaving.stop].astype(np.float64)
                self.prior.learn(
                    first[good],
                    leaving.exposure,
                    since[good],
                    until - leaving.until,
                )
