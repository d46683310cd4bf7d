"""Evidence that a series has begun to rise, or to fall, within the last weeks.

An e-value: a mixture, over when it began and how it went on, of likelihood ratios of the weeks
since then, predicted by the weeks before. Its expectation is 1 where nothing has begun, so the
chance that it is n or more is at most 1 / n (Markov), and chances of dependent series add up.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]

WINDOW = 12
"""Weeks ago at most that something began which is still told as new."""

RAMP_WEEKS = 6
"""Weeks that a ramp takes to its full height."""

Heights = tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]
"""Of steps and of ramps: how high over the baseline, and the part of the mixture."""

RISES: Heights = (
    ((1.25, 0.15), (1.6, 0.2), (2.2, 0.1), (4.0, 0.05)),
    ((1.3, 0.15), (1.7, 0.2), (2.5, 0.15)),
)
FALLS: Heights = (((0.8, 0.25), (0.6, 0.2), (0.35, 0.1)), ((0.7, 0.25), (0.4, 0.2)))


class Prior(NamedTuple):
    """The Gamma distribution of the shares before anything was counted, shape (series,) each."""

    shape: F8
    rate: F8


class OnsetsFound(NamedTuple):
    """What was found of each series.

    Attributes
    ----------
    evidence_nats
        Natural logarithm of the e-value, shape (series,).
    weeks_ago
        In how many of the last weeks it has been going on, most likely: 1 is the last one only.
    shape, rate
        Of the Gamma distribution of the share, from the weeks before that.
    """

    evidence_nats: F8
    weeks_ago: I8
    shape: F8
    rate: F8

    def of_series(self, series: int) -> OnsetsFound:
        """Return what was found of one series."""
        one = slice(series, series + 1)
        return OnsetsFound(
            self.evidence_nats[one], self.weeks_ago[one], self.shape[one], self.rate[one]
        )


def judge_onsets(
    counts: F8,
    exposure: F8,
    weights: F8,
    prior: Prior,
    heights: Heights = RISES,
    *,
    discount: float = 1.0,
    most_sure: float = np.inf,
    least_weeks: int = 8,
) -> OnsetsFound:
    r"""Judge whether each series has begun to change.

    For an onset k weeks ago and ratios :math:`\mu_t` since then, with the share's Gamma(a, b) of
    the weeks before, weights w and exposures e,

    .. math::

        \ln L = \sum_t w_t x_t \ln \mu_t + \Bigl(a + \sum_t w_t x_t\Bigr)
                \ln \frac{b + \sum_t w_t e_t}{b + \sum_t w_t \mu_t e_t}

    which is exact for Poisson counts (w = 1); otherwise w is one over the ratio of variance and
    mean.

    Parameters
    ----------
    counts, exposure, weights
        Shape (series, weeks), the last week last. A week without exposure tells nothing.
    prior
        Of the shares: count over exposure.
    heights
        Of steps and of ramps; their parts add up to 1.
    discount
        What a week of the baseline counts beside the week after it.
    most_sure
        The baseline's shape is at most this: shares are never known better.
    least_weeks
        Onsets with fewer weeks before them are not looked at.

    Returns
    -------
    judged
        Evidence of minus infinity where there are too few weeks for any onset.

    Examples
    --------
    >>> counts = np.array([[10.0] * 20 + [20.0] * 4, [10.0] * 24])
    >>> even = np.ones_like(counts)
    >>> judged = judge_onsets(counts, even, even, Prior(np.ones(2), np.full(2, 0.1)))
    >>> judged.evidence_nats.round(1).tolist(), int(judged.weeks_ago[0])
    ([8.6, -1.6], 4)
    """
    series, weeks = counts.shape
    longest = min(WINDOW, weeks - least_weeks)
    best = np.full(series, -np.inf)
    total = np.full(series, -np.inf)
    ago = np.ones(series, dtype=np.int64)
    shape, rate = prior.shape.copy(), prior.rate.copy()
    seen, met = weights * counts, weights * exposure
    age = discount ** np.arange(weeks - 1, -1, -1.0)
    of_counts = np.cumsum(seen * age, axis=1)
    of_exposure = np.cumsum(met * age, axis=1)
    curves = _curves(longest, heights)
    for back in range(1, longest + 1):
        end = weeks - back
        ageing = age[end - 1]
        a = prior.shape + of_counts[:, end - 1] / ageing
        b = prior.rate + of_exposure[:, end - 1] / ageing
        less = np.minimum(1.0, most_sure / a)
        a, b = a * less, b * less
        since, exposed = seen[:, end:], met[:, end:]
        sum_told, sum_met = since.sum(axis=1), exposed.sum(axis=1)
        own = np.full(series, -np.inf)
        for curve, log_part in curves:
            ratios = curve[:back]
            raised = (exposed * ratios).sum(axis=1)
            gain = (since * np.log(ratios)).sum(axis=1)
            gain += (a + sum_told) * np.log((b + sum_met) / (b + raised))
            own = np.logaddexp(own, gain + log_part)
        total = np.logaddexp(total, own)
        better = own > best
        best = np.where(better, own, best)
        ago = np.where(better, back, ago)
        shape, rate = np.where(better, a, shape), np.where(better, b, rate)
    return OnsetsFound(total - np.log(max(longest, 1)), ago, shape, rate)


def _curves(weeks: int, heights: Heights) -> list[tuple[F8, float]]:
    """Return the ratios of each week since the onset, and the log of each way's part."""
    steps, ramps = heights
    rising = np.minimum(np.arange(1.0, max(weeks, 0) + 1.0) / RAMP_WEEKS, 1.0)
    flat = [(np.full(len(rising), height), math.log(part)) for height, part in steps]
    return flat + [(1.0 + (height - 1.0) * rising, math.log(part)) for height, part in ramps]
