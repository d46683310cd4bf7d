"""Quiet hours in whole buckets, by the local clock; caps over a day or a month."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from streams.detection.rules.cap import Cap
from streams.detection.rules.quiet_hours import NightWatch, can_tell
from streams.detection.rules.standing import CountedBucket
from streams.rule_packs.parameters import CapRule, QuietHoursRule
from tests.detection.rules.carried import carry


def _night(**keys: str) -> QuietHoursRule:
    return QuietHoursRule.model_validate(
        {"from": "22:00", "to": "08:00", "categories": ["*"], "warn": 1, "need": 10, **keys}
    )


def _bucket(local: str, zone: str, size_s: int, **messages: int) -> CountedBucket:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    start = int(at.timestamp())
    day = at.toordinal()
    return CountedBucket(start, start + size_s, day, day, messages, {}, {})


@pytest.mark.parametrize(
    ("local", "size_s", "counts"),
    [
        ("2026-11-30T21:59", 60, False),
        ("2026-11-30T22:00", 60, True),
        ("2026-12-01T00:00", 3600, True),
        ("2026-12-01T07:00", 3600, True),
        ("2026-12-01T08:00", 60, False),
        ("2026-11-30T21:00", 3600 * 2, False),  # begins before the hours
        ("2026-12-01T07:30", 3600, False),  # ends after them
        ("2026-12-01T00:00", 86_400, False),
    ],
)
def test_a_bucket_counts_if_it_lies_in_the_hours_as_a_whole(
    local: str, size_s: int, counts: bool
) -> None:
    """What reaches over an end of the hours says nothing."""
    watch = NightWatch(_night(), "Asia/Shanghai")
    found = watch.close(_bucket(local, "Asia/Shanghai", size_s, a=3))
    assert [each.have for each in found] == ([3] if counts else [])


def test_a_night_is_one_and_the_morning_ends_it() -> None:
    """Messages before and after midnight are counted together; then it begins anew."""
    watch = NightWatch(_night(), "Asia/Shanghai")
    watch.close(_bucket("2026-11-30T23:00", "Asia/Shanghai", 3600, a=4))
    before, watch = watch, NightWatch(_night(), "Asia/Shanghai")
    carry(before, watch)
    (standing,) = watch.close(_bucket("2026-12-01T02:00", "Asia/Shanghai", 3600, a=6))
    assert (standing.have, standing.met, standing.day, standing.of_days) == (10, True, 2, 2)
    assert watch.close(_bucket("2026-12-01T09:00", "Asia/Shanghai", 3600, a=6)) == []
    (standing,) = watch.close(_bucket("2026-12-01T22:00", "Asia/Shanghai", 3600, a=1))
    assert (standing.have, standing.met) == (1, False)


def test_the_hours_are_those_of_the_clock_on_the_wall() -> None:
    """Where the clock is set back, the night is an hour longer, and its buckets count."""
    watch = NightWatch(_night(**{"from": "01:00", "to": "04:00"}), "Europe/Berlin")
    start = int(dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC).timestamp())  # 02:30, the first
    for hour in range(3):
        at = start + 3600 * hour
        assert (watch.night_of(at, at + 1800) is not None) == (hour < 3)
    assert watch.night_of(start + 3 * 3600, start + 3 * 3600 + 1800) is None


def test_hours_that_end_where_the_clock_goes_back_have_all_their_buckets() -> None:
    """Until 02:30 on a night that has it twice: both count, and what lies between does not."""
    watch = NightWatch(_night(**{"from": "22:00", "to": "02:30"}), "Europe/Berlin")
    midnight = int(dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC).timestamp())
    quiet = [
        watch.night_of(midnight + 900 * n, midnight + 900 * (n + 1)) is not None for n in range(18)
    ]
    assert quiet == [True] * 10 + [False] * 2 + [True] * 2 + [False] * 4


def test_what_a_size_of_buckets_can_say() -> None:
    """A day says nothing; six hours do where one lies in the hours; some zones are half past."""
    assert can_tell(_night(), 3600, "Asia/Shanghai")
    assert can_tell(_night(), 6 * 3600, "Asia/Shanghai")
    assert not can_tell(_night(), 12 * 3600, "Asia/Shanghai")
    assert not can_tell(_night(), 86_400, "Asia/Shanghai")
    assert not can_tell(_night(**{"from": "22:00", "to": "22:59"}), 3600, "Asia/Kolkata")


@pytest.mark.parametrize(("period", "second"), [("day", 30), ("month", 60)])
def test_a_cap_counts_its_period(period: str, second: int) -> None:
    """From the warned share on; the cap itself is allowed, one more is not."""
    follow = Cap(CapRule.model_validate({"period": period, "most": 60, "warn_share": 0.5}))

    def close(day: dt.date, sent: int) -> list[tuple[float, bool, int, int]]:
        bucket = CountedBucket(0, 0, day.toordinal(), day.toordinal(), {"a": sent}, {}, {})
        return [(each.have, each.met, each.day, each.of_days) for each in follow.close(bucket)]

    one, two = dt.date(2026, 11, 29), dt.date(2026, 11, 30)
    of_days = 30 if period == "month" else 1
    assert close(one, 29) == []
    assert close(one, 1) == [(30, False, 29 if period == "month" else 1, of_days)]
    before, follow = (
        follow,
        Cap(CapRule.model_validate({"period": period, "most": 60, "warn_share": 0.5})),
    )
    carry(before, follow)
    assert close(two, 30)[0][:2] == (second, False)
    assert close(two, 31)[0][1]
    assert close(dt.date(2026, 12, 1), 29) == []
