"""Item `reshape`: `weathervane reshape` is killed again and again, and run again until it ends."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.contents import records_in
from streams.broker.topics.offsets import remaining_work
from tests.launch.launch import COMMAND
from tests.torture.records import Record, config, make
from tests.torture.run import COUNT, DETECT, Outcome, Run, timed
from tests.waiting.programs import ended

OLD = config("moved", shards=1)
NEW = config("moved", shards=2).replace(
    'bucket = "60s"', 'bucket = "120s"\nlevels = ["sender", "all"]'
)
SHARE = 0.6
"""How much is written before the shape changes: in the middle of a bucket, with alerts open."""


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int, records: int = 10_000) -> Outcome:
    """Minutes, one shard, all levels; then two minutes, two shards, two levels.

    What comes out where the command was killed must be what comes out where it was not: the end of
    the old feeds, what moved, and all that the new ones say, byte for byte, on every partition.
    """
    outcome = Outcome("reshape", {"kill -9": 0})
    chance = random.Random(seed)
    with timed(outcome):
        expected, took_s = _reshaped(recipe, data / "quiet", outcome, make(seed, records), [])
        # From early to late: most attempts are killed, wherever they have come to by then.
        waits_s = [took_s * (n + chance.random()) / (kills + 1) for n in range(kills)]
        found, _ = _reshaped(recipe, data / "killed", outcome, make(seed, records), waits_s)
    outcome.alerts = sum(map(len, expected))
    for shard, (wanted, got) in enumerate(zip(expected, found, strict=True)):
        wrong = {*wanted} ^ {*got}
        if wanted != got:
            outcome.differences.append(
                f"partition {shard}: {len(wrong)} revisions differ, or their order;"
                f" first {sorted(wrong)[:1]}"
            )
    types = [json.loads(line)["type"] for lines in expected for line in lines]
    epochs = {json.loads(line)["data"]["epoch"] for lines in expected for line in lines}
    if epochs != {1, 2} or types.count("weathervane.feed.ended") < 1:
        outcome.differences.append(f"nothing was reshaped: epochs {sorted(epochs)}")
    return outcome


def _reshaped(
    recipe: Recipe,
    data: Path,
    outcome: Outcome,
    records: list[Record],
    waits_s: list[float],
) -> tuple[list[list[bytes]], float]:
    """Revisions of each partition, repeats left out; and how long the command took at last."""
    data.mkdir()
    with LocalBroker(recipe, data_dir=data / "broker", port=free_port()) as broker:
        before = Run(_made(data / "before"), broker.bootstrap, OLD, records)
        with before.fleet as fleet:
            fleet.start(COUNT, DETECT)
            before.write_to(SHARE)
            before.settle()
            before.wait(partial(_is_judged, before), "the first part is judged")
            ends = fleet.stop(COUNT, DETECT)
        outcome.differences += [
            f"{who} ended with {status}" for who, status in ends.items() if status
        ]
        after = Run(_made(data / "after"), broker.bootstrap, NEW, records)
        command = [*COMMAND, "reshape", str(after.fleet.configuration())]
        command += ["--config", str(before.fleet.configuration()), "--bootstrap", broker.bootstrap]
        log = data / "reshape.log"
        killed = 0
        for wait_s in waits_s:
            if not _killed(command, log, wait_s):
                break  # it came to its end; another would be another change of shape
            killed += 1
        outcome.disturbed["kill -9"] += killed
        took_s, status = 0.0, 0
        if killed == len(waits_s):
            began_s = time.monotonic()
            with log.open("ab") as sink:
                last = subprocess.Popen(command, stdout=sink, stderr=sink)
            status, took_s = ended(last, logs=lambda: [log]), time.monotonic() - began_s
        if status or "begins; start again with" not in " ".join(log.read_text().split()):
            outcome.differences.append(f"reshape must end with 0; it said {log.read_text()[-500:]}")
        after.skip_to(SHARE)
        with after.fleet as fleet:
            fleet.start(COUNT, DETECT)
            after.drain()
            fleet.stop(COUNT, DETECT)
        return [list(lines) for lines in _firm(after)], took_s


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _is_judged(run: Run) -> bool:
    """Whether only what is in open buckets is left, and the last 64 records of each lane."""
    to_count, _ = remaining_work(run.place, run.config)
    return run.judges(DETECT) and to_count < 600 and len(run.published()) > 5


def _killed(command: list[str], log: Path, wait_s: float) -> bool:
    """Kill the command after a time; whether it had not ended by then."""
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def _firm(run: Run) -> Iterator[dict[bytes, None]]:
    """Revisions from 1 on of each partition, in their order."""
    found: dict[int, dict[bytes, None]] = {}
    for record in records_in(run.place, run.config.topic("alerts")):
        if record.value and json.loads(record.value)["data"]["revision"]:
            found.setdefault(record.partition, {})[record.value] = None
    yield from (found[partition] for partition in sorted(found))
