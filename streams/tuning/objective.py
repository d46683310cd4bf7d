"""What makes one configuration's alerts better than another's, in figures. Pure.

What a window loses is counted from the end of its first bucket, before which nobody can be told
of it; an alert that was open before the window tells nothing new of it, so that to hold alerts
open for weeks finds nothing. A window that was missed loses all, so that to find fewer, and only
what is found at once, is not better either.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.alerts.life import Life
from streams.labels.outcome import Outcome
from streams.labels.score import score
from streams.labels.windows import Window
from streams.tuning.periods import Period

Objective = Literal["delay", "detected"]
"""``delay``: mean share of a burst's time that passes before it is told, 1 where it never is;
``detected``: share of the bursts that are not told at all. Less is better."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Alerts of a period against its windows.

    Attributes
    ----------
    losses
        Of each window, by the objective, with its entity.
    detected
        How many windows were told.
    delay
        Mean share of a window's time that passed before it was told.
    median_s
        Median time from a window's start until it was told, one never told being longer than
        any; None where it is half of them or more.
    false_alerts
        Alerts that no window and no alert in one explains, whatever their level.
    days
        How long the period is.
    """

    losses: tuple[tuple[str, float], ...]
    detected: int
    delay: float
    median_s: float | None
    false_alerts: int
    days: float

    @property
    def windows(self) -> int:
        """How many true windows there are."""
        return len(self.losses)

    @property
    def loss(self) -> float:
        """Mean loss; nought where there is no window."""
        return _mean([of for _, of in self.losses])

    @property
    def false_per_day(self) -> float:
        """False alerts a day."""
        return self.false_alerts / self.days


def figures(
    lives: Sequence[Life], windows: Sequence[Window], period: Period, objective: Objective
) -> Figures:
    """Score alerts in a period.

    Parameters
    ----------
    lives, windows
        All of them, whenever.
    period
        In which windows begin and alerts open.
    objective
        What a window's loss is.
    """
    # An alert that comes with the bucket after a burst is late, not false.
    grace_s = max((life.bucket_s for life in lives), default=0)
    found = score(lives, windows, since_s=period.since_s, until_s=period.until_s, grace_s=grace_s)
    sizes = {life.alert_id: life.bucket_s for life in lives}
    told = [_told(one) for one in found.outcomes]
    shares = [
        _share(one, sizes[one.alert_id]) if is_told and one.alert_id is not None else 1.0
        for one, is_told in zip(found.outcomes, told, strict=True)
    ]
    losses = shares if objective == "delay" else [float(not is_told) for is_told in told]
    after = [
        one.delay_s if is_told else math.inf
        for one, is_told in zip(found.outcomes, told, strict=True)
    ]
    median = statistics.median(after) if after else math.inf
    return Figures(
        losses=tuple(
            (one.window.words, loss) for one, loss in zip(found.outcomes, losses, strict=True)
        ),
        detected=sum(told),
        delay=_mean(shares),
        median_s=None if math.isinf(median) else median,
        false_alerts=found.false_alerts,
        days=found.days,
    )


def _told(outcome: Outcome) -> bool:
    return outcome.detected and outcome.delay_s > 0.0


def _share(outcome: Outcome, bucket_s: int) -> float:
    late_s = outcome.delay_s - bucket_s
    return min(max(late_s / (outcome.window.end_s - outcome.window.start_s), 0.0), 1.0)


def excess(of: Sequence[Figures], over: Sequence[Figures]) -> float:
    """Mean loss above another's, and one standard error of it over the periods.

    Compared on the same windows, so that it does not matter which period is hard; what is better
    by luck in one period only has an error as large as its gain.

    Parameters
    ----------
    of, over
        Two configurations' figures of the same periods.
    """
    sums = [
        sum(now - then for (_, now), (_, then) in zip(a.losses, b.losses, strict=True))
        for a, b in zip(of, over, strict=True)
    ]
    numbers = [one.windows for one in of]
    windows, periods = sum(numbers), sum(number > 0 for number in numbers)
    if not windows:
        return 0.0
    mean = sum(sums) / windows
    off = [total - mean * number for total, number in zip(sums, numbers, strict=True)]
    spread = sum(one * one for one in off) * (periods / (periods - 1) if periods > 1 else 0.0)
    return mean + math.sqrt(spread) / windows


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much one's mean loss is less than another's, and the standard error of that."""

    mean: float
    error: float

    @property
    def sure(self) -> bool:
        """Whether it is more than two standard errors above nothing."""
        return self.mean > 2.0 * self.error and self.mean > 0.0


def gain(of: Figures, over: Figures) -> Gain:
    """Compare two configurations on the same windows; an entity's windows count as one draw."""
    pairs = [
        (entity, then - now)
        for (entity, now), (_, then) in zip(of.losses, over.losses, strict=True)
    ]
    if not pairs:
        return Gain(0.0, math.inf)
    mean = _mean([one for _, one in pairs])
    by_entity: dict[str, float] = {}
    for entity, one in pairs:
        by_entity[entity] = by_entity.get(entity, 0.0) + one - mean
    number = len(by_entity)
    if number < 2:
        return Gain(mean, math.inf)
    spread = sum(d * d for d in by_entity.values()) * number / (number - 1)
    return Gain(mean, math.sqrt(spread) / len(pairs))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
