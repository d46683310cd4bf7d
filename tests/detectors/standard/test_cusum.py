"""CUSUM: equal to the reference, Wald's promise, and the published run lengths."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from scipy import stats

from benchmarks.run_lengths import CUSUMS, markov_chain, simulate_cusum
from detectors import CUSUM

ORACLE = Path(__file__).parents[2] / "data" / "surveillance_glr_cusum.csv"


@pytest.mark.parametrize(("column", "dispersion"), [("lrpois", 0.0), ("lrnb", 0.2)])
def test_equals_the_reference_with_resets_after_alarms(column: str, dispersion: float) -> None:
    """With known expectations the statistic equals that of R's surveillance."""
    cusum = CUSUM(math.exp(0.4), dispersion=dispersion)
    alarms = 0
    with ORACLE.open(newline="") as lines:
        for row in csv.DictReader(lines):
            cusum.learn_one({"count": float(row["x"]), "expected": float(row["mu0"])})
            assert cusum.nats == pytest.approx(float(row[column]), rel=0, abs=1e-12)
            if cusum.nats >= 5.0:
                alarms += 1
                cusum.reset()
    assert alarms > 0


@pytest.mark.parametrize("mean", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("dispersion", [0.0, 1e-9, 0.2, 5.0])
def test_each_count_is_worth_its_likelihood_ratio(mean: float, dispersion: float) -> None:
    """A count adds the logarithm of its likelihood ratio, after the rise over before it."""
    cusum = CUSUM(3.0, dispersion=dispersion)
    cusum.nats = 1e4  # far from zero, where nothing is cut off
    for count in [0, 1, 5, 80]:
        if dispersion < 1e-6:
            after, before = (stats.poisson.logpmf(count, ratio * mean) for ratio in (3.0, 1.0))
        else:
            k = 1.0 / dispersion
            after, before = (
                stats.nbinom.logpmf(count, k, k / (k + ratio * mean)) for ratio in (3.0, 1.0)
            )
        gain = cusum.score_one({"count": count, "expected": mean}) - 1e4
        assert gain == pytest.approx(after - before, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("h", "k", "mean", "published"), CUSUMS)
def test_markov_chain_gives_the_published_run_length(
    h: float, k: float, mean: float, published: float
) -> None:
    """The exact mean run length of a Poisson CUSUM equals the published one to its last digit."""
    assert markov_chain(h, k, mean) == pytest.approx(published, rel=3e-6)


def test_simulated_run_length_is_the_markov_chains() -> None:
    """4,000 simulated runs: within three standard errors of the exact mean run length."""
    h, k, mean, published = CUSUMS[0]
    found, error = simulate_cusum(h, k, mean, runs=4000, seed=1)
    assert error < 0.02 * published
    assert abs(found - published) < 3.0 * error


@pytest.mark.parametrize("wrong", [1.0, 0.5, float("nan")])
def test_looks_for_rises_only(wrong: float) -> None:
    """A ratio of 1 or less is refused, with the reason."""
    with pytest.raises(ValueError, match="must be above 1, since it looks for rises"):
        CUSUM(wrong)


def test_dispersion_is_not_negative() -> None:
    """A negative dispersion is refused."""
    with pytest.raises(ValueError, match="dispersion must be 0"):
        CUSUM(dispersion=-0.1)
