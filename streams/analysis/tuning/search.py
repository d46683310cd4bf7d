"""A search for settings that detect more, or earlier, with no more unexplained alerts a day.

Optuna draws the settings, with its tree-structured Parzen estimator, which accepts constraints. A
trial is one replay of the archive to the end of the training periods. Trial 0 has the settings in
force. After the search, the chosen settings and those in force are each replayed once on the
held-out period. The forward steps choose nothing: they show whether choosing by the past would have
helped in the next period.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import optuna
from scipy.special import pdtrc

from streams.alerts.history import Life
from streams.analysis.labels.windows import Window
from streams.analysis.tuning.objective import (
    Figures,
    Gain,
    Objective,
    Periods,
    by_period,
    excess,
    figures,
    gain,
)
from streams.analysis.tuning.space import Settings, drawn, nearest
from streams.config.detect import Detect

Judge = Callable[[Settings, float], Sequence[Life]]
"""Gives all alerts under settings until a time, epoch s; empty settings are those in force."""

UNLIKELY = 0.05
"""So many held-out unexplained alerts are too many if the limit makes it less likely than this."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings, and their figures in training.

    Attributes
    ----------
    number
        0 has the settings in force.
    settings
        Empty for those in force.
    training
        The figures of each training period.
    past
        The figures of the first period, of the first two, and so on, up to all but the last; each
        uses only what was known at its end.
    whole
        The figures of all training periods together.
    excess
        The loss above that of trial 0, plus a standard error: a value below zero is better than
        luck.
    """

    number: int
    settings: Settings
    training: tuple[Figures, ...]
    past: tuple[tuple[Figures, ...], ...]
    whole: Figures
    excess: float


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """A training period: the best trial before it, and the figures of that trial and of trial 0."""

    best: int
    figures: Figures
    in_force: Figures


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search.

    Attributes
    ----------
    trials
        All trials, in order.
    chosen
        The best trial on the training periods that keeps to the limit.
    limit
        The unexplained alerts a day that were allowed.
    held_out, in_force
        The figures of the chosen settings and of those in force on the held-out period.
    gain
        The gain of the chosen settings there.
    steps
        Time-ordered cross-validation over all training periods but the first.
    stopped
        Whether Ctrl-C ended the search early.
    """

    trials: tuple[Trial, ...]
    chosen: Trial
    limit: float
    held_out: Figures
    in_force: Figures
    gain: Gain
    steps: tuple[ForwardStep, ...] = field(default=())
    stopped: bool = False

    @property
    def over(self) -> bool:
        """Whether the chosen settings gave more alerts, held out, than chance explains."""
        limit = self.limit if self.fewer else max(self.limit, self.in_force.unexplained_per_day)
        # One more alert in training would hardly have changed the limit.
        allowed = (limit + 1.0 / self.trials[0].whole.days) * self.held_out.days
        number = self.held_out.unexplained
        return number > allowed and float(pdtrc(number - 1, allowed)) < UNLIKELY

    @property
    def fewer(self) -> bool:
        """Whether the settings in force gave more alerts in training than is allowed."""
        return self.trials[0].whole.unexplained_per_day > self.limit

    @property
    def better(self) -> bool:
        """Whether the chosen settings should replace those in force."""
        if self.chosen.number == 0 or self.over:
            return False
        return self.fewer or self.gain.sure


class NoWindows(ValueError):
    """A part of the time has no true window."""


