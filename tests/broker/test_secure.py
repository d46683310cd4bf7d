"""One table of settings reaches a broker that wants TLS and a password, by every client."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import AdminClient
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka, for_confluent, for_faust
from streams.broker.errors import TopicsError
from streams.broker.local.apache import ApacheKafka
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import LOOPBACK, free_port
from streams.broker.topics.admin import admin
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import end_offsets, remaining_work
from streams.broker.topics.plan import TopicSpec, topic_plan
from streams.config.load import parse_config
from tests.broker.guarded import certificate
from tests.events_of import record
from tests.launch.launch import COMMAND, start
from tests.needs import require
from tests.waiting.programs import ended, run
from tests.waiting.progress import until

# kafka-python 3.0.12 forgets the sockets of TLS connections that fail, and asyncio closes
# those of its own after the loop has ended.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

PASSWORD = "correct horse"

SECURE = """
listeners=PLAINTEXT://{host}:{plain},SECURE://{host}:{secure},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{plain},SECURE://{host}:{secure}
controller.quorum.voters=1@{host}:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={pem}
listener.name.secure.sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_wv="{password}";
"""


class SecureKafka(ApacheKafka):
    """Apache Kafka with a second listener that wants TLS and a password."""

    def __init__(self, pem: Path) -> None:
        super().__init__()
        self._pem = pem
        self.secure_port = free_port()

    def prepare(self, home: Path, port: int) -> list[str]:
        command = super().prepare(home, port)
        # Of a property given twice, the last one holds.
        with (home / "server.properties").open("a") as properties:
            properties.write(
                SECURE.format(
                    host=LOOPBACK,
                    plain=port,
                    secure=self.secure_port,
                    controller=free_port(),
                    pem=self._pem,
                    password=PASSWORD,
                )
            )
        return command


@pytest.fixture(scope="module")
def secure(
    apache: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """The secure listener's address, and the settings for it."""
    require("openssl")
    directory = tmp_path_factory.mktemp("secure")
    cert, store = certificate(directory)
    (directory / "password").write_text(f"{PASSWORD}\n")
    settings = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "wv",
        "sasl.password_file": str(directory / "password"),
        "ssl.ca.location": str(cert),
    }
    recipe = SecureKafka(store)
    with LocalBroker(recipe, data_dir=directory, port=free_port()):
        yield f"{LOOPBACK}:{recipe.secure_port}", settings
    # Now, while the mark above holds, not in another module's test.
    gc.collect()


def test_kafka_python_and_confluent(secure: tuple[str, dict[str, str]]) -> None:
    """What kafka-python makes over TLS with a password, confluent-kafka sees."""
    there = Connection(*secure)
    (report,) = ensure(there, [TopicSpec("made-safely", 1)])
    assert report.status == "created"
    assert "made-safely" in AdminClient(for_confluent(there)).list_topics(timeout=600).topics


def test_aiokafka_and_faust(secure: tuple[str, dict[str, str]]) -> None:
    """The client aiokafka gets in with its arguments, and with those that Faust derives for it."""
    there = Connection(*secure)
    given = for_faust(
        there, sasl_credentials=faust.SASLCredentials, ssl_credentials=faust.SSLCredentials
    )
    fausts = {
        **credentials_to_aiokafka_auth(given["broker_credentials"]),
        "bootstrap_servers": given["broker"].removeprefix("kafka://"),
    }

    async def connects(arguments: dict[str, Any]) -> bool:
        producer = AIOKafkaProducer(**arguments)
        await producer.start()
        await producer.stop()
        return True

    assert asyncio.run(connects(for_aiokafka(there)))
    assert asyncio.run(connects(fausts))


def test_a_wrong_password(
    secure: tuple[str, dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong password is one error that says so, without showing it, and no wall of log."""
    address, settings = secure
    wrong = {k: v for k, v in settings.items() if k != "sasl.password_file"}
    there = Connection(address, wrong | {"sasl.password": "battery staple"})
    with pytest.raises(TopicsError) as caught, admin(there, wait_s=3):
        pass
    assert "battery" not in str(caught.value)
    assert "Authentication failed: Invalid username or password" in str(caught.value)
    assert caplog.text == ""


def test_a_certificate_that_is_not_trusted(secure: tuple[str, dict[str, str]]) -> None:
    """A broker whose certificate nobody vouches for is refused, and the reason told."""
    address, settings = secure
    untrusting = {k: v for k, v in settings.items() if k != "ssl.ca.location"}
    there = Connection(address, untrusting)
    refused = pytest.raises(TopicsError, match=r"(?i)certificate verify failed")
    with refused, admin(there, wait_s=2):
        pass


def _processes(
    directory: Path, secure: tuple[str, dict[str, str]], **client: str
) -> tuple[Path, dict[str, subprocess.Popen[bytes]]]:
    """Start count, detect and serve, each with a log of its own."""
    address, settings = secure
    config = directory / "weathervane.toml"
    ports = [f"{name}_port = {free_port()}" for name in ("count", "detect", "serve")]
    lines = [
        f'data_dir = "{directory}"',
        f"[kafka]\nbootstrap = '{address}'\n[kafka.client]",
        *(f'"{name}" = "{value}"' for name, value in {**settings, **client}.items() if value),
        "[detect]\ncheckpoint_every = '1s'\n[metrics]",
        *ports,
        f"[serve]\nport = {free_port()}",
    ]
    config.write_text("\n".join(lines))
    started = {}
    for name in ("count", "detect", "serve"):
        with (directory / f"{name}.log").open("wb") as log:
            command = [*COMMAND, name, "--config", str(config)]
            started[name] = start(command, stdout=log, stderr=log)
    return config, started


def _stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        process.send_signal(signal.SIGTERM)
    for process in processes.values():
        ended(process)


def _logs(directory: Path) -> str:
    return "".join((directory / f"{name}.log").read_text() for name in ("count", "detect", "serve"))


def test_the_whole_way_over_tls(secure: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    """Topics, ingest, count, detect and serve all get in by the configuration's one table."""
    address, settings = secure
    there = Connection(address, settings)
    ensure(there, topic_plan(parse_config({})))
    config, processes = _processes(tmp_path, secure)
    try:
        given = b"\n".join(record(float(n)) for n in range(100))
        ingest = [*COMMAND, "ingest", "sends", "-", "--end", "--config", str(config)]
        assert run(ingest, given=given, start=start).returncode == 0
        until(
            lambda: (
                remaining_work(there, parse_config({})) == (0, 0) and "are ready" in _logs(tmp_path)
            ),
            "all is judged",
            seen=lambda: remaining_work(there, parse_config({})),
            logs=lambda: tmp_path.glob("*.log"),
            every_s=0.5,
        )
        topic = parse_config({}).topic("counts")
        counts = end_offsets(there, [topic])[topic, 0]
    finally:
        _stop(processes)
    assert counts > 0
    assert PASSWORD not in _logs(tmp_path)


def test_no_process_logs_a_password(secure: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    """With a wrong one they say that it is wrong, on JSON lines, and do not show it."""
    wrong = {"sasl.password_file": "", "sasl.password": "battery staple"}
    _, processes = _processes(tmp_path, secure, **wrong)
    try:
        until(lambda: _logs(tmp_path).lower().count("authentication failed") >= 3)
        time.sleep(2)  # what they say next holds no password either
    finally:
        _stop(processes)
    said = _logs(tmp_path)
    assert "battery" not in said
    assert said.lower().count("authentication failed") >= 3
    for line in said.splitlines():
        assert json.loads(line)["level"]
