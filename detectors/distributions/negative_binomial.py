"""How surprising a negative binomial count is: the exact upper tail, and a bound in closed form."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

F8 = npt.NDArray[np.float64]

LEAST = 1e-290
"""A tail below this loses precision as a number; only its logarithm can be trusted."""

LEAST_MEAN = 0.5
"""An upper deviation is measured from an expectation of at least this."""


def upper_tail_nats(x: F8, mean: F8, shape: F8) -> F8:
    r"""Surprise of counts that are high.

    .. math::

        -\ln P(X \ge x) = -\ln I_q(x, k), \qquad q = m / (k + m)

    for X negative binomial of mean m and shape k, variance :math:`m + m^2 / k`. Where I is too
    small for a number, its continued fraction gives the logarithm.

    Parameters
    ----------
    x
        Counts, whole numbers.
    mean, shape
        m > 0 and k > 0.

    Returns
    -------
    nats
        0 for a count of 0, finite for any count.

    References
    ----------
    NIST Digital Library of Mathematical Functions, 8.17.5, 8.17.22.

    Examples
    --------
    With shape 1 and mean 1, X ≥ x has the chance of x heads in a row.

    >>> nats = upper_tail_nats(np.array([0.0, 3.0, 5000.0]), np.ones(3), np.ones(3))
    >>> (nats / np.log(2.0)).round(9).tolist()
    [0.0, 3.0, 5000.0]
    """
    x, q = np.asarray(x, dtype=np.float64), mean / (shape + mean)
    chance = np.where(x >= 1.0, special.betainc(np.maximum(x, 1.0), shape, q), 1.0)
    nats: F8 = -np.log(np.maximum(chance, LEAST))
    far = np.flatnonzero(chance < LEAST)
    nats[far] = _far_nats(x[far], mean[far], shape[far])
    return nats + 0.0


def deviation_nats(x: float, mean: float, shape: float) -> float:
    r"""Surprise of a count that is low or high, by a bound in closed form.

    Chernoff's bound with the best exponent:

    .. math:: x \ln\frac{x}{m} - (x + k) \ln\frac{x + k}{m + k}

    The tail probability is at most ``exp`` of minus this: of the lower tail where
    :math:`x < m`, of the upper tail where :math:`x > m`. At x = 0 the bound is exact:
    :math:`k \ln(1 + m/k)`.

    Parameters
    ----------
    x
        What was counted.
    mean
        Expectation m.
    shape
        k: the count's variance is :math:`m + m^2/k`.

    Examples
    --------
    >>> round(deviation_nats(0.0, 9.0, 1.0), 3)  # geometric: P(0) = 1/10
    2.303
    >>> deviation_nats(9.0, 9.0, 1.0)
    0.0
    >>> deviation_nats(900.0, 9.0, 4.0) > 15
    True
    """
    m = mean if x < mean else max(mean, LEAST_MEAN)
    if m <= 0.0 or mean <= x <= m:
        return 0.0
    own = x * math.log(x / m) if x > 0.0 else 0.0
    return max(own - (x + shape) * math.log((x + shape) / (m + shape)), 0.0)


def _far_nats(x: F8, mean: F8, shape: F8) -> F8:
    log_q = np.log(mean) - np.log(shape + mean)
    front = x * log_q - shape * np.log1p(mean / shape) - np.log(x) - special.betaln(x, shape)
    return np.asarray(np.log(_fraction(x, shape, mean / (shape + mean))) - front)


def _fraction(x: F8, shape: F8, q: F8) -> F8:
    """The denominator of DLMF 8.17.22 by Lentz's method; each row stops by itself."""
    value, up, down = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    moving = np.arange(len(x))
    for term in range(1, 1000):
        a, b, m = x[moving], shape[moving], term // 2
        if term % 2:
            d = -(a + m) * (a + b + m) * q[moving] / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * q[moving] / ((a + 2 * m - 1) * (a + 2 * m))
        down[moving] = 1.0 / (1.0 + d * down[moving])
        up[moving] = 1.0 + d / up[moving]
        change = up[moving] * down[moving]
        value[moving] *= change
        moving = moving[np.abs(change - 1.0) > 1e-15]
        if not len(moving):
            break
    return value
