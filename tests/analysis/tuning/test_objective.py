"""What a configuration's alerts are worth: what cannot be made to look better than it is."""

from __future__ import annotations

import math

import pytest

from streams.alerts.history import Life
from streams.analysis.labels.windows import Window
from streams.analysis.tuning.objective import Figures, Period, by_period, cut, excess, figures, gain
from tests.analysis.labels.examples import DAY, day, life, window

MARCH = Period(day(1), day(31))


def found(lives: list[Life], windows: list[Window]) -> Figures:
    return figures(lives, windows, MARCH, "delay")


def test_what_is_told_at_the_end_of_its_first_bucket_loses_nothing() -> None:
    """A burst of one day, told that midnight, is told as soon as can be."""
    figures = found([life(11, 11)], [window(10, 11)])
    assert (figures.detected, figures.delay, figures.median_s) == (1, 0.0, DAY)


def test_delay_is_the_share_of_the_time_that_passes() -> None:
    """Told after three of ten days, two more than had to be: a fifth."""
    assert found([life(13, 14)], [window(10, 20)]).delay == pytest.approx(0.2)


def test_what_is_missed_loses_all() -> None:
    """So that to find less, and that at once, is no gain; the median knows it too."""
    figures = found([life(11, 12)], [window(10, 20), window(15, 16, entity="b")])
    assert (figures.detected, figures.windows, figures.delay, figures.median_s) == (1, 2, 0.5, None)


def test_an_alert_that_was_open_before_tells_nothing_and_is_false() -> None:
    """To hold false alerts open for weeks makes them neither right nor fewer."""
    figures = found([life(6, 18)], [window(10, 12)])
    assert (figures.detected, figures.delay, figures.unexplained) == (0, 1.0, 1)
    figures = found([life(6, 18), life(11, 18)], [window(10, 12)])
    assert (figures.detected, figures.unexplained) == (1, 1)


def test_what_another_alert_s_bucket_is_changes_nothing() -> None:
    """An hour's alert, half a day late, is not right because a daily one is elsewhere."""
    late = life(12.5, 12.6, first_s=day(12.46), bucket_s=3600)
    alone = found([late], [window(10, 12)])
    other = found(
        [late, life(5, 6, entity="other")], [window(10, 12), window(4, 6, entity="other")]
    )
    assert (alone.detected, alone.unexplained) == (0, 1)
    assert (other.detected, other.unexplained) == (1, 1)


def test_a_window_that_is_told_in_the_next_period_has_been_told() -> None:
    """Periods cut nothing: together they have the windows and false alerts of the whole."""
    periods = [Period(day(1), day(11)), Period(day(11), day(21)), Period(day(21), day(31))]
    lives, windows = [life(12, 13), life(17, 18), life(25, 26)], [window(9, 14), window(24, 28)]
    parts = by_period(lives, windows, periods, "delay")
    assert [(of.windows, of.detected, of.unexplained) for of in parts] == [
        (1, 1, 0), (0, 0, 1), (1, 1, 0)
    ]  # fmt: skip
    assert parts[0].delay == pytest.approx(2 / 5)
    assert by_period(lives, windows, periods[:1], "delay")[0].detected == 0


def test_an_alert_in_the_bucket_after_is_late_and_not_false() -> None:
    """A day's burst told a day late loses all its time, and is no false alert."""
    figures = found([life(12, 12, first_s=day(11))], [window(10, 11)])
    assert (figures.detected, figures.delay, figures.unexplained) == (1, 1.0, 0)


def test_all_that_nothing_explains_is_false_on_any_level() -> None:
    """A platform's alert counts, and one on the data does not."""
    platform = life(5, 6, level="platform", entity="Mall")
    data = life(7, 8, level="source", entity="sends", signal="source")
    figures = found([platform, data], [window(10, 12)])
    assert figures.unexplained == 1
    assert figures.unexplained_per_day == pytest.approx(1 / 30)
    assert figures.unexplained_per_day_at_most == pytest.approx(
        4.744 / 30, rel=1e-3
    )  # as tabled for one


def of_losses(*losses: float, entity: str = "") -> Figures:
    named = tuple((entity or str(n), loss) for n, loss in enumerate(losses))
    return Figures(named, 0, 0.0, None, 0, 0, 10.0)


def test_a_hard_period_counts_against_nobody() -> None:
    """What is better by the same in every period has no error, however they differ."""
    now = [of_losses(0.9, 0.9), of_losses(0.2, 0.4)]
    then = [of_losses(0.8, 0.8), of_losses(0.1, 0.3)]
    assert excess(then, now) == pytest.approx(-0.1)
    assert excess(now, now) == 0.0


def test_luck_in_one_period_is_not_enough() -> None:
    """A gain that only one of three periods shows is not below nought."""
    now = [of_losses(0.5), of_losses(0.5), of_losses(0.5)]
    assert excess([of_losses(0.2), *now[1:]], now) == pytest.approx(0.0)


def test_windows_of_one_entity_are_one_draw() -> None:
    """A gain on many windows of a single entity is not sure; on as many entities it is."""
    assert gain(of_losses(*[0.1] * 20), of_losses(*[0.5] * 20)).sure
    one = gain(of_losses(*[0.1] * 20, entity="a"), of_losses(*[0.5] * 20, entity="a"))
    assert one.mean == pytest.approx(0.4)
    assert (one.error, one.sure) == (math.inf, False)


def test_a_few_entities_are_not_sure() -> None:
    """That five agree happens once in 32 times by chance; an error of nought proves nothing."""
    five, six = of_losses(*[0.1] * 5), of_losses(*[0.1] * 6)
    assert not gain(five, of_losses(*[0.2] * 5)).sure
    assert gain(six, of_losses(*[0.2] * 6)).sure
    assert not gain(of_losses(0.1, 0.1, 0.1, 0.1, 0.1, 0.9), of_losses(*[0.4] * 6)).sure


def test_windows_in_one_period_have_an_error_all_the_same() -> None:
    """It is that over entities; of one entity nothing is known."""
    none = of_losses()
    now = [none, of_losses(0.5, 0.5, 0.5), none]
    assert excess([none, of_losses(0.2, 0.5, 0.5), none], now) == pytest.approx(0.0)
    assert excess([none, of_losses(0.2, 0.2, 0.2), none], now) == pytest.approx(-0.3)
    assert excess([of_losses(0.2)], [of_losses(0.5)]) == math.inf
    assert excess([of_losses(0.5)], [of_losses(0.5)]) == 0.0


def test_periods_follow_each_other_to_the_end() -> None:
    """Training begins after a quarter of the time, and the last 30 % are held out."""
    periods = cut(0.0, 200.0)
    edges = [(of.since_s, of.until_s) for of in (*periods.training, periods.held_out)]
    assert edges == [(50.0, 80.0), (80.0, 110.0), (110.0, 140.0), (140.0, 200.0)]
