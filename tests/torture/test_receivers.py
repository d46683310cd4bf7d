"""The short form of item 8; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import receivers


def test_receivers_that_fail_get_everything_later(apache: Recipe, tmp_path: Path) -> None:
    """500, no answer, an answer too late, nobody there: all alerts afterwards, in their order."""
    outcome = receivers.torture(apache, tmp_path, seed=8, rounds=1, records=3000, faulty_s=2.0)
    assert outcome.differences == []
    assert outcome.alerts > 50
    assert outcome.ended == []
