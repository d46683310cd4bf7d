"""The ratio of a month: warned of as counted, met when it is sure, final when the month is over."""

from __future__ import annotations

import datetime as dt

from streams.detection.rules.monthly_ratio import MonthlyRatio
from streams.detection.rules.standing import CountedBucket
from streams.rule_packs.parameters import MonthlyRatioRule
from tests.detection.rules.carried import carry

RULE = MonthlyRatioRule(warn=0.25, close=0.4)


def _day(
    text: str,
    messages: dict[str, int] | None = None,
    complaints: dict[str, int] | None = None,
    late: dict[str, tuple[str, int]] | None = None,
) -> CountedBucket:
    day = dt.date.fromisoformat(text).toordinal()
    each = [
        (dt.date.fromisoformat(of_day).toordinal(), who, n, ())
        for who, (of_day, n) in (late or {}).items()
    ]
    return CountedBucket(0, 0, day, day + 1, messages or {}, complaints or {}, {}, each)


def _found(follow: MonthlyRatio, bucket: CountedBucket) -> dict[str, tuple[float, bool]]:
    return {each.entity: (round(each.have, 3), each.met) for each in follow.close(bucket)}


def test_one_complaint_is_no_ratio_and_few_messages_do_not_hide_many() -> None:
    """With few messages a single complaint says nothing, and two say much."""
    follow = MonthlyRatio(RULE)
    sent = {"one": 1_000, "two": 1_000}
    found = _found(follow, _day("2026-11-03", sent, {"one": 1, "two": 2}))
    assert found == {"two": (2000.0, True)}


def test_a_large_sender_is_warned_of_before_it_is_sure() -> None:
    """4 in 10 million are 0.4, and by chance may be less: a warning; 9 are sure."""
    follow = MonthlyRatio(RULE)
    assert _found(follow, _day("2026-11-03", {"a": 10_000_000}, {"a": 3})) == {"a": (0.3, False)}
    assert _found(follow, _day("2026-11-04", {}, {"a": 1})) == {"a": (0.4, False)}
    assert _found(follow, _day("2026-11-05", {}, {"a": 5})) == {"a": (0.9, True)}
    (standing,) = follow.close(_day("2026-11-06"))
    assert (standing.day, standing.of_days, standing.complaints) == (6, 30, 9)
    assert standing.met_on == dt.date(2026, 11, 5).toordinal()
    assert standing.at_least is not None
    assert 0.4 < standing.at_least < 0.9


def test_messages_to_come_end_the_warning() -> None:
    """The ratio is that of the month so far; one just below the limit does not end a warning."""
    follow = MonthlyRatio(RULE)
    sent = {"a": 10_000_000, "b": 10_000_000}
    assert _found(follow, _day("2026-11-03", sent, {"a": 3, "b": 2})) == {"a": (0.3, False)}
    assert _found(follow, _day("2026-11-04", {"a": 10_000_000})) == {"a": (0.15, False)}
    before, follow = follow, MonthlyRatio(RULE)
    carry(before, follow)
    assert _found(follow, _day("2026-11-05")) == {"a": (0.15, False)}
    assert _found(follow, _day("2026-11-06", {"a": 5_000_000})) == {}
    assert _found(follow, _day("2026-11-07", {}, {"a": 1})) == {}


def test_at_the_end_of_the_month_the_plain_ratio_decides() -> None:
    """What was not sure is counted as the provider counts it; the next month begins at nothing.

    What was met then stands on for ten days, so that its alert does not end with the next bucket.
    """
    follow = MonthlyRatio(RULE)
    assert _found(follow, _day("2026-11-03", {"a": 10_000_000}, {"a": 4})) == {"a": (0.4, False)}
    assert _found(follow, _day("2026-11-30")) == {"a": (0.4, True)}
    assert _found(follow, _day("2026-12-01", {"a": 5}, {"a": 1})) == {"a": (0.4, True)}
    before, follow = follow, MonthlyRatio(RULE)
    carry(before, follow)
    (standing,) = follow.close(_day("2026-12-10"))
    assert (standing.met, standing.day, standing.of_days) == (True, 30, 30)
    assert standing.met_on == dt.date(2026, 11, 30).toordinal()
    assert _found(follow, _day("2026-12-11")) == {}


def test_late_complaints_count_for_their_month() -> None:
    """In the first days of a month they may still make the one before too high."""
    follow = MonthlyRatio(RULE)
    follow.close(_day("2026-11-20", {"a": 10_000_000, "b": 10_000_000}, {"a": 3}))
    late = {"a": ("2026-11-29", 2), "b": ("2026-11-29", 1)}
    assert _found(follow, _day("2026-12-02", {}, {}, late)) == {"a": (0.5, True)}
    before, follow = follow, MonthlyRatio(RULE)
    carry(before, follow)
    assert _found(follow, _day("2026-12-09")) == {"a": (0.5, True)}
    assert _found(follow, _day("2026-12-11")) == {}


def test_it_goes_on_from_what_is_stored() -> None:
    """After each bucket: killed, restored, and the same as undisturbed."""
    steady, killed = MonthlyRatio(RULE), MonthlyRatio(RULE)
    for number in range(40):
        day = str(dt.date(2026, 11, 1) + dt.timedelta(days=number))
        bucket = _day(
            day,
            {f"s{each}": 200_000 * (each + 1) for each in range(9)},
            {f"s{each}": 1 for each in range(9) if (number * each) % 7 == 1},
            {"s1": ("2026-11-30", 1)} if number in (31, 35) else None,
        )
        assert steady.close(bucket) == killed.close(bucket), day
        before, killed = killed, MonthlyRatio(RULE)
        carry(before, killed)


def test_memory_is_bounded() -> None:
    """Those without complaints are let go first."""
    follow = MonthlyRatio(RULE, most=100)
    sent = {f"s{number:04}": 1 for number in range(500)}
    assert set(_found(follow, _day("2026-11-03", sent, {"s0003": 2}))) == {"s0003"}
    assert len(follow.pages["odd" if follow.period % 2 else "even"]) == 90
