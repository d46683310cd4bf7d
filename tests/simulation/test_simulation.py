"""Whatever crashes, moves or is delayed, the alerts are those of a run in which nothing did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.__main__ import main
from tests.simulation.breaks import BREAKS
from tests.simulation.run import run, small

SCHEDULES = 1000
"""Each broken rule is found out within the first 274; `python -m tests.simulation` runs 2,000."""

PART = 250

HAPPENINGS = (
    *("CRASHES with", "comes back here", "comes back elsewhere", "MOVES", "zombie worker"),
    *("DOES NOT NOTICE", "commit fenced", "commit refused", "IDLE through", "deletes", "publishes"),
    *("writes to rejects", "early totals too"),
)
"""What the schedules of a part must have met, as their traces say it."""

SEEN_BY = {"last-total": 129, "oldest-bucket": 273, "commit-early": 52, "idle-forgotten": 1546}
"""A schedule that showed what few do, tried first; where it no longer does, all are."""


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small():
        yield


@pytest.mark.parametrize("first", range(0, SCHEDULES, PART))
def test_trouble_changes_no_byte(first: int) -> None:
    """Every revision from 1 on, all totals, tallies and rejects, and the state's last bit.

    The schedules do meet trouble: crashes, moves, fenced commits, idle decisions, alerts, none of
    it is left out in any part.
    """
    found: dict[int, list[str]] = {}
    met: set[str] = set()
    for seed in range(first, first + PART):
        lines: list[str] = []
        if differs := run(seed, lines.append):
            found[seed] = differs
        met |= {what for what in HAPPENINGS for line in lines if what in line}
    assert found == {}, f"python -m tests.simulation --seed {next(iter(found))} shows what happened"
    assert met == {*HAPPENINGS}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_found_out(name: str) -> None:
    """Each rule of the protocol is needed: without it some schedule gives something else."""
    seeds = [SEEN_BY.get(name, 0), *range(SCHEDULES)]
    assert any(run(seed, broken=BREAKS[name]) for seed in seeds)


def test_a_failing_seed_prints_a_trace_that_can_be_replayed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Status 1, the seed, what happened and what differs; the seed alone prints the same again."""
    assert main(["--schedules", "50", "--break", "watermark-first"]) == 1
    first, *trace = capsys.readouterr().out.splitlines()
    seed = first.split()[1]
    assert first == f"seed {seed} differs; {seed} before it did not. What happened:"
    assert any("writes to counts" in line for line in trace)
    assert main(["--seed", seed, "--break", "watermark-first"]) == 1
    assert capsys.readouterr().out.splitlines() == trace


def test_without_a_difference_the_status_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many schedules it ran, and their seeds."""
    assert main(["--schedules", "5", "--first", "10"]) == 0
    assert capsys.readouterr().out == "5 schedules, seeds 10 to 14: no difference\n"
