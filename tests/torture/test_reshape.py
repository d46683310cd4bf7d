"""The short form of `reshape`; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import reshape


def test_a_change_of_shape_that_is_killed_says_what_one_that_is_not_says(
    apache: Recipe, tmp_path: Path
) -> None:
    """Real processes on a real broker; nothing is lost, and nothing said twice in another way."""
    outcome = reshape.torture(apache, tmp_path, seed=5, kills=3)
    assert outcome.differences == []
    assert outcome.disturbed["kill -9"] > 0
    assert outcome.alerts > 20
