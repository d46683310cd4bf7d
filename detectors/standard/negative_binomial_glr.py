"""Generalised likelihood ratio of overdispersed counts; for one series, and for many rows."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
from river import base

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Counts = tuple[tuple[float, float], ...]


class NegativeBinomialGLR(base.AnomalyDetector):
    r"""Largest negative-binomial likelihood ratio over all starts and all raised rates.

    .. math::

        \max_{\tau} \max_{u \ge 1} \sum_{t \ge \tau} \Bigl[
        x_t \ln\frac{u (1 + \alpha m_t)}{1 + \alpha m_t u}
        - \frac{1}{\alpha} \ln\frac{1 + \alpha m_t u}{1 + \alpha m_t} \Bigr]

    for counts of mean :math:`m_t`, or :math:`u m_t` after the rise, and variance
    :math:`m_t + \alpha m_t^2`. For Poisson counts, `PoissonFOCuS` is the same.

    The score is in nats. Alarm at a threshold, then `reset`. There is no closed form for the time
    between false alarms: simulate it. It needs no ratio to look for. It finds rises of every size
    nearly as soon as a `CUSUM` made for that size; like `CUSUM`, it relies on the expectations
    and α.

    Starts within the last `window` counts are tried, and it is exact over these. Expectations
    vary, so no sums can stand for the past: the counts themselves are held, back to the oldest
    start that can still be the best. The gain of a stretch is concave in ln u and 0 at u = 1, so
    a stretch whose slope there, :math:`\sum (x_t - m_t) / (1 + \alpha m_t)`, is not positive helps
    no earlier start. In control that leaves about the square root of the window of starts; each
    costs a few Newton steps over its counts.

    Parameters
    ----------
    dispersion
        α > 0.
    expected
        Expectation of a count for which none is given.
    window
        Counts back to the oldest start.

    References
    ----------
    T. L. Lai: Sequential changepoint detection in quality control and dynamical systems.
    Journal of the Royal Statistical Society B 57 (1995), 613-658.
    M. Höhle, M. Paul: Count data regression charts for the monitoring of surveillance time
    series. Computational Statistics & Data Analysis 52 (2008), 4357-4368.

    Examples
    --------
    The same counts are less surprising if counts usually vary much.

    >>> few, wide = NegativeBinomialGLR(0.01), NegativeBinomialGLR(1.0)
    >>> for count in [1, 0, 0, 4, 6]:
    ...     few.learn_one({"count": count, "expected": 2.0})
    ...     wide.learn_one({"count": count, "expected": 2.0})
    >>> [round(glr.score_one({"count": 5, "expected": 2.0}), 2) for glr in (few, wide)]
    [4.61, 1.27]
    """

    def __init__(
        self, dispersion: float = 0.1, *, expected: float = 1.0, window: int = 200
    ) -> None:
        if not dispersion > 0.0:
            raise ValueError(
                f"NegativeBinomialGLR: dispersion must be above 0; found {dispersion}. Use"
                " PoissonFOCuS for Poisson counts"
            )
        if window < 1:
            raise ValueError(f"NegativeBinomialGLR: window must be 1 or more; found {window}")
        self.dispersion = dispersion
        self.expected = expected
        self.window = window
        self._counts: Counts = ()

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Learn a count and its expectation, which may be left out."""
        counts = self._with(x)
        starts = self._starts(counts)
        self._counts = counts[starts[-1] :] if starts else ()

    def score_one(self, x: dict[Hashable, Any]) -> float:
        """Statistic, in nats, that this count would give."""
        counts = self._with(x)
        return max((self._nats(counts[at:]) for at in self._starts(counts)), default=0.0)

    def reset(self) -> None:
        """Forget all starts, after an alarm."""
        self._counts = ()

    def _with(self, x: dict[Hashable, Any]) -> Counts:
        now = float(x["count"]), float(x.get("expected", self.expected))
        return (*self._counts, now)[-self.window :]

    def _starts(self, counts: Counts) -> list[int]:
        """Positions of the starts that can be the best now or later, newest first."""
        starts, lowest = [], 0.0
        for at in range(len(counts) - 1, -1, -1):
            x, m = counts[at]
            lowest = (x - m) / (1.0 + self.dispersion * m) + min(lowest, 0.0)
            if lowest > 0.0:
                starts.append(at)
        return starts

    def _nats(self, counts: Counts) -> float:
        alpha = self.dispersion
        most = max(m for _, m in counts)
        # At or below the best ratio the sum of the slopes is concave, so that Newton's steps
        # climb to its zero without passing it.
        u = max(1.0, sum(x for x, _ in counts) / (len(counts) * most))
        for _ in range(100):
            slope = bend = 0.0
            for x, m in counts:
                over = 1.0 + alpha * m * u
                slope += (x - m * u) / over
                bend += m * (1.0 + alpha * x) / (over * over)
            step = slope / bend
            u += step
            if step <= 1e-8 * u:
                break
        u = max(1.0, u)
        gain = cost = 0.0
        for x, m in counts:
            gain += x * math.log1p((u - 1.0) / (1.0 + alpha * m * u))
            cost += math.log1p(alpha * m * (u - 1.0) / (1.0 + alpha * m))
        return gain - cost / alpha


