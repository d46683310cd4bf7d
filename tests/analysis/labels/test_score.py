"""Alerts held against windows: what counts, and what cannot be made to look better than it is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streams.alerts.history import Life
from streams.analysis.labels.score import Score, score
from streams.analysis.labels.windows import Window
from tests.analysis.labels.examples import DAY, day, life, window


def scored(
    lives: Sequence[Life],
    windows: Sequence[Window],
    since: float = 1,
    until: float = 31,
) -> Score:
    return score(lives, windows, since_s=day(since), until_s=day(until))


def fates(found: Score) -> list[str]:
    return [verdict.fate for verdict in found.verdicts]


def test_a_window_is_detected_once_and_its_other_alerts_are_not_false() -> None:
    """Three alerts in one window are one detection, at the delay of the first of them."""
    found = scored([life(12, 13), life(14, 15), life(18, 19)], [window(10, 20)])
    assert (found.episodes, found.detected, found.unjudged_alerts) == (1, 1, 0)
    assert found.delays_s == [2 * DAY]
    assert fates(found) == ["detection", "further", "further"]
    assert found.outcomes[0].alerts == 3


def test_what_is_in_no_window_is_unjudged() -> None:
    """Alerts outside all windows are not false: nobody has said so."""
    found = scored([life(3, 4), life(25, 26)], [window(10, 20)])
    assert (found.detected, found.unjudged_alerts, found.false_alerts) == (0, 2, 0)


def test_what_ends_where_a_window_starts_is_apart() -> None:
    """An alert whose last bucket ends there has nothing to do with it; one that goes on has."""
    assert fates(scored([life(9, 10)], [window(10, 20)])) == ["unjudged"]
    assert fates(scored([life(9, 11)], [window(10, 20)])) == ["detection"]


def test_an_alert_in_the_bucket_after_is_late_but_right() -> None:
    """A burst's alert that comes when it has just ended counts, and its delay tells."""
    found = scored([life(21, 22)], [window(18, 20)])
    assert (found.unjudged_alerts, found.delays_s) == (0, [3 * DAY])
    assert scored([life(22, 23)], [window(18, 20)]).unjudged_alerts == 1


def test_grace_is_an_alert_s_own_bucket() -> None:
    """What another alert's bucket is makes no alert right: an hour's alert has an hour."""
    late = life(20.5, 20.6, first_s=day(20.46), bucket_s=3600)
    assert scored([late], [window(18, 20)]).unjudged_alerts == 1
    other = life(5, 6, entity="other")
    assert fates(scored([late, other], [window(18, 20)])) == ["unjudged", "unjudged"]
    soon = life(20.04, 20.1, first_s=day(20), bucket_s=3600)
    assert fates(scored([soon], [window(18, 20)])) == ["detection"]


def test_a_missed_window_is_censored_at_its_end() -> None:
    """A miss says how long nothing came, and is longer than any delay in the median."""
    windows = [window(2, 4), window(6, 9), window(12, 20)]
    found = scored([life(7, 8), life(13, 14)], windows)
    assert [outcome.delay_s for outcome in found.outcomes] == [2 * DAY, DAY, DAY]
    assert [outcome.detected for outcome in found.outcomes] == [False, True, True]
    assert (found.delays_s, found.median_delay_s) == ([DAY, DAY], DAY)
    fewer = scored([life(7, 8)], windows)
    assert (fewer.detected, fewer.median_delay_s) == (1, None)


def test_the_median_is_that_of_all_windows() -> None:
    """To turn a late detection into a miss does not make alerts look faster."""
    windows = [window(2, 12), window(14, 24)]
    both = scored([life(3, 4), life(23, 24)], windows)
    assert both.median_delay_s == 5 * DAY
    assert scored([life(3, 4)], windows).median_delay_s is None


def test_an_alert_held_open_detects_one_window() -> None:
    """An alert that is never resolved does not detect all that happens while it stands."""
    windows = [window(5, 6), window(10, 11), window(15, 16)]
    held = scored([life(5.5, 30)], windows)
    assert (held.detected, held.unjudged_alerts) == (1, 0)
    assert [outcome.alerts for outcome in held.outcomes] == [1, 0, 0]
    assert held.outcomes[1].alert_id is None
    fresh = scored([life(5.5, 6), life(10.5, 11), life(15.5, 16)], windows)
    assert fresh.detected == 3


