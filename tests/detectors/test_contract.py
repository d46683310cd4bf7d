"""What every detector of a single series promises, whatever its statistic."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable, Hashable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from river import base, checks

import detectors
from detectors.rate.complaint_rate import ComplaintRate

Features = dict[Hashable, Any]

EXPORTED = [
    found
    for found in (getattr(detectors, name) for name in detectors.__all__)
    if isinstance(found, type) and issubclass(found, base.AnomalyDetector)
]
DETECTORS: list[type[Any]] = sorted({*EXPORTED, ComplaintRate}, key=lambda made: made.__name__)

# One feature is what these judge; without it there is nothing to score, and reading it as
# zero would hide a misspelt name. The last needs scikit-learn: `test_ranks_bursts_high`.
NOT_FOR_COUNTS = {
    "check_emerging_features",
    "check_disappearing_features",
    "check_radically_disappearing_features",
    "check_roc_auc",
}
# River knows no frozen dataclass; this one's default is a `Delay`, which cannot be changed.
FROZEN_DEFAULT = (ComplaintRate, "check_init_default_params_are_not_mutable")

every_detector = pytest.mark.parametrize("make", DETECTORS, ids=lambda made: made.__name__)


def spoken(make: Callable[[], Any], features: Features) -> Features:
    """The features under the names that the detector knows."""
    if make is not ComplaintRate:
        return features
    sends = 200.0 * float(features.get("expected") or features.get("exposure") or 1.0)
    return {"complaints": features["count"], "sends": sends}


class Counts:
    """Counts; in the last third, some are bursts and labelled so.

    Either with a weekday's rhythm that is given, or steady at 1, which goes without saying.
    """

    def __init__(self, make: Callable[[], Any], n: int = 300, *, given: bool = True) -> None:
        rng = np.random.default_rng(8)
        self.rows: list[tuple[Features, bool]] = []
        for t in range(n):
            exposure = 0.3 if given and t % 7 > 4 else 1.0
            expected = 5.0 * exposure if given else 1.0
            burst = t > 2 * n // 3 and t % 10 == 0
            features: Features = {"count": int(rng.poisson(expected * (8 if burst else 1)))}
            if given:
                features |= {"exposure": exposure, "expected": expected}
            self.rows.append((spoken(make, features), burst))

    def __iter__(self) -> Iterator[tuple[Features, bool]]:
        yield from ((dict(features), burst) for features, burst in self.rows)


def learned(make: Callable[[], Any], *, given: bool = True) -> Any:
    detector = make()
    for features, _ in Counts(make, 60, given=given):
        detector.learn_one(features)
    return detector


def future(make: Callable[[], Any], detector: Any) -> list[float]:
    """Scores of further counts; each is learned after it is scored."""
    scores = []
    for count in [3, 0, 7, 30, 45, 6, 0, 0, 4]:
        features = spoken(make, {"count": count})
        scores.append(detector.score_one(features))
        detector.learn_one(features)
    return scores


def test_finds_the_detectors() -> None:
    """The tests below run on every exported detector of a single series."""
    names = {found.__name__ for found in DETECTORS}
    standards = {"CUSUM", "EWMA", "NegativeBinomialGLR", "TailProbability"}
    assert names >= standards | {"PoissonFOCuS", "PredictiveESR"}


@every_detector
def test_passes_rivers_checks(make: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """River's own checks of an estimator pass, on counts instead of river's credit cards."""
    monkeypatch.setattr(
        checks, "_yield_datasets", lambda model, scale=1: iter([Counts(make, 300 * scale)])
    )
    ran = 0
    for check in checks.yield_checks(make()):
        name = check.__name__
        if name not in NOT_FOR_COUNTS and (make, name) != FROZEN_DEFAULT:
            check(make())
            ran += 1
    assert ran >= 20


@every_detector
@pytest.mark.parametrize("given", [True, False], ids=["given", "learned"])
def test_ranks_bursts_high(make: type[Any], given: bool) -> None:
    """A burst that is not learned scores higher than 9 in 10 of the other counts."""
    detector = make()
    bursts: list[float] = []
    others: list[float] = []
    for features, burst in Counts(make, given=given):
        (bursts if burst else others).append(detector.score_one(features))
        if not burst:
            detector.learn_one(features)
    higher = [b > o for b in bursts for o in others]
    assert sum(higher) / len(higher) > 0.9


@every_detector
def test_scoring_changes_nothing(make: type[Any]) -> None:
    """A score leaves the detector as it was, to the last byte."""
    detector = learned(make)
    before = pickle.dumps(detector)
    for count in [0, 5, 1e9]:
        beside: list[Features] = [{"expected": 2.0}, {"exposure": 0.1}, {}]
        for given in beside:
            detector.score_one(spoken(make, {"count": count, **given}))
    assert pickle.dumps(detector) == before


@every_detector
def test_copies_go_their_own_way(make: type[Any]) -> None:
    """A shallow copy, a deep copy and a pickle score the same, and leave the original alone."""
    detector = learned(make)
    before = pickle.dumps(detector)
    copies = [
        copy.copy(detector),
        copy.deepcopy(detector),
        pickle.loads(pickle.dumps(detector)),
    ]
    futures = [future(make, one) for one in copies]
    assert pickle.dumps(detector) == before
    assert futures == [future(make, detector)] * 3


@every_detector
def test_a_clone_is_a_new_one(make: type[Any]) -> None:
    """River's clone has the parameters, and has learned nothing."""
    assert future(make, learned(make).clone()) == future(make, make())


@every_detector
def test_scores_are_finite(make: type[Any]) -> None:
    """The score is a finite float, also for a trillion or where almost 0 was expected."""
    detector = make()
    for count in [0, 0, 10**12, 0, 1, 10**9, 0]:
        for expected in [1e-9, 1e-3, 1.0, 1e9]:
            beside: list[Features] = [{"expected": expected}, {"exposure": expected}, {}]
            for given in beside:
                features = spoken(make, {"count": count, **given})
                score = detector.score_one(features)
                assert type(score) is float
                assert math.isfinite(score)
                detector.learn_one(features)


@every_detector
@pytest.mark.parametrize("features", [{}, {"expected": 5.0}, {"expected": 1e-6}, {"exposure": 0.2}])
def test_more_is_never_less_surprising(make: type[Any], features: Features) -> None:
    """The score never falls as the count grows, and rises in the end."""
    detector = learned(make)
    counts = [*range(60), *(10**k for k in range(2, 13))]
    scores = [detector.score_one(spoken(make, {"count": count, **features})) for count in counts]
    for low, high in pairwise(scores):
        assert high >= low - 1e-9 * max(1.0, abs(low))
    assert scores[-1] > scores[0] + 1.0


@every_detector
def test_needs_a_count(make: type[Any]) -> None:
    """A record without its count is an error, not a zero."""
    with pytest.raises(KeyError):
        make().score_one({"counts": 3})
