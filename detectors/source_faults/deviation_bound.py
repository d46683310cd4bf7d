"""How unlike its expectation a count is: a bound in closed form, no tail to be summed."""

from __future__ import annotations

import math

LEAST_MEAN = 0.5
"""A count is never called too high for an expectation below half a count, but for this one."""


def unlike_nats(x: float, mean: float, shape: float) -> float:
    r"""Bound on ``-ln P`` of a negative binomial at least as far out as `x`, on its side.

    Chernoff's bound with the best exponent:

    .. math:: x \ln\frac{x}{m} - (x + k) \ln\frac{x + k}{m + k}

    P is at most ``exp`` of minus this, for the lower tail where :math:`x < m`, for the upper
    where :math:`x > m`. At x = 0 it is exact: :math:`k \ln(1 + m/k)`.

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
    >>> round(unlike_nats(0.0, 9.0, 1.0), 3)  # geometric: P(0) = 1/10
    2.303
    >>> unlike_nats(9.0, 9.0, 1.0)
    0.0
    >>> unlike_nats(900.0, 9.0, 4.0) > 15
    True
    """
    m = mean if x < mean else max(mean, LEAST_MEAN)
    if m <= 0.0 or mean <= x <= m:
        return 0.0
    own = x * math.log(x / m) if x > 0.0 else 0.0
    return max(own - (x + shape) * math.log((x + shape) / (m + shape)), 0.0)
