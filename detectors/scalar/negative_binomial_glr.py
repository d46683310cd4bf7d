"""Generalised likelihood ratio for one series of overdispersed counts."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

from river import base

Counts = tuple[tuple[float, float], ...]


class NegativeBinomialGLR(base.AnomalyDetector):
    r"""Largest negative-binomial likelihood ratio over all starts and all raised rates.

    .. math::

        \max_{\tau} \max_{u \ge 1} \sum_{t \ge \tau} \Bigl[
        x_t \ln\frac{u (1 + \alpha m_t)}{1 + \alpha m_t u}
        - \frac{1}{\alpha} \ln\frac{1 + \alpha m_t u}{1 + \alpha m_t} \Bigr]

    for counts of mean :math:`m_t`, or :math:`u m_t` after the rise, and variance
    :math:`m_t + \alpha m_t^2`. It is what `PoissonFOCuS` is for Poisson counts.

    The score is in nats. Alarm at a threshold, then `reset`. There is no closed form for
    the time between false alarms: simulate it. It needs no ratio to look for, and
    finds rises of every size nearly as soon as a `CUSUM` made for that size; like it, it
    trusts the expectations and α.

    Starts within the last `window` counts are tried, and it is exact over these. With
    expectations that vary there are no sums that could stand for the past, so the counts
    themselves are kept, back to the oldest start that can still be the best: the gain
    of a stretch is concave in ln u and 0 at u = 1, so a stretch whose slope there,
    :math:`\sum (x_t - m_t) / (1 + \alpha m_t)`, is not positive helps no start before it.
    In control that leaves about the square root of the window's starts; each costs a few
    Newton steps over its counts.

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
    The same counts say less if they are spread by nature.

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
                f"NegativeBinomialGLR: dispersion must be above 0: {dispersion}; "
                "for Poisson counts take PoissonFOCuS"
            )
        if window < 1:
            raise ValueError(f"NegativeBinomialGLR: window must be 1 or more: {window}")
        self.dispersion = dispersion
        self.expected = expected
        self.window = window
        self._counts: Counts = ()

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Take in a count and, unless the default is meant, its expectation."""
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
        """Places of the starts that can be the best now or later, newest first."""
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
        # At or below the best ratio: there the slope's sum is concave, so that Newton's steps
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
