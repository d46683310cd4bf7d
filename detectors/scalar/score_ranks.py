"""Scores that have no scale of their own: each one's rank among the recent ones."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

BLOCKS = 32
"""Parts of the history that leave it one at a time."""

LEAST_DAYS = 28.0

ALERTS_HELD = 4.0
"""The history is as long as so many false alerts are rare."""

SLACK = 8
MOST_KEPT = 4096


class ScoreRanks:
    r"""History of a detector's scores, over all series, and the conformal p-value of a new one.

    .. math:: p(s) = \frac{1 + \#\{\text{recent} \ge s\}}{1 + n}

    If scores are exchangeable, :math:`P(p \le \alpha) \le \alpha`, whatever the detector
    and whatever its scale. Expected false alarms are then at most `per_day` a day, for
    :math:`\alpha` is `per_day` over the number of scores in a day. This holds on average over
    the series, not for each: one whose scores are always higher has more of the alarms. A
    detector that still learns, a day unlike the others, or bursts among the scores are not
    exchangeable: the first raise false alarms, the last only cost power.

    A rank cannot be rarer than what has been seen: there is no alarm before about
    1 / `per_day` days. The history spans four times as long, at least 28 days, in 32
    blocks. Of each block as many of the largest scores are kept as could matter for an alarm; a
    score below those is ranked below the whole block, which only raises p.

    Parameters
    ----------
    per_day
        False alarms a day.

    References
    ----------
    V. Vovk, A. Gammerman, G. Shafer: Algorithmic Learning in a Random World (2005), chapter 2.
    R. F. Barber, E. J. Candès, A. Ramdas, R. J. Tibshirani: Conformal prediction beyond
    exchangeability. Annals of Statistics 51 (2023).

    Examples
    --------
    >>> ranks = ScoreRanks(per_day=0.5)
    >>> for _ in range(10):
    ...     ranks.learn(np.arange(100.0), days=1.0)
    >>> np.exp(-ranks.evidence(np.array([50.0, 99.0, 1000.0]))).round(4).tolist()
    [1.0, 0.011, 0.001]
    >>> round(float(np.exp(-ranks.threshold(at_most=100.0))), 4)
    0.005
    """

    def __init__(self, per_day: float) -> None:
        self._per_day = per_day
        span = max(LEAST_DAYS, ALERTS_HELD / per_day)
        self._block_days = span / BLOCKS
        self._kept = min(MOST_KEPT, math.ceil(per_day * span) + SLACK)
        self._days: list[float] = []
        self._numbers: list[int] = []
        self._largest: list[F8] = []
        """Of each block, ascending; the open block last."""

    def threshold(self, at_most: float, largest_alpha: float = 0.01) -> float:
        """Nats that a score's evidence must reach.

        `at_most` bounds the scores of a day; it stands for one day before the first.
        """
        number = (sum(self._numbers) + at_most) / (sum(self._days) + 1.0)
        return -math.log(min(largest_alpha, self._per_day / max(number, 1e-9)))

    def evidence(self, scores: F8) -> F8:
        """``-ln p`` of new scores, in nats."""
        above = np.zeros(len(scores), dtype=np.int64)
        for number, largest in zip(self._numbers, self._largest, strict=True):
            at_least = len(largest) - np.searchsorted(largest, scores, side="left")
            # Below the least one kept nobody knows how many of the others are higher.
            unknown = (at_least == len(largest)) & (number > len(largest))
            above += np.where(unknown, number, at_least)
        p = (1.0 + above) / (1.0 + sum(self._numbers))
        return np.asarray(-np.log(p), dtype=np.float64)

    def learn(self, scores: F8, days: float) -> None:
        """Take in the scores of one closed bucket of so many days, perhaps none."""
        if not self._days or self._days[-1] >= self._block_days:
            self._days.append(0.0)
            self._numbers.append(0)
            self._largest.append(np.zeros(0))
            for of in (self._days, self._numbers, self._largest):
                del of[:-BLOCKS]
        self._days[-1] += days
        self._numbers[-1] += len(scores)
        both = np.sort(np.concatenate([self._largest[-1], scores]))
        self._largest[-1] = both[-self._kept :]

    def dump(self) -> list[tuple[float, int, bytes]]:
        """State as plain values, a tuple for each block."""
        blocks = zip(self._days, self._numbers, self._largest, strict=True)
        return [(days, number, largest.tobytes()) for days, number, largest in blocks]

    def load(self, state: list[tuple[float, int, bytes]]) -> None:
        """Take the state that `dump` gave."""
        self._days = [days for days, _, _ in state]
        self._numbers = [number for _, number, _ in state]
        self._largest = [np.frombuffer(of, dtype=np.float64).copy() for _, _, of in state]
