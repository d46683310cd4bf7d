"""``weathervane demo`` as a stranger runs it, without a terminal."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from streams.kafka.place import free_port
from streams.kafka.recipe import Recipe

DEMO = [sys.executable, "-m", "streams.commands.main", "demo"]


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *options], capture_output=True, text=True, timeout=280, check=False
    )


def test_the_demo_ends_by_itself_and_leaves_nothing_running(apache: Recipe, tmp_path: Path) -> None:
    """Real complaints become alerts; a table sums up; exit 0; no process is left; twice."""
    data = tmp_path / "demo"
    for _ in range(2):
        done = _run(f"--data={data}", f"--port={free_port()}", f"--http-port={free_port()}")
        assert done.returncode == 0, done.stderr[-3000:]
        assert "292,692" in done.stdout
        assert "ten largest alerts" in done.stdout
        assert "h2ece28a418" in done.stderr  # 126 complaints on 28 February
    left = subprocess.run(["pgrep", "-f", str(data)], capture_output=True, text=True, check=False)
    assert left.stdout == ""


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
