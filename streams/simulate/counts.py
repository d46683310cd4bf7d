"""Counts of many senders at once: means, their weeks, and draws with a given dispersion.

What the simulation, the benchmarks and the tests draw from. The same generator gives the same
numbers in the same order: recorded figures hold only as long as it does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WEEK_H = 168


def draw(mean: F8, dispersion: float, rng: np.random.Generator) -> F8:
    """Counts with these means and this variance-to-mean ratio: Poisson, or negative binomial.

    Parameters
    ----------
    mean
        Of each sender; 0 counts nothing.
    dispersion
        Variance over mean, 1 or more.
    rng
        Where the chance comes from.
    """
    if dispersion == 1.0:
        return rng.poisson(mean).astype(np.float64)
    shape = np.maximum(mean, 1e-12) / (dispersion - 1.0)
    drawn = rng.negative_binomial(shape, 1.0 / dispersion)
    return np.where(mean > 0.0, drawn, 0).astype(np.float64)


def spread_rates(n: int, rng: np.random.Generator, low: float = 0.01, high: float = 300.0) -> F8:
    """Rates a bucket of n senders, spread evenly over the logarithm."""
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def heavy_rates(n: int, rng: np.random.Generator, knee: float = 1.0, tail: float = 1.0) -> F8:
    """Rates a bucket of n senders, of a heavy-tailed prior.

    The logarithm of the rate is spread evenly from 0.01 to the knee; above, the share of
    senders beyond r falls as r to the power of -tail.
    """
    below = knee * np.exp(rng.uniform(np.log(0.01), 0.0, n))
    above = knee * rng.pareto(tail, n) + knee
    # As dense at the knee on either side.
    share_above = 1.0 / (1.0 + tail * np.log(100.0))
    return np.where(rng.random(n) < share_above, np.minimum(above, 1e5), below)


def week_shapes(busy: Sequence[Flags], times: float) -> F8:
    """Shares of a mean by hour of the week, a row a habit; each has a mean of 1.

    Parameters
    ----------
    busy
        Hours of the week, from Monday's first, in which each habit is busy.
    times
        How many times more then than else.

    Examples
    --------
    >>> office = (np.arange(WEEK_H) % 24 >= 8) & (np.arange(WEEK_H) < 120)
    >>> shapes = week_shapes([office], 10.0)
    >>> shapes.shape, float(shapes.mean().round(9)), float((shapes[0, 8] / shapes[0, 0]).round(9))
    ((1, 168), 1.0, 10.0)
    """
    shapes = np.where(np.stack(busy), times, 1.0)
    return np.asarray(shapes / shapes.mean(axis=1, keepdims=True))
