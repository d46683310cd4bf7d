"""Alerts held against windows: what counts, and what cannot be made to look better than it is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streams.alerts.life import Life
from streams.labels.score import Score, score
from streams.labels.windows import Window
from tests.labels.samples import DAY, day, life, window


def scored(
    lives: Sequence[Life],
    windows: Sequence[Window],
    since: float = 1,
    until: float = 31,
    grace: float = 0,
) -> Score:
    return score(lives, windows, since_s=day(since), until_s=day(until), grace_s=grace * DAY)


def fates(found: Score) -> list[str]:
    return [verdict.fate for verdict in found.verdicts]


def test_a_window_is_detected_once_and_its_other_alerts_are_not_false() -> None:
    """Three alerts in one window are one detection, at the delay of the first of them."""
    found = scored([life(12, 13), life(14, 15), life(18, 19)], [window(10, 20)])
    assert (found.episodes, found.detected, found.false_alerts) == (1, 1, 0)
    assert found.delays_s == [2 * DAY]
    assert fates(found) == ["detection", "further", "further"]
    assert found.outcomes[0].alerts == 3


def test_what_is_in_no_window_is_false() -> None:
    """Alerts outside all windows are false, a day's share of the period's."""
    found = scored([life(3, 4), life(25, 26)], [window(10, 20)])
    assert (found.detected, found.false_alerts, found.false_per_day) == (0, 2, 2 / 30)
    assert found.known_false == 0


def test_edges_belong_to_the_window_that_starts_and_not_to_the_one_that_ends() -> None:
    """An alert whose last bucket ends where a window starts, or begins where it ends, is apart."""
    before, after = life(9, 10), life(21, 22)
    found = scored([before, after], [window(10, 20)])
    assert fates(found) == ["false", "false"]
    found = scored([life(9, 11), life(20, 22)], [window(10, 20)])
    assert fates(found) == ["detection", "further"]


def test_an_alert_within_the_grace_is_late_but_right() -> None:
    """A burst's alert that comes when it has just ended counts, and its delay tells."""
    late = life(21, 22)
    found = scored([late], [window(18, 20)], grace=1)
    assert (found.false_alerts, found.delays_s) == (0, [3 * DAY])
    assert scored([late], [window(18, 20)], grace=0).false_alerts == 1
    assert scored([life(22, 23)], [window(18, 20)], grace=1).false_alerts == 1


def test_a_missed_window_is_censored_at_its_end() -> None:
    """A miss says how long nothing came, and is longer than any delay in the median."""
    windows = [window(2, 4), window(6, 9), window(12, 20)]
    found = scored([life(7, 8), life(13, 14)], windows)
    assert [outcome.delay_s for outcome in found.outcomes] == [2 * DAY, DAY, DAY]
    assert [outcome.detected for outcome in found.outcomes] == [False, True, True]
    assert (found.delays_s, found.median_delay_s) == ([DAY, DAY], DAY)
    fewer = scored([life(7, 8)], windows)
    assert (fewer.detected_share, fewer.median_delay_s) == (1 / 3, None)


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
    assert (held.detected, held.false_alerts) == (1, 0)
    assert [outcome.alerts for outcome in held.outcomes] == [1, 1, 1]
    assert held.outcomes[1].alert_id is None
    fresh = scored([life(5.5, 6), life(10.5, 11), life(15.5, 16)], windows)
    assert fresh.detected == 3


def test_an_alert_in_a_window_is_not_taken_for_a_late_one_of_the_window_before() -> None:
    """Grace does not give an alert to a window that is over while it is in another."""
    found = scored([life(13, 14)], [window(8, 10), window(12, 14)], grace=5)
    assert [outcome.detected for outcome in found.outcomes] == [False, True]


def test_what_was_open_before_has_no_delay() -> None:
    """A delay is never negative: an alert cannot make up for a late one by coming early."""
    assert scored([life(8, 12)], [window(10, 20)]).delays_s == [0.0]


def test_entity_and_signal_must_match() -> None:
    """Another sender's alert, another level's and another signal's are outside."""
    strange = [
        life(12, 13, entity="other"),
        life(12, 13, level="platform"),
        life(12, 13, signal="complaints"),
    ]
    found = scored(strange, [window(10, 20)])
    assert (found.detected, found.false_alerts) == (0, 3)


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
    assert (found.episodes, found.false_alerts, found.expected_alerts) == (0, 0, 1)
    assert found.detected_share is None


