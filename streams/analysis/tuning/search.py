"""A search for settings that detect more, or earlier, with no more false alerts a day.

Optuna draws the settings (MIT, the optimiser most used in Python): its tree-structured Parzen
estimator, which takes constraints. A trial is one replay of the archive to the end of the training
periods. The settings that are in force are trial 0, and the search begins with what they gave. What
was chosen, and what is in force, then see what was held out, once. The rolls forward in time choose
nothing: they show whether to choose by the past among these trials has helped before.
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
"""All alerts under settings until a time, epoch s; no settings are those in force."""

UNLIKELY = 0.05
"""Held-out false alerts that a limit makes so unlikely are more than it allows."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings, and what came of them in training.

    Attributes
    ----------
    number
        0 are the settings in force.
    settings
        Empty for those in force.
    training
        Figures of each training period.
    past
        The same at the end of each but the last: of the first, of the first two, and so on, with
        nothing that was known only later.
    whole
        Of all of them together.
    excess
        Loss above that of trial 0, and a standard error: below nought is better than luck.
    """

    number: int
    settings: Settings
    training: tuple[Figures, ...]
    past: tuple[tuple[Figures, ...], ...]
    whole: Figures
    excess: float


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """A training period: who was best before it, and what became of that and of trial 0 in it."""

    best: int
    figures: Figures
    in_force: Figures


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search has found.

    Attributes
    ----------
    trials
        In their order.
    chosen
        The best on the training periods that keeps to the limit.
    limit
        False alerts a day that were allowed.
    held_out, in_force
        The chosen and the settings in force, on what was held out.
    gain
        Of the one over the other there.
    steps
        Time-ordered cross-validation over the training periods, the first left out.
    stopped
        Whether Ctrl-C ended it before its time.
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
        """Whether the chosen gave more false alerts on held-out time than chance explains."""
        limit = self.limit if self.fewer else max(self.limit, self.in_force.false_per_day)
        # One more in training would hardly have been another limit.
        allowed = (limit + 1.0 / self.trials[0].whole.days) * self.held_out.days
        number = self.held_out.false_alerts
        return number > allowed and float(pdtrc(number - 1, allowed)) < UNLIKELY

    @property
    def fewer(self) -> bool:
        """Whether the settings in force gave more in training than is allowed."""
        return self.trials[0].whole.false_per_day > self.limit

    @property
    def better(self) -> bool:
        """Whether what was chosen is to replace what is in force."""
        if self.chosen.number == 0 or self.over:
            return False
        return self.fewer or self.gain.sure


class NoWindows(ValueError):
    """There is nothing to be found in a part of the time."""


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
    """Search.

    Parameters
    ----------
    judge
        Gives all alerts under settings.
    windows
        The labelled windows that alerts should find.
    periods
        What may be looked at, and what is held out.
    objective
        What is to be small.
    in_force
        The settings in force.
    limit
        False alerts a day that are allowed; None: as many as the settings in force give in the
        training periods.
    trials
        How many, those in force among them.
    seed
        Of what is drawn: the same gives the same.
    on_trial
        Is told of each, and of the best so far. A KeyboardInterrupt, here or in `judge`, ends the
        search with what there is.

    Raises
    ------
    NoWindows
        Where there is no true window in the training periods or in what is held out.
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
            allowed = one.whole.false_per_day if allowed is None else allowed
            done.append(one)
            asked.set_constraint("false_per_day", one.whole.false_per_day - allowed)
            study.tell(asked, one.excess)
            on_trial(one, best(done, allowed))
        except KeyboardInterrupt:
            if not done:
                raise
            stopped = True  # what has been tried is worth telling
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
    """What a trial is chosen by; the less, the better."""

    excess: float
    false_per_day: float
    number: int


def best(trials: Sequence[Trial], limit: float) -> Trial:
    """The one with the least excess among those that keep to the limit; else trial 0."""
    return trials[_best([_Standing(t.excess, t.whole.false_per_day, t.number) for t in trials],
                        limit)]  # fmt: skip


def _best(standings: Sequence[_Standing], limit: float) -> int:
    able = [one for one in standings if one.false_per_day <= limit] or standings[:1]
    return min(able).number


def _rolls(trials: Sequence[Trial], limit: float | None) -> list[ForwardStep]:
    """For each training period after the first, the best by what was known before it.

    Where no limit was given it is what the settings in force gave until then.
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
    """False alerts a day over some periods."""
    return sum(one.false_alerts for one in periods) / sum(one.days for one in periods)


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
