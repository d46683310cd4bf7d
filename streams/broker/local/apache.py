"""Apache Kafka as a local broker: KRaft, one node, loopback only.

Measured with 4.1.1 on Java 17 and 2 cores: the first start of a version takes 3.3 s to the first
answer of the group coordinator (1.0 s of that is formatting), later starts take 2.3 s. It needs
230 MB resident, and stops in 0.4 s.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from streams.broker.errors import BrokerError
from streams.broker.local.formatted import format_as_kept, is_formatted, keep, new_id
from streams.broker.local.jars import find_java, kafka_version, require_jars
from streams.broker.local.port_and_folder import LOOPBACK, free_port

MAX_RECORD_BYTES = 10 * 1024 * 1024
"""The largest record that the broker accepts: slots of the state are the largest records."""

_LOG4J = Path(__file__).with_name("log4j2.xml")
_HEAP = "-Xmx512m"
_FORMAT_S = 300.0

# One node needs few partitions of the internal topics, and no replicas. The quorum is static, so
# that the controller's port may differ at each start. `weathervane topics` creates topics with the
# settings that they need; a misspelt name must not become a topic.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
message.max.bytes={max_bytes}
replica.fetch.max.bytes={max_bytes}
log.cleaner.dedupe.buffer.size=33554432
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
"""


class ApacheKafka:
    """How Apache Kafka is started.

    Raises
    ------
    BrokerError
        Where Java is missing or too old, or the jars can neither be found nor fetched.
    """

    grace_s = 20.0

    def __init__(self) -> None:
        self._java = find_java()
        self._jars = require_jars()

    @property
    def kind(self) -> str:
        """The product and its version."""
        return f"Apache Kafka {kafka_version()}"

    def log_file(self, home: Path) -> Path:
        """Return the broker's log file."""
        return home / "kafka.log"

    def prepare(self, home: Path, port: int) -> list[str]:
        """Write the properties, format the data directory on first use, and return the command."""
        data = home / "data"
        properties = home / "server.properties"
        text = _PROPERTIES.format(
            host=LOOPBACK,
            port=port,
            controller=free_port(),
            data=_escaped(data),
            max_bytes=MAX_RECORD_BYTES,
        )
        properties.write_text(text, encoding="latin-1")
        kept = self._jars.parent
        if not is_formatted(data) and not format_as_kept(data, kept):
            self._format(properties)
            keep(data, kept)
        return self._java_command(home, "kafka.Kafka", str(properties))

    def _format(self, properties: Path) -> None:
        # With an equals sign, since an id may begin with a dash.
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={new_id()}"]
        command = self._java_command(properties.parent, *tool, "-c", str(properties))
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_FORMAT_S,
            text=True,
            errors="replace",
        )
        if result.returncode != 0:
            lines = result.stdout.strip().splitlines()
            # The lines of a stack trace are indented.
            messages = [line for line in lines if not line.startswith("\t")] or ["nothing"]
            raise BrokerError(
                f"data directory {properties.parent}: must be formatted for Apache Kafka; the tool "
                f"said: {messages[-1]}; remove the directory or choose another with --data"
            )

    def _java_command(self, home: Path, *main: str) -> list[str]:
        return [
            # Services often run in the locale C, where Java reads paths as ASCII.
            "env",
            "LC_ALL=C.UTF-8",
            self._java,
            _HEAP,
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            "-Djava.net.preferIPv4Stack=true",
            f"-Dweathervane.log={self.log_file(home)}",
            f"-Dlog4j2.configurationFile={_LOG4J.as_uri()}",
            "-cp",
            str(self._jars / "*"),
            *main,
        ]


def _escaped(path: Path) -> str:
    r"""Escape a path for a Java properties file, which is Latin-1 with backslash escapes.

    A comma cannot be escaped: ``log.dirs`` is a list without quotes.

    Examples
    --------
    >>> print(_escaped(Path("/tmp/数据")))
    /tmp/\u6570\u636e
    """
    if "," in str(path):
        raise BrokerError(
            f"data directory {path}: must have no comma in its path (Apache Kafka reads a list); "
            "choose another with --data"
        )
    units = str(path).replace("\\", "\\\\").encode("utf-16-be")
    codes = [int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2)]
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)
