"""Each process as a user of its own, over TLS and SCRAM, with the rights that are documented."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from streams.actions.action import decode_action
from streams.alerts.cloudevent import decode_event
from streams.broker.client.connection import Connection
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import LOOPBACK, free_port
from streams.broker.topics.offsets import remaining_work
from streams.broker.topics.rights import Rights, count_rights, detect_rights, record_rights
from streams.config.load import parse_config
from tests.broker.guarded import (
    MECHANISM,
    GuardedKafka,
    Right,
    certificate,
    documented,
    enrol,
    grant,
    withdraw,
)
from tests.delivery.receivers import Receiver, receiver
from tests.events_of import T0, at
from tests.launch.launch import COMMAND, start
from tests.needs import require
from tests.torture.records import make
from tests.waiting.programs import ended
from tests.waiting.progress import until

# kafka-python 3.0.12 forgets the sockets of TLS connections.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

NAME = "guarded"
USERS = ("topics", "ingest", "count", "detect", "serve", "alerts", "label", "record", "status",
         "redeliver", "user", "token", "act")  # fmt: skip
PROCESSES = ("count", "detect", "serve")
HASH_KEY = "key that is nobody's business"
REPORTER = "13800138000"
TOKEN = "token of the receiver"
CONFIG = f"""
name = "{NAME}"
timezone = "UTC"
[detect]
budget_per_day = 50.0
checkpoint_every = "1s"
[sources.sends]
kind = "send"
partitions = 1
[sources.complaints]
kind = "complaint"
format = "csv"
time = "t"
sender = "sender"
reporter = "who"
partitions = 1
"""
MONITORS = b'"type":"weathervane.monitor.'
_OWN = """
data_dir = "{data}/state"
{config}
[kafka]
bootstrap = "{host}:{port}"
[kafka.client]
"security.protocol" = "SASL_SSL"
"sasl.mechanism" = "{mechanism}"
"sasl.username" = "{user}"
"ssl.ca.location" = "{cert}"
{password}
[metrics]
count_port = {ports[0]}
detect_port = {ports[1]}
serve_port = {ports[2]}
[serve]
port = {ports[3]}
[monitor]
look_every = "1s"
heartbeat = "1s"
[[webhooks]]
name = "ops"
url = "{url}"
[[receivers]]
name = "people"
monitor = true
wait = "0s"
interval = "0s"
webhook = {{ url = "{people}" }}
"""


class Monitor:
    """A monitor on a guarded broker: a configuration, an environment and a log for each user."""

    def __init__(
        self, data: Path, broker: LocalBroker, recipe: GuardedKafka, url: str, people: str
    ) -> None:
        self.data, self.bootstrap = data, broker.bootstrap
        self.passwords = {user: f"correct-horse-of-{user}" for user in USERS}
        self.rights = list(documented(NAME, ["sends", "complaints"]))
        self.config = parse_config({"name": NAME, "sources": {"sends": {"kind": "send"}}})
        self.commands: list[bytes] = []
        cert = data / "cert.pem"
        ports = [free_port() for _ in range(4)]
        for user, password in self.passwords.items():
            (data / f"{user}.password").write_text(f"{password}\n")
            # Half of them by a file, half by the environment.
            by_file = f'"sasl.password_file" = "{data}/{user}.password"'
            (data / f"{user}.toml").write_text(
                _OWN.format(
                    data=data, config=CONFIG, host=LOOPBACK, port=recipe.secure_port,
                    mechanism=MECHANISM, user=user, cert=cert, ports=ports, url=url,
                    people=people,
                    password="" if self._by_environment(user) else by_file,
                )
            )  # fmt: skip
        enrol(self.bootstrap, self.passwords)
        grant(self.bootstrap, self.rights)

    def start(
        self, user: str, *command: str, given: bytes | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command as a user; what it says goes to a file of its name."""
        environ = {**os.environ, "WEATHERVANE_HASH_KEY": HASH_KEY}
        if self._by_environment(user):
            environ["WEATHERVANE_KAFKA_SASL_PASSWORD"] = self.passwords[user]
        name = "-".join(command[:2])
        arguments = [*COMMAND, *command, "--config", f"{self.data}/{user}.toml"]
        # Of the processes the command line is looked at.
        begin = subprocess.Popen if user in PROCESSES else start
        source = self.data / f"{name}.given"
        source.write_bytes(given or b"")
        with (self.data / f"{name}.log").open("ab") as log, source.open() as stdin:
            return begin(arguments, stdin=stdin, stdout=log, stderr=log, env=environ)

    def logs(self) -> list[Path]:
        """What the commands write to."""
        return sorted(self.data.glob("*.log"))

    def said(self, name: str = "*") -> str:
        """What the commands have said."""
        return "".join(path.read_text() for path in sorted(self.data.glob(f"{name}.log")))

    def values(self, topic: str) -> list[bytes]:
        """All values of a topic of one partition."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "x"})
        try:
            place = TopicPartition(topic, 0, 0)
            _, end = consumer.get_watermark_offsets(place, timeout=600)
            consumer.assign([place])
            found: list[bytes] = []
            while len(found) < end and (message := consumer.poll(600)) is not None:
                found.append(message.value() or b"")
            return found
        finally:
            consumer.close()

    def ends(self, processes: list[subprocess.Popen[bytes]]) -> list[int]:
        """Wait for commands to end; their statuses."""
        try:
            return [ended(process, logs=self.logs) for process in processes]
        finally:
            for process in processes:
                process.kill()

    @staticmethod
    def _by_environment(user: str) -> bool:
        return user in ("detect", "alerts", "ingest")


@pytest.fixture(scope="module")
def operators() -> Iterator[Receiver]:
    """A webhook's receiver."""
    with receiver() as one:
        yield one


