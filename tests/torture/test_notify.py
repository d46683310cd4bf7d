"""The short form of the torture of notifications; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import notify


def test_four_kills_of_two_serves_leave_nobody_untold(apache: Recipe, tmp_path: Path) -> None:
    """Each receiver is told how each alert stands; repeats are no more than the kills."""
    outcome = notify.torture(apache, tmp_path, seed=3, kills=4)
    assert outcome.differences == []
    assert outcome.disturbed["kill -9"] >= 4
    assert outcome.ended == []
    assert outcome.alerts > 10
