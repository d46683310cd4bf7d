"""A local broker has its port and its data directory to itself."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from streams.broker.errors import BrokerError, PortBusyError
from streams.broker.local.port_and_folder import (
    LOOPBACK,
    await_release,
    free_port,
    lock_data_dir,
    require_free,
)
from tests.waiting.clock import OwnClock

NEXT_START = """
import sys
from pathlib import Path
from streams.broker.local.port_and_folder import lock_data_dir
print("asks", flush=True)
lock_data_dir(Path(sys.argv[1]))
print("has it", flush=True)
"""


@pytest.mark.parametrize("host", [LOOPBACK, ""])
def test_a_busy_port_names_the_option(host: str) -> None:
    """A port that another has, on loopback or everywhere, is refused with the two remedies."""
    with socket.create_server((host, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortBusyError) as caught:
            require_free(port)
    said = str(caught.value)
    assert said.startswith(f"port {port}: must be free on 127.0.0.1; another program listens")
    assert "--port" in said
    assert f"--bootstrap 127.0.0.1:{port}" in said


def test_a_free_port_passes() -> None:
    """A free port is taken as it is, twice in a row."""
    port = free_port()
    require_free(port)
    require_free(port)


def test_a_port_that_is_none() -> None:
    """A number beyond the ports is refused by the same option."""
    with pytest.raises(BrokerError, match="must be 1 to 65535; choose one with --port"):
        require_free(70_000)


def test_one_broker_a_directory(tmp_path: Path) -> None:
    """A second broker on a directory in use is refused at once, and told whose it is."""
    held = lock_data_dir(tmp_path / "data")
    clock = OwnClock()
    try:
        with pytest.raises(BrokerError, match=f"process {os.getpid()} runs one on it"):
            lock_data_dir(tmp_path / "data")
    finally:
        os.close(held)
    assert clock.elapsed_s() < 1
    os.close(lock_data_dir(tmp_path / "data"))


def test_a_dead_owners_lock_is_waited_for(tmp_path: Path) -> None:
    """After kill -9 the next start waits until the old broker has closed its files."""
    held = lock_data_dir(tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    os.truncate(held, 0)
    os.pwrite(held, str(dead.pid).encode(), 0)
    with subprocess.Popen(
        [sys.executable, "-c", NEXT_START, str(tmp_path)], stdout=subprocess.PIPE
    ) as second:
        assert second.stdout is not None
        try:
            assert second.stdout.readline() == b"asks\n"
            says_more, _, _ = select.select([second.stdout], [], [], 0.5)
            assert not says_more, "the second did not wait for the first"
            assert second.poll() is None
        finally:
            os.close(held)
        assert second.stdout.readline() == b"has it\n"
    assert second.returncode == 0


def test_what_was_stopped_has_let_go(tmp_path: Path) -> None:
    """Our own broker's directory is waited for, another's is not; one that is gone is free."""
    held = lock_data_dir(tmp_path)
    started, clock = time.monotonic(), OwnClock()
    release = threading.Timer(0.3, os.close, [held])
    release.start()
    await_release(tmp_path)
    assert time.monotonic() - started >= 0.3
    held = lock_data_dir(tmp_path)
    os.truncate(held, 0)
    os.pwrite(held, b"1", 0)
    await_release(tmp_path)
    os.close(held)
    await_release(tmp_path / "gone")
    assert clock.elapsed_s() < 5
    release.join()


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    """A data directory that is a file is refused by the option's name."""
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match="choose another with --data"):
        lock_data_dir(tmp_path / "file")
