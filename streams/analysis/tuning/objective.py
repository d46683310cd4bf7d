"""The periods of a search, and the figures that make one configuration better than another.

The loss of a window is counted from the end of its first bucket: nobody can detect it earlier. A
missed window has the full loss, so settings that find less do not look better.
`streams.analysis.labels.score` defines detections, false and unjudged alerts, for every command.

An alert that no label speaks of is not false. But if nothing held their number down, settings that
alarm at everything would be best. So a search limits the *unexplained* alerts: false and unjudged.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from scipy.special import gammaincinv, stdtrit

from streams.alerts.history import Life
from streams.analysis.labels.outcome import DAY_S, Outcome, Score
from streams.analysis.labels.score import score
from streams.analysis.labels.windows import Window

Objective = Literal["delay", "detected"]
"""``delay``: mean share of a burst's time that passes until its detection, 1 if it is missed;
``detected``: share of the bursts that are missed. Less is better."""

LEAST_ENTITIES, UNSURE = 6, 0.025
"""A gain needs at least so many entities, and at most this chance of being luck, to be sure."""


WARM_UP, HELD_OUT = 0.25, 0.3
"""Shares of the time: the warm-up, which is not scored, and the held-out period."""

TRAINING = 3
"""The number of training periods between them."""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time, epoch s."""

    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Periods:
    """The training periods, in order, and the held-out period after them."""

    training: tuple[Period, ...]
    held_out: Period

    @property
    def whole(self) -> Period:
        """All training periods as one."""
        return Period(self.training[0].since_s, self.training[-1].until_s)


def cut(since_s: float, until_s: float) -> Periods:
    """Divide an archive's time into periods.

    Examples
    --------
    >>> periods = cut(0.0, 100.0)
    >>> [(period.since_s, period.until_s) for period in periods.training], periods.held_out.since_s
    ([(25.0, 40.0), (40.0, 55.0), (55.0, 70.0)], 70.0)
    """
    whole = until_s - since_s
    begin, end = since_s + WARM_UP * whole, until_s - HELD_OUT * whole
    edges = [begin + (end - begin) * k / TRAINING for k in range(TRAINING)] + [end]
    return Periods(tuple(Period(a, b) for a, b in pairwise(edges)), Period(end, until_s))


@dataclass(frozen=True, slots=True)
class Figures:
    """Alerts of a period against its windows.

    Attributes
    ----------
    losses
        The entity and the loss of each window.
    detected
        How many windows were detected.
    delay
        Mean share of a window's time that passed until its detection.
    median_s
        Median time from a window's start until its detection; a missed window counts as later
        than any other, and it is None if half of them or more are missed.
    false_alerts, unjudged
        The number of alerts, of any level, that labels call false, and of those that no window and
        no alert in a window explains.
    days
        How long the period is.
    """

    losses: tuple[tuple[str, float], ...]
    detected: int
    delay: float
    median_s: float | None
    false_alerts: int
    unjudged: int
    days: float

    @property
    def windows(self) -> int:
        """How many true windows there are."""
        return len(self.losses)

    @property
    def loss(self) -> float:
        """The mean loss; 0 if there is no window."""
        return _mean([loss for _, loss in self.losses])

    @property
    def unexplained(self) -> int:
        """How many alerts are false or unjudged: so many may be false, and no more."""
        return self.false_alerts + self.unjudged

    @property
    def unexplained_per_day(self) -> float:
        """Unexplained alerts a day."""
        return self.unexplained / self.days

    @property
    def unexplained_per_day_at_most(self) -> float:
        """The upper 95 % limit of the long-run rate, for a Poisson count."""
        return float(gammaincinv(self.unexplained + 1.0, 0.95)) / self.days


def figures(
    lives: Sequence[Life], windows: Sequence[Window], period: Period, objective: Objective
) -> Figures:
    """Score the alerts of a period; alerts that open after it are not used.

    Parameters
    ----------
    lives, windows
        All alerts and windows, of any time.
    period
        The period: windows that begin in it and alerts that open in it count.
    objective
        The loss of a window.
    """
    (found,) = by_period(lives, windows, [period], objective)
    return found


