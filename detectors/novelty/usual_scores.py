"""How often a score is seen where nothing is wrong: what the score is worth."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from detectors.novelty.tails import KEEP
from detectors.state import State

STEP: Final = 0.25
"""Nats by which scores are told apart."""

LEAST: Final = 4.0
"""Lower scores are nobody's alarm, and are not counted."""

MOST: Final = 40.0
TAIL: Final = 30.0
"""Scores, faded, from which the tail goes on."""


class UsualScores:
    r"""Scores of all subjects on past days, and what a score is worth after them.

    A score s, asked for n times a day, promises :math:`n e^{-s}` false alarms a day. It keeps that
    only if the chances that it was made of were right, and independent. New signatures and new
    merchants are not: a customer brings both. So days count how many scores S(s) there were of s or
    more, and a score is worth

    .. math:: \min(s, \ln n - \ln S(s)), \qquad S(s) = S(u) \, e^{-(s - u) / m}

    beyond the highest u that `TAIL` scores have reached. Of k kinds that have nothing to do with
    each other the mean excess m is 1; of k that go hand in hand it is k: m is taken midway. It is
    not fitted. Scores that promise to be alarms are mostly true, so they are not counted, whether
    they are worth one or not: else what is missed would make its like worth less. A fit to what is
    left below them makes m too small.

    Parameters
    ----------
    kinds
        Of how many kinds a score is made.

    References
    ----------
    J. Pickands: Statistical inference using extreme order statistics. Annals of Statistics 3
    (1975).

    Examples
    --------
    >>> usual = UsualScores(2)
    >>> for day in range(100):
    ...     for subject in range(20):
    ...         usual.note(f"{subject}", 5.0 + subject % 10)
    ...     usual.learn()
    >>> [round(usual.worth(score, asked=1000.0), 1) for score in (4.0, 8.0, 14.0, 25.0)]
    [3.9, 4.3, 6.2, 13.5]
    """

    def __init__(self, kinds: int) -> None:
        self._excess = (1.0 + kinds) / 2.0
        self._counts = np.zeros(round((MOST - LEAST) / STEP))
        self._days = 0.0
        self._today: dict[str, float] = {}
        self.state = State()
        self.state.shared(self, _counts=np.ndarray, _days=float)
        self.state.keyed(self, _today=dict[str, float])
        self.state.after_unpack(self._derive)
        self._derive()

    def _derive(self) -> None:
        self._reached = np.cumsum(self._counts[::-1])[::-1]
        enough = np.flatnonzero(self._reached >= TAIL)
        self._last = int(enough[-1]) if enough.size else 0

    def note(self, subject: str, score: float) -> None:
        """Note a subject's score of today: the highest counts, when the day ends."""
        if score >= LEAST:
            self._today[subject] = max(score, self._today.get(subject, 0.0))

    def alarm(self, subject: str) -> None:
        """Note that a subject's score of today may be of an alarm: it does not count."""
        self._today[subject] = math.inf

    def worth(self, score: float, asked: float) -> float:
        """Nats that a score is worth: never more than it says.

        Parameters
        ----------
        score
            The score, in nats.
        asked
            How often a day it is asked for.
        """
        place = min(int((score - LEAST) / STEP), self._last)
        if place < 0 or self._reached[place] <= 0.0:
            return score
        beyond = score - (LEAST + place * STEP) if place == self._last else 0.0
        a_day = float(self._reached[place]) / self._days
        return min(score, math.log(asked / a_day) + beyond / self._excess)

    def learn(self) -> None:
        """End a day."""
        for score in self._today.values():
            if score < math.inf:
                self._counts[min(int((score - LEAST) / STEP), len(self._counts) - 1)] += 1.0
        self._counts *= KEEP
        self._days = KEEP * (self._days + 1.0)
        self._today = {}
        self._derive()
