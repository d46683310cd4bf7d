"""Whether a rate is above a mean that is known: an e-process with a prior over its begin."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from detectors.look_back.rise import NO_RISE, RiseFound, log_mean, sums_from

RATIOS = (1.5, 2.0, 3.0, 5.0)
"""By how much a rate may be above the mean."""


def above_mean(
    counts: Sequence[float], exposures: Sequence[float], mean: float, steps: int
) -> RiseFound:
    r"""Test whether counts have come to be above a mean.

    A rise to μ·r may begin in any step j, and each is as likely before anything is seen:

    .. math::

        E = \frac{1}{n K} \sum_{j} \sum_k \exp(X_j \ln r_k - \mu (r_k - 1) T_j)

    X and T are counts and exposure from step j on. Each count's factor has an expectation of at
    most 1 wherever its rate is at most μ, also where that changes. So E is a supermartingale that
    begins at 1, and passes 1 / α with a chance of at most α, however often it is asked (Ville).

    Parameters
    ----------
    counts, exposures
        Of each step so far, at most `steps`.
    mean
        μ, counts an exposure of 1; above 0.
    steps
        n, the steps of the whole stretch: fixed before it begins.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors. arXiv 2203.03532.

    Examples
    --------
    >>> calm = above_mean([19.0, 22.0, 20.0], [1.0] * 3, 20.0, 30)
    >>> calm.nats < 0.0
    True
    >>> rise = above_mean([19.0, 22.0, 41.0, 43.0], [1.0] * 4, 20.0, 30)
    >>> round(rise.nats, 2), rise.since
    (13.47, 2)
    """
    sums, times = sums_from(counts), sums_from(exposures)
    factors = [(log(ratio), mean * (ratio - 1.0)) for ratio in RATIOS]
    terms: list[float] = []
    best, since = NO_RISE.nats, 0
    for step, (counted, time) in enumerate(zip(sums, times, strict=True)):
        for grows, costs in factors:
            term = counted * grows - costs * time
            terms.append(term)
            if term > best:
                best, since = term, step
    return RiseFound(log_mean(terms, steps * len(RATIOS)), since)
