"""Negative-binomial GLR: equal to the reference, and exact over all starts and ratios."""

from __future__ import annotations

import csv
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from detectors import NegativeBinomialGLR, PoissonFOCuS

ORACLE = Path(__file__).parents[2] / "data" / "surveillance_glr_cusum.csv"

Series = list[tuple[int, float]]
Features = dict[Hashable, Any]

series = st.lists(
    st.tuples(st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 200)), st.floats(0.01, 20.0)),
    min_size=1,
    max_size=12,
)


def brute_force(counts: Series, dispersion: float) -> float:
    """Try every start, and search for the ratio by scipy's likelihoods and optimiser."""
    best, k = 0.0, 1.0 / dispersion
    for at in range(len(counts)):
        x = np.array([float(count) for count, _ in counts[at:]])
        m = np.array([expected for _, expected in counts[at:]])

        def loss(log_ratio: float, x: np.ndarray = x, m: np.ndarray = m) -> float:
            u = np.exp(log_ratio)
            after = stats.nbinom.logpmf(x, k, k / (k + u * m))
            return -float(np.sum(after - stats.nbinom.logpmf(x, k, k / (k + m))))

        found = optimize.minimize_scalar(
            loss, bounds=(0.0, 15.0), method="bounded", options={"xatol": 1e-9}
        )
        best = max(best, -float(found.fun))
    return best


def test_equals_the_reference_with_resets_after_alarms() -> None:
    """With known expectations the statistic equals `glrnb` of R's surveillance."""
    glr = NegativeBinomialGLR(0.2)
    alarms = 0
    with ORACLE.open(newline="") as lines:
        for row in csv.DictReader(lines):
            features: Features = {"count": float(row["x"]), "expected": float(row["mu0"])}
            nats = glr.score_one(features)
            glr.learn_one(features)
            assert nats == pytest.approx(float(row["glrnb"]), rel=0, abs=1e-12)
            if nats >= 5.0:
                alarms += 1
                glr.reset()
    assert alarms > 0


@given(series, st.sampled_from([0.05, 0.5, 3.0]))
@settings(max_examples=40, deadline=None)
def test_is_exact(counts: Series, dispersion: float) -> None:
    """Pruning never loses the best start, and Newton's steps end at the best ratio."""
    glr = NegativeBinomialGLR(dispersion)
    for i, (x, expected) in enumerate(counts):
        features: Features = {"count": x, "expected": expected}
        score = glr.score_one(features)
        if i in (len(counts) // 2, len(counts) - 1):
            assert score == pytest.approx(brute_force(counts[: i + 1], dispersion), abs=1e-6)
        glr.learn_one(features)


def test_little_dispersion_is_poisson() -> None:
    """With α near 0 it is Poisson-FOCuS."""
    rng = np.random.default_rng(3)
    glr, focus = NegativeBinomialGLR(1e-9), PoissonFOCuS()
    for t in range(150):
        features: Features = {"count": int(rng.poisson(3 if t < 130 else 6)), "expected": 3.0}
        assert glr.score_one(features) == pytest.approx(focus.score_one(features), abs=1e-5)
        glr.learn_one(features)
        focus.learn_one(features)


def test_forgets_what_is_older_than_the_window() -> None:
    """A burst before the window has no effect."""
    glr = NegativeBinomialGLR(0.1, window=5)
    for count in [50, *[3] * 4]:
        last = glr.score_one({"count": count, "expected": 2.0})
        glr.learn_one({"count": count, "expected": 2.0})
    assert last > 5.0
    assert glr.score_one({"count": 3, "expected": 2.0}) < 2.0


def test_keeps_nothing_when_nothing_stands_out() -> None:
    """After counts below their expectations the past is dropped."""
    glr = NegativeBinomialGLR(0.1)
    for count in [9, 5, 0, 0, 0, 0, 0, 0, 0, 0]:
        glr.learn_one({"count": count, "expected": 2.0})
    assert glr._counts == ()


@pytest.mark.parametrize(
    ("wrong", "says"), [({"dispersion": 0.0}, "Use PoissonFOCuS"), ({"window": 0}, "1 or more")]
)
def test_refuses_what_has_no_meaning(wrong: dict[str, float], says: str) -> None:
    """A dispersion or window of 0 is refused; the error says what to use instead."""
    with pytest.raises(ValueError, match=says):
        NegativeBinomialGLR(**wrong)  # type: ignore[arg-type]
