"""A broker without topics: `up` makes them; processes wait for them, say so, and then work."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from streams.broker.client.connection import Connection
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.check import TopicReport
from streams.broker.topics.ensure import existing
from streams.broker.topics.plan import topic_plan
from streams.cli.run import up as up_module
from streams.config.load import load_config
from tests.cli.cli import Cli
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import ended
from tests.waiting.progress import until

MINUTE = "2026-03-02T00:{:02}:00Z"


class Fresh:
    """A broker without topics, and a configuration for it in a folder of its own."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("count", "detect", "serve")}
        self.feed = free_port()
        lines = [f"{name}_port = {port}" for name, port in self.ports.items()]
        path = folder / "weathervane.toml"
        path.write_text(
            f'[kafka]\nbootstrap = "{bootstrap}"\n[serve]\nport = {self.feed}\n'
            + "[metrics]\n"
            + "\n".join(lines)
        )
        self.config = load_config(path, must_exist=True, environ={})
        self.topics = [spec.name for spec in topic_plan(self.config)]
        self.place = Connection(bootstrap)
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> None:
        """Start a process."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self._running.append(start([*COMMAND, name], cwd=self.folder, stdout=log, stderr=log))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run([*COMMAND, *words], cwd=self.folder, capture_output=True, text=True)

    def stop(self) -> list[int]:
        """SIGTERM to all; their exit statuses."""
        for process in self._running:
            process.terminate()
        statuses = [ended(process) for process in self._running]
        self._running.clear()
        return statuses

    def kill(self) -> None:
        """End what is left."""
        for process in self._running:
            process.kill()
            process.wait()

    def readiness(self, name: str) -> tuple[int, str]:
        """What a process says on /readyz of its metrics' port; (0, "") where it does not listen."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.ports[name]}/readyz")
        except httpx.TransportError:
            return 0, ""
        return answer.status_code, answer.text

    def await_readiness(self, name: str, status: int) -> None:
        """Wait for a status of /readyz."""
        until(lambda: self.readiness(name)[0] == status)

    def ingest(self) -> None:
        """Ten minutes of sends, then end marks."""
        lines = [
            {
                "v": 1, "type": "send", "event_id": str(minute),
                "event_time": MINUTE.format(minute), "channel": "sms",
                "sender": {"id": "a"}, "source": "test",
            }
            for minute in range(10)
        ]  # fmt: skip
        for source in ("sends", "complaints"):
            kind = {"type": source.removesuffix("s")}
            extra = {"kind": "marketing"} if source == "complaints" else {}
            (self.folder / f"{source}.jsonl").write_text(
                "".join(json.dumps({**line, **kind, **extra}) + "\n" for line in lines)
            )
            done = self.run("ingest", source, f"{source}.jsonl", "--end")
            assert done.returncode == 0, done.stderr

    def judged(self) -> bool:
        """Whether detect has closed a bucket."""
        try:
            text = httpx.get(f"http://127.0.0.1:{self.ports['detect']}/metrics").text
        except httpx.TransportError:
            return False
        return "weathervane_detect_closed_through_seconds{" in text


@pytest.fixture
def fresh(apache: Recipe, tmp_path: Path) -> Iterator[Fresh]:
    """A broker of its own."""
    with LocalBroker(apache, data_dir=tmp_path / "broker", port=free_port()) as broker:
        found = Fresh(broker.bootstrap, tmp_path)
        try:
            yield found
        finally:
            found.kill()


def test_up_makes_its_topics_and_judges(fresh: Fresh) -> None:
    """No other command before it: what is ingested is judged, and nothing was restarted."""
    fresh.start("up")
    fresh.await_readiness("detect", 200)
    assert set(existing(fresh.place, fresh.topics)) == set(fresh.topics)
    fresh.ingest()
    until(fresh.judged)
    assert fresh.stop() == [0]
    log = (fresh.folder / "up.log").read_text()
    assert "created, " in log
    assert "ended with" not in log


def test_processes_wait_for_topics_and_say_so(fresh: Fresh) -> None:
    """Started before there are topics: readiness and log say what is missing; then they work."""
    names = ("count", "detect", "serve")
    for name in names:
        fresh.start(name)
    for name in names:
        fresh.await_readiness(name, 503)
    assert fresh.stop() == [0, 0, 0], "what waits stops cleanly"
    for name in names:
        fresh.start(name)
    doing = {"count": "counting", "detect": "judging", "serve": "working"}
    needed = {"count": "counts", "detect": "counts", "serve": "alerts"}
    for name, topic in needed.items():
        fresh.await_readiness(name, 503)
        said = fresh.readiness(name)[1]
        assert said.startswith(f"not {doing[name]} yet: {name} waits for topic ")
        assert topic in said
        assert "not working yet: waits for topic" in (fresh.folder / f"{name}.log").read_text()
    ready = httpx.get(f"http://127.0.0.1:{fresh.feed}/readyz")
    assert ready.status_code == 503
    assert "waits for topic" in ready.json()["detail"]
    assert fresh.run("topics").returncode == 0
    fresh.ingest()
    until(fresh.judged)
    assert {name: fresh.readiness(name) for name in needed} == dict.fromkeys(needed, (200, "ok\n"))
    assert fresh.stop() == [0, 0, 0]


def test_up_names_the_topics_that_it_may_not_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 1: which topics, why, and which command somebody else must run."""
    monkeypatch.chdir(tmp_path)
    refused = TopicReport("counts", "problem", "TopicAuthorizationFailedError: no reason given")
    made = TopicReport("alerts", "created", "1 partitions, delete")
    monkeypatch.setattr(up_module, "create_missing", lambda *_: [made, refused])
    result = Cli(monkeypatch)("up")
    assert result.exit_code == 1
    assert "counts: these topics must exist on 127.0.0.1:9092" in result.output
    assert "TopicAuthorizationFailedError" in result.output
    assert "`weathervane topics`" in result.output
