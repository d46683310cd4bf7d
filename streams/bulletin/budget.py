"""How the bulletin's one budget of false entries is split over the cells that are judged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

FALSE_ENTRIES = 0.25
"""False entries of a bulletin, on average at most: one in four bulletins."""

SHARES = {1: 0.25, 2: 0.4, 3: 0.25}
"""Of cells by one, two and three names that were counted before; equal within."""

SPARSE_SHARE = 0.1
"""Of all cells that were expected less than once a week, and of those never seen before."""

SLACK_NATS = 1.0
"""What a cell needs less than Markov's inequality asks: chance does not reach its bound. Chosen on
simulated years (`benchmarks.bulletin`), so that false entries stay below the budget."""

SPARSE = 1.0
"""A cell of which fewer were expected in a week is sparse."""


def threshold_nats(order: npt.NDArray[np.int64], weekly: F8, budget: float) -> F8:
    """Return the evidence that each cell needs.

    The chance that an e-value is ``n / budget`` or more is at most ``budget / n`` (Markov), so the
    expected number of false entries is at most the budget, however the cells depend on each other.
    From that `SLACK_NATS` is taken off: with it the budget is measured, not proven. What decides is
    known before the weeks that are judged.

    Parameters
    ----------
    order
        How many names each cell has.
    weekly
        What was expected of it in a week.
    budget
        False entries of a bulletin.

    Examples
    --------
    >>> alone = threshold_nats(np.array([1, 2, 2]), np.array([9.0, 9.0, 0.1]), 0.25)
    >>> bound = np.exp(alone + SLACK_NATS)
    >>> (FALSE_ENTRIES * np.array([0.25, 0.4, 0.1]) * bound).round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    sparse = weekly < SPARSE
    chance = np.full(len(order), SPARSE_SHARE / max(int(sparse.sum()), 1))
    for names, share in SHARES.items():
        own = (order == names) & ~sparse
        chance[own] = share / max(int(own.sum()), 1)
    return np.asarray(-np.log(budget * chance) - SLACK_NATS)
