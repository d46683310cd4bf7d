"""The short form of `wrong_state`; the long one is ``make torture``."""

from __future__ import annotations

from pathlib import Path

from streams.broker.local.broker import Recipe
from tests.torture import wrong_state


def test_state_of_another_cluster_is_set_aside(apache: Recipe, tmp_path: Path) -> None:
    """A fresh broker, and topics made anew: set aside, said, and every alert as without it."""
    outcome = wrong_state.torture(apache, tmp_path, seed=7, rounds=2, records=1500)
    assert outcome.differences == []
    assert outcome.disturbed == {"another broker": 1, "topics made anew": 1}
    assert outcome.alerts > 20
