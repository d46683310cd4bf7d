"""What of the labelled, or injected, was found, by its size. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.analysis.labels.outcome import Outcome

COUNTED = (10.0, 100.0, 1000.0, 10_000.0)
"""Between classes of windows, by what was counted in them."""

TIMES = (3.0, 5.0, 10.0, 30.0)
"""Between classes of injected bursts, by how many times the usual they are."""


@dataclass(frozen=True, slots=True)
class OfSize:
    """Windows of one class of size; the median delay is None where half or more were missed."""

    size: str
    windows: int
    detected: int
    median_delay_s: float | None


def by_size(outcomes: Sequence[Outcome], size: Callable[[Outcome], str]) -> list[OfSize]:
    """Sum up outcomes by size, in the order in which sizes are given by `size`'s sort key.

    Parameters
    ----------
    outcomes
        Of true windows.
    size
        Names a window's class; classes are in the order of their first number.
    """
    by_class: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_class.setdefault(size(outcome), []).append(outcome)
    return [_of(name, by_class[name]) for name in sorted(by_class, key=_first_number)]


def counted(count: float) -> str:
    """Name a class by what was counted.

    Examples
    --------
    >>> counted(5), counted(100), counted(2e6)
    ('under 10', '100 to 999', '10,000 and more')
    """
    lower = 0.0
    for edge in COUNTED:
        if count < edge:
            return f"{lower:,.0f} to {edge - 1:,.0f}" if lower else f"under {edge:,.0f}"
        lower = edge
    return f"{lower:,.0f} and more"


def times_usual(ratio: float) -> str:
    """Name a class by how many times its usual a sender counts; the upper one is not in it.

    Examples
    --------
    >>> times_usual(3.0), times_usual(7.7), times_usual(200.0)
    ('3 to 5 times', '5 to 10 times', '30 times and more')
    """
    above = [edge for edge in TIMES if ratio < edge]
    lower = max((edge for edge in TIMES if edge <= ratio), default=1.0)
    return f"{lower:g} to {above[0]:g} times" if above else f"{lower:g} times and more"


def _of(name: str, outcomes: Sequence[Outcome]) -> OfSize:
    detected = [outcome for outcome in outcomes if outcome.detected]
    delays = [outcome.delay_s if outcome.detected else float("inf") for outcome in outcomes]
    median = statistics.median(delays)
    return OfSize(name, len(outcomes), len(detected), None if median == float("inf") else median)


def _first_number(name: str) -> float:
    if name.startswith("under"):
        return 0.0
    return float(name.split()[0].replace(",", ""))
