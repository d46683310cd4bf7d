"""Bursts of real senders, drawn by a seed, to be injected into the FTC's complaint records.

A sender is known when its burst starts (a complaint in the 28 listed days before), and has no
burst of its own from 14 listed days before the start to the end. All days of the burst are
listed one after the other and normal. On top of what the sender got on a day come

- ×r: Poisson((r - 1) · mean of its last 28 listed days · the day's total over their mean
  total), so that r times what is expected comes on a Sunday too;
- +k: Poisson(k), whatever the day.

Senders are drawn by classes of their mean, since nearly all have a mean under 0.1. None is
drawn for ×r below a mean of 0.25: ×5 would be one complaint a day more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.ftc_episodes import LEAST, LOOK_BACK, QUIET, TIMES, Counts, Day, doubled

F8 = npt.NDArray[np.float64]

SIZES = ("x2", "x3", "x5", "+5", "+10", "+20")
DURATIONS = (1, 3, 10)
CLASSES = ("under 0.25", "0.25 to 1", "1 to 5", "5 and more")
BORDERS = (0.25, 1.0, 5.0)
"""Of the classes, in complaints a day; hardly a sender has a mean of 20."""

DRAWN = {"x": (0, 8, 8, 3), "+": (4, 6, 6, 3)}
"""Bursts of each size and duration in one replay, by class: there are few large senders."""


@dataclass(frozen=True)
class Burst:
    """One burst; ``start`` counts listed days, ``extra`` is what comes on top on each."""

    size: str
    duration: int
    sender: str
    start: int
    mean: float
    extra: tuple[int, ...]

    @property
    def days(self) -> range:
        """Numbers of its listed days."""
        return range(self.start, self.start + self.duration)

    @property
    def size_class(self) -> int:
        """Class of the sender's mean."""
        return size_class(self.mean)


def size_class(mean: float) -> int:
    """Number of the class that a mean belongs to.

    Examples
    --------
    >>> [CLASSES[size_class(mean)] for mean in (0.04, 0.25, 7.0)]
    ['under 0.25', '0.25 to 1', '5 and more']
    """
    return sum(mean >= border for border in BORDERS)


class Drawing:
    """Draws bursts, for any number of replays.

    Parameters
    ----------
    days
        The records; counts of days posted twice are halved for means.
    normal
        Days that bursts may lie on.
    """

    def __init__(self, days: Counts, normal: set[Day]) -> None:
        self._counts = list(days.values())
        self._normal = [day in normal for day in days]
        self._senders = sorted({s for counts in self._counts for s in counts if s})
        number = {sender: n for n, sender in enumerate(self._senders)}
        twice = set(doubled(days))
        self._by_day = []
        for day, counts in days.items():
            named = [(number[s], c) for s, c in counts.items() if s]
            rows, numbers = np.array(named, dtype=np.int64).reshape(-1, 2).T
            self._by_day.append((rows, numbers / (2.0 if day in twice else 1.0)))
        self._totals = np.array([numbers.sum() for _, numbers in self._by_day])

    def draw(self, seed: int) -> list[Burst]:
        """Bursts of one replay, no sender twice; fewer where too few senders are left."""
        rng = np.random.default_rng(seed)
        wanted: dict[int, list[tuple[str, int, int]]] = {}
        for size in SIZES:
            for duration in DURATIONS:
                starts = [s for s in range(LOOK_BACK, len(self._counts)) if self._fits(s, duration)]
                for of_class, count in enumerate(DRAWN[size[0]]):
                    for start in rng.choice(starts, count).tolist():
                        wanted.setdefault(start, []).append((size, duration, of_class))
        taken: set[str] = set()
        found = []
        sums = np.zeros(len(self._senders))
        for start in range(len(self._counts)):
            if start in wanted:
                classes = np.digitize(sums / LOOK_BACK, BORDERS)
                for size, duration, of_class in wanted[start]:
                    able = np.flatnonzero((classes == of_class) & (sums > 0))
                    burst = self._burst(rng, size, duration, start, sums, able, taken)
                    if burst is not None:
                        taken.add(burst.sender)
                        found.append(burst)
            rows, numbers = self._by_day[start]
            sums[rows] += numbers
            if start >= LOOK_BACK:
                rows, numbers = self._by_day[start - LOOK_BACK]
                sums[rows] -= numbers
        return found

    def _fits(self, start: int, duration: int) -> bool:
        days = self._normal[start : start + duration]
        return len(days) == duration and all(days)

    def _burst(
        self,
        rng: np.random.Generator,
        size: str,
        duration: int,
        start: int,
        sums: F8,
        able: npt.NDArray[np.intp],
        taken: set[str],
    ) -> Burst | None:
        for row in rng.permutation(able)[:200].tolist():
            sender, mean = self._senders[row], float(sums[row]) / LOOK_BACK
            if sender in taken or self._bursts(sender, mean, start, duration):
                continue
            days = slice(start, start + duration)
            amount = float(size[1:])
            due = np.full(duration, amount)
            if size[0] == "x":
                usual = self._totals[start - LOOK_BACK : start].mean()
                due = (amount - 1.0) * mean * self._totals[days] / usual
            extra = tuple(rng.poisson(due).tolist())
            return Burst(size, duration, sender, start, mean, extra)
        return None

    def _bursts(self, sender: str, mean: float, start: int, duration: int) -> bool:
        """Whether the sender has a burst of its own about then, as `episodes` defines one."""
        least = max(LEAST, TIMES * (mean + 1.0))
        near = self._counts[start - QUIET : start + duration]
        return any(counts[sender] >= least for counts in near)


def by_day(listed: list[Day], bursts: Iterable[Burst]) -> dict[Day, Counter[str]]:
    """What comes on top, by day and sender."""
    extra: dict[Day, Counter[str]] = {}
    for burst in bursts:
        for number, count in zip(burst.days, burst.extra, strict=True):
            extra.setdefault(listed[number], Counter())[burst.sender] += count
    return extra
