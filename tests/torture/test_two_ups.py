"""The short form of `two_ups`; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import two_ups


def test_a_second_up_of_one_instance_ends(apache: Recipe, tmp_path: Path) -> None:
    """With a sentence, and disturbs nothing; with an instance of its own it works."""
    outcome = two_ups.torture(apache, tmp_path, seed=9, rounds=1, records=2000)
    assert outcome.differences == []
    assert outcome.disturbed == {"seconds of one instance": 1, "kill -9": 1}
    assert outcome.alerts > 20
