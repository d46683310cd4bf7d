"""What one series of counts has taught about its own rate."""

from __future__ import annotations

from typing import NamedTuple


class OwnRate(NamedTuple):
    r"""``Gamma(a, b)`` posterior of a rate that may drift.

    .. math::

        g = \min(1, \lambda + (1 - \lambda) s / a), \qquad
        (a, b) \leftarrow (g a + x, \; g b + e)

    The same as `gamma_poisson.forget` and learning, for one series. It never changes: what
    is learned is a new one, so that a copy of its owner shares nothing.

    Examples
    --------
    >>> rate = OwnRate(1.0, 1.0, keep=0.9, shape=0.5)
    >>> for count in [4, 6, 5, 5] * 20:
    ...     rate = rate.learn(count, 1.0)
    >>> round(rate.mean(2.0), 1)
    10.0
    """

    a: float
    b: float
    keep: float
    """λ: weight that what was learned keeps after one more count."""
    shape: float
    """s: shape that forgetting stops at."""

    def mean(self, exposure: float) -> float:
        """Expected count at this exposure."""
        return exposure * self.a / self.b

    def learn(self, count: float, exposure: float) -> OwnRate:
        """Posterior after one more count."""
        g = min(1.0, self.keep + (1.0 - self.keep) * self.shape / self.a)
        return self._replace(a=g * self.a + count, b=g * self.b + exposure)
