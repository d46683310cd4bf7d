"""A process that cannot come to its end is ended."""

from __future__ import annotations

import subprocess
import sys

STUCK = """
import logging, sys, time
from streams.health.stopping import end_if_late
logging.basicConfig(format="%(message)s", stream=sys.stderr)
stop = []
end_if_late(lambda: bool(stop), within_s=0.5)
print("runs", flush=True)
time.sleep(1.5)
print("goes on until it is told to stop", flush=True)
stop.append(True)
time.sleep(60)
print("never", flush=True)
"""


def test_a_process_that_was_told_to_stop_and_is_stuck_is_ended() -> None:
    """With status 1 and a line that says why; before it is told to, it is left alone."""
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["runs", "goes on until it is told to stop"]
    assert "Kafka has not answered" in done.stderr
    assert "Nothing is lost" in done.stderr
