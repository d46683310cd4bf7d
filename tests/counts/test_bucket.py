"""Buckets divide time without gap or overlap."""

from hypothesis import given
from hypothesis import strategies as st

from streams.counts.bucket import DAY_S, Buckets

ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
SIZES = [1, 60, 900, 3600, DAY_S]


@given(st.floats(946_684_800, 4e9), st.sampled_from(SIZES), st.sampled_from(ZONES))
def test_every_instant_is_in_exactly_one_bucket(time_s: float, size: int, zone: str) -> None:
    """A bucket holds its start, not its end, and its end is the start of the next."""
    buckets = Buckets(size, zone)
    start = buckets.start(time_s)
    end = buckets.end(start)
    assert start <= time_s < end
    assert buckets.start(end) == end
    assert buckets.start(end - 0.001) == start


def test_a_day_is_the_calendar_day_where_clocks_change() -> None:
    """New York's 8 March 2020 has 23 hours, its 1 November 25."""
    buckets = Buckets(DAY_S, "America/New_York")
    spring, autumn = buckets.start(1583668800.0), buckets.start(1604232000.0)
    assert buckets.label(spring) == "2020-03-08T00:00:00-05:00"
    assert buckets.end(spring) - spring == 23 * 3600
    assert buckets.end(autumn) - autumn == 25 * 3600
    assert buckets.back(buckets.end(autumn), 1) == autumn
