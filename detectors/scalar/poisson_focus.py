"""Poisson-FOCuS for one series of counts with known or plugged-in expectations."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from river import base


class PoissonFOCuS(base.AnomalyDetector):
    r"""Largest Poisson likelihood ratio over all starts and all raised rates, exactly.

    .. math::

        \max_\tau \; S \ln(S/B) - (S - B), \quad
        S = \sum_{t \ge \tau} x_t, \; B = \sum_{t \ge \tau} m_t, \; S > B

    A list of starts is kept, pruned to those that can still become the best for some
    raised rate: vertices of the lower convex hull of the points (B, S). That is a handful
    for a series in control.

    Parameters
    ----------
    expected
        Expectation of a count for which none is given.

    Attributes
    ----------
    nats
        The statistic after the last count learned.

    References
    ----------
    K. Ward, G. Dilillo, I. Eckley, P. Fearnhead: Poisson-FOCuS: an efficient online
    method for detecting count bursts with application to gamma ray burst detection.
    arXiv 2208.01494.

    Examples
    --------
    >>> focus = PoissonFOCuS(expected=2.0)
    >>> for count in [1, 0, 0, 4, 6]:
    ...     focus.learn_one({"count": count})
    >>> round(focus.nats, 4)
    3.1629
    >>> focus.buckets_ago, focus.observed, focus.expected_since
    (2, 10.0, 4.0)
    >>> round(focus.score_one({"count": 5, "expected": 1.0}), 4)
    6.4792
    """

    def __init__(self, expected: float = 1.0) -> None:
        self.expected = expected
        self.nats = 0.0
        self.buckets_ago = 0
        """Learned counts since the best start, 0 if nothing stands out."""
        self.observed = 0.0
        self.expected_since = 0.0
        self._closed = 0
        # Counted and expected since each start, oldest first: sums of their own, since in
        # differences of running ones a small expectation after large ones would be lost.
        self._starts: list[tuple[float, float, int]] = []

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Take in a count and, unless the default is meant, its expectation."""
        count, expected = self._read(x)
        # A new list: a shallow copy of the detector shares the old one.
        self._starts = [(s + count, b + expected, bucket) for s, b, bucket in self._starts]
        self._starts.append((count, expected, self._closed))
        self._closed += 1
        self._prune()
        self.nats, self.buckets_ago, self.observed, self.expected_since = 0.0, 0, 0.0, 0.0
        for s, b, bucket in self._starts:
            nats = _nats(s, b)
            if nats > self.nats:
                self.nats, self.buckets_ago = nats, self._closed - bucket
                self.observed, self.expected_since = s, b

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Statistic, in nats, that this count would give."""
        count, expected = self._read(x)
        best = _nats(count, expected)
        for s, b, _ in self._starts:
            best = max(best, _nats(s + count, b + expected))
        return best

    def reset(self) -> None:
        """Forget all starts, after an alarm."""
        self._starts = []
        self.nats, self.buckets_ago, self.observed, self.expected_since = 0.0, 0, 0.0, 0.0

    def _read(self, x: dict[Hashable, Any]) -> tuple[float, float]:
        return float(x["count"]), float(x.get("expected", self.expected))

    def _prune(self) -> None:
        starts = self._starts
        while starts:
            s, b, _ = starts[-1]
            rise, run = (starts[-2][0] - s, starts[-2][1] - b) if len(starts) > 1 else (1.0, 1.0)
            if rise * b < s * run:
                return
            starts.pop()


def _nats(s: float, b: float) -> float:
    return s * math.log(s / b) - (s - b) if s > b else 0.0
