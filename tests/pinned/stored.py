"""Writes the forms that this version stores: ``python -m tests.pinned.stored FOLDER``.

Both are of the same simulated weeks, with both kinds of source. The checkpoints are of days, and
the last day is open. The archive is of hours, of a few days: each day takes some files, whatever
is in it.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from streams.config.load import load_config
from streams.config.model import Config
from streams.counts.intake import Intake
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.items import Counts
from tests.pinned.run import run

CONFIG = """\
name = "stored"
timezone = "UTC"
[count]
levels = ["sender", "signature", "platform", "category", "all"]
bucket = "{bucket}"
lateness = "0s"
"""
DRAWN = ["--senders", "40", "--days", "30", "--seed", "5", "--incidents", "0.5"]
CHECKPOINTS = {"fault": "2026-03-21T00", "alerts": "2026-03-23T18"}
"""Until when each has counts, UTC: a fault of a source is open, or alerts of several levels."""

SPAN = ("2026-03-15", "2026-03-20")
"""Of the archive, UTC."""

SOURCES = ("sends", "complaints")


def main() -> None:
    """Write them into a new folder."""
    place = Path(sys.argv[1])
    place.mkdir(parents=True)
    for name, bucket in (("checkpoint", "1d"), ("archive", "1h")):
        (place / f"{name}.toml").write_text(CONFIG.format(bucket=bucket))
    with tempfile.TemporaryDirectory() as folder:
        sim = Path(folder) / "sim"
        run(place, "simulate", str(sim), *DRAWN, "--config", "archive.toml")
        for name in SOURCES:
            part = [line for time, line in _events(sim, name) if SPAN[0] <= time < SPAN[1]]
            (sim / name).write_bytes(b"\n".join(part))
        files = [f"{name}={sim / name}" for name in SOURCES]
        run(place, "record", "archive", *files, "--config", "archive.toml")
        config = load_config(place / "checkpoint.toml", must_exist=True)
        for name, until in CHECKPOINTS.items():
            shard = Shard(0, config)
            for offset, counts in enumerate(_counts(config, sim, until)):
                shard.take(offset, counts)
            slots = [[key, value] for key, value in shard.checkpoint()]
            packed = gzip.compress(msgspec.msgpack.encode(slots), mtime=0)
            (place / f"checkpoint-{name}.msgpack.gz").write_bytes(packed)


def _events(sim: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Events of a source, with their times."""
    for line in (sim / f"{name}.jsonl").read_bytes().splitlines():
        yield msgspec.json.decode(line)["event_time"], line


def _counts(config: Config, sim: Path, until: str) -> Iterator[Counts]:
    """What counters write, of one lane of each source, when they flush every six hours."""
    lanes = {name: Intake(config.sources[name], 0, config.count.levels) for name in SOURCES}
    events = [(time, name, line) for name in SOURCES for time, line in _events(sim, name)]
    events = [event for event in events if event[0] < until]
    quarter = -1
    for offset, (time, name, line) in enumerate(sorted(events)):
        if int(time[11:13]) // 6 != quarter:
            quarter = int(time[11:13]) // 6
            yield from _flushed(lanes)
        lanes[name].take(offset, line, None)
    yield from _flushed(lanes)


def _flushed(lanes: dict[str, Intake]) -> Iterator[Counts]:
    for name, intake in lanes.items():
        flush = intake.lane.flush(early=False)
        flushed = records(name, 0, 1, intake.source.bucket_s, flush, 1)
        yield from (counts for _, counts in flushed)


if __name__ == "__main__":
    main()
