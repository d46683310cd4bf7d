"""An idle lane lets the others go on, but never farther than its data allow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.counts.clock.idle import idle_through

NOW = 1_772_409_600.0
NEVER = float("-inf")


def _through(
    *, lag_s: float | None, watermarks: tuple[float, ...] = (), now_s: float = NOW
) -> float:
    return idle_through(
        lag_s=lag_s,
        now_s=now_s,
        idle_after_s=30.0,
        lateness_s=10.0,
        bucket_s=60.0,
        group_watermarks=watermarks,
    )


def test_live_data_go_on_at_the_wall_clock_s_pace() -> None:
    """Its events are written a second after they happen: it is idle through now, less the waits."""
    assert _through(lag_s=1.0) == NOW - 41
    assert _through(lag_s=1.0, now_s=NOW + 60) == NOW + 19


def test_old_data_do_not_follow_the_wall_clock() -> None:
    """A pause in reading a file of long ago closes nothing."""
    assert _through(lag_s=1e8) == NEVER


def test_old_data_do_not_hold_the_group_s_front() -> None:
    """Another lane has gone further: this one follows it."""
    ahead = NOW - 9e7
    assert _through(lag_s=1e8, watermarks=(ahead,)) == ahead


def test_a_lane_that_never_had_an_event_follows_the_front() -> None:
    """An empty partition holds no close, and makes none. So does one that others have read."""
    assert _through(lag_s=None) == NEVER
    assert _through(lag_s=None, watermarks=(5.0, 9.0)) == 9.0


@given(st.floats(0, 2 * NOW), st.lists(st.floats(0, 2 * NOW), max_size=3).map(tuple))
def test_it_is_never_before_the_front(lag_s: float, watermarks: tuple[float, ...]) -> None:
    """However the clocks are, an idle lane never holds back what another lane has passed."""
    assert _through(lag_s=lag_s, watermarks=watermarks) >= max(watermarks, default=NEVER)


@given(st.floats(0, 100))
def test_a_record_written_now_could_still_be_counted(lag_s: float) -> None:
    """What is written the next moment, as late as before, is not late by this decision."""
    assert _through(lag_s=lag_s) <= NOW - lag_s
