"""The search: it keeps to the budget, to the past, and to what is sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from streams.alerts.history import Life
from streams.analysis.labels.windows import Window
from streams.analysis.tuning.objective import Period, Periods
from streams.analysis.tuning.search import NoWindows, SearchResult, search
from streams.analysis.tuning.space import Settings
from streams.config.detect import BurstTable, Detect
from tests.analysis.labels.examples import day, life, window

PERIODS = Periods(
    (Period(day(8), day(13)), Period(day(13), day(18)), Period(day(18), day(23))),
    Period(day(23), day(31)),
)
WHO = {f"w{n}": 8.0 + n / 2.0 for n in range(46)}
"""Entities, and the day on which the window of each begins."""

WINDOWS = [window(at, at + 0.5, entity=who) for who, at in WHO.items()]
IN_FORCE = Detect(burst=BurstTable(keep_per_day=0.9))


def judged(settings: Settings, until_s: float) -> list[Life]:
    """The longer the memory the more is found; every doubling of the budget costs a false alert."""
    keep = settings["burst"]["keep_per_day"] if settings else 0.9
    budget = settings["budget_per_day"] if settings else 5.0
    share = (keep - 0.8) / 0.195
    right = [
        life(at + 0.5, at + 0.5, entity=who, alert_id=who, first_s=day(at))
        for n, (who, at) in enumerate(WHO.items())
        if (n * 0.618) % 1.0 < share
    ]
    false = [
        life(8.4 + n, 8.4 + n, entity="x", alert_id=f"x{n}", first_s=day(8 + n))
        for n in range(23)
        if n % 5 < budget / 2.0 - 1.0
    ]
    return [one for one in (*right, *false) if one.opened_s <= until_s]


def searched(
    judge: Callable[[Settings, float], Sequence[Life]] = judged,
    windows: Sequence[Window] = WINDOWS,
    **changes: Any,
) -> SearchResult:
    how: dict[str, Any] = {
        "objective": "detected", "in_force": IN_FORCE, "limit": None, "trials": 20, "seed": 1,
        **changes,
    }  # fmt: skip
    return search(judge, windows, PERIODS, **how)


FOUND = searched()


def test_the_settings_in_force_are_trial_0_and_the_measure() -> None:
    """As many false alerts as they give are allowed, and nothing is better than itself."""
    first = FOUND.trials[0]
    assert (first.settings, first.excess) == ({}, 0.0)
    assert FOUND.limit == first.whole.unexplained_per_day > 0.0


def test_a_better_memory_is_found_within_the_limit() -> None:
    """It is better on held-out time, surely, at no more false alerts."""
    assert FOUND.better
    assert FOUND.chosen.settings["burst"]["keep_per_day"] > 0.9
    assert FOUND.chosen.whole.unexplained_per_day <= FOUND.limit
    assert FOUND.held_out.detected > FOUND.in_force.detected
    assert len(FOUND.trials) == 20
    assert any(trial.whole.unexplained_per_day > FOUND.limit for trial in FOUND.trials)


def test_the_same_seed_gives_the_same_search() -> None:
    """To the last figure of the last trial."""
    assert searched() == FOUND
    assert searched(seed=2).trials[5].settings != FOUND.trials[5].settings


def test_what_is_held_out_is_judged_last_and_only_of_two() -> None:
    """No trial is judged beyond the training's end; then the chosen and that in force are."""
    ends = []

    def judge(settings: Settings, until_s: float) -> Sequence[Life]:
        ends.append(until_s)
        return judged(settings, until_s)

    searched(judge)
    assert ends == [day(23)] * 20 + [day(31)] * 2


def test_what_is_held_out_changes_no_choice() -> None:
    """Other alerts and other windows after the training's end: the same trials and choice."""

    def judge(settings: Settings, until_s: float) -> Sequence[Life]:
        noise = [life(25, 26, entity=f"n{n}", alert_id=f"n{n}") for n in range(9)]
        early = [one for one in judged(settings, until_s) if one.opened_s <= day(23)]
        return early + [one for one in noise if one.opened_s <= until_s]

    other = searched(judge, [w for w in WINDOWS if w.start_s < day(23)] + [window(28, 29)])
    assert (other.trials, other.chosen, other.limit) == (FOUND.trials, FOUND.chosen, FOUND.limit)
    assert other.steps == FOUND.steps
    assert not other.better


