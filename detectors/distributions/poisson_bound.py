"""How large the mean of a Poisson count must be: the exact bound, as Clopper and Pearson's is."""

from __future__ import annotations

from math import exp, lgamma, log, sqrt

_STEPS = 80
"""Halvings of the bound's interval: after them it is exact to the last bit of a float, nearly."""


def tail(count: int, mean: float) -> float:
    """Return the chance of `count` or more of a Poisson count with this mean.

    Examples
    --------
    >>> tail(0, 3.0), round(tail(3, 0.5), 6)
    (1.0, 0.014388)
    """
    if count <= 0:
        return 1.0
    if mean <= 0.0:
        return 0.0
    if count <= mean:  # more than half lies there: the sum of what is below is the smaller one
        return 1.0 - _sum_below(count, mean)
    term = exp(count * log(mean) - mean - lgamma(count + 1))
    total, number = 0.0, count
    while term > total * 1e-17:
        total += term
        number += 1
        term *= mean / number
    return min(total, 1.0)


def _sum_below(count: int, mean: float) -> float:
    number = count - 1
    term = exp(number * log(mean) - mean - lgamma(number + 1))
    total = 0.0
    while number >= 0 and term > total * 1e-17:
        total += term
        term *= number / mean
        number -= 1
    return min(total, 1.0)


def is_above(count: int, mean: float, confidence: float) -> bool:
    """Whether a count shows that its mean is above this one.

    It does where so many or more come by chance at most once in 1 / (1 - confidence) times. That is
    so just where `lower_bound` is at or above the mean.

    Examples
    --------
    >>> is_above(3, 0.5, 0.95), is_above(1, 0.4, 0.95)
    (True, False)
    """
    return tail(count, mean) <= 1.0 - confidence


def lower_bound(count: int, confidence: float) -> float:
    """Return the smallest mean that a count does not speak against: the exact one-sided bound.

    Examples
    --------
    >>> [round(lower_bound(count, 0.95), 4) for count in (0, 1, 4, 100)]
    [0.0, 0.0513, 1.3663, 84.1393]
    """
    if count <= 0:
        return 0.0
    low, high = 0.0, float(count)
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if is_above(count, middle, confidence):
            low = middle
        else:
            high = middle
    return low


def upper_bound(count: int, confidence: float) -> float:
    """Return the largest mean that a count does not speak against: the exact one-sided bound.

    Examples
    --------
    >>> [round(upper_bound(count, 0.95), 4) for count in (0, 1, 4, 100)]
    [2.9957, 4.7439, 9.1535, 118.0793]
    """
    width = 10.0 - 5.0 * log(1.0 - confidence) + 10.0 * sqrt(count + 1.0)
    low, high = float(count), count + width
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if tail(count + 1, middle) < confidence:
            low = middle
        else:
            high = middle
    return high
