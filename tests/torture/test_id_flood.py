"""The short form of the flood of ids; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import id_flood


def test_a_full_bucket_admits_the_same_senders_after_a_kill(apache: Recipe, tmp_path: Path) -> None:
    """A tenth of the ids, and of the room for them."""
    outcome = id_flood.torture(apache, tmp_path, seed=3, kills=2, ids=30_000, most=200)
    assert outcome.differences == []
    assert outcome.disturbed["kill -9"] >= 2
    assert outcome.ended == []
    assert outcome.alerts > 50
