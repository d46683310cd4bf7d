"""Processes under one supervisor: a dead one is noticed, none is left running."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.broker.local.port_and_folder import free_port
from streams.supervisor import supervisor
from streams.supervisor.supervisor import KeepsFailing, Supervisor
from tests.supervisor.test_child_process import running
from tests.waiting.progress import until

# A command that runs until it is stopped and needs no broker but its own.
STAND_IN = ["broker", "--stand-in"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardly wait before a restart."""
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(supervisor, "LONGEST_WAIT_S", 0.05)


def _broker(tmp_path: Path) -> list[str]:
    return [*STAND_IN, "--port", str(free_port()), "--data", str(tmp_path / "data")]


def _look_until(watched: Supervisor, condition: Callable[[], object]) -> None:
    def look() -> object:
        watched.look()
        return condition()

    until(look)


@pytest.mark.usefixtures("noida", "quick")
def test_a_killed_process_is_started_again_and_none_is_left(tmp_path: Path) -> None:
    """Killed with -9 it comes back; on the way out all are stopped."""
    log = tmp_path / "log"
    command = _broker(tmp_path)
    with Supervisor({"one": command}, {"one": log}) as watched:
        _look_until(watched, lambda: log.exists() and "stop: Ctrl-C" in log.read_text())
        for pid in running("streams.cli.main broker --stand-in"):
            if str(tmp_path) in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                subprocess.run(["kill", "-9", str(pid)], check=False)
        _look_until(watched, lambda: log.read_text().count("stop: Ctrl-C") == 2)
    assert running(str(tmp_path)) == []


@pytest.mark.usefixtures("quick")
def test_one_that_fails_again_and_again_ends_all(tmp_path: Path) -> None:
    """After five times within two minutes it will not get better; the log is named."""
    log = tmp_path / "log"
    taken = tmp_path / "taken.toml"
    taken.touch()
    with (
        pytest.raises(KeepsFailing, match=r"one has ended 5 times.*status 1; its log is .*log"),
        Supervisor({"one": ["init", str(taken)]}, {"one": log}) as watched,
    ):
        _look_until(watched, lambda: False)
    assert log.read_text().count("must not exist yet") == 5


@pytest.mark.usefixtures("quick")
def test_failures_while_the_broker_is_away_do_not_count(tmp_path: Path) -> None:
    """An outage of any length is waited out; failures after it count again."""
    log = tmp_path / "log"
    taken = tmp_path / "taken.toml"
    taken.touch()
    gone = [True]
    with Supervisor({"one": ["init", str(taken)]}, {"one": log}, away=lambda: gone[0]) as watched:
        _look_until(watched, lambda: log.exists() and log.read_text().count("must not") >= 6)
        gone[0] = False
        with pytest.raises(KeepsFailing, match="one has ended 5 times"):
            _look_until(watched, lambda: False)


def test_one_that_cannot_start_ends_all_at_once(tmp_path: Path) -> None:
    """A wrong configuration gets no better by trying again."""
    log = tmp_path / "log"
    command = ["count", "--config", str(tmp_path / "none.toml")]
    with (
        pytest.raises(KeepsFailing, match=r"one cannot start; its log is .*log"),
        Supervisor({"one": command}, {"one": log}) as watched,
    ):
        _look_until(watched, lambda: False)
    assert log.read_text().count("must exist") == 1


@pytest.mark.usefixtures("quick")
def test_one_that_the_others_do_not_need_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it cannot start or fails again and again: the log says so, and it is tried later."""
    monkeypatch.setattr(supervisor, "OPTIONAL_WAIT_S", 0.06)
    log, taken = tmp_path / "log", tmp_path / "taken.toml"
    taken.touch()
    commands = {"a": ["init", str(taken)], "b": ["count", "--config", str(tmp_path / "none.toml")]}
    with Supervisor(commands, dict.fromkeys(commands, log), optional=commands) as watched:
        _look_until(watched, lambda: log.exists() and log.read_text().count("must not exist") > 5)
        _look_until(watched, lambda: log.read_text().count("must exist") > 1)
    assert "a has ended 5 times" in caplog.text
    assert "b cannot start" in caplog.text


QUICK_UP = """
import sys
from streams.cli import main
from streams.supervisor import supervisor
supervisor.LONGEST_WAIT_S = 0.05
sys.argv[0] = "weathervane"
main.main()
"""


def test_up_ends_with_1_and_its_childrens_lines_stand_between_its_own(
    kafka: str, tmp_path: Path
) -> None:
    """A child that cannot start ends `up`; a file that takes its standard error has it all."""
    config, log = tmp_path / "w.toml", tmp_path / "up.log"
    sources = "".join(
        f'[sources.{kind}s]\nkind = "{kind}"\ntopic = "its-children-{kind}s"\n'
        for kind in ("send", "complaint")
    )
    config.write_text(
        f'name = "its-children"\n{sources}[metrics]\nhost = "{tmp_path.name}.invalid"\n'
    )
    command = [sys.executable, "-c", QUICK_UP, "up", "--config", str(config)]
    with log.open("wb") as sink:
        done = subprocess.run(
            [*command, "--bootstrap", kafka], stderr=sink, stdin=subprocess.DEVNULL, check=False
        )
    lines = log.read_text().splitlines()
    assert done.returncode == 1
    [feeds] = [n for n, line in enumerate(lines) if line.startswith("feeds: ")]
    assert lines[feeds].startswith("feeds: http://127.0.0.1:8780/feeds")
    made = [json.loads(line)["message"] for line in lines[:feeds]]
    assert all(line.startswith("topic ") and ": created" in line for line in made)
    said = [json.loads(line)["message"] for line in lines[feeds + 1 :]]
    assert any(line.startswith("metrics.") for line in said)
    assert "has ended 5 times within 120 s, last with status 1; its log is above" in said[-1]
    assert running(str(config)) == []
