"""One corrupt time is refused; data in order never are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.sources.clock_jump import JumpGuard

DAY = 86400.0


def _decide(times: list[float], bucket_s: float = 60) -> dict[int, bool]:
    guard = JumpGuard[int](bucket_s)
    decided = [pair for n, t in enumerate(times) for pair in guard.offer(t, n)]
    decided += guard.finish()
    assert [n for n, _ in decided if _] or not times
    return dict(decided)


@given(st.lists(st.floats(0, 400 * DAY), max_size=40))
def test_data_in_order_are_never_refused_however_sparse(times: list[float]) -> None:
    """Every event of an ordered lane is accepted, and decided exactly once."""
    decided = _decide(sorted(times))
    assert decided == dict.fromkeys(range(len(times)), True)


@given(st.integers(0, 30), st.floats(2 * DAY, 4000 * DAY))
def test_one_corrupt_time_is_refused_wherever_it_stands(place: int, ahead: float) -> None:
    """With four good events after it, one that lies ahead is refused, also as the first."""
    times = [n * 60.0 for n in range(36)]
    times.insert(place, place * 60.0 + ahead)
    decided = _decide(times)
    assert [n for n, accepted in decided.items() if not accepted] == [place]


def test_several_corrupt_times_close_together_are_refused() -> None:
    """Two of five are still a minority."""
    times = [0.0, 1.0, 2.0, 3.0, 4.0, 900 * DAY, 5.0, 800 * DAY, 6.0, 7.0, 8.0, 9.0]
    refused = [n for n, accepted in _decide(times).items() if not accepted]
    assert refused == [5, 7]


def test_a_real_gap_is_followed() -> None:
    """After an outage of a week the new events are accepted, in their order."""
    times = [0.0, 1.0, 2.0, 3.0, 4.0] + [7 * DAY + n for n in range(6)]
    assert list(_decide(times)) == list(range(11))
