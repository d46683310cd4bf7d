"""The peers by name: how each is had and started, and what it is given."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.install import java_of, python_with

_HERE = Path(__file__).parent
_QUIX = ["quixstreams==3.28.1", "confluent-kafka==2.12.2", "orjson==3.13.0"]
_BYTEWAX = ["bytewax[kafka]==0.21.1"]

Command = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Peer:
    """What a user would take instead, or the floor.

    Attributes
    ----------
    what
        For people.
    command
        Given the cache, the program; its arguments are bootstrap, topic, then either the
        number of records (it says itself when it is done) or the topic out, then a directory.
    emits
        Whether it writes what it counted: then that topic tells when it is done.
    share
        Of the events, for those that would take very long with all of them.
    target, wall_target
        How many times as fast ours is to be, a CPU-second and by the clock.
    """

    what: str
    command: Command
    emits: bool
    share: float
    target: float
    wall_target: float | None = None


def _script(name: str, python: str = sys.executable) -> list[str]:
    # -P: the scripts' directory hides no module.
    return [python, "-P", str(_HERE / "python" / f"{name}.py")]


PEERS = {
    "bare": Peer(
        "confluent-kafka consume + orjson.loads, no counting",
        lambda _: _script("bare_loop"),
        emits=False,
        share=1.0,
        target=0.65,
    ),
    "faust": Peer(
        "stock Faust agent, counts in a dict, emits nothing",
        lambda _: _script("faust_agent"),
        emits=False,
        share=0.05,
        target=50.0,
    ),
    "quix": Peer(
        "Quix Streams 3.28.1, tumbling_window(60s).count().final()",
        lambda cache: _script("quix_window", python_with(cache, _QUIX)),
        emits=True,
        share=0.1,
        target=15.0,
    ),
    "bytewax": Peer(
        "Bytewax 0.21.1, count_window",
        lambda cache: _script("bytewax_window", python_with(cache, _BYTEWAX)),
        emits=True,
        share=0.05,
        target=40.0,
    ),
    "kafka-streams": Peer(
        "Kafka Streams 4.1.1, exactly_once_v2, TimeWindows + suppress, 2 threads",
        lambda cache: java_of(cache, _HERE / "java" / "kafka_streams"),
        emits=True,
        share=1.0,
        target=5.0,
        wall_target=3.0,
    ),
    "flink": Peer(
        "Flink 2.2.1, MiniCluster of 2 slots, exactly once, flink-connector-kafka 5.0.0-2.2",
        lambda cache: java_of(cache, _HERE / "java" / "flink"),
        emits=True,
        share=1.0,
        target=3.5,
        wall_target=1.8,
    ),
}
