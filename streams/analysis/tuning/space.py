"""The search space: the settings of ``[detect]`` that a trial draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna

from streams.config import detect as table
from streams.detection.signals import EVIDENCE_OF_DETECTOR

Settings = dict[str, Any]
"""Keys of the table ``[detect]`` with its tables ``burst`` and ``split``."""

BUDGET = (0.1, 4.0)
"""The budget of a trial, as multiples of the budget in force."""

_FLOATS: dict[str, tuple[float, float, bool]] = {
    "budget": (*BUDGET, True),
    "forgotten_per_day": (0.005, 0.2, True),
    "lowest_ratio": (1.2, 3.0, True),
    "highest_over_lowest": (2.0, 20.0, True),
    "newcomers": (0.05, 0.45, False),
    "young": (0.05, 0.35, False),
    "slow": (0.0, 0.15, False),
}
"""The lowest and highest value, and whether the scale is logarithmic."""

_INTEGERS: dict[str, tuple[int, int, bool]] = {
    "ratios": (2, 6, False),
    "min_count": (1, 20, True),
    "exit_after": (1, 8, False),
    "min_hold": (0, 5, False),
}


def drawn(trial: optuna.Trial, budget_per_day: float) -> Settings:
    """Draw the settings of a trial.

    Parameters
    ----------
    trial
        The trial of Optuna that draws.
    budget_per_day
        The budget in force; the search space lies around it.
    """
    detector = trial.suggest_categorical("detector", list(EVIDENCE_OF_DETECTOR))
    floats = {
        name: trial.suggest_float(name, low, high, log=log)
        for name, (low, high, log) in _FLOATS.items()
    }
    counts = {
        name: trial.suggest_int(name, low, high, log=log)
        for name, (low, high, log) in _INTEGERS.items()
    }
    highest = floats["lowest_ratio"] * floats["highest_over_lowest"]
    return {
        "budget_per_day": min(
            max(_digits(budget_per_day * floats["budget"]), table.LEAST_BUDGET), table.MOST_BUDGET
        ),
        "min_count": counts["min_count"],
        "exit_after": counts["exit_after"],
        "min_hold": counts["min_hold"],
        "burst": {
            "detector": detector,
            "ratios": ratios(floats["lowest_ratio"], highest, counts["ratios"]),
            "keep_per_day": round(1.0 - floats["forgotten_per_day"], 4),
        },
        "split": {name: round(floats[name], 3) for name in ("newcomers", "young", "slow")},
    }


def nearest(detect: table.Detect) -> dict[str, Any]:
    """Give the draws that yield the settings in force, or the closest to them."""
    grid = detect.burst.ratios
    wanted: dict[str, float] = {
        "budget": 1.0,
        "forgotten_per_day": 1.0 - detect.burst.keep_per_day,
        "lowest_ratio": grid[0],
        "highest_over_lowest": grid[-1] / grid[0],
        "newcomers": detect.split.newcomers,
        "young": detect.split.young,
        "slow": detect.split.slow,
        "ratios": len(grid),
        "min_count": detect.min_count,
        "exit_after": detect.exit_after,
        "min_hold": detect.min_hold,
    }
    bounds = {**_FLOATS, **_INTEGERS}
    within = {name: min(max(of, bounds[name][0]), bounds[name][1]) for name, of in wanted.items()}
    return {"detector": detect.burst.detector, **within}


def ratios(lowest: float, highest: float, number: int) -> list[float]:
    """Make a geometric grid of ratios.

    Examples
    --------
    >>> ratios(1.5, 12.0, 4)
    [1.5, 3.0, 6.0, 12.0]
    """
    step = (highest / lowest) ** (1.0 / (number - 1))
    return [_digits(lowest * step**k) for k in range(number)]


def described(settings: Settings) -> str:
    """Describe settings in a line.

    Examples
    --------
    >>> described({"min_count": 3, "burst": {"ratios": [2.0, 6.0]}})
    'min_count 3, burst.ratios 2 6'
    >>> described({})
    'as configured'
    """
    parts = []
    for key, value in settings.items():
        keys = (
            {f"{key}.{name}": each for name, each in value.items()}
            if isinstance(value, dict)
            else {key: value}
        )
        parts += [f"{name} {_shown(each)}" for name, each in keys.items()]
    return ", ".join(parts) or "as configured"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def merged(data: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give a configuration's tables with these settings in place of its own."""
    own = dict(data.get("detect", {}))
    for key, value in settings.items():
        own[key] = {**own.get(key, {}), **value} if isinstance(value, dict) else value
    return {**data, "detect": own}


def _digits(value: float) -> float:
    return float(f"{value:.4g}")
