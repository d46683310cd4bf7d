"""The rank of a score among recent scores, for detectors whose scores have no known scale."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.state import State

F8 = npt.NDArray[np.float64]

BLOCKS = 32
"""Parts of the history; the oldest part is forgotten as a whole."""

LEAST_DAYS = 28.0
"""Days that the history spans at least."""

ALERTS_HELD = 4.0
"""False alarms that are expected in the span of the history, where that is longer."""

SLACK = 8
MOST_HELD = 4096


class ScoreRanks:
    r"""Recent scores of a detector, over all series, and the conformal p-value of a new score.

    .. math:: p(s) = \frac{1 + \#\{\text{recent} \ge s\}}{1 + n}

    If scores are exchangeable, :math:`P(p \le \alpha) \le \alpha`, whatever the detector and
    whatever its scale. At most `per_day` false alarms a day are then expected, since
    :math:`\alpha` is `per_day` over the number of scores in a day. This holds on average over the
    series, not for each: a series whose scores are always higher has more of the alarms. Scores
    are not exchangeable while a detector still learns, on a day unlike the others, or if there
    are bursts among them. The first two raise false alarms, the last only costs power.

    A rank cannot be rarer than the number of scores seen, so there is no alarm before about
    1 / `per_day` days. The history spans four times as long, at least 28 days, in 32 blocks. Of
    each block only the largest scores are held, as many as can matter for an alarm; a score below
    those is ranked below the block, which only raises p.

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
        self._held = min(MOST_HELD, math.ceil(per_day * span) + SLACK)
        self._days: list[float] = []
        self._numbers: list[int] = []
        self._largest: list[F8] = []
        """Of each block, ascending; the present block is the last."""
        self.state = State()
        self.state.shared(self, blocks=list[tuple[float, int, bytes]])

    def threshold(self, at_most: float, largest_alpha: float = 0.01) -> float:
        """Nats that the evidence of a score must reach.

        Parameters
        ----------
        at_most
            Bound on the scores of a day; before the first score it stands for one day.
        largest_alpha
            Chance of a false alarm that a score may have at most.
        """
        number = (sum(self._numbers) + at_most) / (sum(self._days) + 1.0)
        return -math.log(min(largest_alpha, self._per_day / max(number, 1e-9)))

    def evidence(self, scores: F8) -> F8:
        """``-ln p`` of new scores, in nats."""
        above = np.zeros(len(scores), dtype=np.int64)
        for number, largest in zip(self._numbers, self._largest, strict=True):
            at_least = len(largest) - np.searchsorted(largest, scores, side="left")
            # Below the least score held it is not known how many others are higher.
            unknown = (at_least == len(largest)) & (number > len(largest))
            above += np.where(unknown, number, at_least)
        p = (1.0 + above) / (1.0 + sum(self._numbers))
        return np.asarray(-np.log(p), dtype=np.float64)

    def learn(self, scores: F8, days: float) -> None:
        """Learn the scores of one closed bucket, `days` long; there may be none."""
        if not self._days or self._days[-1] >= self._block_days:
            self._days.append(0.0)
            self._numbers.append(0)
            self._largest.append(np.zeros(0))
            for blocks in (self._days, self._numbers, self._largest):
                del blocks[:-BLOCKS]
        self._days[-1] += days
        self._numbers[-1] += len(scores)
        both = np.sort(np.concatenate([self._largest[-1], scores]))
        self._largest[-1] = both[-self._held :]

    @property
    def blocks(self) -> list[tuple[float, int, bytes]]:
        """Days, number of scores and largest scores (as bytes) of each block, for `state`."""
        blocks = zip(self._days, self._numbers, self._largest, strict=True)
        return [(days, number, largest.tobytes()) for days, number, largest in blocks]

    @blocks.setter
    def blocks(self, blocks: list[tuple[float, int, bytes]]) -> None:
        self._days = [days for days, _, _ in blocks]
        self._numbers = [number for _, number, _ in blocks]
        self._largest = [np.frombuffer(scores).copy() for _, _, scores in blocks]
