"""What the calibration counts as false, and where the bound is a theorem."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration import Tally, delay_text, known_rates, weekly
from benchmarks.farrington import (
    SCENARIOS,
    WEEKS,
    Scores,
    detected,
    of_table,
    simulate,
    threshold,
)
from benchmarks.populations import Watch
from streams.simulate.counts import spread_rates, week_shapes


def test_a_tally_gives_ratio_and_limit() -> None:
    """Ten found where twenty were allowed: 0.5, and up to 16.96 / 20."""
    tally = Tally()
    tally.add(4, 8.0)
    tally.add(6, 12.0)
    assert tally.ratio == 0.5
    assert tally.limit == pytest.approx(0.848, abs=1e-3)


def test_known_rates_keep_the_budget() -> None:
    """With every rate given the bound holds in each size class."""
    for tally in known_rates(40, 300.0 / (10_000 * 40), seed=1):
        assert tally.found <= tally.nominal


def test_a_burst_not_found_counts_in_the_share_only() -> None:
    """Two of three found, in 2 and 4 buckets."""
    assert delay_text([2.0, 4.0, np.inf]).split() == ["3", "67", "%", "3", "4"]


def test_the_weekly_cycle_keeps_every_rate() -> None:
    """Over a week each sender's mean is its rate."""
    means = weekly(np.random.default_rng(1), 336)
    first = np.stack([means(t) for t in range(168)])
    assert first.max() > 5 * first.mean()
    rates = first.mean(axis=0)
    assert rates == pytest.approx(np.stack([means(t) for t in range(168, 336)]).mean(axis=0))


def test_a_first_weekend_accuses_nobody() -> None:
    """Most rest, and three in ten begin to work: what most do says nothing about them."""
    rng = np.random.default_rng(1)
    hour = np.arange(168)
    office = (hour % 24 >= 8) & (hour % 24 < 19) & (hour < 120)
    private = (hour % 24 >= 18) | ((hour >= 120) & (hour % 24 >= 10))
    shapes = week_shapes([office, private], 20.0)
    kind, rates = np.arange(1000) % 10 // 7, spread_rates(1000, rng)
    watch, opened = Watch(1000, 3600, per_day=5.0), 0
    for at in range(9 * 24):
        opened += len(
            watch.close(rng.poisson(rates * shapes[kind, at % 168]).astype(float)).all_opened
        )
    assert opened <= 20  # 45 are allowed in nine days; by what most did there were 316


def test_outbreaks_are_added_to_the_same_series() -> None:
    """Twenty-eight scenarios; the struck series is the calm one plus cases in its span."""
    assert len(SCENARIOS) == 28
    simulated = simulate(SCENARIOS[8], 5, np.random.default_rng(1))
    added = simulated.struck - simulated.calm
    assert (added >= 0).all()
    for row, (first, last) in enumerate(simulated.spans):
        assert np.flatnonzero(added[row])[[0, -1]].tolist() == [first, last]
        assert 575 <= first <= last < WEEKS


def test_detection_is_at_the_share_of_false_positives_asked_for() -> None:
    """Five in a hundred weeks without an outbreak exceed the threshold."""
    controls = np.arange(1000.0).reshape(100, 10)
    assert np.mean(controls > threshold(controls)) == 0.05
    scores = Scores(controls, np.array([900.0, 960.0]))
    assert detected(scores).tolist() == [0.0, 1.0]


def test_an_outbreak_is_scored_by_its_highest_week() -> None:
    """Weeks before and after it do not count."""
    simulated = simulate(SCENARIOS[0], 1, np.random.default_rng(1))
    first, last = simulated.spans[0]
    table = np.zeros((1, WEEKS))
    table[0, first - 1], table[0, last] = 9.0, 5.0
    assert of_table(simulated, table, table).outbreaks.tolist() == [5.0]
