"""Tail p-value: exact also far out, and valid."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats

from detectors import TailProbability
from detectors.distributions.negative_binomial import LEAST, upper_tail_nats


def nats(x: float, mean: float, shape: float) -> float:
    return float(upper_tail_nats(np.array([x]), np.array([mean]), np.array([shape]))[0])


@pytest.mark.parametrize("shape", [0.01, 0.7, 10.0, 1e4])
@pytest.mark.parametrize("mean", [1e-4, 0.5, 20.0, 3000.0])
def test_equals_scipy_where_scipy_can(mean: float, shape: float) -> None:
    """The tail equals that of scipy's negative binomial, as far as that is a number."""
    chance = shape / (shape + mean)
    for x in [0, 1, 2, 10, 100, 5000]:
        known = -float(stats.nbinom.logsf(x - 1, shape, chance))
        if known < 600.0:
            assert nats(x, mean, shape) == pytest.approx(known, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("x", "mean", "shape"), [(4000, 2, 3), (900, 1, 40), (8000, 500, 200)])
def test_is_exact_where_a_float_has_underflowed(x: int, mean: int, shape: int) -> None:
    """Tails below 1e-290 equal those of exact integer arithmetic."""
    q = Fraction(mean, mean + shape)
    # P(X >= x) is the chance of fewer than `shape` failures in x + shape - 1 trials.
    trials = x + shape - 1
    tail = sum(comb(trials, j) * (1 - q) ** j * q ** (trials - j) for j in range(shape))
    digits = tail.denominator.bit_length() - tail.numerator.bit_length()
    exact = -np.log(float(tail * 2**digits)) + digits * np.log(2.0)
    assert exact > 667.0
    assert nats(x, mean, shape) == pytest.approx(exact, rel=1e-12)


def test_no_step_where_the_method_changes() -> None:
    """There is no step where the continued fraction takes over."""
    x = np.arange(3000.0, 4500.0)
    found = upper_tail_nats(x, np.full(len(x), 10.0), np.full(len(x), 2.0))
    assert found[0] < -np.log(LEAST) < found[-1]
    assert np.abs(np.diff(found, 2)).max() < 1e-6


def test_false_alarms_stay_within_alpha() -> None:
    """Rates from the prior, no forgetting: at most αn alarms in n counts."""
    rng = np.random.default_rng(5)
    alpha, counts, alarms = 0.02, 0, 0
    for _ in range(150):
        rate = rng.gamma(2.0, 1.0)
        tail = TailProbability(1e-9, a=2.0, b=1.0, keep=1.0)
        for x in rng.poisson(rate, 40).tolist():
            alarms += tail.score_one({"count": x}) >= -np.log(alpha)
            tail.learn_one({"count": x})
            counts += 1
    assert 0 < alarms <= alpha * counts


def test_knowing_less_surprises_less() -> None:
    """The same count is less surprising before the rate is known than after."""
    new, old = TailProbability(a=5.0, b=1.0), TailProbability(a=500.0, b=100.0)
    assert new.score_one({"count": 20}) < old.score_one({"count": 20})


def test_refuses_no_dispersion() -> None:
    """A dispersion of 0 is refused; the error says what to use instead."""
    with pytest.raises(ValueError, match=r"above 0; found 0.0. Use 1e-6 for Poisson"):
        TailProbability(0.0)
