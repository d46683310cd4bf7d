"""FOCuS as the delay benchmark calibrates it, against FOCuS itself."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.delay import QUICK as SIZE
from benchmarks.delay import CusumGrid, FocusScale, focus_delay, focus_run_length
from detectors import PoissonFOCuS


@pytest.mark.parametrize("mean", [0.1, 1.0, 10.0, 100.0])
def test_the_grid_of_cusums_is_focus(mean: float) -> None:
    """At the heights of thresholds within a tenth of a nat, and never above."""
    rng = np.random.default_rng(1)
    grid, focus = CusumGrid(mean, 1), PoissonFOCuS(expected=mean)
    looked = 0
    for t in range(3000):
        count = float(rng.poisson(mean * (1.3 if t % 1000 > 900 else 1.0)))
        focus.learn_one({"count": count})
        statistic = float(grid.close(np.array([count]))[0])
        assert statistic <= focus.nats + 1e-9
        if 4.0 < focus.nats < 15.0:
            looked += 1
            assert statistic == pytest.approx(focus.nats, abs=0.1)
    assert looked > 5


def test_thresholds_give_the_run_length_they_are_for() -> None:
    """Within a third, of which most is the small simulation's."""
    rng = np.random.default_rng(1)
    scale = FocusScale(10.0, 100_000, rng)
    length, alarms = focus_run_length(10.0, scale.threshold(1000.0), 200_000, rng)
    assert alarms > 100
    assert length == pytest.approx(1000.0, rel=0.33)
    assert scale.threshold(1e4) < scale.threshold(1e5)


def test_a_great_burst_is_found_at_once() -> None:
    """A tenfold rise of a hundred a bucket takes one bucket."""
    delay = focus_delay(100.0, 10.0, 9.0, SIZE, np.random.default_rng(1))
    assert (delay.mean, delay.found) == (1.0, 1.0)
