"""``weathervane check-config``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.cli import Cli

BAD = """
nmae = "x"
[serve]
port = 0
[sources.x]
kind = "send"
topic = "sends"
"""
PROBLEMS = [
    "w.toml: serve.port must be at least 1; got 0",
    "w.toml: nmae is not a key; remove it (`weathervane init` shows every key)",
    'w.toml: sources.x.topic must be its own; "sends" is that of sources.sends',
]
GOOD = """
[sources.ftc]
kind = "complaint"
format = "ftc"
bucket = "1d"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in a directory with a good and a bad file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.toml").write_text(BAD)
    (tmp_path / "good.toml").write_text(GOOD)
    return Cli(monkeypatch)


def test_it_tells_every_problem(cli: Cli) -> None:
    """A bad file ends with 2, and every problem has its line on standard error."""
    result = cli("check-config", "w.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [*PROBLEMS, "3 problems"]


def test_it_tells_programs_every_problem(cli: Cli) -> None:
    """With --json the same problems are one object on standard output, and the status stays 2."""
    result = cli("check-config", "w.toml", "--json")
    assert (result.exit_code, result.stderr) == (2, "")
    assert json.loads(result.stdout) == {"ok": False, "problems": PROBLEMS}


def test_it_shows_what_it_understood(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good file ends with 0: groups, sources and what each inherits."""
    monkeypatch.setenv("COLUMNS", "160")
    result = cli("check-config", "good.toml")
    assert result.exit_code == 0
    assert result.stderr.startswith("good.toml: no problems; configuration ")
    for word in ("1d-Asia-Shanghai", "ftc", "complaint", "sends", "1m"):
        assert word in result.stdout


def test_it_shows_programs_what_it_understood(cli: Cli) -> None:
    """With --json: the hash that alerts carry, and the groups with their sources and shares."""
    result = cli("check-config", "good.toml", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["ok"] is True
    assert found["problems"] == []
    assert len(found["config"]) == 12
    assert set(found["groups"]) == {"1m", "1d-Asia-Shanghai"}
    assert found["groups"]["1d-Asia-Shanghai"]["sources"] == {
        "ftc": {"kind": "complaint", "topic": "ftc"}
    }


def test_the_groups_share_the_budget(cli: Cli) -> None:
    """The false alerts accepted are split over the groups, and none is lost or made up."""
    found = json.loads(cli("check-config", "good.toml", "--json").stdout)
    shares = [group["budget_per_day"] for group in found["groups"].values()]
    assert sum(shares) == pytest.approx(5.0)
    assert min(shares) > 0


def test_the_file_must_exist(cli: Cli) -> None:
    """There is nothing to check where there is no file: a problem, not the defaults."""
    result = cli("check-config")
    assert result.exit_code == 2
    assert result.stderr.startswith("weathervane.toml: must exist; found no such file")


def test_a_client_setting_unknown_to_kafka_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    """A setting that no client knows is found here, not when a process starts."""
    (tmp_path / "c.toml").write_text('[kafka.client]\n"no.such.setting" = "x"\n')
    result = cli("check-config", "c.toml")
    assert result.exit_code == 2
    assert "no.such.setting" in result.stderr


LONG = """
[sources.hourly]
kind = "send"
bucket = "1h"
lateness = "{lateness}"
[sources.days]
kind = "send"
bucket = "1d"
lateness = "0s"
[sources.dates]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
bucket = "1d"
daily = true
"""


def test_it_warns_of_what_stays_open_for_long(cli: Cli, tmp_path: Path) -> None:
    """Over an hour of bucket and lateness is warned of, save where the data are daily; status 0."""
    (tmp_path / "long.toml").write_text(LONG.format(lateness="10s"))
    result = cli("check-config", "long.toml")
    assert result.exit_code == 0
    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert [line.split(":")[1].strip() for line in warnings] == ["sources.days", "sources.hourly"]
    assert "1h and 10s, should together be at most 1h" in warnings[1]
    found = json.loads(cli("check-config", "long.toml", "--json").stdout)
    assert found["ok"] is True
    assert found["warnings"] == [line.removeprefix("warning: ") for line in warnings]
    # An hour without lateness is an hour.
    (tmp_path / "long.toml").write_text(LONG.format(lateness="0s"))
    found = json.loads(cli("check-config", "long.toml", "--json").stdout)
    assert [line.split(":")[0] for line in found["warnings"]] == ["sources.days"]
    assert json.loads(cli("check-config", "good.toml", "--json").stdout)["warnings"] != []
