"""The short form of `old_version`; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import old_version


def test_this_version_goes_on_from_what_an_older_one_stored(apache: Recipe, tmp_path: Path) -> None:
    """Real processes on a real broker: state, positions, counts and alerts of then."""
    outcome = old_version.torture(apache, tmp_path, seed=3, kills=2)
    assert outcome.differences == []
    assert outcome.disturbed == {"older version": 1, "kill -9": 2}
    assert outcome.alerts > 20
