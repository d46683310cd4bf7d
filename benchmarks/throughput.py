"""Events a CPU-second and by the clock: counting, side by side with what a user would pick.

    python -m benchmarks.throughput [--events N] [--peers NAME...] [--crowded] [--json]

Starts a local Apache Kafka, writes JSON sends to it, then lets `weathervane count` and one
peer after the other read that backlog. README.md, "Throughput", says what each does.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.peers.events import AGE_S, BUCKET_S, Backlog, write_backlog
from benchmarks.peers.install import Missing, default_cache
from benchmarks.peers.measure import Figures, measure_ours, measure_peer
from benchmarks.peers.registry import registry
from benchmarks.peers.roster import PEERS
from streams.broker.client.connection import Connection
from streams.broker.local.broker import choose_broker
from streams.broker.local.port_and_folder import free_port

FILL = "import numpy; block = numpy.zeros(2**29, numpy.uint8)\nwhile True: block += 1"

EVENTS = 2_000_000
LEAST_EVENTS = 20_000
TWO = "ours-2"
"""Ours with two counters: how it grows."""
LEVELS = "ours-levels"
"""Ours where each event names a signature and a platform, and they are counted too."""
MAPPED = "ours-mapped"
"""Ours where the records are another's JSON, read by a mapping: a ratio of at most 2 is wanted."""
AVRO = "ours-avro"
"""Ours where the records are the same in Avro: a ratio of at most 2.5 is wanted."""
NAMES = [*PEERS, TWO, LEVELS, MAPPED, AVRO]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=NAMES,
        default=NAMES,
        metavar="NAME",
        help=f"of {', '.join(NAMES)}; all where none is named",
    )
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where peers are kept")
    parser.add_argument(
        "--crowded",
        action="store_true",
        help="ours and the bare loop again, beside a process that fills the processor's caches",
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.events < LEAST_EVENTS:
        parser.error(f"--events: must be {LEAST_EVENTS} or more; got {arguments.events}")
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory() as directory:
        found = run(
            arguments.events,
            arguments.peers,
            arguments.cache,
            Path(directory),
            crowded=arguments.crowded,
        )
    print(json.dumps(found) if arguments.json else table(found))
    if not found["ours"].get("right"):
        sys.exit(1)


def run(
    events: int, peers: list[str], cache: Path, data: Path, *, crowded: bool = False
) -> dict[str, Any]:
    """Measure ours, then the peers in their order, then ours and the bare loop in a crowd."""
    with choose_broker(data_dir=data / "broker", port=free_port()) as broker:
        place = Connection(broker.bootstrap)
        first_s = int(time.time() - AGE_S) // BUCKET_S * BUCKET_S
        backlogs: dict[str, Backlog] = {}

        def backlog(
            share: float,
            *,
            named: bool = False,
            mapped: bool = False,
            registry_url: str | None = None,
        ) -> Backlog:
            count = max(int(events * share), LEAST_EVENTS)
            form = "avro-" if registry_url else "mapped-" if mapped else ""
            topic = f"sends-{'named-' if named else ''}{form}{count}"
            if topic not in backlogs:
                _say(f"writing {count:,} events")
                backlogs[topic] = write_backlog(
                    place,
                    topic,
                    count,
                    first_s,
                    named=named,
                    mapped=mapped,
                    registry=registry_url,
                )
            return backlogs[topic]

        whole = backlog(1.0)
        found: dict[str, Any] = {
            "run": {
                "broker": broker.kind,
                "events": events,
                "mean_bytes": round(whole.mean_bytes),
                "load_before": os.getloadavg()[0],
            }
        }
        _say("ours")
        ours = measure_ours(place, whole, data / "ours")
        found["ours"] = _figures(ours)
        for name in peers:
            _say(name)
            try:
                if name == TWO:
                    theirs = measure_ours(place, whole, data / name, counters=2)
                elif name == LEVELS:
                    theirs = measure_ours(place, backlog(1.0, named=True), data / name)
                elif name == MAPPED:
                    theirs = measure_ours(place, backlog(1.0, mapped=True), data / name)
                elif name == AVRO:
                    with registry() as url:
                        theirs = measure_ours(place, backlog(1.0, registry_url=url), data / name)
                else:
                    peer = PEERS[name]
                    theirs = measure_peer(peer, place, backlog(peer.share), cache, data / name)
            except Missing as why:
                found[name] = {"not_run": str(why)}
            else:
                found[name] = {**_figures(theirs), **_ratios(ours, theirs)}
        if crowded:
            with _crowd():
                _say("ours and the bare loop, crowded")
                ours = measure_ours(place, whole, data / "ours-crowded")
                theirs = measure_peer(PEERS["bare"], place, whole, cache, data / "bare-crowded")
            found["ours-crowded"] = _figures(ours)
            found["bare-crowded"] = {**_figures(theirs), **_ratios(ours, theirs)}
        found["run"]["load_after"] = os.getloadavg()[0]
    return found


@contextmanager
def _crowd() -> Iterator[None]:
    """A process that writes to more memory than any cache holds, all the time."""
    process = subprocess.Popen([sys.executable, "-c", FILL])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "events": figures.events,
        "counted": figures.counted,
        "right": figures.right,
        "cpu_s": round(figures.cpu_s, 2),
        "wall_s": round(figures.wall_s, 2),
        "events_per_cpu_s": round(figures.per_cpu_s),
        "events_per_s": round(figures.per_s),
    }


def _ratios(ours: Figures, theirs: Figures) -> dict[str, float]:
    return {
        "ours_times_per_cpu_s": round(ours.per_cpu_s / theirs.per_cpu_s, 3),
        "ours_times_per_s": round(ours.per_s / theirs.per_s, 3),
    }


def table(found: dict[str, Any]) -> str:
    """The same for people."""
    about = found["run"]
    lines = [
        f"{about['events']:,} events of {about['mean_bytes']} bytes, {about['broker']}; load "
        f"{about['load_before']:.1f} before, {about['load_after']:.1f} after",
        f"{'':14}{'events':>11}{'a CPU-s':>10}{'a second':>10}{'ours: CPU':>11}{'wall':>8}  target",
    ]
    for name, row in found.items():
        if name == "run":
            continue
        if "not_run" in row:
            lines.append(f"{name:14} not run: {row['not_run']}")
            continue
        line = f"{name:14}{row['events']:11,}{row['events_per_cpu_s']:10,}{row['events_per_s']:10,}"
        if "ours_times_per_s" in row:
            line += f"{row['ours_times_per_cpu_s']:10.2f}x{row['ours_times_per_s']:7.2f}x"
        if name in PEERS:
            peer = PEERS[name]
            wall = "" if peer.wall_target is None else f", wall {peer.wall_target:g}x"
            line += f"  {peer.target:g}x{wall}; {peer.what}"
        if not row["right"]:
            line += f"  WRONG: counted {row['counted']:,}"
        lines.append(line)
    return "\n".join(lines)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
