"""The short form of item 10; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import alert_flood


def test_more_alerts_than_a_record_holds_survive_kills(apache: Recipe, tmp_path: Path) -> None:
    """Two thousand are three slots: the long form has ten times as many, and the same way."""
    outcome = alert_flood.torture(apache, tmp_path, seed=11, kills=1, alerts=2000)
    assert outcome.differences == []
    assert outcome.disturbed == {"kill -9": 4, "alerts open": outcome.disturbed["alerts open"]}
    assert outcome.ended == []
    assert outcome.alerts > 6000
