"""A cell of the flood benchmark: it tells a flood that does harm from one that does none."""

from benchmarks.flood import BURSTS, DAY_S, Crowd, cells, sleepers


def test_a_flood_harms_nobody() -> None:
    """No honest alert more than without it, and every burst is found."""
    (((ids, messages), flood, without),) = cells(Crowd("steady", 100, DAY_S, 1), [400], [10])
    assert (ids, messages) == (400, 10)
    assert flood.honest <= without.honest + 1
    assert flood.found == without.found == BURSTS


def test_sleepers_harm_nobody() -> None:
    """Twice as many as the known, busy for 14 days."""
    assert sleepers(Crowd("steady", 100, DAY_S, 1), 200, 10) <= 2
