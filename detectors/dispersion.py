"""How much more counts vary than a Poisson with the predicted mean would."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

CLASSES = 16
LEAST, MOST = 0.0, 30.0


class Dispersion:
    r"""Overdispersion ``1 / k`` by size class, and of entities with enough data of their own.

    With mean m predicted from a posterior of shape a, ``E (x - m)^2 = m + m^2/a + m^2/k``.
    Sums of :math:`V = w ((x - m)^2 - m - m^2/a)` and :math:`M = w m^2`,
    :math:`w = (1 + m)^{-2}`, both decayed, give the class's :math:`1/k = V/M`; an entity's
    own sums are added to `own_weight` times the class's. One class is two octaves of m.

    Parameters
    ----------
    keep
        Weight that a bucket's sums keep after one more bucket.
    start
        1/k of a class before it has data; weighs as `start_weight` buckets of large counts.
    own_weight
        Buckets of large counts after which an entity's own data weigh as much as its class.

    Examples
    --------
    >>> dispersion = Dispersion(0.97)
    >>> mean = np.array([1000.0])
    >>> v, m = np.zeros(1), np.zeros(1)
    >>> for count in [500.0, 1500.0] * 100:
    ...     add_v, add_m = dispersion.sums(mean, np.array([np.inf]), np.array([count]))
    ...     v, m = 0.97 * v + add_v, 0.97 * m + add_m
    >>> dispersion.of(mean, v, m).round(2)
    array([0.26])
    """

    def __init__(
        self,
        keep: float,
        *,
        start: float = 0.3,
        start_weight: float = 20.0,
        own_weight: float = 15.0,
    ) -> None:
        self._keep = keep
        self._own_weight = own_weight
        self._v0, self._m0 = start * start_weight, start_weight
        self._v = np.zeros(CLASSES)
        self._m = np.zeros(CLASSES)
        self._new_v, self._new_m = np.zeros(CLASSES), np.zeros(CLASSES)

    def of(self, mean: F8, v: F8, m: F8) -> F8:
        """1/k of entities with predicted mean and own sums v, m."""
        share = np.clip((self._v + self._v0) / (self._m + self._m0), LEAST, MOST)
        own = (self._own_weight * share[_classes(mean)] + v) / (self._own_weight + m)
        return np.clip(own, LEAST, MOST)

    @staticmethod
    def sums(mean: F8, a: F8, x: F8) -> tuple[F8, F8]:
        """One bucket's V and M of each entity."""
        weight = 1.0 / ((1.0 + mean) * (1.0 + mean))
        square = mean * mean
        miss = x - mean
        return (miss * miss - mean - square / a) * weight, square * weight

    def add(self, mean: F8, v: F8, m: F8) -> None:
        """Set one bucket's sums of many entities aside for their classes."""
        classes = _classes(mean)
        self._new_v += np.bincount(classes, weights=v, minlength=CLASSES)
        self._new_m += np.bincount(classes, weights=m, minlength=CLASSES)

    def pass_bucket(self) -> None:
        """Take in what was set aside: a bucket is judged by what was known before it."""
        self._v = self._v * self._keep + self._new_v
        self._m = self._m * self._keep + self._new_m
        self._new_v, self._new_m = np.zeros(CLASSES), np.zeros(CLASSES)

    def dump(self) -> list[bytes]:
        """State as plain values."""
        return [self._v.tobytes(), self._m.tobytes()]

    def load(self, state: list[bytes]) -> None:
        """Take the state that `dump` gave."""
        self._v, self._m = (np.frombuffer(part, dtype=np.float64).copy() for part in state)


def _classes(mean: F8) -> npt.NDArray[np.intp]:
    exponent = np.frexp(mean)[1]
    return np.asarray(np.clip((exponent + 13) // 2, 0, CLASSES - 1), dtype=np.intp)
