"""A whole pipeline on a broker of its own, for tests: processes, files in, alerts out."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import remaining_work
from streams.broker.topics.plan import topic_plan
from streams.config.load import load_config
from streams.counts.files.ingest import ingest_files
from streams.delivery.tail import tail
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import ended
from tests.waiting.progress import until

METRICS = """
data_dir = "{data}/state"
{text}
[metrics]
count_port = {ports[0]}
detect_port = {ports[1]}
serve_port = {ports[2]}
"""


class Pipeline:
    """Processes on one broker; ended with it."""

    def __init__(self, bootstrap: str, data: Path, text: str) -> None:
        self._text = text
        self._data = data
        self.path = self._configuration("one")
        self.config = load_config(self.path, must_exist=True, environ={})
        self.place = Connection(bootstrap)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        ensure(self.place, topic_plan(self.config))

    def _configuration(self, instance: str) -> Path:
        """The configuration with metrics ports of an instance's own."""
        path = self._data / f"{instance}.toml"
        if not path.exists():
            ports = [free_port() for _ in range(3)]
            path.write_text(METRICS.format(data=self._data, text=self._text, ports=ports))
        return path

    def start(self, *names: str, instance: str = "one", options: Sequence[str] = ()) -> None:
        """Start count or detect."""
        for name in names:
            command = [*COMMAND, name]
            path = self._configuration(instance)
            command += ["--config", str(path), "--bootstrap", self.place.bootstrap]
            with (self._data / f"{name}-{instance}.log").open("ab") as log:
                self._running[f"{name}-{instance}"] = start(
                    [*command, "--instance", instance, *options], stdout=log, stderr=log
                )

    def pid(self, name: str, instance: str = "one") -> int:
        """A process's id."""
        return self._running[f"{name}-{instance}"].pid

    def kill(self, name: str, instance: str = "one") -> None:
        """End a process with SIGKILL."""
        process = self._running.pop(f"{name}-{instance}")
        process.kill()
        process.wait()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all; their exit statuses."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        statuses = {
            name: ended(process, logs=self._logs) for name, process in self._running.items()
        }
        self._running.clear()
        return statuses

    def ingest(self, name: str, *paths: Path, end: bool = True) -> None:
        """Write files to a source's topic."""
        ingest_files(
            self.config,
            self.place,
            self.config.sources[name],
            list(paths),
            end=end,
            on_progress=lambda _: None,
        )

    def drain(self) -> None:
        """Wait until all that was written has been judged."""
        self.wait(lambda: remaining_work(self.place, self.config) == (0, 0), "all is judged")

    def wait(self, done: Callable[[], bool], what: str = "what is waited for") -> None:
        """Wait for something, and fail with the logs where no progress is made or one ends."""

        def done_or_ended() -> bool:
            return done() or any(process.poll() is not None for process in self._running.values())

        until(done_or_ended, what, seen=self._seen, logs=self._logs, every_s=0.2)
        gone = {name: process.poll() for name, process in self._running.items()}
        gone = {name: status for name, status in gone.items() if status is not None}
        if gone:
            logs = "\n".join(f"--- {log}\n{log.read_text()[-3000:]}" for log in self._logs())
            raise AssertionError(f"{what}: ended: {gone}\n{logs}")

    def _seen(self) -> object:
        """What is still to be counted and judged, and what has come out."""
        with contextlib.suppress(KafkaEdgeError):
            return remaining_work(self.place, self.config), len(self.alerts())
        return None

    def _logs(self) -> list[Path]:
        return list(self._data.glob("*.log"))

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self._data / f"{name}-one.log").read_text()

    def alerts(self) -> list[bytes]:
        """All records of the topic alerts, repeats included."""
        topic = self.config.topic("alerts")
        return [one.value for one in tail(self.place, topic=topic, follow=False) if one]

    def firm(self) -> list[bytes]:
        """Revisions from 1 on, repeats dropped, in order of group and number."""
        return in_order(self.alerts())

    def replay(self, *files: str) -> list[bytes]:
        """The same files without a broker."""
        out = self._data / "replayed.jsonl"
        command = [sys.executable, "-m", "streams.cli.main", "replay", *files]
        subprocess.run(
            [*command, "--alerts", str(out), "--config", str(self.path), "--json"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return in_order(out.read_bytes().splitlines())


def in_order(lines: list[bytes]) -> list[bytes]:
    """Revisions from 1 on, each once, by shard-independent order."""
    firm = {}
    for line in lines:
        event: dict[str, Any] = json.loads(line)
        if event["data"]["revision"] > 0:
            firm[event["data"]["group"], event["data"]["feed_no"], line] = line
    return [firm[key] for key in sorted(firm)]


@contextlib.contextmanager
def pipeline(recipe: Recipe, data: Path, text: str) -> Iterator[Pipeline]:
    """A broker of its own, with topics made."""
    with LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker:
        running = Pipeline(broker.bootstrap, data, text)
        try:
            yield running
        finally:
            for name in list(running._running):
                running.kill(*name.split("-"))
