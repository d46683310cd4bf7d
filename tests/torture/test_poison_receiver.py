"""The short form of `poison_receiver`; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import poison_receiver


def test_poison_ends_nothing(apache: Recipe, tmp_path: Path) -> None:
    """Hostile answers to some: the others have all, and every alert is somewhere."""
    outcome = poison_receiver.torture(apache, tmp_path, seed=3, rounds=2, records=3000, round_s=3.0)
    assert outcome.differences == []
    assert outcome.alerts > 50
    assert outcome.disturbed["answers"] > 20
