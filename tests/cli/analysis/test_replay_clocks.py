"""Files out of order and wrong clocks: what is late is said, and the innocent are judged."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import Cli

DAYS = """
timezone = "UTC"
[sources.s]
kind = "complaint"
format = "csv"
time = "t"
sender = "s"
bucket = "1d"
daily = true
"""
HOURS = """
timezone = "UTC"
[sources.s]
kind = "send"
format = "csv"
time = "t"
sender = "s"
bucket = "1h"
"""
START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def _replay(cli: Cli, rows: list[str], config: str) -> tuple[dict[str, Any], str]:
    Path("c.toml").write_text(config)
    Path("rows.csv").write_text("\n".join(["t,s", *rows]))
    words = ("replay", "s=rows.csv", "--config", "c.toml", "--alerts", "a.jsonl")
    summary = json.loads(cli(*words, "--json").stdout)
    return summary, cli(*words).stderr


def _days() -> list[str]:
    return [f"2026-01-{day:02},s{n % 5}" for day in range(1, 29) for n in range(50)]


def test_a_file_in_order_has_nothing_late(cli: Cli) -> None:
    """And says nothing of it."""
    summary, said = _replay(cli, _days(), DAYS)
    assert (summary["late"], summary["duplicates"], summary["sources"]["s"]["ahead"]) == (0, 0, 0)
    assert "warning" not in said


def test_a_file_that_is_newest_first_is_warned_of(cli: Cli) -> None:
    """Nearly all of it is late: by sender, with what to do."""
    summary, said = _replay(cli, _days()[::-1], DAYS)
    assert summary["late"] > 1200
    assert sum(summary["sources"]["s"]["late_senders"].values()) == summary["late"]
    assert "came after their bucket had closed" in said
    assert "warning: s: " in said
    assert "--sort puts files into the order of their times" in said
    assert "a larger sources.s.lateness waits" in said


def test_a_daily_source_may_wait_for_days(cli: Cli) -> None:
    """With `lateness` a file in the wrong order is counted as one in order."""
    summary, said = _replay(cli, _days()[::-1], DAYS + 'lateness = "90d"\n')
    assert summary["late"] == 0
    assert "warning" not in said


@pytest.mark.parametrize("ahead_s", [7200, 3540])
def test_one_fast_clock_of_forty_makes_nobody_late_and_is_named(cli: Cli, ahead_s: int) -> None:
    """Two hours ahead; a quarter of all messages had been late, with rejects 0 and exit 0."""
    rows = []
    for n in range(40 * 48):
        at = START + dt.timedelta(seconds=90 * n + ahead_s * (n % 40 == 13))
        rows.append(f"{at.isoformat()},g{n % 40}")
    summary, said = _replay(cli, rows, HOURS)
    assert summary["late"] == 0
    if ahead_s >= 7200:
        assert summary["sources"]["s"]["ahead_senders"] == {"g13": 48}
        assert "ahead of the others (most of g13: 48)" in said
