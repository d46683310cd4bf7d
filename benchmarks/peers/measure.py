"""One run of ours or of a peer: from the first event read to the last one counted.

Starting up, imports and the group's assignment included, is left out: each says when it
begins to read (ours, the bare loop and Faust: when they have their partitions; the others: at
their first event). Processor time is that of the process and all below it, user and
system; the broker's is not in it.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.counted import Emitted, Ours
from benchmarks.peers.events import PARTITIONS, Backlog
from benchmarks.peers.install import Missing
from benchmarks.peers.process import Running
from benchmarks.peers.roster import Peer
from streams.broker.client.connection import Connection
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import TopicSpec, topic_plan
from streams.config.load import parse_config

START_S = 120.0
STALLED_S = 30.0
AT_MOST_S = 900.0
LOOK_EVERY_S = 0.05

TOML = """
name = "{name}"
data_dir = "{data}"
[sources.sends]
kind = "send"
topic = "{topic}"
{keys}[metrics]
count_port = {port}
"""


@dataclass(frozen=True)
class Figures:
    """What one run gave.

    Attributes
    ----------
    events, counted
        Of the backlog, and what the output says: right if they are equal.
    before
        Events of `counted` that were done before the clock was started.
    cpu_s, wall_s
        For the rest.
    """

    events: int
    counted: int
    before: int
    cpu_s: float
    wall_s: float

    @property
    def right(self) -> bool:
        return self.counted == self.events

    @property
    def per_cpu_s(self) -> float:
        return (self.counted - self.before) / self.cpu_s

    @property
    def per_s(self) -> float:
        return (self.counted - self.before) / self.wall_s


def measure_ours(place: Connection, backlog: Backlog, data: Path, counters: int = 1) -> Figures:
    """Run `weathervane count` on the backlog, in so many processes.

    Raises
    ------
    Missing
        Where it does not run.
    """
    data.mkdir()
    name = f"bench-{data.name}"
    table = {"kind": "send", "topic": backlog.topic, **tomllib.loads(backlog.keys)}
    config = parse_config({"name": name, "sources": {"sends": table}})
    ensure(place, [spec for spec in topic_plan(config) if spec.name != backlog.topic])
    with ExitStack() as stack:
        output = stack.enter_context(closing(Ours(place, config, backlog)))
        running = []
        for number in range(counters):
            path = data / f"{number}.toml"
            path.write_text(
                TOML.format(
                    name=name,
                    data=data,
                    topic=backlog.topic,
                    keys=backlog.keys,
                    port=free_port(),
                )
            )
            command = [sys.executable, "-m", "streams.cli.main", "count"]
            command += ["--config", str(path), "--bootstrap", place.bootstrap]
            command += ["--instance", str(number)]
            running.append(stack.enter_context(Running(command, data / f"{number}.log")))
        _wait_for(" sends/", running)  # the name of the source
        # Of two, the first began with all partitions before the second had joined.
        before = output.committed()
        # The closers' bucket stays open, so what stands before the closers is what is done.
        cpu_s, wall_s = _run(running, output.committed, backlog.events)
        if cpu_s == 0.0:
            raise Missing("all was counted before the clock was started: take more events")
        return Figures(backlog.events, output.written(), before, cpu_s, wall_s)


def measure_peer(
    peer: Peer, place: Connection, backlog: Backlog, cache: Path, data: Path
) -> Figures:
    """Run a peer on the backlog.

    Raises
    ------
    Missing
        Where it cannot be had or does not run.
    """
    data.mkdir()
    out = f"{backlog.topic}-{data.name}"
    command = [*peer.command(cache), place.bootstrap, backlog.topic]
    command += [out if peer.emits else str(backlog.records), str(data / "state")]
    with ExitStack() as stack:
        if peer.emits:
            ensure(place, [TopicSpec(out, PARTITIONS)])
            output = stack.enter_context(closing(Emitted(place, out, backlog)))
        process = stack.enter_context(Running(command, data / "output.log"))
        _wait_for("reading", [process])
        if peer.emits:
            cpu_s, wall_s = _run([process], output.look, backlog.events)
            for _ in range(50):  # a second: does more come than there was?
                output.look()
            return Figures(backlog.events, output.events, 0, cpu_s, wall_s)

        def records() -> int:
            return int((process.mark("done") or {"records": 0})["records"])

        cpu_s, wall_s = _run([process], records, backlog.records)
        return Figures(backlog.events, records() - PARTITIONS, 0, cpu_s, wall_s)


def _wait_for(mark: str, running: Sequence[Running]) -> None:
    began = time.monotonic()
    while not all(each.mark(mark) for each in running):
        _require(running)
        if time.monotonic() - began > START_S:
            raise Missing(f"it did not begin to read within {START_S:.0f} s")
        time.sleep(LOOK_EVERY_S)


def _run(running: Sequence[Running], done: Callable[[], int], wanted: int) -> tuple[float, float]:
    """Return the processor and wall time until all is done, or for good nothing more is."""
    began_cpu_s, began = _cpu_s(running), time.monotonic()
    so_far, cpu_s, wall_s = 0, 0.0, 0.0
    while so_far < wanted:
        _require(running)
        before, so_far = so_far, done()
        since_s = time.monotonic() - began
        if so_far != before:
            cpu_s, wall_s = _cpu_s(running) - began_cpu_s, since_s
        if since_s > AT_MOST_S or (so_far and since_s - wall_s > STALLED_S):
            break
        time.sleep(LOOK_EVERY_S)
    return cpu_s, wall_s


def _cpu_s(running: Sequence[Running]) -> float:
    return sum(each.cpu_s() for each in running)


def _require(running: Sequence[Running]) -> None:
    for each in running:
        if each.ended:
            raise Missing(f"it ended by itself: {each.last_words()}")
