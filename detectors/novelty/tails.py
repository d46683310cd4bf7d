"""How often so many new names appear on a day, by class of subjects: a tail that goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
"""Subject-days that what is known before counts for: the tail of the class before, or one that
halves."""

FIRST_MEAN: Final = 0.05
"""New names a day, before there is data."""

_NUMBERS = np.arange(float(LONGEST))
_HALVES = 0.5 ** np.arange(LONGEST + 1.0)
_BEYOND: Final = math.log(0.5)


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
    >>> tails.fade()
    >>> [round(tails.nats(0, [0], number), 1) for number in (1.0, 2.0, 4.0)]
    [3.9, 5.0, 6.7]
    """

    def __init__(self, windows: int, classes: int) -> None:
        self._counts = np.zeros((windows, classes, LONGEST))
        self._fits: dict[tuple[int, tuple[int, ...]], np.ndarray] = {}
        self._weights: dict[int, float] = {}
        self._means: dict[tuple[int, ...], float] = {}
        self.state = State()
        self.state.shared(self, _counts=np.ndarray)
        self.state.after_unpack(self._forget)

    def add(self, window: int, place: int, number: int) -> None:
        """Count a subject-day; it tells nothing before `fade`."""
        self._counts[window, place, min(number, LONGEST - 1)] += 1.0

    def fade(self) -> None:
        """Let what was counted fade by a day: what was added counts from here on."""
        self._counts *= KEEP
        self._forget()

    def _forget(self) -> None:
        self._fits.clear()
        self._weights.clear()
        self._means.clear()

    def weight(self, place: int) -> float:
        """Subject-days of a class, as far as they have not faded."""
        if place not in self._weights:
            self._weights[place] = float(self._of(0, place).sum())
        return self._weights[place]

    def mean(self, places: Sequence[int]) -> float:
        """New names a day, by classes of which each is the prior of the next."""
        key = tuple(places)
        if key not in self._means:
            mean = FIRST_MEAN
            for place in key:
                counted = self._of(0, place)
                new = float((counted * _NUMBERS).sum())
                mean = (new + PRIOR * mean) / (float(counted.sum()) + PRIOR)
            self._means[key] = mean
        return self._means[key]

    def nats(self, window: int, places: Sequence[int], number: float) -> float:
        """``-ln`` of the chance of so many new names or more.

        Parameters
        ----------
        window
            The length of time.
        places
            Classes; each is the prior of the next. The last is the one that is judged.
        number
            New names.
        """
        if number <= 0.0:
            return 0.0
        reached = self._reached(window, tuple(places))
        low = min(int(number), LONGEST)
        high = min(low + 1, LONGEST)
        log = math.log(reached[low])
        return -(log + (number - low) * (math.log(reached[high]) - log if high > low else _BEYOND))

    def _of(self, window: int, place: int) -> np.ndarray:
        counted = self._counts[window]
        return np.asarray(counted.sum(axis=0) if place == ALL else counted[place])

    def _reached(self, window: int, places: tuple[int, ...]) -> np.ndarray:
        """Chance of each number or more, up to `LONGEST`, of the last class."""
        known = self._fits.get((window, places))
        if known is not None:
            return known
        if places:
            before = self._reached(window, places[:-1])
            counted = self._of(window, places[-1])
            out = (_continued(counted) + PRIOR * before) / (float(counted.sum()) + PRIOR)
            # Classes with few days each make nobody surer than all their days together would.
            days = sum(float(self._of(window, place).sum()) for place in places)
            out = np.maximum(out, PRIOR * _HALVES / (days + PRIOR))
        else:
            out = _HALVES
        self._fits[window, places] = out
        return out


def _continued(counted: np.ndarray) -> np.ndarray:
    """How many reached each number; beyond the highest that enough have reached: geometrically."""
    out = np.append(np.cumsum(counted[::-1])[::-1], 0.0)
    threshold = max(int(np.searchsorted(-out, -TAIL_DAYS, side="right")) - 1, 1)
    reached, sums = float(out[threshold]), float(out[threshold + 1 :].sum())
    ratio = (sums + 1.0) / (sums + reached + 2.0)
    out[threshold:] = reached * ratio ** np.arange(LONGEST + 1.0 - threshold)
    return out