def test_an_alert_in_a_window_is_not_taken_for_a_late_one_of_the_window_before() -> None:
    """Grace does not give an alert to a window that is over while it is in another."""
    found = scored([life(11, 14)], [window(8, 10), window(10, 14)])
    assert [outcome.detected for outcome in found.outcomes] == [False, True]


def test_an_alert_in_a_window_is_not_taken_for_an_early_one_of_the_next() -> None:
    """The second alert of a burst does not find the burst that follows."""
    found = scored([life(8.5, 9), life(9.5, 14)], [window(8, 10), window(10, 14)])
    assert fates(found) == ["detection", "further"]
    assert [outcome.detected for outcome in found.outcomes] == [True, False]


def test_a_little_early_is_right_and_has_no_delay() -> None:
    """Labels begin late at times; a delay is never negative, and makes up for no late one."""
    found = scored([life(9.2, 12)], [window(10, 20)])
    assert (found.delays_s, found.unjudged_alerts) == ([0.0], 0)
    hour = {"first_s": day(9.1), "bucket_s": 3600}
    assert scored([life(9.2, 12, **hour)], [window(10, 12)]).unjudged_alerts == 1  # a quarter of it
    assert scored([life(8, 22)], [window(10, 20)]).unjudged_alerts == 1  # a day at most
    assert scored([life(9.5, 12)], [window(10, 11)]).delays_s == [0.0]


def test_what_was_open_long_before_tells_nothing_and_is_not_right() -> None:
    """To hold a false alert open until something happens makes it no less false."""
    held, fresh = life(5, 15), life(12, 15)
    found = scored([held], [window(10, 20)])
    assert (found.detected, found.unjudged_alerts) == (0, 1)
    found = scored([held, fresh], [window(10, 20)])
    assert (fates(found), found.delays_s) == (["unjudged", "detection"], [2 * DAY])
    assert fates(scored([held], [window(10, 20, "expected")])) == ["unjudged"]


def test_entity_and_signal_must_match() -> None:
    """Another sender's alert, another level's and another signal's are outside."""
    strange = [
        life(12, 13, entity="other"),
        life(12, 13, level="platform"),
        life(12, 13, signal="complaints"),
    ]
    found = scored(strange, [window(10, 20)])
    assert (found.detected, found.unjudged_alerts) == (0, 3)


def test_a_window_without_signal_takes_any() -> None:
    """Who does not say by what it should show leaves that to the monitor."""
    found = scored([life(12, 13, signal="complaint_rate")], [window(10, 20, signal=None)])
    assert found.detected == 1


@pytest.mark.parametrize("judge", ["complaints", "complaint_rate"])
@pytest.mark.parametrize("said", ["complaints", "complaint_rate"])
def test_complaints_by_number_and_by_rate_are_one(judge: str, said: str) -> None:
    """Which of the two judges a sender is the monitor's choice, and no error."""
    assert scored([life(12, 13, signal=judge)], [window(10, 20, signal=said)]).detected == 1


def test_what_was_foreseen_is_neither_right_nor_wrong() -> None:
    """An alert in an expected window is counted as such; the window is no episode."""
    found = scored([life(12, 13)], [window(10, 20, "expected")])
    assert (found.episodes, found.unjudged_alerts, found.expected_alerts) == (0, 0, 1)
    assert found.median_delay_s is None


def test_labels_that_disagree_have_an_order() -> None:
    """True goes before false, and false before expected."""
    alert = [life(12, 13)]
    every = [window(10, 20, verdict) for verdict in ("expected", "false", "true")]
    assert fates(scored(alert, every)) == ["detection"]
    assert fates(scored(alert, every[:2])) == ["false"]
    assert fates(scored(alert, every[:1])) == ["expected"]


def test_a_false_window_calls_false_whatever_touches_it() -> None:
    """Also what opened long before; and nothing beside it, for which others may speak."""
    both = [window(10, 20, "false"), window(19, 24, "expected")]
    found = scored([life(5, 12)], both[:1])
    assert (fates(found), found.false_per_day) == (["false"], 1 / 30)
    assert fates(scored([life(22, 23)], both)) == ["expected"]


