"""The short form of item 3; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import zombies


def test_who_is_taken_for_dead_and_works_on_harms_nothing(apache: Recipe, tmp_path: Path) -> None:
    """A counter and a worker stopped beyond their session, continued after others took over."""
    outcome = zombies.torture(apache, tmp_path, seed=3, rounds=1)
    assert outcome.differences == []
    assert outcome.disturbed["SIGSTOP"] == 2
    assert outcome.alerts > 50


def test_old_state_that_arrives_late_is_not_taken(apache: Recipe, tmp_path: Path) -> None:
    """Slots and heads of an earlier worker's, written behind newer ones: the newest counts."""
    outcome = zombies.late_writes(apache, tmp_path, seed=3, waves=1)
    assert outcome.differences == []
    assert outcome.disturbed["late slots"] > 4  # several slots of one stream, and their head
    assert outcome.alerts > 50
