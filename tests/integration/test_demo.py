"""``weathervane demo`` as a stranger runs it, without a terminal."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import termios
from pathlib import Path

from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import free_port
from tests.integration.test_broker import naming
from tests.waiting.programs import ended, run

DEMO = [sys.executable, "-m", "streams.cli.main", "demo"]


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    return run([*DEMO, *options])


def test_it_stays_until_ctrl_c_and_the_next_ends_by_itself(apache: Recipe, tmp_path: Path) -> None:
    """On a terminal, then without one, in the same directory: what the first has made is no hurdle.

    The first shows where the console is, and Ctrl-C in its midst ends all, with 0. In the second
    real complaints become alerts; a table sums up; exit 0. No process is left.
    """
    data = tmp_path / "demo"
    _stays_until_ctrl_c(data)
    assert naming(data) == []
    done = _run(f"--data={data}", f"--port={free_port()}", f"--http-port={free_port()}")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "292,692" in done.stdout
    assert "ten largest alerts" in done.stdout
    assert "h2ece28a418" in done.stderr  # 126 complaints on 28 February
    assert naming(data) == []


def _stays_until_ctrl_c(data: Path) -> None:
    port = free_port()
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (40, 120))
    options = (f"--data={data}", f"--port={free_port()}", f"--http-port={port}")
    process = subprocess.Popen(
        [*DEMO, *options], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    shown = b""
    while f"http://127.0.0.1:{port}/".encode() not in shown:
        more_shown = _more(controller)
        assert more_shown, shown[-3000:]
        shown += more_shown
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    while _more(controller):
        pass
    assert ended(process) == 0


def _more(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux tells that the other end is closed
        return b""


def test_a_busy_port_is_named_with_its_option(tmp_path: Path) -> None:
    """Nothing is started, and the message says which option changes it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _run(f"--data={tmp_path / 'demo'}", f"--http-port={port}")
        assert done.returncode == 1
        assert f"--http-port must be a free port; 127.0.0.1:{port} is taken" in done.stderr
        done = _run(f"--data={tmp_path / 'demo'}", f"--port={port}", f"--http-port={free_port()}")
        assert done.returncode == 1
        assert "--port" in done.stderr


def test_a_directory_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """The demo removes only what it has made."""
    (tmp_path / "precious").write_text("x")
    done = _run(f"--data={tmp_path}", f"--http-port={free_port()}")
    assert done.returncode == 1
    assert (tmp_path / "precious").exists()
