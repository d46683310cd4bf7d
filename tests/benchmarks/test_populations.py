"""What the simulations draw, and what a watch of them counts."""

from __future__ import annotations

import numpy as np

from benchmarks.populations import Watch, size_class, upper_limit
from streams.detection.signals import KNOWN

DAY_S = 86_400


def test_size_classes_begin_at_their_border() -> None:
    """A mean of 1 belongs to the class from 1 to 10."""
    assert size_class(np.array([0.05, 0.1, 1.0, 99.0, 100.0])).tolist() == [0, 1, 2, 3, 4]


def test_upper_limits_are_those_of_the_tables() -> None:
    """One-sided 95 % limits of a Poisson mean, as printed in tables."""
    assert [round(upper_limit(n), 2) for n in (0, 1, 10)] == [3.0, 4.74, 16.96]


def test_a_watch_says_who_burst_and_what_was_allowed() -> None:
    """A sender that bursts is alerted; a day allows no more than a day's budget."""
    rng = np.random.default_rng(1)
    watch = Watch(200, DAY_S, per_day=1.0)
    for _ in range(60):
        closed = watch.close(rng.poisson(8.0, 200).astype(np.float64))
    counts = rng.poisson(8.0, 200).astype(np.float64)
    counts[7] = 200.0
    closed = watch.close(counts)
    assert 7 in closed.opened[KNOWN]
    assert closed.all_opened.tolist() == closed.opened[KNOWN].tolist()
    assert 0.2 < closed.nominal[KNOWN] < 1.0
