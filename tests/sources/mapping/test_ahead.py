"""An event's time is bounded by that of its record."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mapping.ahead import AheadOfRecord
from streams.sources.rejects import Undecodable

MAX_AHEAD_S = 300.0
NOW_S = 1.7e9


@given(
    st.lists(
        st.tuples(st.floats(NOW_S - 1000, NOW_S + 1000), st.floats(-600, 299) | st.floats(301, 600))
    )
)
def test_the_bound_is_that_of_the_record_at_hand(records: list[tuple[float, float]]) -> None:
    """However the records' times go up and down: what was accepted before changes nothing."""
    ahead = AheadOfRecord(MAX_AHEAD_S)
    for written_s, after_s in records:
        time = dt.datetime.fromtimestamp(written_s + after_s, dt.UTC)
        if after_s > MAX_AHEAD_S:
            with pytest.raises(Undecodable, match="ahead of its record's"):
                ahead.check(time, written_s)
        else:
            ahead.check(time, written_s)


def test_the_reject_says_how_far_it_is_ahead() -> None:
    """The rule and what was found."""
    with pytest.raises(Undecodable, match=r"at most 300 s ahead of its record's.* found 301 s"):
        AheadOfRecord(MAX_AHEAD_S).check(dt.datetime.fromtimestamp(NOW_S + 301, dt.UTC), NOW_S)