def test_labels_that_disagree_have_an_order() -> None:
    """True goes before false, and false before expected."""
    alert = [life(12, 13)]
    every = [window(10, 20, verdict) for verdict in ("expected", "false", "true")]
    assert fates(scored(alert, every)) == ["detection"]
    assert fates(scored(alert, every[:2])) == ["false"]
    assert fates(scored(alert, every[:1])) == ["expected"]


def test_known_false_alerts_are_told_from_those_nobody_labelled() -> None:
    """Where labels are few, an alert that is not labelled is not known to be wrong."""
    found = scored([life(12, 13), life(25, 26)], [window(10, 20, "false")])
    assert (found.false_alerts, found.known_false) == (2, 1)


def test_there_is_no_grace_for_a_false_window() -> None:
    """That an alert was wrong does not make the one after it known to be wrong."""
    assert scored([life(22, 23)], [window(10, 20, "false")], grace=9).known_false == 0


def test_a_roll_up_does_not_detect_its_senders_window_but_is_explained() -> None:
    """A platform that alarms because of a sender is no false alert, and no detection."""
    platform = life(12, 13, level="platform", entity="Mall", alert_id="a" * 16, parent="b" * 16)
    total = life(12, 13, level="all", entity="all", alert_id="b" * 16)
    sender = life(12, 13, parent=platform.alert_id)
    found = scored([total, platform, sender], [window(10, 20)])
    assert sorted(fates(found)) == ["detection", "explained", "explained"]
    assert (found.detected, found.false_alerts) == (1, 0)
    alone = scored([total, platform], [window(10, 20)])
    assert (alone.detected, alone.false_alerts) == (0, 2)


def test_senders_of_a_platform_whose_campaign_was_expected_are_explained() -> None:
    """A label of the whole explains what is part of it."""
    platform = life(12, 13, level="platform", entity="Mall", alert_id="a" * 16)
    campaign = window(
        10, 20, "expected", level="platform", entity="Mall", signal=None, kind="campaign"
    )
    found = scored([platform, life(12, 14, parent="a" * 16), life(12, 15)], [campaign])
    assert sorted(fates(found)) == ["expected", "explained", "false"]


def test_a_campaign_that_was_expected_explains_what_holds_its_senders() -> None:
    """All together, and a signature, rise with it; of a single sender it says nothing."""
    campaign = window(
        10, 20, "expected", level="platform", entity="Mall", signal=None, kind="campaign"
    )
    wide = [life(12, 13, level="all", entity="all"), life(12, 13, level="signature", entity="S")]
    found = scored([*wide, life(12, 13), life(25, 26, level="all", entity="all")], [campaign])
    assert sorted(fates(found)) == ["explained", "explained", "false", "false"]
    assert found.false_by_level == {"sender": 1, "all": 1}
    burst = window(10, 20, "true", level="platform", entity="Mall", signal=None)
    assert fates(scored(wide, [burst])) == ["false", "false"]


def test_parents_in_a_circle_do_no_harm() -> None:
    """Whatever is read, an end is found."""
    one = life(12, 13, alert_id="a" * 16, parent="b" * 16)
    other = life(12, 13, alert_id="b" * 16, parent="a" * 16)
    assert fates(scored([one, other], [])) == ["false", "false"]


def test_alerts_on_the_data_are_counted_apart() -> None:
    """A fault of the data that nobody labelled is no false alert about a sender."""
    fault = {"level": "source", "entity": "ftc", "signal": "feed", "kind": "gap"}
    gap = window(10, 20, level="source", entity="ftc", signal="feed", kind="missing")
    found = scored([life(12, 13, **fault), life(25, 26, **fault)], [gap])
    assert fates(found) == ["detection", "feed"]
    assert (found.detected, found.false_alerts, found.count("feed")) == (1, 0, 1)


def test_periods_that_follow_each_other_share_nothing_and_lose_nothing() -> None:
    """A window belongs where it begins, an alert where it opened: sums over periods agree."""
    lives = [life(3, 4), life(10, 11), life(15, 18), life(20, 21), life(28, 29)]
    windows = [window(9, 10), window(14, 17), window(20, 22)]
    whole = scored(lives, windows)
    parts = [scored(lives, windows, since, since + 10) for since in (1, 11, 21)]
    assert sum(part.false_alerts for part in parts) == whole.false_alerts == 2
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
    assert (found.detected_share, found.median_delay_s, found.false_per_day) == (None, None, 0.0)


def test_a_period_that_cannot_be_is_refused() -> None:
    """A period must have a length, and grace must not be negative."""
    with pytest.raises(ValueError, match="until_s must be after"):
        scored([], [], since=5, until=5)
    with pytest.raises(ValueError, match="grace_s must not be negative"):
        scored([], [], grace=-1)
