"""What a process says on standard error: lines for people, or JSON lines for programs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from typing import Any

from streams.broker.local.port_and_folder import free_port

CODE = "from streams.cli.console import *; start_logging('count'); "


def _said(code: str) -> tuple[int, list[dict[str, Any]]]:
    """Run it with standard error in a pipe; every line there must be JSON."""
    done = subprocess.run(
        [sys.executable, "-c", CODE + code], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.returncode, [json.loads(line) for line in done.stderr.splitlines()]


def test_a_log_line_is_json_where_nobody_looks_on() -> None:
    """Time, level, logger and message, on one line, whatever the message holds."""
    _, (line,) = _said("logging.getLogger('streams.x').info('counting %s', 'a\\nb/0')")
    assert {key: line[key] for key in ("level", "logger", "message")} == {
        "level": "info",
        "logger": "streams.x",
        "message": "counting a\nb/0",
    }
    assert line["time"][:2] == "20"


def test_the_last_words_of_a_process_are_json_too() -> None:
    """An error that ends a process stands in its log as the other lines do."""
    status, lines = _said("fail('metrics.count_port must be a free port', 1)")
    assert status != 0
    assert lines[0]["level"] == "error"
    assert lines[0]["message"] == "metrics.count_port must be a free port"


def test_a_crash_is_one_line() -> None:
    """A traceback, too: otherwise a log would hold it in pieces."""
    status, (line,) = _said("raise ValueError('no such thing')")
    assert status == 1
    assert (line["level"], line["message"]) == ("critical", "ValueError ends it: no such thing")
    assert "Traceback" in line["exception"]


def test_a_warning_of_a_library_is_json() -> None:
    """Python's own warnings go the same way."""
    _, (line,) = _said("import warnings; warnings.warn('old')")
    assert (line["level"], line["logger"]) == ("warning", "py.warnings")


def test_a_library_that_repeats_itself_fills_no_log() -> None:
    """While a broker is away, aiokafka says so many times a second, by several loggers."""
    _, lines = _said(
        "[logging.getLogger(f'aiokafka.{name}').error('no node %s', 1)"
        " for _ in range(100) for name in ('conn', 'client')]"
    )
    assert [line["logger"] for line in lines] == ["aiokafka.conn", "aiokafka.client"]


def test_a_terminal_gets_lines_for_people() -> None:
    """There a log line is short and names the process."""
    controller, terminal = pty.openpty()
    code = CODE + "logging.getLogger('streams.x').info('counting sends/0')"
    subprocess.run([sys.executable, "-c", code], stderr=terminal, check=True)
    os.close(terminal)
    said = os.read(controller, 4096).decode()
    os.close(controller)
    assert said.endswith("count INFO counting sends/0\r\n")


def test_a_broker_that_is_away_is_told_once_and_in_json() -> None:
    """The client tries 20 times a second; the log says so once."""
    code = (
        "from pathlib import Path; from streams.counts.process import CountProcess;"
        "from streams.config.load import parse_config;"
        "from streams.broker.client.connection import Connection;"
        "stop = threading.Event(); threading.Timer(3, stop.set).start();"
        f"CountProcess(parse_config({{}}), Connection('127.0.0.1:{free_port()}')).run(stop)"
    )
    status, lines = _said(code)
    assert status == 0
    assert 1 <= len(lines) <= 3
    assert any("Connection refused" in line["message"] for line in lines)


def test_a_crash_of_a_library_leaves_the_stack_of_each_thread() -> None:
    """A fault in C or Rust ends the process at once: nothing else tells what it did."""
    fault = "import faulthandler; faulthandler._sigsegv()"
    done = subprocess.run(
        [sys.executable, "-c", CODE + fault], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in done.stderr
    assert 'File "<string>", line 1' in done.stderr
