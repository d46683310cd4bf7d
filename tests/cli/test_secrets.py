"""No secret of a configuration stands in an error, a log line or a repr.

Each key that can hold a secret gets a marker, and errors of each kind are provoked: wrong forms,
secrets in wrong places, and brokers and receivers that cannot be reached.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from streams.broker.local.port_and_folder import free_port
from streams.config.load import ConfigError, parse_config
from streams.config.model import Config
from streams.config.problems import models_in
from streams.delivery.channels.people import PeopleChannels
from streams.delivery.channels.webhook import Webhook
from tests.cli.cli import Cli
from tests.config.played import toml
from tests.launch.launch import COMMAND, start

MARKER = "hunter2-7f3a9c"
URL = f"https://user:{MARKER}@pager.example/{MARKER}?token={MARKER}"

SASL = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "monitor",
}
SSL = {"security.protocol": "SSL"}
HOOK: dict[str, Any] = {"name": "pager", "url": URL}
PEOPLE = {"kind": "send", "time": "t", "sender": "s", "recipient": "r"}

CHANNELS: list[dict[str, Any]] = [
    {"webhook": {"url": URL, "secret_file": MARKER}},
    {"alertmanager": {"urls": [f"https://user:{MARKER}@x.example/{MARKER}"]}},
    {"pagerduty": {"routing_key_file": MARKER, "url": URL}},
    {"dingtalk": {"url": URL, "secret_file": MARKER}},
    {"wecom": {"url": URL}},
    {"feishu": {"url_file": MARKER, "secret_file": MARKER}},
    {"slack": {"url": URL}},
    {"apprise": {"url": f"ntfys://user:{MARKER}@x.example/{MARKER}"}},
]

WRONG: dict[str, dict[str, Any]] = {
    "no scheme": {"webhooks": [{**HOOK, "url": URL.removeprefix("https://")}]},
    "another scheme": {"webhooks": [{**HOOK, "url": URL.replace("https", "htps")}]},
    "a port": {"webhooks": [{**HOOK, "url": f"https://x:{MARKER}/"}]},
    "a blank": {"webhooks": [{**HOOK, "url": f"{URL} {MARKER}"}]},
    "an address twice": {"webhooks": [HOOK, HOOK]},
    "an address as a name": {"webhooks": [{"name": URL, "url": URL}]},
    "an address as a list": {"webhooks": [{**HOOK, "url": [URL]}]},
    "an address as a table": {"webhooks": {**HOOK}},
    "an address alone": {"webhooks": URL},
    "an address among receivers": {"webhooks": [URL]},
    "a key that is mistyped": {"webhooks": [{"name": "pager", "ulr": URL}]},
    "headers": {"webhooks": [{**HOOK, "headers": {"Authorization": MARKER}}]},
    "a timeout": {"webhooks": [{**HOOK, "timeout": URL}]},
    "a password of another type": {"kafka": {"client": {"sasl.password": [MARKER]}}},
    "a password without SASL": {"kafka": {"client": {"sasl.password": MARKER}}},
    "a password twice": {
        "kafka": {"client": {**SASL, "sasl.password": MARKER, "sasl.password_file": MARKER}}
    },
    "a password as a file": {"kafka": {"client": {**SASL, "sasl.password_file": MARKER}}},
    "a password of a key without one": {"kafka": {"client": {**SSL, "ssl.key.password": MARKER}}},
    "a setting unknown": {"kafka": {"client": {"sasl.jaas.config": f"password={MARKER}"}}},
    "a setting unknown, a table": {"kafka": {"client": {"sasl.jaas.config": {"p": MARKER}}}},
    "client settings as a text": {"kafka": {"client": MARKER}},
    "brokers with a password": {"kafka": {"bootstrap": f"user:{MARKER}@kafka-1:9092"}},
    "brokers as an address": {"kafka": {"bootstrap": f"SASL://{MARKER}:9092"}},
    "a key as its file": {"hash_key_file": MARKER, "sources": {"x": PEOPLE}},
    "a key as a list": {"hash_key_file": [MARKER]},
    "a key in another place": {"hash_key": MARKER},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_problem_keeps_the_secret(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where and which rule; people and programs get the same."""
    monkeypatch.chdir(tmp_path)
    Path("w.toml").write_text(toml(WRONG[name]))
    cli = Cli(monkeypatch)
    for words in (["check-config", "w.toml"], ["check-config", "w.toml", "--json"]):
        result = cli(*words)
        assert result.exit_code == 2
        assert MARKER not in result.output