def test_a_roll_up_does_not_detect_its_senders_window_but_is_explained() -> None:
    """A platform that alarms because of a sender is no false alert, and no detection."""
    platform = life(12, 13, level="platform", entity="Mall", alert_id="a" * 16, parent="b" * 16)
    total = life(12, 13, level="all", entity="all", alert_id="b" * 16)
    sender = life(12, 13, parent=platform.alert_id)
    found = scored([total, platform, sender], [window(10, 20)])
    assert sorted(fates(found)) == ["detection", "explained", "explained"]
    assert (found.detected, found.unjudged_alerts) == (1, 0)
    alone = scored([total, platform], [window(10, 20)])
    assert (alone.detected, alone.unjudged_alerts) == (0, 2)


def test_senders_of_a_platform_whose_campaign_was_expected_are_explained() -> None:
    """A label of the whole explains what is part of it."""
    platform = life(12, 13, level="platform", entity="Mall", alert_id="a" * 16)
    campaign = window(
        10, 20, "expected", level="platform", entity="Mall", signal=None, kind="campaign"
    )
    found = scored([platform, life(12, 14, parent="a" * 16), life(12, 15)], [campaign])
    assert sorted(fates(found)) == ["expected", "explained", "unjudged"]


def test_a_campaign_that_was_expected_explains_what_holds_its_senders() -> None:
    """All together, and a signature, rise with it; of a single sender it says nothing."""
    campaign = window(
        10, 20, "expected", level="platform", entity="Mall", signal=None, kind="campaign"
    )
    wide = [life(12, 13, level="all", entity="all"), life(12, 13, level="signature", entity="S")]
    found = scored([*wide, life(12, 13), life(25, 26, level="all", entity="all")], [campaign])
    assert sorted(fates(found)) == ["explained", "explained", "unjudged", "unjudged"]
    beside = life(12, 13, level="platform", entity="Market")
    held = life(4, 13, level="all", entity="all")
    assert fates(scored([beside, held], [campaign])) == ["unjudged", "unjudged"]
    burst = window(10, 20, "true", level="platform", entity="Mall", signal=None)
    assert fates(scored(wide, [burst])) == ["unjudged", "unjudged"]


def test_parents_in_a_circle_do_no_harm() -> None:
    """Whatever is read, an end is found."""
    one = life(12, 13, alert_id="a" * 16, parent="b" * 16)
    other = life(12, 13, alert_id="b" * 16, parent="a" * 16)
    assert fates(scored([one, other], [])) == ["unjudged", "unjudged"]


def test_alerts_on_the_data_are_counted_apart() -> None:
    """A fault of the data that nobody labelled is no false alert about a sender."""
    fault = {"level": "source", "entity": "ftc", "signal": "source", "kind": "gap"}
    gap = window(10, 20, level="source", entity="ftc", signal="source", kind="missing")
    found = scored([life(12, 13, **fault), life(25, 26, **fault)], [gap])
    assert fates(found) == ["detection", "source_fault"]
    assert (found.detected, found.unjudged_alerts, found.count("source_fault")) == (1, 0, 1)


def test_periods_that_follow_each_other_share_nothing_and_lose_nothing() -> None:
    """A window belongs where it begins, an alert where it opened: sums over periods agree."""
    lives = [life(3, 4), life(10, 11), life(15, 18), life(20, 21), life(28, 29)]
    windows = [window(9, 10), window(14, 17), window(20, 22)]
    whole = scored(lives, windows)
    parts = [scored(lives, windows, since, since + 10) for since in (1, 11, 21)]
    assert sum(part.unjudged_alerts for part in parts) == whole.unjudged_alerts == 2
    assert sum(part.episodes for part in parts) == whole.episodes == 3
    assert sum(part.detected for part in parts) == whole.detected == 3


def test_the_future_detects_nothing() -> None:
    """What opens after the period was not known in it; its window is censored there."""
    found = scored([life(15, 16)], [window(10, 20)], until=12)
    assert (found.detected, found.outcomes[0].delay_s, found.verdicts) == (0, 2 * DAY, ())


def test_the_order_of_what_is_given_does_not_matter() -> None:
    """The same alerts and windows in any order score the same."""
    lives, windows = [life(12, 13), life(14, 15), life(3, 9)], [window(10, 20), window(2, 4)]
    assert scored(lives, windows) == scored(lives[::-1], windows[::-1])


def test_nothing_scores_as_nothing() -> None:
    """No windows and no alerts: no share and no median are made up."""
    found = scored([], [])
    assert (found.median_delay_s, found.false_per_day) == (None, 0.0)


def test_a_period_that_cannot_be_is_refused() -> None:
    """A period must have a length."""
    with pytest.raises(ValueError, match="until_s must be after"):
        scored([], [], since=5, until=5)
