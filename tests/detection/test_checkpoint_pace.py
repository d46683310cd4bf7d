"""When detect stores its state."""

from __future__ import annotations

from streams.detection.checkpoint import QUIET_S, CheckpointPace


def test_what_has_changed_is_stored_in_time() -> None:
    """The first change counts, not the last: a busy shard is stored, too."""
    pace = CheckpointPace(every_s=5.0)
    for second in range(5):
        pace.took(100.0 + second, closed=True)
        assert not pace.due(100.0 + second)
    assert pace.due(105.0)


def test_records_that_close_nothing_are_stored_when_it_is_quiet() -> None:
    """They cost nothing to read again, but a drained lane must come to be known as drained."""
    pace = CheckpointPace(every_s=60.0)
    pace.took(100.0, closed=False)
    pace.took(109.0, closed=False)
    assert not pace.due(109.0 + QUIET_S - 0.1)
    assert pace.due(109.0 + QUIET_S)


def test_a_large_state_leaves_time_for_judging() -> None:
    """A tenth of the time at most goes into checkpoints."""
    pace = CheckpointPace(every_s=5.0)
    pace.stored(took_s=3.0, busy_s=2.5)
    pace.took(100.0, closed=True)
    assert not pace.due(129.9)
    assert pace.due(130.0)


def test_an_outage_does_not_put_the_next_one_off_for_long() -> None:
    """A checkpoint that waited an hour for its broker: ten times `every_s`, not ten hours."""
    pace = CheckpointPace(every_s=5.0)
    pace.stored(took_s=3600.0, busy_s=0.1)
    pace.took(100.0, closed=True)
    assert not pace.due(149.9)
    assert pace.due(150.0)


def test_nothing_new_is_not_stored_again() -> None:
    """A shard without records writes nothing, for however long."""
    pace = CheckpointPace(every_s=5.0)
    pace.took(100.0, closed=True)
    pace.stored(took_s=0.02, busy_s=0.01)
    assert not pace.due(1e6)