@pytest.fixture(scope="module")
def people() -> Iterator[Receiver]:
    """Where the people are told who are on duty."""
    with receiver() as one:
        yield one


@pytest.fixture(scope="module")
def monitor(
    apache: Recipe,
    tmp_path_factory: pytest.TempPathFactory,
    operators: Receiver,
    people: Receiver,
) -> Iterator[Monitor]:
    """A monitor whose every process has worked once, as its own user."""
    require("openssl")
    data = tmp_path_factory.mktemp("guarded")
    _, store = certificate(data)
    recipe = GuardedKafka(store)
    url = operators.url.replace("token=secret", f"token={TOKEN.replace(' ', '-')}")
    with LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker:
        one = Monitor(data, broker, recipe, url, people.url)
        assert one.ends([one.start("topics", "topics")]) == [0], one.said()
        running = {name: one.start(name, name) for name in PROCESSES}
        try:
            _work(one, operators)
            until(lambda: is_told(people), "people are told", logs=one.logs)
            # Of a process that runs: what any user of the machine may read.
            one.commands = [Path(f"/proc/{p.pid}/cmdline").read_bytes() for p in running.values()]
            raised = [decode_event(value).alert for value in one.values(one.config.topic("alerts"))]
            known = next(alert.alert_id for alert in raised if alert.revision)
            tools = [
                one.start("alerts", "alerts"),
                one.start("status", "status"),
                one.start("label", "label", known, "true"),
                one.start("act", "note", known, "they were called"),
            ]
            assert one.ends(tools) == [0, 0, 0, 0], one.said()
            later_tools = [
                one.start("label", "label", "--list"),
                one.start("act", "actions"),
                one.start("redeliver", "redeliver", "--all"),
                one.start("user", "user", "list"),
                one.start("token", "token", "add", "program"),
                one.start("record", "record", "--until-end", str(data / "archive")),
            ]
            assert one.ends(later_tools) == [0] * 6, one.said()
        finally:
            for process in running.values():
                process.send_signal(signal.SIGTERM)
            statuses = one.ends(list(running.values()))
        assert statuses == [0, 0, 0], one.said()
        yield one
    # Now, while the mark above holds, not in another module's test.
    gc.collect()


def alerts_of(operators: Receiver) -> set[bytes]:
    """What the webhook has got, without the events on the monitor itself."""
    return {one for one in list(operators.accepted) if MONITORS not in one}


def is_told(people: Receiver) -> bool:
    """Whether people have been told of an alert and of the monitor itself."""
    got = b"".join(list(people.accepted))
    return b'"type":"weathervane.alert.' in got and MONITORS in got


def _work(monitor: Monitor, operators: Receiver) -> None:
    """Ingest, and wait until all is counted, judged and posted."""
    records = [r for r in make(1, 3000, strange=0.0) if r.topic == "sends" and r.value]
    sends = b"\n".join(r.value for r in records if r.value and b'"end"' not in r.value)
    rows = [f"{at(T0 + 24 * n).isoformat()},1069{n % 30:04d},{REPORTER}" for n in range(300)]
    complaints = "\n".join(["t,sender,who", *rows, "no time,x,y"]).encode()
    loads = [
        monitor.start("ingest", "ingest", "sends", "-", "--end", given=sends),
        monitor.start("ingest", "ingest", "complaints", "-", "--end", given=complaints),
    ]
    assert monitor.ends(loads) == [0, 0], monitor.said()
    place = Connection(monitor.bootstrap)

    def seen() -> object:
        return remaining_work(place, monitor.config), len(set(operators.accepted))

    def posted() -> bool:
        judged = remaining_work(place, monitor.config) == (0, 0) and alerts_of(operators)
        return bool(judged) and alerts_of(operators) == set(
            monitor.values(monitor.config.topic("alerts"))
        )

    until(posted, "all is counted, judged and posted", seen=seen, logs=monitor.logs, every_s=0.3)


