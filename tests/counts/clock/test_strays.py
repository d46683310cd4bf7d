"""Who is late, and whose clock is ahead, is named; who is in order never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.counts.clock.strays import MOST_NAMED, AheadSenders, WorstSenders
from streams.counts.lane import Lane
from streams.strays import SourceStrays, stray_warnings
from tests.events_of import agreed, send, source


@given(st.lists(st.floats(0, 1e6), max_size=100))
def test_no_sender_of_data_in_order_is_ahead(times: list[float]) -> None:
    """However long its pauses are."""
    ahead = AheadSenders(60.0)
    for time_s in sorted(times):
        ahead.take(time_s, "a")
    assert ahead.total == 0


def test_a_fast_clock_is_named_however_often_it_speaks() -> None:
    """One sender of ten, two hours ahead, hour for hour; nobody else."""
    ahead = AheadSenders(3600.0)
    for n in range(1000):
        ahead.take(n * 360.0 + 7200.0 * (n % 10 == 3), f"s{n % 10}")
    assert ahead.counts == {"s3": 100}


def test_a_flood_of_late_senders_takes_bounded_memory_and_hides_nobody() -> None:
    """Of fresh ids each comes once; who comes often is found."""
    worst = WorstSenders()
    for n in range(5000):
        worst.add(f"fresh{n}")
        if n % 10 == 0:
            worst.add("often")
    assert len(worst.counts) == MOST_NAMED
    assert max(worst.counts, key=lambda name: worst.counts[name]) == "often"
    assert worst.total == 5500


def test_a_lane_names_its_late_senders() -> None:
    """Each late event is counted with its sender."""
    lane = Lane(source(lateness="0s"), ["all"])
    for offset, event in enumerate([*agreed(70), send(5, "slow"), send(6, "slow"), send(75)]):
        lane.event(offset, event)
    assert lane.late_senders.counts == {"slow": 2}


def test_a_warning_says_how_many_who_and_what_to_do() -> None:
    """Late events first: files that are not sorted have events ahead, too."""
    found = {
        "a": SourceStrays(late=3, ahead=9, late_senders={"x": 2, "y": 1}),
        "b": SourceStrays(ahead=5, ahead_senders={"g13": 5}),
        "c": SourceStrays(duplicates=4),
    }
    late, ahead = stray_warnings(found)
    assert late == (
        True,
        "a: 3 events came after their bucket had closed, and are not judged (most of x: 2,"
        " y: 1); --sort puts files into the order of their times, and a larger sources.a.lateness"
        " waits",
    )
    assert ahead[1].startswith(
        "b: 5 events are more than a bucket ahead of the others (most of g13"
    )


@pytest.mark.parametrize(("late", "warns"), [(10, False), (11, True)])
def test_a_few_late_events_are_no_warning(late: int, warns: bool) -> None:
    """Up to one in a hundred is a note."""
    ((is_warning, text),) = stray_warnings({"a": SourceStrays(events=1000, late=late)})
    assert is_warning is warns
    assert text.startswith(f"a: {late} of 1,000 events came after")
