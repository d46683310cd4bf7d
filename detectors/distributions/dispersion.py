"""How much more counts vary than a Poisson with the predicted mean would."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]

CLASSES = 16
SPARSE = 6
"""Classes with means below 1/8, whose tail is also looked at."""

CLASS_WEIGHT = 20.0
"""M of a class at which its own data weigh as much as all classes together."""

_SPREADS = kernel("spreads")
_CEILINGS = kernel("ceilings")
_SUMS = kernel("sums")
_TEACH = kernel("teach")
_PASS = kernel("pass_dispersion")


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

    Attributes
    ----------
    table
        δ of each class, for the present bucket.
    aside
        What the present bucket teaches, by class: sums V and M, excesses, counts in the tail.

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
        self.own_weight = own_weight
        self._v0, self._m0 = start * start_weight, start_weight
        self._v = np.zeros(CLASSES)
        self._m = np.zeros(CLASSES)
        self._excess, self._in_tail = np.zeros(CLASSES), np.zeros(CLASSES)
        self.aside, self.table = np.zeros((4, CLASSES)), np.zeros(CLASSES)
        self._tabulate()
        self.state = State()
        self.state.shared(
            self, _v=np.ndarray, _m=np.ndarray, _excess=np.ndarray, _in_tail=np.ndarray
        )
        self.state.after_unpack(self._tabulate)

    def spread(self, mean: F8, v: F8, m: F8) -> F8:
        """1/k of entities with these predictive means and own sums v, m."""
        out = np.empty_like(mean)
        _SPREADS(mean, v, m, self.table, self.own_weight, out)
        return out

    def ceiling(self, mean: F8, a: F8, deviations: float) -> F8:
        """Largest count that is learned in full: this many deviations over the mean.

        The deviation is that of the class, plus 1. With a deviation of its own, an entity that
        burst once would learn its next burst in full.
        """
        out = np.empty_like(mean)
        _CEILINGS(mean, a, self.table, deviations, out)
        return out

    @staticmethod
    def sums(mean: F8, a: F8, x: F8) -> tuple[F8, F8]:
        """V and M of one bucket, of each entity."""
        out = np.empty((2, len(mean)))
        _SUMS(mean, a, x, out)
        return out[0], out[1]

    def add(self, mean: F8, v: F8, m: F8, x: F8) -> None:
        """Set the sums and counts of one bucket aside, for the classes."""
        _TEACH(mean, v, m, x, self.aside)

    def pass_bucket(self) -> None:
        """Take in what was set aside: a bucket is judged by what was known before it."""
        self._tabulate(self._keep)

    def _tabulate(self, keep: float = 1.0) -> None:
        """Take in what was set aside, and work out δ of each class, for the next bucket."""
        _PASS(
            self._v, self._m, self._excess, self._in_tail, self.aside, keep,
            self._v0, self._m0, CLASS_WEIGHT, SPARSE, self.table,
        )  # fmt: skip
