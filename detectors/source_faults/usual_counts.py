"""How many of a bucket's counts are as usual for those who counted, once divided by a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from detectors.distributions.gamma_poisson import tail

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

Predict = Callable[[float], tuple[F8, F8]]
"""Widened shape and rate of all established entities, at an exposure relative to the usual one."""

EXPOSURES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
"""How busy a bucket may be that came several times, against its usual."""

STRANGE = 0.005
"""A count with a smaller tail on either side is not as usual."""

MOST_VALUES = 64
"""Values, those of most entities, whose number is held against what is expected."""


class Established(NamedTuple):
    """Counts of a bucket, of those who have counted for long, and what they usually count.

    Attributes
    ----------
    among
        Which of the bucket's counts are theirs.
    rows
        Their rows among the established.
    predict
        What all the established are expected to count.
    """

    among: Rows
    rows: Rows
    predict: Predict


def as_usual(established: Established, counts: F8) -> int:
    r"""How many of these counts are as usual, at the exposure at which most are.

    A count is as usual for an entity if the entity's own predictive has it between its tails. Of
    several entities with the same count at most so many are as usual as predictives expect of all
    entities, and two deviations and one more: senders that share a quota, or a spammer's ids, are
    equal to each other and not to themselves.

    .. math:: \max_e \sum_v \min(n_v,\; 1 + E_v + 2 \sqrt{E_v}), \qquad
        E_v = \sum_i P_i(X = v \mid e)

    Parameters
    ----------
    established
        Who they are, and what is expected of them.
    counts
        Their counts, above 0, as they would be had they come once.

    Examples
    --------
    >>> alike = Established(np.arange(40), np.arange(40), lambda e: (np.full(50, 25.0),) * 2)
    >>> poisson = np.repeat([1.0, 2.0, 3.0], [24, 12, 4])
    >>> as_usual(alike, poisson) > 35
    True
    >>> as_usual(alike, np.full(40, 6.0)) < 15
    True
    """
    # A whole number: it does not hang on the last bit of a chance.
    return int(max(_at(established, counts, exposure) for exposure in EXPOSURES))


def _at(established: Established, counts: F8, exposure: float) -> float:
    a, b = established.predict(exposure)
    own_a, own_b = a[established.rows], b[established.rows]
    high = tail(own_a, own_b, counts, exposure)
    low = 1.0 - tail(own_a, own_b, counts + 1.0, exposure)
    usual = counts[(high >= STRANGE) & (low >= STRANGE)]
    values, numbers = np.unique(usual, return_counts=True)
    order = np.lexsort((values, -numbers))[:MOST_VALUES]
    shared = order[numbers[order] > 1]
    alone = len(values) - len(shared)
    expected = np.array([_expected(a, b, float(value), exposure) for value in values[shared]])
    most = 1.0 + expected + 2.0 * np.sqrt(expected)
    return alone + float(np.sum(np.sort(np.minimum(numbers[shared], most))))


def _expected(a: F8, b: F8, value: float, exposure: float) -> float:
    """How many entities are expected to count exactly this."""
    ln_chance = (
        special.gammaln(a + value)
        - special.gammaln(a)
        - special.gammaln(value + 1.0)
        + a * np.log(b / (b + exposure))
        + value * np.log(exposure / (b + exposure))
    )
    return float(np.sum(np.exp(ln_chance)))
