"""How much more counts vary than a Poisson with the predicted mean would."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.state import State

F8 = npt.NDArray[np.float64]

CLASSES = 16
SPARSE = 6
"""Classes with means below 1/8, whose tail is also looked at."""

LEAST, MOST = 0.01, 100.0

CLASS_WEIGHT = 20.0
"""M of a class at which its own data weigh as much as all classes together."""


class Dispersion:
    r"""Overdispersion by size class, and of entities with enough data of their own.

    The predictive of mean m has :math:`1/k = \delta (1 + 1/m)`: a relative spread of
    :math:`\delta` where m is large, a variance-to-mean ratio of :math:`1 + \delta` where
    m is small (a silent sender that comes back counts 1 or 5, however rarely it does).
    With a posterior of shape a, :math:`E(x - m)^2 = m + m^2/a + \delta m (1 + m)`, so
    the decayed sums

    .. math::

        V = \sum \frac{(x - m)^2 - m - m^2/a}{(1 + m + m^2/a)^2}, \qquad
        M = \sum \frac{m (1 + m)}{(1 + m + m^2/a)^2}, \qquad \delta = V / M

    of winsorised counts weigh each bucket by approximately what it can tell: by its count where
    counts are small, as one bucket where counts are large, and little while the mean is hardly
    known. A class with few data leans on all classes together, and these on `start`. To
    an entity's own sums, `own_weight` times the :math:`\delta` of its class is added.

    Where m is small, nearly all of V comes from counts of 1 and 2, while alarms come from larger
    counts. There the δ of a class is at least the mean of x - 3 over counts of 3 to 10,
    which is what it is for the geometric tail of a negative binomial.

    Parameters
    ----------
    keep
        Weight that a bucket's sums keep after one more bucket.
    start, start_weight
        δ before there are data, and the M for which it counts.
    own_weight
        M of an entity at which its own data weigh as much as its class.

    Examples
    --------
    >>> dispersion = Dispersion(0.97)
    >>> mean = np.array([1000.0])
    >>> v, m = np.zeros(1), np.zeros(1)
    >>> for count in [500.0, 1500.0] * 100:
    ...     add_v, add_m = dispersion.sums(mean, np.array([np.inf]), np.array([count]))
    ...     v, m = 0.97 * v + add_v, 0.97 * m + add_m
    >>> dispersion.spread(mean, v, m).round(2)
    array([0.41])
    """

    def __init__(
        self,
        keep: float,
        *,
        start: float = 0.5,
        start_weight: float = 8.0,
        own_weight: float = 60.0,
    ) -> None:
        self._keep = keep
        self._own_weight = own_weight
        self._v0, self._m0 = start * start_weight, start_weight
        self._v = np.zeros(CLASSES)
        self._m = np.zeros(CLASSES)
        self._new_v, self._new_m = np.zeros(CLASSES), np.zeros(CLASSES)
        self._excess, self._in_tail = np.zeros(CLASSES), np.zeros(CLASSES)
        self._new_excess, self._new_in_tail = np.zeros(CLASSES), np.zeros(CLASSES)
        self._tabulate()
        self.state = State()
        self.state.shared(
            self, _v=np.ndarray, _m=np.ndarray, _excess=np.ndarray, _in_tail=np.ndarray
        )
        self.state.after_unpack(self._tabulate)

    def spread(self, mean: F8, v: F8, m: F8) -> F8:
        """1/k of entities with these predictive means and own sums v, m."""
        own = (self._own_weight * self._class_delta(mean) + v) / (self._own_weight + m)
        np.minimum(np.maximum(own, LEAST, out=own), MOST, out=own)
        return own * (1.0 + 1.0 / mean)

    def ceiling(self, mean: F8, a: F8, deviations: float) -> F8:
        """Largest count that is learned in full: this many deviations over the mean.

        The deviation is that of the class, plus 1. With a deviation of its own, an entity that
        burst once would learn its next burst in full.
        """
        variance = mean + mean * mean / a + self._class_delta(mean) * mean * (1.0 + mean)
        return np.asarray(mean + deviations * (np.sqrt(variance) + 1.0), dtype=np.float64)

    def _class_delta(self, mean: F8) -> F8:
        return np.asarray(self._table.take(size_classes(mean)), dtype=np.float64)

    def _tabulate(self) -> None:
        """Work out δ of each class, for the next bucket."""
        pooled = (float(np.sum(self._v)) + self._v0) / (float(np.sum(self._m)) + self._m0)
        start = max(pooled, LEAST) * CLASS_WEIGHT
        share = (self._v + start) / (self._m + CLASS_WEIGHT)
        excess = (self._excess + start) / (self._in_tail + CLASS_WEIGHT)
        share[:SPARSE] = np.maximum(share[:SPARSE], excess[:SPARSE])
        self._table = np.clip(share, LEAST, MOST)

    @staticmethod
    def sums(mean: F8, a: F8, x: F8) -> tuple[F8, F8]:
        """V and M of one bucket, of each entity."""
        unknown = mean * mean / a
        scale = 1.0 + mean + unknown
        weight = 1.0 / (scale * scale)
        miss = x - mean
        return (miss * miss - mean - unknown) * weight, mean * (1.0 + mean) * weight

    def add(self, mean: F8, v: F8, m: F8, x: F8) -> None:
        """Set the sums and counts of one bucket aside, for the classes."""
        classes = size_classes(mean)
        in_tail = np.flatnonzero(x >= 3.0)
        at, excess = classes[in_tail], np.minimum(x[in_tail], 10.0) - 3.0
        self._new_excess += np.bincount(at, weights=excess, minlength=CLASSES)
        self._new_in_tail += np.bincount(at, minlength=CLASSES)
        self._new_v += np.bincount(classes, weights=v, minlength=CLASSES)
        self._new_m += np.bincount(classes, weights=m, minlength=CLASSES)

    def pass_bucket(self) -> None:
        """Take in what was set aside: a bucket is judged by what was known before it."""
        self._v = self._v * self._keep + self._new_v
        self._m = self._m * self._keep + self._new_m
        self._excess = self._excess * self._keep + self._new_excess
        self._in_tail = self._in_tail * self._keep + self._new_in_tail
        self._new_v, self._new_m = np.zeros(CLASSES), np.zeros(CLASSES)
        self._new_excess, self._new_in_tail = np.zeros(CLASSES), np.zeros(CLASSES)
        self._tabulate()


def size_classes(mean: F8) -> npt.NDArray[np.intp]:
    """Class of each mean; a class is two octaves wide."""
    half = (octaves(mean) + 14) >> 1
    return np.asarray(np.minimum(np.maximum(half, 0, out=half), CLASSES - 1, out=half))


def octaves(values: F8) -> npt.NDArray[np.intp]:
    """Whole part of the binary logarithm of numbers above 0, from their bits: three times as fast.

    Examples
    --------
    >>> octaves(np.array([0.3, 1.0, 7.9])).tolist()
    [-2, 0, 2]
    """
    return (np.ascontiguousarray(values).view(np.int64) >> 52) - 1023
