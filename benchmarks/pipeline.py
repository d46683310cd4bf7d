"""Events a second of ingest, count and detect, each alone, through a real Kafka.

    python -m benchmarks.pipeline FTC.csv.gz [--json]

Starts a local broker, writes the file, counts what was written, then judges the counts:
one stage after the other, so that each has the machine to itself. Ends with a replay of
the same file and says whether the alerts are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from streams.broker.client.connection import Connection
from streams.broker.local.broker import choose_broker
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.offsets import remaining_work
from streams.broker.topics.plan import topic_plan
from streams.config.load import load_config
from streams.config.model import Config
from streams.counts.files.ingest import ingest_files
from streams.delivery.tail import tail
from streams.supervisor.supervisor import Supervisor

TOML = """
name = "bench"
timezone = "America/New_York"
data_dir = "{data}"
[sources.ftc]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
region = "area_code"
channel = "voice"
bucket = "1d"
daily = true
[metrics]
count_port = {ports[0]}
detect_port = {ports[1]}
serve_port = {ports[2]}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        figures = _run(arguments.file.absolute(), Path(directory))
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(
                f"{name:28} {value:,}" if isinstance(value, int | float) else f"{name:28} {value}"
            )


def _run(file: Path, data: Path) -> dict[str, object]:
    path = data / "bench.toml"
    path.write_text(TOML.format(data=data / "state", ports=[free_port() for _ in range(3)]))
    config = load_config(path, must_exist=True, environ={})
    with choose_broker(data_dir=data / "broker", port=free_port()) as broker:
        place = Connection(broker.bootstrap)
        ensure(place, topic_plan(config))
        done = ingest_files(
            config, place, config.sources["ftc"], [file], end=True, on_progress=lambda *_: None
        )
        figures: dict[str, object] = {
            "broker": broker.kind,
            "events": done.events,
            "ingest_events_per_s": round(done.events / done.wall_s),
        }
        for stage, column in (("count", 0), ("detect", 1)):
            wall_s = _stage(stage, path, config, place, data, column)
            figures[f"{stage}_wall_s"] = round(wall_s, 1)
            figures[f"{stage}_events_per_s"] = round(done.events / wall_s)
        live = [one.value for one in tail(place, topic=config.topic("alerts"), follow=False) if one]
    out = data / "alerts.jsonl"
    command = [sys.executable, "-m", "streams.cli.main", "replay", f"ftc={file}"]
    subprocess.run(
        [*command, "--alerts", out, "--config", path, "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    replayed = out.read_bytes().splitlines()
    figures["alert_revisions"] = len(live)
    figures["same_as_replay"] = _in_order(live) == _in_order(replayed)
    return figures


def _stage(
    stage: str, path: Path, config: Config, place: Connection, data: Path, column: int
) -> float:
    """Seconds from the start of the process, imports and join included, until all is done."""
    began = time.monotonic()
    command = {stage: [stage, "--config", str(path), "--bootstrap", place.bootstrap]}
    with Supervisor(command, {stage: data / f"{stage}.log"}) as supervisor:
        while remaining_work(place, config)[column]:
            supervisor.look()
            time.sleep(0.2)
    return time.monotonic() - began


def _in_order(lines: list[bytes]) -> list[bytes]:
    numbered = [(json.loads(line)["data"], line) for line in lines]
    firm = [(d["group"], d["feed_no"], line) for d, line in numbered if d["revision"]]
    return [line for *_, line in sorted(firm)]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