def test_the_listed_rights_are_enough(monitor: Monitor, operators: Receiver) -> None:
    """With the documented rights alone, events become alerts, and these reach a webhook."""
    assert len(alerts_of(operators)) > 20
    assert any(MONITORS + b'heartbeat"' in one for one in operators.accepted)
    assert b"broker_away" not in b"".join(operators.accepted)
    assert "may not describe" not in monitor.said("serve")
    assert len(monitor.values(monitor.config.topic("rejects"))) == 1
    written = monitor.values(monitor.config.topic("actions"))
    verbs = [decode_action(each, time.time()) for each in written]
    assert sorted(type(each).__name__ for each in verbs) == ["AddNote", "GiveLabel"]
    assert b"they were called" in b"".join(monitor.values(monitor.config.topic("notes")))
    assert len(monitor.values(monitor.config.topic("notifications"))) > 0
    assert len(monitor.values(monitor.config.topic("series"))) > 0
    assert "they were called" in monitor.said("act*") + monitor.said("actions*")
    assert "1 label" in monitor.said("label---list")
    assert '"message": "stopped: all closed buckets are written' in monitor.said("record*")
    assert "all well" in monitor.said("status")
    assert "not authorized" not in monitor.said().lower()
    assert "authorization" not in monitor.said().lower()


def test_no_secret_is_told(monitor: Monitor, operators: Receiver) -> None:
    """No password, hash key, token or person is in a log, an argument, an alert or a topic."""
    ours = [monitor.config.topic(what) for what in ("counts", "rejects", "alerts")]
    topics = ("sends", "complaints", *ours)
    written = b"".join(value for topic in topics for value in monitor.values(topic))
    printed = monitor.said().encode() + b"".join([*monitor.commands, *operators.accepted, written])
    assert len(monitor.said("count")) > 100
    assert len(monitor.values("complaints")) > 300
    for secret in (*monitor.passwords.values(), HASH_KEY, TOKEN.replace(" ", "-"), REPORTER):
        assert secret.encode() not in printed


def test_a_missing_right_is_named(monitor: Monitor) -> None:
    """A process that lacks a right ends with 1, and says which."""
    lacking = [
        Right("count", "topic", f"weathervane.{NAME}.counts", "Write"),
        Right("detect", "group", f"weathervane.{NAME}.detect", "Read"),
        Right("serve", "topic", f"weathervane.{NAME}.alerts", "Read"),
        Right("ingest", "topic", "sends", "Write"),
    ]
    for right in lacking:
        withdraw(monitor.bootstrap, right)
    for log in monitor.data.glob("*.log"):
        log.unlink()
    try:
        started = [monitor.start(name, name) for name in PROCESSES]
        started.append(monitor.start("ingest", "ingest", "sends", "-", given=b"{}"))
        assert monitor.ends(started) == [1, 1, 1, 1], monitor.said()
    finally:
        grant(monitor.bootstrap, lacking)
    assert f"must be allowed to Write topic weathervane.{NAME}.counts;" in monitor.said("count")
    group = f"must be allowed to Read group weathervane.{NAME}.detect;"
    assert group in monitor.said("detect")
    assert f"topic weathervane.{NAME}.alerts: must exist" in monitor.said("serve")
    assert "found none that this user may see" in monitor.said("serve")
    assert "topic sends: must exist" in monitor.said("ingest-sends")


@pytest.mark.parametrize("process", ["count", "detect", "record"])
def test_the_list_is_what_is_asked_for(process: str) -> None:
    """The documented rights of these are those that they ask for at their start."""
    config = parse_config({"name": NAME})
    rights_of = {"count": count_rights, "detect": detect_rights, "record": record_rights}
    rights: Rights = rights_of[process](config)
    asked = {(kind, name, each) for (kind, name), needed in rights.items() for each in needed}
    listed = documented(NAME, [source.topic for source in config.sources.values()])
    spared = [f"weathervane.{NAME}.{name}" for name in ("series", "asked", "registry")]
    own = {right[1:] for right in listed if right.user == process and right.name not in spared}
    assert asked == own
