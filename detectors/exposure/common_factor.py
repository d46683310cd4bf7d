"""What all entities have in common in one bucket, against what was expected of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.distributions.gamma_poisson import capped_mean

F8 = npt.NDArray[np.float64]

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache."""

SPARSE = 1.0
"""Entities expected to count less than this are capped at 3 in the common factor."""


def common_factor(
    baseline: Baseline,
    x: F8,
    first: F8,
    forecast: float | None,
    *,
    weight: float,
    exposure: float = 1.0,
    raised: F8 | None = None,
) -> float:
    r"""What the bulk of entities did in a bucket, against what was expected of it.

    .. math::

        f = \frac{\kappa + \sum u \min(x, c) + \sum_{new} \min(x, 3)}
                 {\kappa + \sum u E[\min(X, c)] + N}

    c is 3 for sparse entities and three predictive deviations over the mean for others,
    whose weight u makes them count as if three were expected of them: the factor is
    about the bulk, so none may be the bulk by itself. N is the forecast of the
    newcomers' capped total.

    Parameters
    ----------
    baseline
        What is expected of the known entities.
    x, first
        Counts of known entities and of newcomers.
    forecast
        Of the newcomers' capped total in a bucket of exposure 1; None: they are left out.
    weight
        κ: counts that pull the factor to 1.
    exposure
        Exposure known without looking at the counts, e.g. from a profile.
    raised
        By how much the calendar raises each row, newcomers last; None: nobody.
    """
    seen, due = weight, weight
    for at in range(0, len(x), BLOCK):
        rows = slice(at, min(at + BLOCK, len(x)))
        of = exposure if raised is None else exposure * raised[rows]
        a, b, mean = baseline.predictive(rows, of, together=True)
        sparse = capped_mean(a, b, of)
        deviation = np.sqrt(mean + mean * mean / a)
        busy = mean >= SPARSE
        counts_as = np.where(busy, np.minimum(1.0, 3.0 / mean), 1.0)
        cap = np.where(busy, mean + 3.0 * deviation, 3.0)
        seen += float(np.sum(counts_as * np.minimum(x[rows], cap)))
        due += float(np.sum(np.where(busy, counts_as * mean, sparse)))
    if forecast is not None:
        evened = first if raised is None else first / raised[len(x) :]
        seen += float(np.sum(np.minimum(evened, 3.0)))
        due += forecast * exposure
    return seen / due
