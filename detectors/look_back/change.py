"""Whether a rate that nobody knows has risen to a level that is known: universal inference."""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma, log

from detectors.look_back.rise import LOWEST, NO_RISE, RiseFound, log_mean, sums_from

BEFORE_SHAPE = 0.5
"""Shape of the prior of the rate before the rise."""


def change(
    counts: Sequence[float], exposures: Sequence[float], levels: Sequence[float], steps: int
) -> RiseFound:
    r"""Test whether counts have left a steady rate, whatever it was, for a higher level.

    .. math::

        E = \frac{1}{n K} \sum_j \sum_k \frac{g(X^-_j, T^-_j) \, \mu_k^{X_j} e^{-\mu_k T_j}}
            {\sup_\lambda \lambda^X e^{-\lambda T}}

    X⁻ and T⁻ are counts and exposure before step j, X_j and T_j those from it on. g is the
    likelihood under a Gamma prior. The numerator is one distribution over all counts, and the
    denominator is at least that of the true steady rate. So E passes 1 / α with a chance of at most
    α, whatever the rate, however often it is asked. Beginnings after which there is less than
    before are left out, which makes E smaller.

    Parameters
    ----------
    counts, exposures
        Of each step so far, at most `steps`.
    levels
        μ, the rates that it may rise to, counts an exposure of 1, rising; all above 0.
    steps
        n, the steps of the whole stretch: fixed before it begins.

    References
    ----------
    L. Wasserman, A. Ramdas, S. Balakrishnan: Universal inference. PNAS 117 (2020), 16880.

    Examples
    --------
    >>> calm = change([5.0, 4.0, 6.0, 5.0], [1.0] * 4, (10.0, 20.0, 40.0), 30)
    >>> calm.nats < 0.0
    True
    >>> rise = change([5.0, 4.0, 6.0, 19.0, 22.0], [1.0] * 5, (10.0, 20.0, 40.0), 30)
    >>> round(rise.nats, 2), rise.since
    (6.0, 3)
    """
    sums, times = sums_from(counts), sums_from(exposures)
    if not sums or sums[0] <= 0.0:
        return NO_RISE
    total, whole = sums[0], times[0]
    steady = total * log(total / whole) - total if whole > 0.0 else 0.0
    rate = BEFORE_SHAPE / levels[len(levels) // 2]
    begin = BEFORE_SHAPE * log(rate) - lgamma(BEFORE_SHAPE)
    logs = [log(level) for level in levels]
    terms: list[float] = []
    best, since = LOWEST, 0
    for step in range(1, len(sums)):
        after, time = sums[step], times[step]
        counted, earlier = total - after, whole - time
        if earlier <= 0.0 or time <= 0.0 or after * earlier <= counted * time:
            continue
        shape = BEFORE_SHAPE + counted
        known = begin + lgamma(shape) - shape * log(rate + earlier) - steady
        for level, grows in zip(levels, logs, strict=True):
            term = known + after * grows - level * time
            terms.append(term)
            if term > best:
                best, since = term, step
    return RiseFound(log_mean(terms, steps * len(levels)), since)
