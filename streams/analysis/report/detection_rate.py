"""What of the labelled, or injected, was found, by its size. Pure."""

from __future__ import annotations

import bisect
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.analysis.labels.outcome import Outcome
from streams.language.catalogue import mark

COUNTED = (10.0, 100.0, 1000.0, 10_000.0)
"""Between classes of windows, by what was counted in them."""

TIMES = (3.0, 5.0, 10.0, 30.0)
"""Between classes of injected bursts, by how many times the usual they are."""

COUNTED_NAMES = (
    mark("under 10"), mark("10 to 99"), mark("100 to 999"), mark("1,000 to 9,999"),
    mark("10,000 and more"),
)  # fmt: skip
TIMES_NAMES = (
    mark("1 to 3 times"), mark("3 to 5 times"), mark("5 to 10 times"), mark("10 to 30 times"),
    mark("30 times and more"),
)  # fmt: skip


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
    return COUNTED_NAMES[bisect.bisect_right(COUNTED, count)]


def times_usual(ratio: float) -> str:
    """Name a class by how many times its usual a sender counts; the upper one is not in it.

    Examples
    --------
    >>> times_usual(3.0), times_usual(7.7), times_usual(200.0)
    ('3 to 5 times', '5 to 10 times', '30 times and more')
    """
    return TIMES_NAMES[bisect.bisect_right(TIMES, ratio)]


def _of(name: str, outcomes: Sequence[Outcome]) -> OfSize:
    detected = [outcome for outcome in outcomes if outcome.detected]
    delays = [outcome.delay_s if outcome.detected else float("inf") for outcome in outcomes]
    median = statistics.median(delays)
    return OfSize(name, len(outcomes), len(detected), None if median == float("inf") else median)


def _first_number(name: str) -> float:
    if name.startswith("under"):
        return 0.0
    return float(name.split()[0].replace(",", ""))
