"""The common factor of a bucket, and which part of it is the entities' own rates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.kernels.library import NO_FLAGS, kernel, one_or_each
from detectors.state import State

F8 = npt.NDArray[np.float64]

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache."""

SPARSE = 1.0
"""Counts of entities that are expected to count less than this are capped at 3."""

_BULK = kernel("bulk")


def bulk(
    a: F8,
    b: F8,
    mean: F8,
    x: F8,
    exposure: float | F8,
    sums: F8,
    judged: npt.NDArray[np.bool_] = NO_FLAGS,
) -> None:
    """Add what the bulk of some rows counted, and what was expected of it, to two sums.

    Parameters
    ----------
    a, b, mean, x, exposure
        Widened predictive, its mean, counts and exposure of the rows.
    sums
        What was counted, and what was expected.
    judged
        Rows that take part; without it all do.
    """
    _BULK(a, b, mean, x, *one_or_each(exposure), judged, SPARSE, sums)


def common_factor(
    baseline: Baseline,
    x: F8,
    first: F8,
    forecast: float | None,
    *,
    weight: float,
    exposure: float = 1.0,
    hour: int | None = None,
    calendar_factor: F8 | None = None,
    returned: int = 0,
) -> float:
    r"""What the bulk of the entities counted in a bucket, against what was expected of it.

    .. math::

        f = \frac{\kappa + \sum u \min(x, c) + \sum_{new} \min(x, 3)}
                 {\kappa + \sum u E[\min(X, c)] + N}

    c is 3 for sparse entities, and three predictive deviations over the mean for others, whose
    weight u makes them count as if three were expected of them: the factor is about the bulk,
    so no entity may be the bulk by itself. N is the forecast of the newcomers' capped total.

    Parameters
    ----------
    baseline
        What is expected of the known entities.
    x, first
        Counts of known entities and of newcomers.
    forecast
        Of the newcomers' capped total in a bucket of exposure 1; None: newcomers are left out.
    weight
        κ: counts that pull the factor to 1.
    exposure
        Exposure known without looking at the counts, e.g. from a profile.
    hour
        Hour of the week in which the bucket lies; None where it is not known.
    calendar_factor
        Times by which the calendar raises each row, newcomers last; None: it raises no row.
    returned
        How many of the known, the last ones, came back in this bucket. They are left out: those
        that stay away are not here to be expected.
    """
    sums = np.array([weight, weight])
    known = len(x) - returned
    for at in range(0, known, BLOCK):
        rows = slice(at, min(at + BLOCK, known))
        own_exposure = exposure if calendar_factor is None else exposure * calendar_factor[rows]
        a, b, mean = baseline.predictive(rows, own_exposure, hour, together=True)
        bulk(a, b, mean, x[rows], own_exposure, sums)
    seen, due = map(float, sums)
    if forecast is not None:
        level_first = first if calendar_factor is None else first / calendar_factor[len(x) :]
        seen += float(np.sum(np.minimum(level_first, 3.0)))
        due += forecast * exposure
    return seen / due


class FactorSplit:
    r"""Recent level of the exposure, by which learning divides it.

    Only the product of rate and common factor is seen. If every rate were halved and every
    factor doubled, nothing would change, so a small bias of the rates that repeats each day
    would drive rates and factors apart (measured: from 1 to .02 in half a year). Rates are
    therefore learned at exposure :math:`e / g`, and g pulls the factor back to 1:

    .. math:: g = \sum \lambda^j e_{t-j}^2 \Big/ \sum \lambda^j e_{t-j}

    A real fall of all rates enters the factor at once, and the rates within a week or two.
    Exposures are weighed by themselves, so that gaps, which do not show the level, weigh nothing.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that a bucket keeps after a day.

    Examples
    --------
    >>> split = FactorSplit(1.0)
    >>> for exposure in [0.5, 0.0, 0.5]:
    ...     split.learn(exposure)
    >>> round(split.relative(1.0), 2)
    1.41
    """

    def __init__(self, bucket_days: float, *, keep_per_day: float = 0.85) -> None:
        self._keep = keep_per_day**bucket_days
        # It begins as after one day of exposure 1.
        self._sum = self._square = 1.0 / bucket_days
        self.state = State()
        self.state.shared(self, _sum=float, _square=float)

    @property
    def level(self) -> float:
        """Recent level of the exposure."""
        return self._square / self._sum

    def relative(self, exposure: float) -> float:
        """Exposure over its recent level."""
        return exposure * self._sum / self._square

    def learn(self, exposure: float) -> None:
        """Take in the exposure of a closed bucket."""
        self._sum = self._sum * self._keep + exposure
        self._square = self._square * self._keep + exposure * exposure
