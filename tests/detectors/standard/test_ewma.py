"""EWMA: the meaning of its score in control, and the sum of small rises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detectors import EWMA, EwmaBank


def test_one_count_is_its_standardised_tail() -> None:
    """The first score is the normal tail of the deviation of the count."""
    score = EWMA(0.1, dispersion=0.2).score_one({"count": 30, "expected": 10.0})
    z = 20.0 / np.sqrt(10.0 + 0.2 * 100.0)
    assert score == pytest.approx(-float(stats.norm.logsf(z)), rel=1e-12)


def test_in_control_the_score_is_near_a_normal_tail() -> None:
    """Where counts are large, the score passes -ln p in a share of about p of the buckets."""
    rng = np.random.default_rng(9)
    rows, expected = 2000, np.full(2000, 200.0)
    bank = EwmaBank(0.2, dispersion=0.0)
    bank.grow(rows)
    over = np.zeros(2)
    for _ in range(200):
        x = rng.poisson(expected).astype(float)
        score = bank.score(x, expected=expected)
        over += [np.sum(score > -np.log(p)) / rows / 200 for p in (0.1, 0.01)]
        bank.learn(x, expected=expected)
    assert over[0] == pytest.approx(0.1, rel=0.05)
    assert over[1] == pytest.approx(0.01, rel=0.2)


def test_small_rises_add_up() -> None:
    """Ten counts of 13 where 10 is usual: each is below 2.5 nats, all together above 4.5."""
    ewma = EWMA(0.1, dispersion=0.0)
    for count in [9, 12, 10, 8, 11] * 40:
        ewma.learn_one({"count": count})
    ewma.reset()
    assert ewma.score_one({"count": 13}) < 2.5
    for _ in range(10):
        score = ewma.score_one({"count": 13})
        ewma.learn_one({"count": 13})
    assert score > 4.5


def test_an_expectation_that_is_given_is_not_learned() -> None:
    """Counts with a given expectation leave the learned rate alone."""
    ewma = EWMA()
    before = ewma._rate
    ewma.learn_one({"count": 50, "expected": 50.0})
    assert ewma._rate == before
    ewma.learn_one({"count": 50})
    assert ewma._rate != before


@pytest.mark.parametrize("weight", [0.0, -0.2, 1.5, float("nan")])
def test_refuses_a_weight_that_is_none(weight: float) -> None:
    """A weight of 0 or less, or above 1, is refused with the rule."""
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        EWMA(weight)