def by_period(
    lives: Sequence[Life],
    windows: Sequence[Window],
    periods: Sequence[Period],
    objective: Objective,
) -> tuple[Figures, ...]:
    """Score alerts over periods that follow each other, and give figures for each.

    A window that begins in one of them and is detected in the next is detected; only
    alerts after the last period are not used. Otherwise long windows would favour hasty settings.

    Parameters
    ----------
    lives, windows, objective
        As in `figures`.
    periods
        The periods, in order.
    """
    found = score(lives, windows, since_s=periods[0].since_s, until_s=periods[-1].until_s)
    sizes = {life.alert_id: life.bucket_s for life in lives}
    return tuple(_in_period(found, sizes, period, objective) for period in periods)


def _in_period(
    found: Score, sizes: Mapping[str, int], period: Period, objective: Objective
) -> Figures:
    outcomes = [
        one for one in found.outcomes if period.since_s <= one.window.start_s < period.until_s
    ]
    shares = [1.0 if one.alert_id is None else _share(one, sizes[one.alert_id]) for one in outcomes]
    losses = shares if objective == "delay" else [float(not one.detected) for one in outcomes]
    after = [one.delay_s if one.detected else math.inf for one in outcomes]
    median = statistics.median(after) if after else math.inf
    fates = [
        verdict.fate
        for verdict in found.verdicts
        if period.since_s < verdict.life.opened_s <= period.until_s
    ]
    return Figures(
        losses=tuple(
            (f"{one.window.level}/{one.window.entity}", loss)
            for one, loss in zip(outcomes, losses, strict=True)
        ),
        detected=sum(one.detected for one in outcomes),
        delay=_mean(shares),
        median_s=None if math.isinf(median) else median,
        false_alerts=fates.count("false"),
        unjudged=fates.count("unjudged"),
        days=(period.until_s - period.since_s) / DAY_S,
    )


def _share(outcome: Outcome, bucket_s: int) -> float:
    late_s = outcome.delay_s - bucket_s
    return min(max(late_s / (outcome.window.end_s - outcome.window.start_s), 0.0), 1.0)


def excess(judged: Sequence[Figures], over: Sequence[Figures]) -> float:
    """Give the mean loss above another's, plus its standard error over the periods.

    Both are compared on the same windows, so a hard period does no harm. Settings that are better
    by luck in only one period have an error as large as their gain. If one period has all the
    windows, the error is taken over entities.

    Parameters
    ----------
    judged, over
        The figures of two configurations for the same periods.
    """
    sums = [
        sum(now - then for (_, now), (_, then) in zip(a.losses, b.losses, strict=True))
        for a, b in zip(judged, over, strict=True)
    ]
    numbers = [one.windows for one in judged]
    windows, periods = sum(numbers), sum(number > 0 for number in numbers)
    if not windows:
        return 0.0
    if periods == 1:
        (only,) = (pair for pair in zip(judged, over, strict=True) if pair[0].windows)
        one = gain(*only)
        return one.error - one.mean
    mean = sum(sums) / windows
    off = [total - mean * number for total, number in zip(sums, numbers, strict=True)]
    return mean + math.sqrt(sum(one * one for one in off) * periods / (periods - 1)) / windows


@dataclass(frozen=True, slots=True)
class Gain:
    """How much smaller one configuration's mean loss is than another's.

    Attributes
    ----------
    mean, error
        The difference, and its standard error.
    entities
        The number of entities with windows: the independent draws.
    """

    mean: float
    error: float
    entities: int

    @property
    def sure(self) -> bool:
        """Whether the gain is above zero, by a t test on the entities at 2.5 %.

        With five or fewer entities, all are better by luck once in 32 times.
        """
        if self.entities < LEAST_ENTITIES:
            return False
        return self.mean > float(stdtrit(self.entities - 1, 1.0 - UNSURE)) * self.error


def gain(judged: Figures, over: Figures) -> Gain:
    """Compare two configurations on the same windows; an entity's windows count as one draw."""
    pairs = [
        (entity, then - now)
        for (entity, now), (_, then) in zip(judged.losses, over.losses, strict=True)
    ]
    by_entity: dict[str, float] = {}
    mean = _mean([one for _, one in pairs])
    for entity, one in pairs:
        by_entity[entity] = by_entity.get(entity, 0.0) + one - mean
    number = len(by_entity)
    if number < 2:
        # A single draw has no error; only equal losses are known not to differ.
        return Gain(mean, math.inf if any(one for _, one in pairs) else 0.0, number)
    spread = sum(d * d for d in by_entity.values()) * number / (number - 1)
    return Gain(mean, math.sqrt(spread) / len(pairs), number)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
