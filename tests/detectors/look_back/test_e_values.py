"""The tests of a look-back keep their chance of a false alarm, and find what they are made for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import log

import numpy as np
import pytest

from detectors.look_back.above_mean import above_mean
from detectors.look_back.change import change
from detectors.look_back.rise import RiseFound

STEPS = 20
LEVELS = (10.0, 20.0, 40.0)

Ask = Callable[[Sequence[float], Sequence[float]], RiseFound]


def _first(
    ask: Ask, counts: Sequence[float], exposures: Sequence[float], nats: float
) -> int | None:
    """The first step in which the evidence is so large."""
    for step in range(1, len(counts) + 1):
        if ask(counts[:step], exposures[:step]).nats >= nats:
            return step - 1
    return None


@pytest.mark.parametrize("rate", [0.05, 3.0, 19.0])
@pytest.mark.parametrize("test", ["above", "change"])
def test_a_steady_rate_passes_a_tenth_in_at_most_a_tenth_of_stretches(
    rate: float, test: str
) -> None:
    """Asked after every step, at any rate below the mean, or at any steady rate at all."""
    above: Ask = partial(above_mean, mean=20.0, steps=STEPS)
    changed: Ask = partial(change, levels=LEVELS, steps=STEPS)
    draw = np.random.default_rng(7)
    exposures = draw.uniform(0.2, 2.0, STEPS).tolist()
    false = 0
    for _ in range(300):
        counts = draw.poisson(rate * np.array(exposures)).astype(float).tolist()
        ask = above if test == "above" else changed
        false += _first(ask, counts, exposures, log(10.0)) is not None
    assert false <= 0.1 * 300


def test_a_rise_is_found_and_its_begin_named() -> None:
    draw = np.random.default_rng(8)
    for ask in (
        partial(above_mean, mean=20.0, steps=STEPS),
        partial(change, levels=LEVELS, steps=STEPS),
    ):
        found = []
        for _ in range(50):
            counts = draw.poisson([15.0] * 10 + [40.0] * 3).astype(float).tolist()
            rise = ask(counts, [1.0] * 13)
            found.append(rise.nats >= log(200.0) and rise.since == 10)
        assert sum(found) >= 40


def test_a_fall_is_no_rise() -> None:
    assert change([40.0] * 5 + [10.0] * 5, [1.0] * 10, LEVELS, STEPS).nats == float("-inf")


@pytest.mark.parametrize("counts", [[], [0.0], [0.0, 0.0]])
def test_nothing_counted_says_nothing(counts: list[float]) -> None:
    assert change(counts, [1.0] * len(counts), LEVELS, STEPS).nats == float("-inf")
