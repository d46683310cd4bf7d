"""The simulation of run lengths is of `PoissonFOCuS` itself."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.run_lengths import Hulls, Records
from detectors import PoissonFOCuS


def test_simulates_the_detector_itself() -> None:
    """Rows of every mean have the statistic of the detector in every bucket."""
    rng = np.random.default_rng(2)
    means = np.array([0.1, 0.1, 1.0, 1.0, 10.0, 10.0])
    hulls = Hulls(means)
    scalars = [PoissonFOCuS(mean) for mean in means.tolist()]
    for _ in range(600):
        x = rng.poisson(means).astype(float)
        hulls.learn(x)
        for scalar, count in zip(scalars, x.tolist(), strict=True):
            scalar.learn_one({"count": count})
        nats = [scalar.nats for scalar in scalars]
        assert hulls.highest(np.zeros(6)).tolist() == pytest.approx(nats, rel=1e-9, abs=1e-9)
        assert hulls.highest(np.full(6, 1.5)).tolist() == (
            pytest.approx([max(1.5, one) for one in nats], rel=1e-9)
        )


def test_run_lengths_are_the_detectors() -> None:
    """On the same counts the simulation and the detector give the same run lengths."""
    rows, mean, until = 25, 0.5, 4.5
    records = Records(np.full(rows, mean), np.full(rows, until), seed=5)
    rng = np.random.default_rng(5)
    lengths = {3.0: np.zeros(rows), until: np.zeros(rows)}
    alive = [(row, PoissonFOCuS(mean)) for row in range(rows)]
    bucket = 0
    while alive:
        bucket += 1
        counts = rng.poisson(np.full(len(alive), mean)).tolist()
        for (row, scalar), count in zip(alive, counts, strict=True):
            scalar.learn_one({"count": count})
            for threshold, reached in lengths.items():
                if scalar.nats >= threshold and not reached[row]:
                    reached[row] = bucket
        alive = [(row, scalar) for row, scalar in alive if not lengths[until][row]]
    for threshold, reached in lengths.items():
        assert records.lengths(threshold).tolist() == reached.tolist()


def test_finds_the_least_threshold_for_a_run_length() -> None:
    """At the found threshold the mean run is long enough; just below it, it is not."""
    records = Records(np.full(200, 1.0), np.full(200, 5.0), seed=3)
    found = records.threshold(100.0)
    assert records.lengths(found).mean() >= 100.0
    heights = np.unique(records._height)
    assert records.lengths(float(heights[heights < found][-1])).mean() < 100.0
