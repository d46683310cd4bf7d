"""Three nodes of Apache Kafka on this machine: three copies, two of which must take a write."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from streams.broker.client.connection import Connection
from streams.broker.local.apache import MAX_RECORD_BYTES
from streams.broker.local.jars import find_java, require_jars
from streams.broker.local.port_and_folder import LOOPBACK, free_port
from streams.broker.topics.admin import admin, is_ready
from streams.supervisor.child_process import ChildProcess
from tests.supervisor.test_child_process import running
from tests.waiting.progress import until

NODES = 3
_CLUSTER_ID = "d2VhdGhlcnZhbmUtM25vZA"

_PROPERTIES = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=2
message.max.bytes={max_bytes}
replica.fetch.max.bytes={max_bytes}
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=3
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=4
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000
"""


def kill_of(home: Path) -> None:
    """SIGKILL to every process of a broker that has its data in `home`."""
    for pid in running(f"{home}/"):
        os.kill(pid, signal.SIGKILL)


class Cluster:
    """The nodes, 1 to 3; all ended with it.

    Parameters
    ----------
    data
        A directory of its own.
    """

    def __init__(self, data: Path) -> None:
        self._java, self._classpath = find_java(), str(require_jars() / "*")
        self._data = data
        self._ports = {node: (free_port(), free_port()) for node in range(1, NODES + 1)}
        self._running: dict[int, ChildProcess] = {}

    @property
    def bootstrap(self) -> str:
        """All three, for clients."""
        return ",".join(f"{LOOPBACK}:{port}" for port, _ in self._ports.values())

    def __enter__(self) -> Self:
        for node in self._ports:
            home = self._data / str(node)
            home.mkdir(parents=True)
            self._prepare(node, home)
        for node in self._ports:
            self._launch(node)
        for node in self._ports:
            self._await(node)
        return self

    def __exit__(self, *_: object) -> None:
        for node in list(self._running):
            self.kill(node)

    def start(self, node: int) -> None:
        """Start a node that was killed."""
        self._launch(node)
        self._await(node)

    def kill(self, node: int) -> None:
        """SIGKILL."""
        process = self._running.pop(node)
        kill_of(self._data / str(node))
        process.stop()

    def leader(self, place: Connection, topic: str, partition: int) -> int:
        """Which node leads a partition."""
        with admin(place) as client:
            (found,) = client.describe_topics([topic])
        return next(
            int(p["leader_id"]) for p in found["partitions"] if p["partition_index"] == partition
        )

    def require_copies(self, place: Connection, topics: Sequence[str]) -> None:
        """See to it that the topics have the copies that the item is about."""
        for partition in self._partitions(place, topics):
            assert len(partition["replica_nodes"]) == NODES, partition

    def whole(self, place: Connection, topics: Sequence[str]) -> bool:
        """Whether every copy of the topics is in sync."""
        return all(len(p["isr_nodes"]) == NODES for p in self._partitions(place, topics))

    def _partitions(self, place: Connection, topics: Sequence[str]) -> list[dict[str, Any]]:
        with admin(place) as client:
            return [
                p for topic in client.describe_topics(list(topics)) for p in topic["partitions"]
            ]

    def _prepare(self, node: int, home: Path) -> None:
        voters = ",".join(f"{n}@{LOOPBACK}:{port}" for n, (_, port) in self._ports.items())
        port, controller = self._ports[node]
        (home / "server.properties").write_text(
            _PROPERTIES.format(
                node=node,
                voters=voters,
                host=LOOPBACK,
                port=port,
                controller=controller,
                data=home / "data",
                max_bytes=MAX_RECORD_BYTES,
            )
        )
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={_CLUSTER_ID}"]
        subprocess.run(
            [*self._command(home), *tool, "-c", str(home / "server.properties")],
            check=True,
            capture_output=True,
        )

    def _launch(self, node: int) -> None:
        home = self._data / str(node)
        command = [*self._command(home), "kafka.Kafka", str(home / "server.properties")]
        self._running[node] = ChildProcess(command, output=home / "output.log", grace_s=20.0)

    def _await(self, node: int) -> None:
        def answers() -> bool:
            assert self._running[node].exit_status is None, f"node {node} has ended"
            return is_ready(LOOPBACK, self._ports[node][0])

        until(answers, f"node {node} answers")

    def _command(self, home: Path) -> list[str]:
        options = ["-Xmx384m", "-Djava.net.preferIPv4Stack=true", "-Djava.awt.headless=true"]
        return [self._java, *options, "-cp", self._classpath]
