"""An idle lane lets the others go on, but never farther than its data allow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.counts.idle import idle_through

NOW = 1_772_409_600.0
NEVER = float("-inf")


def _through(
    *,
    front_s: float | None,
    last_written_s: float | None,
    watermarks: tuple[float, ...] = (),
    bucket_s: float = 60.0,
) -> float:
    return idle_through(
        front_s=front_s,
        last_written_s=last_written_s,
        now_s=NOW,
        idle_after_s=30.0,
        lateness_s=10.0,
        bucket_s=bucket_s,
        group_watermarks=watermarks,
    )


def test_live_data_go_on_at_the_wall_clock_s_pace() -> None:
    """Its last event is 100 s old: the lane is idle through now, less both waits."""
    assert _through(front_s=NOW - 101, last_written_s=NOW - 100) == NOW - 41


def test_an_event_ahead_of_its_record_goes_on_from_its_own_time() -> None:
    """A sender whose clock is ahead stays ahead; silence is counted from when it was written."""
    assert _through(front_s=NOW - 50, last_written_s=NOW - 100) == NOW + 10


def test_old_data_do_not_follow_the_wall_clock() -> None:
    """A pause in reading a file of long ago closes nothing."""
    assert _through(front_s=NOW - 1e8, last_written_s=NOW - 100) == NEVER


def test_old_data_do_not_hold_the_group_s_front() -> None:
    """Another lane has gone further: this one follows it."""
    ahead = NOW - 9e7
    assert _through(front_s=NOW - 1e8, last_written_s=NOW - 100, watermarks=(ahead,)) == ahead


def test_a_lane_that_never_had_an_event_follows_the_front() -> None:
    """An empty partition holds no close, and makes none."""
    assert _through(front_s=None, last_written_s=None) == NEVER
    assert _through(front_s=None, last_written_s=None, watermarks=(5.0, 9.0)) == 9.0


def test_a_lane_read_up_by_another_process_follows_the_front() -> None:
    """After a restart no record's timestamp is known: nothing is guessed from the clock."""
    assert _through(front_s=NOW - 101, last_written_s=None, watermarks=(5.0,)) == 5.0


def test_a_clock_that_was_set_back_does_not_take_back() -> None:
    """Now before the last record's timestamp counts as no time gone by."""
    later = NOW + 500
    assert _through(front_s=later, last_written_s=later) == later - 40


@given(
    st.floats(0, 2 * NOW),
    st.floats(0, 2 * NOW),
    st.lists(st.floats(0, 2 * NOW), max_size=3).map(tuple),
)
def test_it_is_never_before_the_front(
    front_s: float, written_s: float, watermarks: tuple[float, ...]
) -> None:
    """However the clocks are, an idle lane never holds back what another lane has passed."""
    through = _through(front_s=front_s, last_written_s=written_s, watermarks=watermarks)
    assert through >= max(watermarks, default=NEVER)


@given(st.floats(0, 1000), st.floats(0, 100))
def test_a_record_written_now_could_still_be_counted(quiet_s: float, lag_s: float) -> None:
    """What is written the next moment, as late as before, is not late by this decision."""
    written = NOW - quiet_s
    through = _through(front_s=written - lag_s, last_written_s=written)
    assert through <= NOW - lag_s
