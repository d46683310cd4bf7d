"""A forked command is as one that a user starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launch.launch import COMMAND, start
from tests.waiting.programs import ended
from tests.waiting.progress import until


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check-config", "--config", "wrong.toml"], b"budget_per_day"),
        (["--version"], b"weathervane 0."),
    ],
)
def test_it_prints_what_a_started_one_prints(tmp_path: Path, words: list[str], said: bytes) -> None:
    """The same output, errors and status, in the folder and environment given."""
    (tmp_path / "wrong.toml").write_text("[detect]\nbudget_per_day = 'x'\n")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "200"}
    found = []
    for make in (start, subprocess.Popen):
        with make(
            [*COMMAND, *words],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            out, errors = process.communicate()
        found.append((process.returncode, out, errors))
    assert found[0] == found[1]
    assert said in found[0][1] + found[0][2]


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_is_a_child_that_signals_end(tmp_path: Path, by: signal.Signals) -> None:
    """It has an id, runs until it is told to end, and its status tells by what."""
    log = tmp_path / "log"
    arguments = ["count", "--bootstrap", "127.0.0.1:1"]
    with log.open("wb") as said:
        process = start([*COMMAND, *arguments], cwd=tmp_path, stdout=said, stderr=said)
    stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    assert sys.platform != "linux" or int(stat[1]) == os.getpid()
    until(lambda: log.stat().st_size > 0, "it says that it looks for a broker")
    process.send_signal(by)
    status = ended(process)
    assert by != signal.SIGKILL or status == -by
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
