"""How much each week of a series tells: less where counts vary more than Poisson's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

LEAST_EXCESS = 0.001
"""Squared relative deviation of a rate from week to week that every series has: 3 %."""

MOST_EXCESS = 1.0

PRIOR_EXCESS = 0.004
PRIOR_WEEKS = 12.0
"""A series' own excess is pulled to the prior one as if that had been seen in so many weeks."""

DISCOUNT = 0.985
"""What a week counts for the baseline beside the week after it: shares drift."""

MOST_SURE = 1.0 / 0.03**2
"""The baseline's share is never taken as known better than 3 %: it is the most of its shape."""


def excess_variance(counts: F8, expected: F8) -> F8:
    r"""Estimate the squared coefficient of variation of the weekly rate, from the baseline's weeks.

    .. math::

        c = \frac{c_0 n_0 + \sum_t ((x_t - m_t)^2 - m_t) / (1 + m_t)^2}
                 {n_0 + \sum_t m_t^2 / (1 + m_t)^2}

    Parameters
    ----------
    counts, expected
        Shape (series, weeks): what was counted, and what the series' share leads one to expect.

    Returns
    -------
    excess
        Shape (series,), so that the variance of a week's count is ``m + excess * m ** 2``.

    Examples
    --------
    >>> steady = np.full((1, 30), 100.0)
    >>> float(excess_variance(steady, steady)[0]) == LEAST_EXCESS
    True
    """
    weight = 1.0 / (1.0 + expected) ** 2
    found = (((counts - expected) ** 2 - expected) * weight).sum(axis=1)
    squares = (expected**2 * weight).sum(axis=1)
    pulled = (PRIOR_EXCESS * PRIOR_WEEKS + found) / (PRIOR_WEEKS + squares)
    return np.asarray(np.clip(pulled, LEAST_EXCESS, MOST_EXCESS))


def week_weights(expected: F8, excess: F8) -> F8:
    """Return one over each week's ratio of variance to mean; all of shape (series, weeks)."""
    return np.asarray(1.0 / (1.0 + excess * expected))
