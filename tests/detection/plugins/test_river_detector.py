"""Detectors of others are tried before they run, and kept without losing anything."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from river import base

from streams.detection.plugins.river_detector import (
    RiverDetector,
    features,
    find,
    make,
    moment,
    trial,
)

PROVEN: dict[str, tuple[str, dict[str, Any]]] = {
    "trees": (
        "river.anomaly.HalfSpaceTrees",
        {"window_size": 30, "height": 5, "limits": {"count": [0.0, 60.0], "expected": [0.0, 60.0]}},
    ),
    "gauss": ("river.anomaly.GaussianScorer", {"grace_period": 20}),
    "sad": ("river.anomaly.StandardAbsoluteDeviation", {}),
    "ewma": ("detectors.EWMA", {"weight": 0.1}),
    "e-sr": ("detectors.PredictiveESR", {}),
    "cusum": ("detectors.CUSUM", {}),
    "focus": ("detectors.PoissonFOCuS", {}),
    "tail": ("detectors.TailProbability", {}),
}
"""Detectors whose state is known to be kept to the last bit."""


class Drifting(base.AnomalyDetector):
    """Changes when it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def learn_one(self, x: dict[Any, Any]) -> None: ...

    def score_one(self, x: dict[Any, Any]) -> float:
        self.asked += 1
        return float(self.asked)


class Unkept(base.AnomalyDetector):
    """Holds what pickle cannot keep."""

    def __init__(self) -> None:
        self.how: Any = lambda x: x["count"]

    def learn_one(self, x: dict[Any, Any]) -> None: ...

    def score_one(self, x: dict[Any, Any]) -> float:
        return float(self.how(x))


class Forgetful(base.AnomalyDetector):
    """Loses what it knows when it is kept."""

    def __init__(self) -> None:
        self.total = 0.0

    def __getstate__(self) -> dict[str, float]:
        return {"total": 0.0}

    def learn_one(self, x: dict[Any, Any]) -> None:
        self.total += x["count"]

    def score_one(self, x: dict[Any, Any]) -> float:
        return self.total


class Wordy(base.AnomalyDetector):
    """Answers with words."""

    def learn_one(self, x: dict[Any, Any]) -> None: ...

    def score_one(self, x: dict[Any, Any]) -> Any:
        return "odd"


def _inputs(number: int) -> tuple[dict[str, float], float]:
    count = float(number * number % 13 + 30 * (number % 41 == 40))
    return features(count, 6.0, moment(number % 7, number % 24 * 3600, whole_day=False)), count


@pytest.mark.parametrize("name", PROVEN)
def test_kept_states_have_the_same_future(name: str) -> None:
    """Kept anywhere, and again, a detector goes on to the same scores, bit for bit."""
    path, parameters = PROVEN[name]
    whole, kept = make(path, parameters), make(path, parameters)
    for number in range(200):
        assert kept.score(*_inputs(number)) == whole.score(*_inputs(number))
        whole.learn(*_inputs(number))
        kept.learn(*_inputs(number))
        if number % 9 == 0:
            kept = RiverDetector.load(kept.dump(), path, kept.age)
            assert kept.age == whole.age
    assert whole.score(*_inputs(40)) is not None


@pytest.mark.parametrize("name", PROVEN)
def test_proven_ones_pass_the_trial(name: str) -> None:
    """River's detectors and Weathervane's own scalars may be named."""
    assert list(trial(*PROVEN[name])) == []


def test_a_seed_is_set_where_there_is_one() -> None:
    """A detector that draws numbers draws the same ones on every run, unless told otherwise."""
    assert make("river.anomaly.HalfSpaceTrees", {}).detector.seed == 0
    assert make("river.anomaly.HalfSpaceTrees", {"seed": 5}).detector.seed == 5


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        (
            f"{__name__}.Drifting",
            {},
            "must name a detector that repeats itself",
        ),
        (
            "river.anomaly.PredictiveAnomalyDetection",
            {"warmup_period": 20},
            "must name a detector that repeats itself",
        ),
        (
            f"{__name__}.Unkept",
            {},
            "must name a detector that pickle can keep",
        ),
        (
            f"{__name__}.Forgetful",
            {},
            "must name a detector that pickle can keep",
        ),
        (
            f"{__name__}.Wordy",
            {},
            "must name a detector of numbers",
        ),
        ("detectors.ComplaintRate", {}, "must name a detector of numbers"),
        ("river.anomaly.HalfSpaceTrees", {"tres": 3}, "must have parameters that"),
        ("detectors.EWMA", {"weight": 3.0}, "must have parameters that"),
    ],
)
def test_what_would_go_wrong_later_is_said_before(
    path: str, parameters: dict[str, Any], said: str
) -> None:
    """One line says why a detector cannot run: what it cannot do, and whose fault it is."""
    (line,) = trial(path, parameters)
    assert line.startswith(said)
    assert path in line


@pytest.mark.parametrize(
    "path", ["river.anomaly.QuantileFilter", "river.base.AnomalyDetector", "os.system", "nope", ""]
)
def test_only_anomaly_detectors_are_found(path: str) -> None:
    """A path that leads to something else, or nowhere, is refused."""
    with pytest.raises(ValueError, match=r"^must be "):
        find(path)


class _Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (eval, ("1/0",))


@pytest.mark.parametrize(
    "kept",
    [
        pickle.dumps(_Evil()),
        pickle.dumps(print),
        b"\x80\x04\x8c\x13river.anomaly.gaussian\x8c\x05utils\x93.",
        b"\x80\x04\x8c\x11river.anomaly.hst\x8c\x17functools.cache.__call__\x93.",
    ],
)
def test_a_state_makes_detectors_only(kept: bytes) -> None:
    """Nothing that is no part of a detector is made from a state: it is an error."""
    with pytest.raises(pickle.UnpicklingError):
        RiverDetector.load(kept, "river.anomaly.GaussianScorer", 0)


def test_a_score_of_nought_is_none() -> None:
    """River's detectors say 0 while they know too little: such a score is not ranked."""
    young = make("river.anomaly.GaussianScorer", {"grace_period": 5})
    for number in range(4):
        assert young.score(*_inputs(number)) is None
        young.learn(*_inputs(number))


def test_features_are_numbers_from_nought_up() -> None:
    """What has a bound lies between 0 and 1, as HalfSpaceTrees takes it unless told otherwise."""
    for weekday in range(7):
        for hour in range(24):
            x = features(40.0, 10.0, moment(weekday, hour * 3600, whole_day=False))
            assert (x.pop("count"), x.pop("expected")) == (40.0, 10.0)
            assert all(0.0 <= value <= 1.0 for value in x.values())
    assert features(0.0, 0.0, {})["part"] == 0.0
