"""The simulation of Poisson-FOCuS's run lengths is of `PoissonFOCuS` and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.run_lengths import Hulls, focus_thresholds, simulate_focus
from detectors import PoissonFOCuS


def test_simulates_the_detector_itself() -> None:
    """Rows of every mean reach a threshold in the very buckets in which the detector does."""
    rng = np.random.default_rng(2)
    means = np.array([0.1, 0.1, 1.0, 1.0, 10.0, 10.0])
    hulls = Hulls(means)
    scalars = [PoissonFOCuS(mean) for mean in means.tolist()]
    thresholds = np.array([2.0, 3.0] * 3)
    reached = 0
    for _ in range(600):
        x = rng.poisson(means).astype(float)
        hulls.learn(x)
        for scalar, count in zip(scalars, x.tolist(), strict=True):
            scalar.learn_one({"count": count})
        over = [scalar.nats >= t for scalar, t in zip(scalars, thresholds.tolist(), strict=True)]
        assert hulls.over(thresholds).tolist() == over
        nats = [scalar.nats for scalar in scalars]
        assert hulls.nats().tolist() == pytest.approx(nats, rel=1e-9, abs=1e-9)
        reached += sum(over)
    assert reached > 50


def test_run_lengths_are_the_detectors() -> None:
    """On the same counts the simulation and the detector give the same run lengths."""
    rows, mean, threshold = 25, 0.5, 4.5
    simulated = simulate_focus(np.full(rows, mean), np.full(rows, threshold), seed=5)
    rng = np.random.default_rng(5)
    lengths = np.zeros(rows)
    alive = [(row, PoissonFOCuS(mean)) for row in range(rows)]
    bucket = 0
    while alive:
        bucket += 1
        counts = rng.poisson(np.full(len(alive), mean)).tolist()
        for (row, scalar), count in zip(alive, counts, strict=True):
            scalar.learn_one({"count": count})
            if scalar.nats >= threshold:
                lengths[row] = bucket
        alive = [(row, scalar) for row, scalar in alive if not lengths[row]]
    assert simulated.tolist() == lengths.tolist()


def test_finds_a_threshold_for_a_run_length() -> None:
    """From three nats too low, few runs come within a nat and a half of the right threshold."""
    (got,) = focus_thresholds(((1.0, 5.1),), runs=300, seed=3)
    assert 300 < got.length < 1000
    assert got.length_error < 0.1 * got.length
    assert 6.6 < got.wanted < 9.6