def search(
    judge: Judge,
    windows: Sequence[Window],
    periods: Periods,
    *,
    objective: Objective,
    in_force: Detect,
    limit: float | None,
    trials: int,
    seed: int,
    on_trial: Callable[[Trial, Trial], None] = lambda trial, best: None,
) -> SearchResult:
    """Search for better settings.

    Parameters
    ----------
    judge
        Gives the alerts under settings.
    windows
        The labelled windows that alerts should find.
    periods
        The training periods, and the held-out period.
    objective
        The loss to make small.
    in_force
        The settings in force.
    limit
        The unexplained alerts a day that are allowed; None allows as many as the settings in force
        give in the training periods.
    trials
        The number of trials, with trial 0.
    seed
        The seed of the draws: the same seed gives the same trials.
    on_trial
        Called after each trial with that trial and the best so far. A KeyboardInterrupt, here or in
        `judge`, ends the search with the trials that are done.

    Raises
    ------
    NoWindows
        If the training periods or the held-out period have no true window.
    """
    _require(windows, periods)
    done: list[Trial] = []
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(4, trials // 4))
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial(nearest(in_force))

    def try_out(settings: Settings) -> Trial:
        lives = judge(settings, periods.whole.until_s)
        training = by_period(lives, windows, periods.training, objective)
        past = tuple(
            by_period(lives, windows, periods.training[:k], objective)
            for k in range(1, len(training))
        )
        whole = figures(lives, windows, periods.whole, objective)
        first = done[0].training if done else training
        return Trial(len(done), settings, training, past, whole, excess(training, first))

    allowed, stopped = limit, False
    while len(done) < trials and not stopped:
        asked = study.ask()
        settings = drawn(asked, in_force.budget_per_day)
        try:
            one = try_out(settings if done else {})
            allowed = one.whole.unexplained_per_day if allowed is None else allowed
            done.append(one)
            asked.set_constraint("unexplained_per_day", one.whole.unexplained_per_day - allowed)
            study.tell(asked, one.excess)
            on_trial(one, best(done, allowed))
        except KeyboardInterrupt:
            if not done:
                raise
            stopped = True  # the trials that are done are still useful
    assert allowed is not None
    chosen = best(done, allowed)

    def held_out(settings: Settings) -> Figures:
        lives = judge(settings, periods.held_out.until_s)
        return figures(lives, windows, periods.held_out, objective)

    now = held_out({})
    then = held_out(chosen.settings) if chosen.number else now
    return SearchResult(
        trials=tuple(done),
        chosen=chosen,
        limit=allowed,
        held_out=then,
        in_force=now,
        gain=gain(then, now),
        steps=tuple(_rolls(done, limit)),
        stopped=stopped,
    )


class _Standing(NamedTuple):
    """The figures that choose a trial; less is better."""

    excess: float
    unexplained_per_day: float
    number: int


def best(trials: Sequence[Trial], limit: float) -> Trial:
    """Choose the trial with the least excess that keeps to the limit; if none does, trial 0."""
    standings = [_Standing(t.excess, t.whole.unexplained_per_day, t.number) for t in trials]
    return trials[_best(standings, limit)]


def _best(standings: Sequence[_Standing], limit: float) -> int:
    able = [one for one in standings if one.unexplained_per_day <= limit] or standings[:1]
    return min(able).number


def _rolls(trials: Sequence[Trial], limit: float | None) -> list[ForwardStep]:
    """For each training period after the first, choose the best trial by the periods before it.

    If `limit` is None, the limit is what the settings in force gave in those periods.
    """
    rolls, first = [], trials[0]
    for k, before in enumerate(first.past):
        standings = [
            _Standing(excess(t.past[k], before), _rate(t.past[k]), t.number) for t in trials
        ]
        winner = _best(standings, _rate(before) if limit is None else limit)
        rolls.append(ForwardStep(winner, trials[winner].training[k + 1], first.training[k + 1]))
    return rolls


def _rate(periods: Sequence[Figures]) -> float:
    """Unexplained alerts a day over some periods."""
    return sum(one.unexplained for one in periods) / sum(one.days for one in periods)


def _require(windows: Sequence[Window], periods: Periods) -> None:
    for name, period in (("training", periods.whole), ("held-out", periods.held_out)):
        if not any(
            window.verdict == "true" and period.since_s <= window.start_s < period.until_s
            for window in windows
        ):
            raise NoWindows(
                f"there must be a true window in the {name} part of the archive; there is none:"
                " label more, or add --inject"
            )
