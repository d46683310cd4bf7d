"""Every scenario file holds: the alerts that it lists, when it says, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.runner import Life, compare, lives
from tests.scenarios.scenario import AlertTable, load

FILES = sorted(Path(__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    """What users are promised stands in the file's `about`."""
    scenario = load(path)
    found = lives(scenario)
    lines = compare(scenario.alerts, found)
    assert not lines, "\n".join(["", f"{path.name}: {scenario.about}", *lines])


def test_there_are_scenarios() -> None:
    """The files are found where this test looks for them."""
    assert len(FILES) >= 12


def test_the_comparison_shows_both_sides() -> None:
    """A difference is readable: what was promised, what came."""
    promised = [
        AlertTable("sender/a", opens="4..6", resolves="9"),
        AlertTable("sender/c", early="2"),
    ]
    came = [
        Life("sender/a", "sends", opened=7, observed=40, expected=2.5),
        Life("sender/c", "sends", early=2, withdrawn=2),
    ]
    assert compare(promised, came) == [
        "- expected sender/a sends: opens in 4..6, resolves in 9",
        "+ found    sender/a sends: opens in 7 (40 of 2.5), stays open",
    ]
    assert compare(promised[1:], came[1:]) == []
