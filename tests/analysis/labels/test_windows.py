"""From labels to windows."""

from __future__ import annotations

import pytest

from streams.analysis.labels.windows import UnknownAlerts, standing, windows
from tests.analysis.labels.examples import day, instant, life, of_alert, of_span, window

A, B = life(12, 14, onset_s=day(9)), life(22, 23)


def test_a_labelled_alert_is_the_window_from_its_onset_to_the_end_of_its_last_bucket() -> None:
    """Another configuration's alert of the same incident, under another id, is in it."""
    (found,) = windows([of_alert(A.alert_id, "true", note="seen")], [A, B])
    assert (found.start_s, found.end_s) == (day(9), day(14))
    assert (found.level, found.entity, found.signal) == (A.level, A.entity, A.signal)
    assert (found.verdict, found.note) == ("true", "seen")


def test_the_latest_label_of_an_alert_holds_whatever_the_order() -> None:
    """Who changes their mind says so; what was said before stays in the topic."""
    early, late = of_alert(A.alert_id, "true", at=30), of_alert(A.alert_id, "false", at=31)
    assert standing([early, late]) == standing([late, early]) == [late]
    (found,) = windows([late, early], [A])
    assert found.verdict == "false"


def test_of_two_said_at_once_the_one_that_comes_later_holds() -> None:
    """Labels of one instant keep their order."""
    one, other = of_alert(A.alert_id, "true"), of_alert(A.alert_id, "false")
    assert standing([one, other]) == [other]
    assert standing([other, one]) == [one]


def test_the_latest_label_of_a_window_holds() -> None:
    """The same span of the same entity and signal said again replaces what was said."""
    again = of_span(3, 5, "false", at=31)
    assert standing([of_span(3, 5, at=30), again]) == [again]
    assert len(standing([of_span(3, 5), of_span(3, 6)])) == 2


def test_alerts_that_nobody_knows_are_listed_and_the_rest_is_there() -> None:
    """The caller decides whether to go on without them; nothing is lost."""
    gone = [of_alert("a" * 16, "true"), of_alert("b" * 16, "false")]
    with pytest.raises(UnknownAlerts, match=r"not there: a{16}, b{16}") as caught:
        windows([*gone, of_span(3, 5), of_alert(A.alert_id, "true")], [A, B])
    assert caught.value.labels == tuple(gone)
    assert [w.start_s for w in caught.value.windows] == [day(3), day(9)]


def test_an_id_that_two_groups_have_is_a_window_of_each() -> None:
    """Groups of one bucket size may give the same id."""
    other = life(12, 20, group="other", alert_id=A.alert_id, signal="complaints")
    assert len(windows([of_alert(A.alert_id, "true")], [A, other])) == 2


def test_windows_that_overlap_are_one_episode() -> None:
    """Incidents in the same counts at the same time cannot be told apart by alerts."""
    found = windows([of_span(3, 6), of_span(5, 9), of_span(9, 10)], [])
    assert [(w.start_s, w.end_s) for w in found] == [(day(3), day(9)), (day(9), day(10))]
    both = [of_span(3, 6, signal="complaints"), of_span(5, 9, signal="complaint_rate")]
    assert len(windows(both, [])) == 1
    every = [of_span(3, 5), of_span(4, 6, signal="complaints"), of_span(4, 9, signal=None)]
    (one,) = windows(every, [])
    assert (one.signal, one.start_s, one.end_s) == (None, day(3), day(9))
    assert len(windows(every[:2], [])) == 2


def test_windows_of_other_verdicts_entities_and_signals_stay_apart() -> None:
    """Only what alerts cannot tell apart becomes one."""
    apart = [
        of_span(3, 6), of_span(3, 6, "false", at=29, signal=None),
        of_span(3, 6, entity="sender/x"), of_span(3, 6, signal="complaints"),
    ]  # fmt: skip
    assert len(windows(apart, [])) == 4


def test_a_window_is_that_of_its_label() -> None:
    """Entity ids may hold slashes; the end is not in it."""
    (found,) = windows([of_span(3, 6, entity="platform/a/b", kind="burst", signal=None)], [])
    assert (found.level, found.entity, found.kind) == ("platform", "a/b", "burst")
    assert found.touches(instant(5).timestamp(), day(7))
    assert not found.touches(day(6), day(7))
    assert window(3, 6).words == "sender/106900012345 sends"
