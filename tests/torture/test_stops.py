"""Item 15 in short."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker.local.broker import Recipe
from tests.torture.stops import torture


@pytest.mark.timeout(900)
def test_after_clean_stops_nothing_is_published_or_posted_twice(
    apache: Recipe, tmp_path: Path
) -> None:
    """Each process is stopped under load, by SIGTERM and Ctrl-C, and started again."""
    outcome = torture(apache, tmp_path, seed=3, stops=4, records=5000)
    assert outcome.differences == []
    assert outcome.alerts > 0
