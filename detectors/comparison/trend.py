"""How a rate has changed from week to week: a log-linear trend of counts over their exposures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from detectors.comparison.rate_ratio import Bounded

_NORMAL_95: Final = 1.959963984540054
_STEPS: Final = 50
_MOST_SLOPE: Final = 20.0
LEAST_SPANS: Final = 3
"""With fewer there is no trend."""


def weekly_trend(counts: Sequence[float], exposures: Sequence[float]) -> Bounded | None:
    r"""Bounded by how much a rate is multiplied from one span to the next.

    Poisson regression, :math:`\log E x_t = \log e_t + a + b t`, by Newton's method; the variance
    is multiplied by the dispersion where that is above 1 (quasi-Poisson). The interval is Wald's at
    95 %.

    Parameters
    ----------
    counts, exposures
        Of each span, in their order; spans without exposure are left out.

    Returns
    -------
    Bounded or None
        None with fewer than three spans, or where nothing was counted.

    Examples
    --------
    >>> found = weekly_trend([100, 50, 25, 12], [1, 1, 1, 1])
    >>> round(found.value, 2)
    0.5
    """
    kept = [n for n, exposure in enumerate(exposures) if exposure > 0]
    x = np.array([counts[n] for n in kept], dtype=np.float64)
    e = np.array([exposures[n] for n in kept], dtype=np.float64)
    if len(kept) < LEAST_SPANS or x.sum() == 0:
        return None
    t = np.array(kept, dtype=np.float64)
    t -= t.mean()
    level, slope = float(np.log(x.sum() / e.sum())), 0.0
    for _ in range(_STEPS):
        mean = e * np.exp(level + slope * t)
        gradient = np.array([(x - mean).sum(), (t * (x - mean)).sum()])
        mixed = (t * mean).sum()
        curvature = np.array([[mean.sum(), mixed], [mixed, (t * t * mean).sum()]])
        step = np.linalg.solve(curvature, gradient)
        step = np.clip(step, -1.0, 1.0)  # far from the maximum a whole step may go astray
        level, slope = level + float(step[0]), slope + float(step[1])
        if abs(slope) > _MOST_SLOPE:
            return None  # all in one span: there is no largest likelihood
        if float(np.abs(step).max()) < 1e-10:
            break
    mean = e * np.exp(level + slope * t)
    inverse = np.linalg.inv(
        np.array([[mean.sum(), (t * mean).sum()], [(t * mean).sum(), (t * t * mean).sum()]])
    )
    dispersion = max(float(((x - mean) ** 2 / mean).sum()) / (len(kept) - 2), 1.0)
    error = float(np.sqrt(inverse[1, 1] * dispersion))
    bounds = np.exp([slope - _NORMAL_95 * error, slope + _NORMAL_95 * error])
    return Bounded(float(np.exp(slope)), float(bounds[0]), float(bounds[1]))
