"""A kept process ends with us, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.supervisor.child_process import ChildProcess
from tests.waiting.programs import ended
from tests.waiting.progress import until

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
PARENT = """
import sys, time
from pathlib import Path
from streams.supervisor.child_process import ChildProcess
kept = ChildProcess(sys.argv[2:], output=Path(sys.argv[1]), grace_s=5)
time.sleep(600)
"""


def running(mark: str) -> list[int]:
    """Return the processes whose command line holds `mark`, ourselves not among them."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split(None, 1) for line in listed.splitlines() if mark in line]
    return [int(pid) for pid, *_ in lines if int(pid) != os.getpid()]


def command(code: str, mark: Path) -> list[str]:
    return [sys.executable, "-c", code, str(mark)]


def is_up(output: Path) -> bool:
    return output.exists() and "up" in output.read_text()


@pytest.mark.parametrize(("code", "grace_s"), [(SLEEPER, 10.0), (STUBBORN, 0.3)])
def test_stop_leaves_nothing(tmp_path: Path, code: str, grace_s: float) -> None:
    """Stopping ends the command, one that ignores SIGTERM too, once its grace is over."""
    output = tmp_path / "output"
    kept = ChildProcess(command(code, tmp_path), output=output, grace_s=grace_s)
    until(lambda: is_up(output))
    assert kept.exit_status is None
    assert len(running(str(tmp_path))) == 2
    kept.stop()
    assert kept.exit_status is not None
    assert running(str(tmp_path)) == []


def test_the_exit_status_is_the_commands(tmp_path: Path) -> None:
    """A command that ends by itself is seen, with its own status."""
    ends = command("raise SystemExit(7)", tmp_path)
    with ChildProcess(ends, output=tmp_path / "output", grace_s=1) as kept:
        until(lambda: kept.exit_status is not None)
        assert kept.exit_status == 7


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    """A missing program ends with a status and a line that names it."""
    output = tmp_path / "output"
    with ChildProcess(["/no/such/program"], output=output, grace_s=1) as kept:
        until(lambda: kept.exit_status is not None)
    assert kept.exit_status == 127
    assert output.read_text() == "/no/such/program: cannot be started: No such file or directory\n"


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_parents_death_ends_it(tmp_path: Path, sent: signal.Signals) -> None:
    """When the parent is killed, with -9 too, nothing of the command is left."""
    output = tmp_path / "output"
    arguments = [str(output), *command(SLEEPER, tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments], stderr=subprocess.DEVNULL
    ) as parent:
        until(lambda: is_up(output))
        assert len(running(str(tmp_path))) == 3
        parent.send_signal(sent)
        ended(parent)
        until(lambda: running(str(tmp_path)) == [])


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_the_keepers_death_ends_it(tmp_path: Path) -> None:
    """When the keeper itself is killed with -9, the command does not outlive it."""
    output = tmp_path / "output"
    with ChildProcess(command(SLEEPER, tmp_path), output=output, grace_s=5):
        until(lambda: is_up(output))
        keeper, child = running(str(tmp_path))
        assert os.getpgid(child) == keeper
        os.kill(keeper, signal.SIGKILL)
        until(lambda: child not in running(str(tmp_path)))


def test_a_terminals_interrupt_does_not_reach_it(tmp_path: Path) -> None:
    """The command has a session of its own: Ctrl-C comes to us alone."""
    output = tmp_path / "output"
    with ChildProcess(command(SLEEPER, tmp_path), output=output, grace_s=5):
        until(lambda: is_up(output))
        sessions = {os.getsid(pid) for pid in running(str(tmp_path))}
        assert len(sessions) == 1
        assert os.getsid(0) not in sessions
