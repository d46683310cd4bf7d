"""The e-SR statistic: its promise, finite values, and both forms equal."""

from __future__ import annotations

import copy
import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from detectors import BurstBank, PredictiveESR
from detectors.burst.evidence import Evidence
from detectors.burst.shiryaev_roberts import step
from detectors.cohort.silence import Silence
from detectors.distributions.dispersion import Dispersion

RATIOS = (1.5, 2.0, 4.0, 10.0)
LEVELS = ((5.0, 1.0), (20.0, 10.0))
NONE = np.zeros(0)


@pytest.mark.parametrize("shape", [0.02, 0.4, 3.0, 50.0])
@pytest.mark.parametrize("mean", [1e-3, 0.2, 5.0])
@pytest.mark.parametrize("alternative", [*RATIOS, *LEVELS])
def test_every_ratio_expects_one(
    shape: float, mean: float, alternative: float | tuple[float, float]
) -> None:
    """Under the predictive the expected likelihood ratio is 1: the promise depends on it."""
    x = np.arange(0.0, 200_000.0)
    one = np.ones(len(x))
    b = shape / mean
    ratios = () if isinstance(alternative, tuple) else (alternative,)
    levels = (alternative,) if isinstance(alternative, tuple) else ()
    with np.errstate(divide="ignore"):  # a level is, at a count far above it, worth e^-1000
        gain = step(np.zeros((1, len(x))), one, shape * one, b * one, x, 1.0, ratios, levels, None)
    chance = stats.nbinom.logpmf(x, shape, b / (b + 1.0))
    assert float(np.sum(np.exp(chance + gain))) == pytest.approx(1.0, abs=1e-9)


def test_huge_counts_give_finite_right_evidence() -> None:
    """Ten thousand counts at a rate of .01: the evidence is that of exact arithmetic."""
    a, b, x, e = 0.5, 50.0, 10_000.0, 1.0
    state = np.zeros((4, 1))
    with np.errstate(all="raise", under="ignore"):
        evidence = step(
            state, np.ones(1), np.array([a]), np.array([b]), np.array([x]), e, RATIOS, (), state
        )
    gains = [(a + x) * math.log((b + e) / (b + u * e)) + x * math.log(u) for u in RATIOS]
    exact = max(gains) + math.log(sum(math.exp(g - max(gains)) for g in gains) / 4)
    assert float(evidence[0]) == pytest.approx(exact, rel=1e-12)
    assert exact > 10_000
    assert np.isfinite(state).all()


def test_scalar_equals_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """With fixed values for what the cohort teaches, both forms agree to 1e-9 for 300 buckets."""
    monkeypatch.setattr(Evidence, "settle", lambda *_: None)
    monkeypatch.setattr("detectors.distributions.dispersion.CLASS_WEIGHT", 1e300)
    bank = BurstBank(86_400.0, levels=())
    bank._evidence.quiet_mean = bank._evidence._half  # every share is 1
    base = bank._baseline
    base.dispersion = Dispersion(0.97, start=0.4, start_weight=1e300, own_weight=1e300)
    base.silence = Silence(0.97, start_weight=1e300)
    first = np.array([3.0, 40.0])
    bank.close(NONE, first, alarmed=NONE > 0, alpha=1e-3, alpha_first=1e-3)
    base._b += 7.0  # a week is known
    scalars = [
        PredictiveESR(a, b, overdispersion=0.4, ratios=RATIOS)
        for a, b in zip(base._a.tolist(), base._b.tolist(), strict=True)
    ]
    rng = np.random.default_rng(11)
    calm = np.zeros(2, dtype=np.bool_)
    for t in range(300):
        # The scalar form does not compare an entity with its cohort.
        base._observed[:] = base._expected[:] = 0.0
        exposure = float(rng.uniform(0.5, 2.0))
        x = rng.poisson(np.array([0.5, 30.0]) * exposure * (3 if t > 280 else 1)).astype(float)
        _, _, mean = base.predictive(slice(0, 2), exposure)
        for i, scalar in enumerate(scalars):
            features: dict[Hashable, Any] = {"count": float(x[i]), "exposure": exposure}
            one = bank.open.score(np.array([i]), x[[i]], exposure=exposure)
            assert float(mean[i]) == pytest.approx(scalar.expected * exposure, rel=1e-9)
            assert float(one[0]) == pytest.approx(scalar.score_one(features), abs=1e-9)
            scalar.learn_one(features)
        split = bank._parts.factor_split
        split._sum = split._square = 1.0  # learn by the exposure itself
        bank.close(x, NONE, exposure=exposure, alarmed=calm, alpha=1e-3, alpha_first=1e-3)


def test_scalar_scoring_changes_nothing() -> None:
    """A score leaves the detector as it was."""
    detector = PredictiveESR()
    for x in [3, 4, 9]:
        detector.learn_one({"count": x})
    before = copy.deepcopy(vars(detector))
    detector.score_one({"count": 500})
    assert vars(detector) == before


def test_false_alarms_stay_within_alpha() -> None:
    """Rates from the prior, no forgetting: at most alpha n alarms in n counts."""
    rng = np.random.default_rng(2)
    runs, buckets, alpha = 2000, 200, 1e-3
    a, b = np.full(runs, 2.0), np.full(runs, 1.0)
    rates = rng.gamma(a, 1.0 / b)
    r = np.zeros((6, runs))
    alarms = 0
    for _ in range(buckets):
        x = rng.poisson(rates).astype(float)
        over = step(r, np.ones(runs), a, b, x, 1.0, RATIOS, LEVELS, r) >= -math.log(alpha)
        alarms += int(over.sum())
        r[:, over] = 0.0
        a, b = a + x, b + 1.0
    assert alarms <= alpha * runs * buckets


@pytest.mark.parametrize(("mean", "times"), [(1.0, 5.0), (10.0, 2.5), (100.0, 2.0)])
def test_finds_a_rise_and_nothing_before(mean: float, times: float) -> None:
    """A steady sender stays below 7 nats for 150 counts; a rise is found within 12."""
    rng = np.random.default_rng(4)
    detector = PredictiveESR(overdispersion=0.02)
    for x in rng.poisson(mean, 30).tolist():
        detector.learn_one({"count": x})
    detector.reset()
    for x in rng.poisson(mean, 150).tolist():
        assert detector.score_one({"count": x}) < 7
        detector.learn_one({"count": x})
    for x in rng.poisson(times * mean, 12).tolist():
        if detector.score_one({"count": x}) >= 7:
            return
        detector.learn_one({"count": x})
    pytest.fail("not found")
