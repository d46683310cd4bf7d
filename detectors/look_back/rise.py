"""What the tests of a look-back say, and the sums that both are made of."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import NamedTuple

LOWEST = float("-inf")
"""Evidence of nothing at all, in nats."""


class RiseFound(NamedTuple):
    """How much speaks for a rise, and when it began.

    Attributes
    ----------
    nats
        Natural logarithm of an e-value: by chance it reaches ln(1 / α) in at most a part α of all
        stretches in which nothing rises.
    since
        The step in which the rise most likely began, counted from 0.
    """

    nats: float
    since: int


NO_RISE = RiseFound(LOWEST, 0)


def sums_from(values: Sequence[float]) -> list[float]:
    """Return of each place the sum of the values from there to the end.

    Examples
    --------
    >>> sums_from([1.0, 2.0, 3.0])
    [6.0, 5.0, 3.0]
    """
    out, total = [0.0] * len(values), 0.0
    for place in range(len(values) - 1, -1, -1):
        total += values[place]
        out[place] = total
    return out


def log_mean(terms: Sequence[float], number: int) -> float:
    """Return ln(Σ exp(term) / number): the logarithm of a mean, where terms left out are 0.

    Examples
    --------
    >>> round(log_mean([0.0, 0.0], 4), 6)
    -0.693147
    >>> log_mean([], 4)
    -inf
    """
    largest = max(terms, default=LOWEST)
    if largest == LOWEST:
        return LOWEST
    return largest + log(sum(exp(term - largest) for term in terms) / number)


def either(*rises: RiseFound) -> RiseFound:
    """Join tests of one stretch into one: the mean of their e-values is an e-value.

    Examples
    --------
    >>> joined = either(RiseFound(3.0, 4), RiseFound(float("-inf"), 0))
    >>> round(joined.nats, 4), joined.since
    (2.3069, 4)
    """
    return RiseFound(log_mean([rise.nats for rise in rises], len(rises)), max(rises).since)
