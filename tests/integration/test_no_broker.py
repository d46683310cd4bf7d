"""Every command against a broker that does not answer: one sentence, soon, and status 1."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from streams.broker.local.port_and_folder import free_port
from streams.cli.commands import COMMANDS
from tests.alerts.examples import raw
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import run

WAIT_S = 1.0
"""With room for any machine: on a quiet one each ends after about three seconds."""

_SHORT = {
    "streams.broker.topics.admin:_WAIT_S": WAIT_S,
    "streams.broker.client.connection_errors:_ANSWER_S": WAIT_S,
}
ARGUMENTS: dict[str, list[str]] = {
    "ack": ["2b1926685558e977"],
    "actions": [],
    "alerts": [],
    "assign": ["2b1926685558e977", "--to", "li"],
    "backup": ["backup"],
    "carry-over": [],
    "case": ["list"],
    "count": [],
    "demo": ["--data=demo"],
    "detect": [],
    "ingest": ["sends", "sends.jsonl"],
    "label": ["2b1926685558e977", "false"],
    "notifications": [],
    "note": ["2b1926685558e977", "seen"],
    "record": ["archive", "--until-end"],
    "redeliver": ["--list"],
    "restore": ["kept"],
    "route-test": ["--alert", "alert.jsonl"],
    "reshape": ["weathervane.toml"],
    "serve": [],
    "silence": ["--id", "1069*", "--for", "4h", "--comment", "sale", "--yes"],
    "silences": [],
    "snooze": ["2b1926685558e977", "--for", "4h"],
    "status": [],
    "token": ["list"],
    "topics": [],
    "try": ["sends"],
    "unack": ["2b1926685558e977"],
    "unsilence": ["0f3a9c"],
    "up": [],
    "user": ["list"],
    "registry": ["list"],
    "warm": ["archive"],
}
"""The commands that ask a broker, and what they need besides."""
WITHOUT = {
    *("broker", "init", "check-config", "replay", "explain", "diff", "report", "tune", "simulate"),
    *("rules", "bulletin", "progress", "feed"),
}
"""The commands that ask none."""
SEND = {
    "v": 1, "type": "send", "event_id": "1", "event_time": "2026-03-02T00:00:00Z",
    "channel": "sms", "sender": {"id": "a"}, "source": "test",
}  # fmt: skip


@contextlib.contextmanager
def _closed() -> Iterator[int]:
    yield free_port()


@contextlib.contextmanager
def _half_open() -> Iterator[int]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def _another_service() -> Iterator[int]:
    """Answers every request, by HTTP."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, format: str, *_: object) -> None:
        pass


def test_every_command_is_known_to_need_a_broker_or_not() -> None:
    """A new command must be entered above."""
    assert {*ARGUMENTS, *WITHOUT} == set(COMMANDS)
    assert not {*ARGUMENTS} & WITHOUT


@dataclasses.dataclass
class Ended:
    """A command that has ended."""

    status: int
    said: str
    port: int


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Ended]]:
    """Every command, against each kind of port: several at a time, since most of it is waiting."""
    kinds = {"closed": _closed, "half-open": _half_open, "another service": _another_service}
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(6) as pool:
        ports = {kind: stack.enter_context(kept()) for kind, kept in kinds.items()}
        runs = {
            (command, kind): pool.submit(_run, command, tmp_path_factory.mktemp("run"), port)
            for command in ARGUMENTS
            for kind, port in ports.items()
        }
        yield {key: run.result() for key, run in runs.items()}


@pytest.mark.parametrize("kind", ["closed", "half-open", "another service"])
@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_broker_that_does_not_answer_ends_a_command_with_a_sentence(
    ended: dict[tuple[str, str], Ended], command: str, kind: str
) -> None:
    """Nobody listens; somebody accepts and never answers; something else listens: all the same."""
    found = ended[command, kind]
    assert found.status == 1, found.said
    assert "Traceback" not in found.said
    sentence = f"kafka.bootstrap 127.0.0.1:{found.port}: a broker must answer within"
    assert found.said.count(sentence) == 1, found.said


def _run(command: str, folder: Path, port: int) -> Ended:
    ports = [free_port() for _ in range(4)]
    (folder / "sends.jsonl").write_text(json.dumps(SEND) + "\n")
    (folder / "weathervane.toml").write_text(
        f"[metrics]\ncount_port = {ports[0]}\ndetect_port = {ports[1]}\nserve_port = {ports[2]}\n"
        f"[serve]\nport = {ports[3]}\n"
    )
    (folder / "alert.jsonl").write_bytes(raw() + b"\n")
    (folder / "kept").mkdir()
    kept = {"name": "local", "partitions": [], "positions": [], "v": 1}
    (folder / "kept/backup.json").write_text(json.dumps(kept))
    words = [command, *ARGUMENTS[command], "--bootstrap", f"127.0.0.1:{port}"]
    if command == "demo":
        words.append(f"--http-port={ports[3]}")
    done = run([*COMMAND, *words], cwd=folder, start=partial(start, patched=_SHORT))
    return Ended(done.returncode, done.stderr + done.stdout, port)
