"""What `replay` takes for half a year of fresh ids: memory and processor time, of two versions too.

    python -m benchmarks.fresh_replay [--days 180] [--fresh 5000] [--against CHECKOUT] [--json]

500 steady senders of 10 messages a day, and ids that send once and never again, from a file of
events; buckets of a day, levels sender and all. With a checkout of another version both replay the
same file, one after the other, and the ratio is printed. Each replay is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parents[1]
STEADY, MEAN = 500, 10.0
FIRST_DAY = np.datetime64("2026-01-01")

CONFIG = """\
timezone = "UTC"
[count]
levels = ["sender", "all"]
[sources.sends]
kind = "send"
bucket = "1d"
lateness = "0s"
"""
EVENT = (
    '{"v":1,"type":"send","event_id":"%d","event_time":"%sT%02d:00:00Z","channel":"sms",'
    '"sender":{"id":"%s"},"count":%d,"source":"bench"}\n'
)
MEASURE = """\
import resource, runpy, sys
sys.argv = ["weathervane", *sys.argv[1:]]
try:
    runpy.run_module("streams.cli.main", run_name="__main__")
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, file=open("used", "w"))
"""


def _events(days: int, fresh: int) -> Iterator[str]:
    rng, number = np.random.default_rng(1), 0
    for day in range(days):
        date = FIRST_DAY + day
        senders = [(f"steady {n}", int(x)) for n, x in enumerate(rng.poisson(MEAN, STEADY)) if x]
        senders += [(f"fresh {day} {n}", 1) for n in range(fresh)]
        for place, (sender, messages) in enumerate(senders):
            yield EVENT % (number, date, place * 24 // len(senders), sender, messages)
            number += 1


def _replay(place: Path, checkout: Path) -> dict[str, float]:
    """Replay the file by the code of a checkout: CPU seconds, memory, and what it found."""
    arguments = ["replay", "sends=sends.jsonl", "--alerts", "alerts.jsonl", "--json"]
    command = [sys.executable, "-c", MEASURE, *arguments, "--config", "bench.toml"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, cwd=place, env=environment, check=True, stdout=subprocess.PIPE)
    cpu_s, resident_mb = (place / "used").read_text("ascii").split()
    summary = json.loads(done.stdout)
    return {
        "cpu_s": float(cpu_s),
        "resident_mb": int(resident_mb),
        "events": summary["events"],
        "alerts": summary["alerts"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--fresh", type=int, default=5000, help="ids a day")
    parser.add_argument("--against", type=Path, help="checkout of another version")
    parser.add_argument("--quick", action="store_true", help="30 days of 500")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    days, fresh = (30, 500) if arguments.quick else (arguments.days, arguments.fresh)
    versions = {"this version": HERE}
    if arguments.against is not None:
        versions["the other"] = arguments.against.resolve()
    with tempfile.TemporaryDirectory(prefix="weathervane-bench-") as folder:
        place = Path(folder)
        (place / "bench.toml").write_text(CONFIG, "ascii")
        with (place / "sends.jsonl").open("w", encoding="ascii") as file:
            file.writelines(_events(days, fresh))
        found = {name: _replay(place, checkout) for name, checkout in versions.items()}
    for name, figures in found.items():
        if arguments.json:
            print(json.dumps({"version": name, "days": days, "fresh_a_day": fresh, **figures}))
        else:
            print(
                f"{name:13} {figures['cpu_s']:7.1f} CPU s {figures['resident_mb']:>6,.0f} MB"
                f" {figures['events']:>10,} events {figures['alerts']:>5,} alerts"
            )
    if len(found) == 2 and not arguments.json:
        ours, other = found.values()
        print(f"ratio of CPU: {ours['cpu_s'] / other['cpu_s']:.2f}")


if __name__ == "__main__":
    main()
