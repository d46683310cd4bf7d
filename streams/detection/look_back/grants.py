"""How large a chance of a false alert each watch may take of the share of look-backs.

Half of the share is kept for every watch that there may be: each is sure of its part. Of the other
half a watch takes, when it begins, what it needs for `MOST_CHANCE`, as far as there is some left,
and gives it back when it ends. So all watches together never take more than the share.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.registry.watch import MOST_WATCHES

MOST_CHANCE: Final = 0.01
"""Chance of a false alert in the whole of a watch, at most: one case in a hundred."""


def granted(share_per_day: float, days: int, taken: Iterable[float]) -> float:
    """Return the chance of a false alert that a watch may take, over all its days.

    Parameters
    ----------
    share_per_day
        False alerts a day that all watches may lead to.
    days
        How long the watch lasts.
    taken
        What each of the others takes a day.

    Examples
    --------
    >>> granted(0.1, 30, [])
    0.01
    >>> many = [0.01 / 30] * 160
    >>> round(granted(0.1, 30, many), 6)
    0.00015
    """
    sure = share_per_day / (2 * MOST_WATCHES)
    left = share_per_day / 2 - sum(max(each - sure, 0.0) for each in taken)
    return min(MOST_CHANCE, days * (sure + max(left, 0.0)))
