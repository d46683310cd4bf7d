"""The exact bound of a Poisson count, against SciPy's chi-square."""

from __future__ import annotations

import pytest
from scipy.stats import chi2, poisson

from detectors.distributions.poisson_bound import is_above, lower_bound, tail


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999999])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 400, 100_000])
def test_the_bound_is_the_exact_one(count: int, confidence: float) -> None:
    """It is the quantile of chi-square, halved, and `is_above` says the same on both sides."""
    bound = lower_bound(count, confidence)
    assert bound == pytest.approx(chi2.ppf(1 - confidence, 2 * count) / 2, rel=1e-9)
    assert is_above(count, bound * (1 - 1e-8), confidence)
    assert not is_above(count, bound * (1 + 1e-8), confidence)


@pytest.mark.parametrize("mean", [1e-12, 0.3, 5.0, 250.0, 90_000.0])
@pytest.mark.parametrize("count", [0, 1, 4, 260, 91_000])
def test_the_tail_is_exact(count: int, mean: float) -> None:
    """It is SciPy's, also where it is tiny or nearly one."""
    assert tail(count, mean) == pytest.approx(poisson.sf(count - 1, mean), rel=1e-8, abs=1e-300)


def test_nothing_is_expected_of_no_messages() -> None:
    """Without a mean no count comes by chance."""
    assert tail(1, 0.0) == 0.0
    assert lower_bound(0, 0.95) == 0.0
