"""A detect that is told to stop while it starts ends, though Faust has not seen the signal."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.waiting.programs import run

PROGRAM = """
import signal, sys, threading
from pathlib import Path
from streams.broker.client.connection import Connection
from streams.cli.console import stop_on_signals
from streams.config.load import parse_config
from streams.detection.worker.process import DetectProcess
stop = stop_on_signals()
process = DetectProcess(parse_config({}), Connection("127.0.0.1:1"), Path(sys.argv[1]), None, int)
signal.raise_signal(signal.SIGTERM)
sys.exit(process.run(stop))
"""


def test_a_signal_before_its_handlers_stand_is_not_lost(tmp_path: Path) -> None:
    """It ends cleanly, without a broker; it would have worked on until it was killed."""
    done = run([sys.executable, "-c", PROGRAM, str(tmp_path)])
    assert done.returncode == 0, done.stderr
