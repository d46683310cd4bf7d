"""The short form of item 5; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import state


def test_state_that_cannot_be_written_or_is_gone_is_rebuilt(apache: Recipe, tmp_path: Path) -> None:
    """Checkpoints refused, a full disk, a deleted directory: it stops, and then nothing lacks."""
    outcome = state.torture(apache, tmp_path, seed=5, rounds=1)
    assert outcome.differences == []
    assert len(outcome.disturbed) == 3
    assert outcome.exits >= 2
    assert outcome.alerts > 50
