"""How often so many new names appear on a day, by class of subjects: a tail that goes on."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from detectors.state import State

LONGEST: Final = 64
"""Numbers of new names that are told apart."""

TAIL_DAYS: Final = 10.0
"""Subject-days beyond the threshold from which the tail of a class goes on."""

KEEP: Final = 0.98
"""Weight that a day keeps after a day."""

ALL: Final = -1
"""In place of a class: all of them together."""

PRIOR: Final = 20.0
"""Weight that a class gives to a tail that halves, before it has data of its own."""

_NUMBERS = np.arange(float(LONGEST))


class NoveltyTails:
    """Subject-days by class and number of new names; they fade.

    Parameters
    ----------
    windows
        How many lengths of time the numbers are of.
    classes
        How many classes there are.

    Examples
    --------
    >>> tails = NoveltyTails(1, 1)
    >>> for number in [0] * 990 + [1] * 9 + [2]:
    ...     tails.add(0, 0, number)
    >>> [round(tails.nats(0, 0, number), 1) for number in (1.0, 2.0, 4.0)]
    [3.9, 5.8, 9.5]
    """

    def __init__(self, windows: int, classes: int) -> None:
        self._counts = np.zeros((windows, classes, LONGEST))
        self._fits: dict[tuple[int, int], tuple[float, int, float]] = {}
        self.state = State()
        self.state.shared(self, _counts=np.ndarray)
        self.state.after_unpack(self._fits.clear)

    def add(self, window: int, place: int, number: int) -> None:
        """Count a subject-day."""
        self._counts[window, place, min(number, LONGEST - 1)] += 1.0

    def fade(self) -> None:
        """Let what was counted fade by a day; call it before a day is added."""
        self._counts *= KEEP
        self._fits.clear()

    def weight(self, place: int) -> float:
        """Subject-days of a class, as far as they have not faded."""
        return float(self._of(0, place).sum())

    def mean(self, place: int) -> float:
        """New names a day of a class."""
        counted = self._of(0, place)
        return float(((counted * _NUMBERS).sum() + 1.0) / (counted.sum() + PRIOR))

    def nats(self, window: int, place: int, number: float) -> float:
        """``-ln`` of the chance of so many new names or more."""
        share, threshold, ratio = self._fit(window, place)
        log = math.log(share) + max(number - threshold, 0.0) * math.log(ratio)
        return max(-log, 0.0) if number > 0.0 else 0.0

    def _of(self, window: int, place: int) -> np.ndarray:
        counted = self._counts[window]
        return np.asarray(counted.sum(axis=0) if place == ALL else counted[place])

    def _fit(self, window: int, place: int) -> tuple[float, int, float]:
        """Share of subject-days from the threshold on, the threshold, and the ratio beyond it."""
        fitted = self._fits.get((window, place))
        if fitted is None:
            counted = self._of(window, place)
            reached, sums = 0.0, 0.0
            threshold = 1
            for number in range(LONGEST - 1, 0, -1):  # the highest that enough have reached
                sums += reached
                reached += float(counted[number])
                if reached >= TAIL_DAYS:
                    threshold = number
                    break
            share = (reached + PRIOR * 0.5**threshold) / (PRIOR + float(counted.sum()))
            fitted = min(share, 1.0), threshold, (sums + 1.0) / (sums + reached + 2.0)
            self._fits[window, place] = fitted
        return fitted
