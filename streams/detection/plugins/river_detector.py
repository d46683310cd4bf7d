"""A river anomaly detector that the configuration names: found, tried, asked, taught, stored.

It gets a record of features for each bucket. A detector that wants a target (`GaussianScorer`)
gets the count at an exposure of 1. Its state is stored by pickle, the only form that any detector
has. What is read back is what this program wrote to its own changelog, and only classes of river,
of `detectors` and of the detector's own package are made from it.
"""

from __future__ import annotations

import importlib
import inspect
import io
import math
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

from river import base

TRIED = 300
"""Buckets of a trial: more than the windows that river's detectors begin with."""

_PLAIN = {
    "builtins": {
        *("tuple", "list", "dict", "set", "frozenset", "int", "float", "complex", "bool"),
        *("str", "bytes", "bytearray", "slice", "range", "object"),
    },
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "copyreg": {"_reconstructor"},
    "functools": {"partial"},
    "random": {"Random"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
}
"""Classes that states may hold beside the detectors' own."""


class RiverDetector:
    """A detector of one entity, and how much it has learned.

    Attributes
    ----------
    detector
        The detector.
    age
        Buckets that it has learned.
    """

    __slots__ = ("age", "detector")

    def __init__(self, detector: Any, age: int = 0) -> None:
        self.detector, self.age = detector, age

    def score(self, x: dict[str, float], target: float) -> float | None:
        """Score of a bucket; None where it has none, as river's have 0 until they know enough.

        Raises
        ------
        Exception
            Whatever the detector raises.
        """
        asked = self.detector
        found = asked.score_one(x, target) if asked._supervised else asked.score_one(x)
        score = float(found)
        return None if score == 0.0 or math.isnan(score) else score

    def learn(self, x: dict[str, float], target: float) -> None:
        """Take a bucket in; raises whatever the detector raises."""
        taught = self.detector
        if taught._supervised:
            taught.learn_one(x, target)
        else:
            taught.learn_one(x)
        self.age += 1

    def calm(self) -> None:
        """Begin its evidence anew after an alarm, if it is a detector that gathers any."""
        reset = getattr(self.detector, "reset", None)
        if callable(reset):
            reset()

    def dump(self) -> bytes:
        """State of the detector."""
        return pickle.dumps(self.detector, protocol=5)

    @classmethod
    def load(cls, packed: bytes, path: str, age: int) -> RiverDetector:
        """Take a state that `dump` gave for the detector at `path`."""
        return cls(_Unpickler(packed, path).load(), age)


class _Unpickler(pickle.Unpickler):
    def __init__(self, packed: bytes, path: str) -> None:
        super().__init__(io.BytesIO(packed))
        self._roots = {"river", "detectors", path.partition(".")[0]}

    def find_class(self, module: str, name: str) -> Any:
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.partition(".")[0] in self._roots and "." not in name:
            found = super().find_class(module, name)
            # A module also holds what it imported.
            if str(getattr(found, "__module__", "")).partition(".")[0] in self._roots:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a detector's state")


def features(count: float, expected: float, moment: Mapping[str, float]) -> dict[str, float]:
    """What a detector gets to know of a bucket.

    Parameters
    ----------
    count, expected
        The count, and what Weathervane's own baseline expected of it.
    moment
        Where in the day and the week the bucket lies.

    Returns
    -------
    dict
        ``count``, ``expected``, ``part`` = count / (count + expected), which is one half where the
        count is as expected, and the values of `moment`.
    """
    both = count + expected
    part = count / both if both > 0.0 else 0.0
    return {"count": count, "expected": expected, "part": part, **moment}


def moment(weekday: int, second: int, *, whole_day: bool) -> dict[str, float]:
    """Where in the week a bucket lies and, unless it is a whole day, where in the day: 0 to 1.

    Examples
    --------
    >>> moment(0, 0, whole_day=True)
    {'weekday_sin': 0.5, 'weekday_cos': 1.0}
    >>> list(moment(0, 6 * 3600, whole_day=False))[:2]
    ['hour_sin', 'hour_cos']
    """
    turns = {} if whole_day else {"hour": second / 86_400.0}
    turns["weekday"] = weekday / 7.0
    out = {}
    for name, turn in turns.items():
        out[f"{name}_sin"] = 0.5 + 0.5 * math.sin(2.0 * math.pi * turn)
        out[f"{name}_cos"] = 0.5 + 0.5 * math.cos(2.0 * math.pi * turn)
    return out


def find(path: str) -> type[Any]:
    """Class of the detector at a dotted path.

    Raises
    ------
    ValueError
        With the rule that the path breaks.
    """
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception:  # importing runs others' code: whatever it raises, the path is no good
        raise ValueError(
            "must be the dotted path of a class that is installed, such as"
            ' "river.anomaly.HalfSpaceTrees"'
        ) from None
    kinds = (base.AnomalyDetector, base.SupervisedAnomalyDetector)
    if not (inspect.isclass(found) and issubclass(found, kinds)) or inspect.isabstract(found):
        raise ValueError(
            "must be a river anomaly detector (a subclass of river.base.AnomalyDetector or"
            " SupervisedAnomalyDetector)"
        )
    return found


def make(path: str, parameters: Mapping[str, Any]) -> RiverDetector:
    """Make a detector; its `seed`, if it takes one, is 0 by default, so that it repeats itself."""
    found = find(path)
    if "seed" in inspect.signature(found).parameters:
        parameters = {"seed": 0, **parameters}
    return RiverDetector(found(**parameters))


def trial(path: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    """Try a detector on made-up buckets; give a line for each reason why it cannot be used.

    Four equal detectors see the same buckets: one is asked, one is asked twice, one is not asked
    for a time, and one is stored and restored on the way. All must come to the same scores.
    """
    try:
        asked = make(path, parameters)
    except Exception as error:
        yield f"must have parameters that {path} takes; it says: {error}"
        return
    try:
        again, seldom, kept = (make(path, parameters) for _ in range(3))
        for number in range(TRIED):
            count = float(number * 37 % 11 + (60 if number % 97 == 96 else 0))
            x = features(count, 5.0, moment(number // 24 % 7, number % 24 * 3600, whole_day=False))
            if number == TRIED // 2:
                try:
                    kept = RiverDetector.load(kept.dump(), path, kept.age)
                except Exception as error:
                    yield f"must name a detector that pickle can keep; {path}: {error}"
                    return
            score = asked.score(dict(x), count)
            twice = [again.score(dict(x), count) for _ in range(2)]
            others = [kept.score(dict(x), count)]
            if number >= TRIED // 2:
                others.append(seldom.score(dict(x), count))
            if twice != [score, score] or others[1:] not in ([], [score]):
                yield (
                    f"must name a detector that repeats itself: {path} gives the same counts"
                    " another score when it is made, or asked, once more"
                )
                return
            if others[0] != score:
                yield f"must name a detector that pickle can keep; {path} goes on otherwise"
                return
            for one in (asked, again, seldom, kept):
                one.learn(dict(x), count)
    except Exception as error:
        yield (
            f"must name a detector of numbers; {path} fails on counts:"
            f" {type(error).__name__}: {error}"
        )
