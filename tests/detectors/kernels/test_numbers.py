"""The functions that kernels compute by themselves: exact, and with the same bits everywhere."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from scipy import special

from detectors.kernels.library import FUNCTIONS, apply

RNG = np.random.default_rng(3)
PINNED = {"ln": 3096542746, "ex": 2191049680, "ln_1p": 1042295226, "ln_gamma": 3752028222}
ABOVE_ZERO = np.exp(RNG.uniform(-600.0, 600.0, 20_000))
NEAR_ONE = 1.0 + RNG.uniform(-0.5, 1.0, 20_000)


@pytest.mark.parametrize("x", [ABOVE_ZERO, NEAR_ONE, np.arange(1.0, 5000.0)])
def test_ln(x: np.ndarray) -> None:
    """Within a unit in the last place."""
    np.testing.assert_array_max_ulp(apply("ln", x), np.log(x), maxulp=1)


def test_ex() -> None:
    """Within a unit in the last place, down to the smallest number and up to the largest."""
    x = np.concatenate([RNG.uniform(-700.0, 709.0, 20_000), RNG.uniform(-1e-3, 1e-3, 2_000)])
    np.testing.assert_array_max_ulp(apply("ex", x), np.exp(x), maxulp=1)
    assert apply("ex", np.array([0.0, -np.inf, -800.0, 800.0])).tolist() == [1.0, 0.0, 0.0, np.inf]


def test_ln_1p() -> None:
    """Within a few units in the last place, however small x is."""
    x = np.exp(RNG.uniform(-80.0, 80.0, 20_000))
    np.testing.assert_array_max_ulp(apply("ln_1p", x), np.log1p(x), maxulp=4)
    assert apply("ln_1p", np.zeros(1)).tolist() == [0.0]


def test_ln_gamma() -> None:
    """As SciPy's."""
    x = np.concatenate([np.exp(RNG.uniform(-12.0, 20.0, 20_000)), np.arange(1.0, 200.0)])
    np.testing.assert_allclose(
        apply("ln_gamma", x), special.gammaln(x), rtol=1e-14, atol=4e-15 * 10.0
    )


def test_of_what_is_no_logarithm() -> None:
    """Zero and infinity have their limits, and what is no number stays none."""
    found = apply("ln", np.array([0.0, np.inf, np.nan]))
    assert found[:2].tolist() == [-np.inf, np.inf]
    assert np.isnan(found[2])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_bit_depends_on_the_place(function: str) -> None:
    """A number gives the same alone as anywhere in an array: no lane of a vector differs."""
    x = np.abs(RNG.normal(0.0, 20.0, 203)) + 1e-3
    together = apply(function, x)
    assert together.tolist() == [apply(function, x[k : k + 1])[0] for k in range(len(x))]
    assert together[5:].tolist() == apply(function, x[5:].copy()).tolist()


def test_the_bits_are_those_of_any_host() -> None:
    """Plain arithmetic in a fixed order: the bytes are pinned, whatever processor this runs on."""
    x = np.arange(1.0, 4001.0) / 100.0
    assert {
        name: zlib.crc32(apply(name, x).astype("<f8").tobytes()) for name in FUNCTIONS
    } == PINNED
