"""What is drawn of many senders at once."""

from __future__ import annotations

import numpy as np
import pytest

from streams.simulate.counts import draw, heavy_rates, spread_rates


@pytest.mark.parametrize("dispersion", [1.0, 3.0, 10.0])
def test_counts_have_the_mean_and_dispersion_asked_for(dispersion: float) -> None:
    """Variance over mean is what the case says, and a rate of 0 counts nothing."""
    rng = np.random.default_rng(1)
    counts = draw(np.full(200_000, 5.0), dispersion, rng)
    assert counts.mean() == pytest.approx(5.0, rel=0.02)
    assert counts.var() / counts.mean() == pytest.approx(dispersion, rel=0.03)
    assert not draw(np.zeros(100), dispersion, rng).any()


def test_heavy_tailed_rates_fall_as_one_over_the_rate() -> None:
    """A tenth of the senders above a knee are above ten times it."""
    rates = heavy_rates(200_000, np.random.default_rng(1))
    assert np.mean(rates > 10.0) / np.mean(rates > 1.0) == pytest.approx(0.1, rel=0.1)


def test_spread_rates_have_as_many_in_each_decade() -> None:
    """From 0.01 to 1 as many as from 1 to 100."""
    rates = spread_rates(200_000, np.random.default_rng(1), 0.01, 100.0)
    assert rates.min() >= 0.01
    assert rates.max() <= 100.0
    assert np.mean(rates < 1.0) == pytest.approx(0.5, abs=0.01)


def test_the_same_generator_gives_the_same_numbers() -> None:
    """Figures of the benchmarks were recorded with these; another order of draws voids them."""
    rng = np.random.default_rng(1)
    rates = np.concatenate([heavy_rates(3, rng), spread_rates(3, rng)])
    assert rates.round(4).tolist() == [0.1056, 0.796, 0.0194, 0.0133, 23.6358, 2.5665]
    assert [draw(rates, dispersion, rng).tolist() for dispersion in (1.0, 3.0)] == [
        [0.0, 1.0, 0.0, 0.0, 22.0, 2.0],
        [0.0, 0.0, 0.0, 0.0, 28.0, 4.0],
    ]