def test_each_roll_is_chosen_by_what_lies_before_it() -> None:
    """Whatever happens in the last training period, the best before it is the same."""

    def judge(settings: Settings, until_s: float) -> Sequence[Life]:
        return [one for one in judged(settings, until_s) if one.opened_s <= day(18)]

    other = searched(judge, seed=1, trials=6)
    same = searched(trials=6)
    assert [roll.best for roll in other.steps[:1]] == [roll.best for roll in same.steps[:1]]
    assert len(same.steps) == 2
    assert other.steps[1].figures.detected == 0


def test_the_allowance_of_a_roll_is_of_the_past_too() -> None:
    """Without a budget it is what the settings in force gave until then, not what they give later.

    Were it the whole training's, many false alerts in its last period would let any settings
    through in those before. Here whoever may spend more finds more.
    """

    def judge(late: int) -> Callable[[Settings, float], Sequence[Life]]:
        def judge_with_noise(settings: Settings, until_s: float) -> Sequence[Life]:
            budget = settings["budget_per_day"] if settings else 5.0
            spent = {"budget_per_day": budget, "burst": {"keep_per_day": 0.8 + 0.01 * budget}}
            noise = [life(20, 21, entity=f"n{n}", alert_id=f"n{n}") for n in range(late)]
            return [*judged(spent, until_s), *([] if settings else noise)]

        return judge_with_noise

    quiet, noisy = searched(judge(1)), searched(judge(40))
    assert noisy.limit > quiet.limit
    assert noisy.chosen.whole.unexplained_per_day > quiet.limit
    assert [roll.best for roll in noisy.steps] == [roll.best for roll in quiet.steps]


def test_what_is_better_in_training_only_does_not_replace_what_is_in_force() -> None:
    """Where later nothing differs any more, the settings in force stand."""

    def judge(settings: Settings, until_s: float) -> Sequence[Life]:
        early = [one for one in judged(settings, until_s) if one.opened_s <= day(23)]
        return early + [one for one in judged({}, until_s) if one.opened_s > day(23)]

    found = searched(judge)
    assert found.chosen.number != 0
    assert (found.gain.mean, found.better) == (0.0, False)


def test_more_false_alerts_than_chance_explains_do_not_replace_what_is_in_force() -> None:
    """However much more is found on held-out time."""

    def judge(settings: Settings, until_s: float) -> Sequence[Life]:
        noise = [life(25, 26, entity=f"n{n}", alert_id=f"n{n}") for n in range(40)]
        extra = [one for one in noise if settings and one.opened_s <= until_s]
        return [*judged(settings, until_s), *extra]

    found = searched(judge)
    assert found.gain.sure
    assert (found.over, found.better) == (True, False)


def test_a_budget_below_what_is_in_force_is_kept() -> None:
    """Fewer false alerts than now are had for what they cost; where nothing has so few, none."""
    found = searched(limit=0.1)
    assert found.fewer
    assert found.chosen.whole.unexplained_per_day <= 0.1
    assert found.better
    none = searched(lambda settings, until_s: judged({}, until_s), limit=0.1)
    assert (none.chosen.number, none.fewer, none.better) == (0, True, False)


def test_ctrl_c_ends_it_with_what_there_is() -> None:
    """In the fifth trial four are told; in the first there is nothing to tell."""

    def judge_until(stop: int) -> Callable[[Settings, float], Sequence[Life]]:
        calls = 0

        def judge(settings: Settings, until_s: float) -> Sequence[Life]:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise KeyboardInterrupt
            return judged(settings, until_s)

        return judge

    found = searched(judge_until(5))
    assert found.stopped
    assert found.trials == FOUND.trials[:4]
    with pytest.raises(KeyboardInterrupt):
        searched(judge_until(1))


def test_windows_must_be_there_to_train_by_and_to_be_held_out() -> None:
    """Which part has none is said, and what to do."""
    with pytest.raises(NoWindows, match=r"in the held-out part.*--inject"):
        searched(windows=[window(10, 11)])
    with pytest.raises(NoWindows, match="in the training part"):
        searched(windows=[window(25, 26), window(12, 13, "expected")])
