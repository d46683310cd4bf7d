"""What an idle pipeline takes of a core: count, detect and serve with nothing to do.

    python -m benchmarks.idle [--for 60] [--json]

Starts a local broker and the three processes, gives them events of 1,000 senders that are
soon counted, waits until all is judged and quiet, and then measures.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.peers.events import AGE_S, BUCKET_S, write_backlog
from benchmarks.peers.process import Running
from streams.broker.client.connection import Connection
from streams.broker.local.broker import choose_broker
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import remaining_work
from streams.broker.topics.plan import topic_plan
from streams.config.load import load_config

EVENTS = 20_000
SETTLE_S = 40
"""Longer than `idle_after`: what silence closes has been closed."""

TOML = """
name = "idle"
data_dir = "{data}/state"
[metrics]
count_port = {ports[0]}
detect_port = {ports[1]}
serve_port = {ports[3]}
[serve]
port = {ports[2]}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", type=float, default=60.0, dest="for_s", help="seconds")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        found = run(Path(directory), arguments.for_s)
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, percent in found.items():
            print(f"{name:8} {percent:.2f} % of a core")


def run(data: Path, for_s: float) -> dict[str, float]:
    """Per cent of a core that each process takes."""
    path = data / "idle.toml"
    path.write_text(TOML.format(data=data, ports=[free_port() for _ in range(4)]))
    config = load_config(path, must_exist=True, environ={})
    with choose_broker(data_dir=data / "broker", port=free_port()) as broker, ExitStack() as stack:
        place = Connection(broker.bootstrap)
        ensure(place, topic_plan(config))
        first_s = int(time.time() - AGE_S) // BUCKET_S * BUCKET_S
        write_backlog(place, config.sources["sends"].topic, EVENTS, first_s)
        running = {}
        for name in ("count", "detect", "serve"):
            command = [sys.executable, "-m", "streams.cli.main", name]
            command += ["--config", str(path), "--bootstrap", broker.bootstrap]
            running[name] = stack.enter_context(Running(command, data / f"{name}.log"))
        began = time.monotonic()
        while remaining_work(place, config)[0] > len(config.sources) * 4:
            if time.monotonic() - began > 120:
                raise RuntimeError("not counted within 120 s")
            time.sleep(0.5)
        time.sleep(SETTLE_S)
        before = {name: process.cpu_s() for name, process in running.items()}
        began = time.monotonic()
        time.sleep(for_s)
        wall_s = time.monotonic() - began
        for name, process in running.items():
            if process.ended:
                raise RuntimeError(f"{name} has ended: {process.last_words()}")
        return {
            name: round(100 * (process.cpu_s() - before[name]) / wall_s, 2)
            for name, process in running.items()
        }


if __name__ == "__main__":
    main()
