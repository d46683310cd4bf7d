"""The short form of item 1; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import kills


def test_fifteen_kills_change_no_alert_and_no_total(apache: Recipe, tmp_path: Path) -> None:
    """Kill -9 of count, detect, serve and several at once, in recovery too: not a byte differs."""
    outcome = kills.torture(apache, tmp_path, seed=7, kills=15)
    assert outcome.differences == []
    assert outcome.disturbed["kill -9"] >= 15
    assert outcome.ended == []
    assert outcome.alerts > 50
