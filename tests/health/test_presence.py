"""Files of running processes: who runs, and whose last run nobody had stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.health.presence import present, running

AT = "127.0.0.1:9102"
_RUN = """
import pathlib, sys, time
from streams.health.presence import present
with present(pathlib.Path(sys.argv[1]), "detect", "127.0.0.1:9102") as run:
    print(run.restarted_s > 0, flush=True)
    if sys.argv[2] == "stay":
        time.sleep(600)
    if sys.argv[2] == "fail":
        raise SystemExit(1)
"""


def _restarted(state: Path, how: str) -> bool:
    """Run a process that ends in one of three ways; whether it knew that it was restarted."""
    with subprocess.Popen(
        [sys.executable, "-c", _RUN, str(state), how], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if how == "stay":
            assert [(run.process, run.at, run.pid) for run in running(state)] == [
                ("detect", AT, process.pid)
            ]
            process.send_signal(signal.SIGKILL)
    assert running(state) == []
    return said == "True"


def test_a_run_knows_whether_the_one_before_was_stopped(tmp_path: Path) -> None:
    """Killed or failed: the next is a restart; told to stop: it is none, and the time is kept."""
    assert not _restarted(tmp_path, "stay")
    assert _restarted(tmp_path, "fail")
    assert _restarted(tmp_path, "stop")
    with present(tmp_path, "detect", AT) as run:
        assert 0 < run.restarted_s < run.began_s


def test_processes_of_other_ports_have_files_of_their_own(tmp_path: Path) -> None:
    """Two counting processes on one host are told apart by their ports."""
    with present(tmp_path, "count", "h:1"), present(tmp_path, "count", "h:2"):
        assert [run.at for run in running(tmp_path)] == ["h:1", "h:2"]
    assert running(tmp_path) == []


def test_a_file_that_is_cut_off_is_no_run(tmp_path: Path) -> None:
    """As a full disk leaves it."""
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "detect-9102.json").write_bytes(b'{"process":"det')
    with present(tmp_path, "detect", AT) as run:
        assert run.restarted_s == 0.0


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    """A file where the folder should be: the process goes on, as a first run."""
    (tmp_path / "processes").touch()
    with present(tmp_path, "detect", AT) as run:
        assert run.restarted_s == 0.0
    assert running(tmp_path) == []


def test_an_error_passes_through(tmp_path: Path) -> None:
    """It is not swallowed, and the next run is a restart."""
    with pytest.raises(ValueError, match="x"), present(tmp_path, "detect", AT):
        raise ValueError("x")
    with present(tmp_path, "detect", AT) as run:
        assert run.restarted_s == run.began_s
