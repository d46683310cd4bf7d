"""A live Weathervane for the benchmarks: an Apache Kafka of its own, and real processes on it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from confluent_kafka import Producer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.local.apache import ApacheKafka
from streams.broker.local.broker import LocalBroker
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import remaining_work
from streams.broker.topics.plan import topic_plan
from streams.config.load import load_config

TOML = """
name = "bench"
timezone = "UTC"
data_dir = "{data}/state"
{text}
[metrics]
count_port = {ports[0]}
detect_port = {ports[1]}
serve_port = {ports[2]}
"""
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Live:
    """Processes on one broker; whatever still runs is ended with it.

    Parameters
    ----------
    bootstrap
        The broker.
    data
        Directory for everything; the broker's is `data`/broker.
    text
        What the configuration says beyond names and places.
    """

    def __init__(self, bootstrap: str, data: Path, text: str) -> None:
        self._data = data
        self._path = data / "bench.toml"
        self._path.write_text(TOML.format(data=data, text=text, ports=[free_port() for _ in "123"]))
        self.config = load_config(self._path, must_exist=True, environ={})
        self.place = Connection(bootstrap)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        ensure(self.place, topic_plan(self.config))

    def start(self, name: str) -> None:
        """Start count, detect or serve."""
        command = [sys.executable, "-m", "streams.cli.main", name]
        if name != "serve":
            command += ["--instance", "one"]
        place = ["--config", str(self._path), "--bootstrap", self.place.bootstrap]
        with (self._data / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen([*command, *place], stdout=log, stderr=log)

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End a process, and wait until it has."""
        process = self._running.pop(name)
        process.send_signal(how)
        process.wait(60)

    def end_all(self) -> None:
        """End what still runs."""
        for name in list(self._running):
            self.end(name, signal.SIGKILL)

    def cpu_s(self, name: str) -> float:
        """CPU seconds of a process so far, user and system."""
        # The name before may hold spaces; it ends with the last bracket.
        stat = Path(f"/proc/{self._running[name].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / _TICKS_A_SECOND

    def resident_mb(self, name: str, *, highest: bool = False) -> float:
        """Resident memory of a process, now or at its highest."""
        status = Path(f"/proc/{self._running[name].pid}/status").read_text()
        key = "VmHWM:" if highest else "VmRSS:"
        return int(status.split(key)[1].split()[0]) / 1024

    def metric(self, name: str, metric: str) -> float:
        """Sum of a metric of a process over its labels; 0 while the process does not answer."""
        metrics = self.config.metrics
        port = {
            "count": metrics.count_port,
            "detect": metrics.detect_port,
            "serve": metrics.serve_port,
        }
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port[name]}/metrics", timeout=5
            ) as page:
                lines = page.read().decode().splitlines()
        except OSError:
            return 0.0
        matching = [line for line in lines if line.startswith((f"{metric} ", f"{metric}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in matching)

    def topic_bytes(self, topic: str) -> int:
        """Bytes of a topic's segments on the broker's disk, compressed as they were written."""
        parts = (self._data / "broker").glob(f"*/data/{topic}-[0-9]*/*.log")
        return sum(part.stat().st_size for part in parts)

    def write(self, topic: str, values: Iterable[bytes]) -> int:
        """Write records to partition 0 as the counter does; return their bytes as they were."""
        producer = Producer(
            {**for_confluent(self.place), "linger.ms": 5, "compression.type": "lz4"}
            | {"message.max.bytes": 8_000_000}
        )
        written = 0
        for value in values:
            while True:
                try:
                    producer.produce(topic, value, partition=0)
                    break
                except BufferError:
                    producer.poll(0.1)
            written += len(value)
        if producer.flush(120):
            raise RuntimeError(f"writing to {topic} did not end within 120 s")
        return written

    def wait(self, done: Callable[[], bool], within_s: float = 300.0) -> float:
        """Wait for something; return the seconds it took."""
        began = time.monotonic()
        while not done():
            ended = [n for n, process in self._running.items() if process.poll() is not None]
            if ended or time.monotonic() - began > within_s:
                logs = [f"--- {p}\n{p.read_text()[-2000:]}" for p in self._data.glob("*.log")]
                raise RuntimeError(f"not within {within_s} s; ended: {ended}\n" + "\n".join(logs))
            time.sleep(0.1)
        return time.monotonic() - began

    def wait_stored(self) -> None:
        """Wait until all that was written is judged, stored and acknowledged."""
        self.wait(lambda: not any(remaining_work(self.place, self.config)))


@contextlib.contextmanager
def on_kafka(text: str) -> Iterator[Live]:
    """A broker of its own, with topics made; a SIGTERM of ours ends all of it, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="weathervane-bench-") as directory:
        data = Path(directory)
        broker = LocalBroker(ApacheKafka(), data_dir=data / "broker", port=free_port())
        with broker:
            live = Live(broker.bootstrap, data, text)
            try:
                yield live
            finally:
                live.end_all()


def load() -> str:
    """What the machine had to do beside us, by its own word: load of 1, 5 and 15 minutes."""
    return " ".join(f"{average:.1f}" for average in os.getloadavg())
