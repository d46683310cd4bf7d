"""Files in any order, and named in any order, give the alerts of sorted ones with --sort."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pytest

from streams.sources.files import sorting
from tests.cli.cli import Cli

CONFIG = """
timezone = "America/New_York"
[sources.s]
kind = "complaint"
format = "csv"
time = "Date received"
sender = "Company"
bucket = "1d"
daily = true
"""
DAYS, BURST = 60, 45


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in a folder of its own, beside a configuration."""
    monkeypatch.chdir(tmp_path)
    Path("c.toml").write_text(CONFIG)
    return Cli(monkeypatch)


def _rows() -> list[str]:
    """Complaints about three banks for two months; one of them has a bad day."""
    chance = random.Random(2)
    rows = []
    for number in range(DAYS):
        day = dt.date(2024, 9, 1) + dt.timedelta(days=number)
        for bank, usual in (("A Bank", 10), ("B Bank", 18), ("C Bank", 3)):
            count = usual + chance.randrange(-2, 3) + 70 * (bank == "C Bank" and number == BURST)
            rows += [f"{day},{bank}"] * count
    return rows


def _write(name: str, rows: list[str]) -> str:
    Path(name).write_text("\n".join(["Date received,Company", *rows, "soon,A Bank"]) + "\n")
    return f"s={name}"


def _alerts(cli: Cli, *files: str, sort: bool = True) -> tuple[bytes, dict[str, int]]:
    words = ["replay", *files, "--config", "c.toml", "--alerts", "a.jsonl", "--json"]
    result = cli(*words, *(["--sort"] if sort else []), "--rejects", "r.jsonl")
    assert result.exit_code == 0, result.stderr
    return Path("a.jsonl").read_bytes(), json.loads(result.stdout)


def test_any_order_gives_the_same_alerts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, shuffled, and in two files named in the wrong order; in memory or not."""
    rows = _rows()
    shuffled = random.Random(3).sample(rows, len(rows))
    oldest = _write("oldest.csv", rows)
    alerts, summary = _alerts(cli, oldest, sort=False)
    assert b"sender/C Bank" in alerts
    assert (summary["late"], summary["rejects"]) == (0, 1)
    half = len(rows) // 2
    orders = [
        [_write("newest.csv", rows[::-1])],
        [_write("shuffled.csv", shuffled)],
        [_write("second.csv", rows[half:]), _write("first.csv", rows[:half])],
    ]
    for run_bytes in (1 << 25, 20_000):
        monkeypatch.setattr(sorting, "RUN_BYTES", run_bytes)
        for files in orders:
            found, summary = _alerts(cli, *files)
            assert found == alerts
            assert (summary["late"], summary["rejects"]) == (0, len(files))
            assert summary["records"] == len(rows) + len(files)
            assert len(Path("r.jsonl").read_bytes().splitlines()) == len(files)


def test_without_it_most_is_late(cli: Cli) -> None:
    """What would be lost is said."""
    newest = _write("newest.csv", _rows()[::-1])
    result = cli("replay", newest, "--config", "c.toml", "--alerts", "a")
    assert "warning: s: " in result.stderr
    assert "--sort puts files into the order of their times" in result.stderr


def test_record_and_explain_take_it(cli: Cli) -> None:
    """An archive of a file in any order is that of the sorted one; explain follows the entity."""
    newest = _write("newest.csv", _rows()[::-1])
    result = cli("record", "archive", newest, "--sort", "--config", "c.toml", "--json")
    assert (result.exit_code, json.loads(result.stdout)["late"]) == (0, 0)
    result = cli("explain", "sender/C Bank", newest, "--sort", "--config", "c.toml", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["at"].startswith("2024-10-16")
    assert cli("record", "archive", "--sort", "--config", "c.toml").exit_code == 2
    assert cli("replay", "--archive", "archive", "--sort", "--alerts", "a").exit_code == 2
