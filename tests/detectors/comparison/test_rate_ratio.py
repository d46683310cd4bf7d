"""Intervals hold the truth as often as they say, and say nothing where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.comparison.rate_ratio import over_expected, rate_ratio, share, weekly_dispersion
from detectors.comparison.trend import weekly_trend

ROUNDS = 2_000


@pytest.mark.parametrize(("mean", "ratio"), [(3.0, 1.0), (20.0, 1.5), (200.0, 0.7)])
def test_the_ratio_is_within_its_interval(mean: float, ratio: float) -> None:
    """In 95 of 100 cases or more, whatever the mean."""
    rng = np.random.default_rng(1)
    held = compared = 0
    for _ in range(ROUNDS):
        found = rate_ratio(int(rng.poisson(7 * mean * ratio)), 7, int(rng.poisson(7 * mean)), 7)
        if found is not None:
            compared += 1
            held += found.low <= ratio and (found.high is None or ratio <= found.high)
    assert held / compared >= 0.945


def test_scattered_counts_have_wider_intervals() -> None:
    """Negative binomial days of dispersion 4: by Poisson too often wrong, widened not."""
    rng = np.random.default_rng(2)
    mean, dispersion = 30.0, 4.0
    n, p = mean / (dispersion - 1.0), 1.0 / dispersion
    plain = wide = 0
    for _ in range(ROUNDS):
        now, before = (int(rng.negative_binomial(n, p, 7).sum()) for _ in range(2))
        for times in (1.0, dispersion):
            found = rate_ratio(now, 7, before, 7, times)
            assert found is not None
            held = found.low <= 1.0 and (found.high is None or found.high >= 1.0)
            plain, wide = plain + (held and times == 1.0), wide + (held and times > 1.0)
    assert plain / ROUNDS < 0.8
    assert wide / ROUNDS >= 0.94


def test_the_dispersion_of_weeks_is_found() -> None:
    """A weekday's and a week's level do not count as scatter."""
    rng = np.random.default_rng(3)
    level = np.outer(rng.uniform(50, 150, 30), [1.0, 1.0, 1.1, 1.0, 0.9, 0.3, 0.2])
    assert weekly_dispersion(rng.poisson(level)) == pytest.approx(1.0, abs=0.2)
    assert weekly_dispersion(rng.negative_binomial(level / 3.0, 0.25)) == pytest.approx(4, rel=0.2)
    assert weekly_dispersion(np.zeros((8, 7), dtype=np.int64)) == 1.0


def test_nothing_is_said_of_nothing() -> None:
    """No exposure, no count, no whole: None, never a guess or a division by zero."""
    assert rate_ratio(0, 7, 0, 7) is None
    assert rate_ratio(5, 0, 3, 7) is None
    assert rate_ratio(5, 7, 3, 0) is None
    assert share(0, 0) is None
    assert over_expected(3, 0.0) is None
    none_before = rate_ratio(5, 7, 0, 7)
    assert none_before is not None
    assert none_before.value is None
    assert none_before.high is None
    assert none_before.low > 0.5


def test_a_trend_is_within_its_interval() -> None:
    """Weeks whose rate falls by a tenth each; exposures differ; the interval is Wald's."""
    rng = np.random.default_rng(4)
    exposures = rng.uniform(500, 2_000, 10)
    mean = 0.05 * exposures * 0.9 ** np.arange(10)
    held = 0
    for _ in range(400):
        found = weekly_trend(rng.poisson(mean).tolist(), exposures.tolist())
        assert found is not None
        assert found.high is not None
        held += found.low <= 0.9 <= found.high
    assert held / 400 >= 0.93


@pytest.mark.parametrize(
    ("counts", "exposures"),
    [([1, 2], [1, 1]), ([0, 0, 0], [1, 1, 1]), ([0, 0, 9], [1, 1, 1]), ([5, 5, 5], [0, 0, 1])],
)
def test_no_trend_where_there_is_none_to_tell(counts: list[int], exposures: list[int]) -> None:
    """Too few spans, nothing counted, all in the last: None, or an interval without an error."""
    found = weekly_trend(counts, exposures)
    assert found is None or found.low <= (found.value or 0.0)