def _trees(model: type[BaseModel] = Config) -> Iterator[dict[str, Any]]:
    """Files with one key each, which holds an address with a secret."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        yield {key: URL}
        for inner in models_in(field.annotation):
            for tree in _trees(inner):
                if str(field.annotation).startswith("list"):
                    yield {key: [tree]}
                elif str(field.annotation).startswith("dict"):
                    yield {key: {"x": tree}}
                else:
                    yield {key: tree}


def test_an_address_in_a_wrong_place_is_not_shown() -> None:
    """Whichever key it is pasted to."""
    trees = list(_trees())
    assert len(trees) > 60
    problems = [problem for tree in trees for problem in _problems(tree)]
    assert len(problems) > 50
    assert [problem for problem in problems if MARKER in problem] == []


def _problems(tree: dict[str, Any]) -> list[str]:
    try:
        parse_config(tree)
    except ConfigError as error:
        return error.problems
    return []  # a receiver's own key, or a column of this name


def test_no_repr_shows_a_secret() -> None:
    """What is logged as a whole holds none."""
    client = {**SASL, "sasl.password": MARKER}
    receivers = [{"name": f"r{number}", **channel} for number, channel in enumerate(CHANNELS)]
    tree = {"webhooks": [HOOK], "receivers": receivers, "hash_key_file": "k"}
    config = parse_config({**tree, "kafka": {"client": client}})
    assert MARKER not in repr(config) + str(config) + repr(config.programs)
    assert [key for one in CHANNELS for key in one] == list(PeopleChannels.model_fields)


@pytest.mark.parametrize("variable", ["WEATHERVANE_HASH_KEY", "WEATHERVANE_KAFKA_SASL_PASSWORD"])
def test_the_environment_is_not_shown(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is too short, a password that no protocol uses: named, not shown."""
    monkeypatch.chdir(tmp_path)
    Path("w.toml").write_text(toml({"sources": {"x": PEOPLE}}))
    cli = Cli(monkeypatch)
    monkeypatch.setenv(variable, MARKER)
    result = cli("check-config", "w.toml")
    assert result.exit_code == 2
    assert variable in result.stderr
    assert MARKER not in result.output


@contextmanager
def _garbage() -> Iterator[int]:
    """Listen on a port, and answer whatever comes with bytes that are no protocol."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"\x15\x03\x01garbage\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _refusal(url: str) -> str:
    async def post() -> object:
        async with Webhook(name="pager", url=url, timeout="5s").open() as send:  # type: ignore[arg-type]
            return await send(b"{}")

    return repr(asyncio.run(post()))


def test_a_receiver_that_cannot_be_reached_is_told_without_its_address() -> None:
    """Connection refused, a name that does not exist, no TLS, no HTTP: what the log gets."""
    with _garbage() as port:
        for place in (
            f"http://{MARKER}:{MARKER}@127.0.0.1:{free_port()}",
            f"https://{MARKER}:{MARKER}@no-such-host.invalid",
            f"https://{MARKER}:{MARKER}@127.0.0.1:{port}",
            f"http://{MARKER}:{MARKER}@127.0.0.1:{port}",
        ):
            refusal = _refusal(f"{place}/{MARKER}?token={MARKER}")
            assert refusal.startswith("Refusal(")
            assert MARKER not in refusal


PROCESSES = (["count"], ["detect"], ["serve"], ["topics"], ["alerts"])


def test_no_process_tells_a_secret_where_the_broker_fails(tmp_path: Path) -> None:
    """Brokers that speak another protocol: what each process says, as a log for programs."""
    with _garbage() as port:
        client = {**SASL, "sasl.password": MARKER}
        metrics = dict.fromkeys(("count_port", "detect_port", "serve_port"), 0)
        tree = {
            "kafka": {"bootstrap": f"127.0.0.1:{port}", "client": client},
            "webhooks": [HOOK],
            "metrics": {key: free_port() for key in metrics},
            "serve": {"port": free_port()},
        }
        (tmp_path / "w.toml").write_text(toml(tree))
        environment = {
            **os.environ,
            "WEATHERVANE_HASH_KEY": MARKER,
            "WEATHERVANE_KAFKA_SASL_PASSWORD": MARKER,
        }
        running = [
            start(
                [*COMMAND, *words, "--config", "w.toml"],
                cwd=tmp_path,
                env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for words in PROCESSES
        ]
        for words, process in zip(PROCESSES, running, strict=True):
            said = _until_the_broker_is_named(process, f"127.0.0.1:{port}")
            assert f"127.0.0.1:{port}" in said, words
            assert MARKER not in said, words


def _until_the_broker_is_named(process: subprocess.Popen[bytes], broker: str) -> str:
    """Return what a process says until it has met the broker, or has ended, and to its end."""
    said = []
    with process:
        for raw in process.stdout or ():
            line = raw.decode()
            said.append(line)
            if broker in line:
                process.terminate()
    return "".join(said)