class GlrBank:
    """`NegativeBinomialGLR` of many rows, each by itself.

    The counts of all rows are held as far back as any row needs them, at most `window`: 16 bytes
    for each row and count. It is meant for comparison and tuning, not for millions of rows.

    Parameters
    ----------
    dispersion, window
        As of `NegativeBinomialGLR`.

    Examples
    --------
    >>> bank = GlrBank(0.01)
    >>> bank.grow(1)
    >>> for count in [1.0, 0.0, 0.0, 4.0, 6.0]:
    ...     bank.learn(np.array([count]), np.array([2.0]))
    >>> bank.score(np.array([5.0]), np.array([2.0])).round(2)
    array([4.61])
    """

    def __init__(self, dispersion: float = 0.1, *, window: int = 200) -> None:
        self.dispersion = dispersion
        self.window = window
        self._past: list[tuple[F8, F8]] = []
        """Counts and expectations, newest first."""
        self._needs: Rows = np.zeros(0, dtype=np.intp)
        """Number of them that each row still needs."""

    def grow(self, n: int) -> None:
        """Add n rows."""
        none = np.zeros(n)
        self._past = [(np.append(x, none), np.append(m, none)) for x, m in self._past]
        self._needs = np.append(self._needs, np.zeros(n, dtype=np.intp))

    def learn(self, x: F8, expected: F8) -> None:
        """Learn a count of each row, with its expectation."""
        past = self._with(x.copy(), expected.copy())
        self._needs = self._needed(past)
        self._past = past[: int(self._needs.max(initial=0))]

    def score(self, x: F8, expected: F8) -> F8:
        """Statistic, in nats, that these counts would give."""
        past = self._with(x, expected)
        starts = self._starts(past)
        # Oldest start first: those that include a count are then the first ones.
        row = np.concatenate(starts[::-1])
        back = np.repeat(np.arange(len(starts) - 1, -1, -1), [len(rows) for rows in starts[::-1]])
        best = np.zeros(len(x))
        np.maximum.at(best, row, self._nats(past, row, back))
        return best

    def reset(self, rows: Rows) -> None:
        """Forget all starts of these rows."""
        self._needs[rows] = 0

    def _with(self, x: F8, expected: F8) -> list[tuple[F8, F8]]:
        return [(x, expected), *self._past][: self.window]

    def _starts(self, past: list[tuple[F8, F8]]) -> list[Rows]:
        """Rows that can start at each of these counts, newest first."""
        starts, lowest = [], np.zeros(len(self._needs))
        for back, (x, m) in enumerate(past):
            lowest = (x - m) / (1.0 + self.dispersion * m) + np.minimum(lowest, 0.0)
            starts.append(np.flatnonzero((lowest > 0.0) & (self._needs >= back)))
        return starts

    def _needed(self, past: list[tuple[F8, F8]]) -> Rows:
        needed = np.zeros_like(self._needs)
        for back, rows in enumerate(self._starts(past)):
            needed[rows] = back + 1
        return needed

    def _nats(self, past: list[tuple[F8, F8]], row: Rows, back: Rows) -> F8:
        alpha = self.dispersion
        total, most = np.zeros(len(row)), np.zeros(len(row))
        for x, m in _by_count(past, row, back):
            total[: len(x)] += x
            most[: len(m)] = np.maximum(most[: len(m)], m)
        ratio = np.maximum(total / ((back + 1) * most), 1.0)
        moving = np.arange(len(row))
        for _ in range(100):
            u = ratio[moving]
            slope, bend = np.zeros(len(moving)), np.zeros(len(moving))
            for x, m in _by_count(past, row[moving], back[moving]):
                over = 1.0 + alpha * m * u[: len(x)]
                slope[: len(x)] += (x - m * u[: len(x)]) / over
                bend[: len(x)] += m * (1.0 + alpha * x) / (over * over)
            step = slope / bend
            ratio[moving] = u + step
            # Each start stops by itself, so that its bits do not depend on other rows.
            moving = moving[step > 1e-8 * ratio[moving]]
            if not len(moving):
                break
        ratio = np.maximum(ratio, 1.0)
        gain, cost = np.zeros(len(row)), np.zeros(len(row))
        for x, m in _by_count(past, row, back):
            u = ratio[: len(x)]
            gain[: len(x)] += x * np.log1p((u - 1.0) / (1.0 + alpha * m * u))
            cost[: len(x)] += np.log1p(alpha * m * (u - 1.0) / (1.0 + alpha * m))
        return gain - cost / alpha


def _by_count(past: list[tuple[F8, F8]], row: Rows, back: Rows) -> list[tuple[F8, F8]]:
    """For each count back in time: it and its expectation, for the starts at or before it."""
    sizes = np.searchsorted(-back, -np.arange(len(past)), side="right").tolist()
    return [(x[row[:n]], m[row[:n]]) for n, (x, m) in zip(sizes, past, strict=True) if n]
