"""What a replay finds of each kind of simulated misuse, by the configuration written beside it.

``python -m benchmarks.misuse_kinds [--each 4] [--days 21] [--seed 5]``

An incident is found if an alert of the signal and the entity of its label opens while it lasts.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.lines import numbers_asked, say
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.config.load import load_config
from streams.registry.control import RegistryRow
from streams.registry.entry import key_of
from streams.registry.files import read_entries
from streams.simulate.files import COMPLAINTS, CONFIG, REGISTRY, SENDS, write
from streams.simulate.misuse import MISUSE_OF_KIND, MisuseKind
from streams.simulate.simulation import Simulation

BEGINS = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def measure(
    each: int, days: int, seed: int, place: Path, told_of: set[tuple[str, str]] | None = None
) -> dict[MisuseKind, tuple[int, int]]:
    """Return how many of each kind there were, and how many of them were found.

    Parameters
    ----------
    each, days, seed
        How many of each kind, over how long, and the simulation's seed.
    place
        An empty folder for its files.
    told_of
        Gets the signal and the entity of every alert that opens.
    """
    simulation = Simulation(
        BEGINS, senders=each * len(MISUSE_OF_KIND), days=days, incidents=0.0, misuse=1.0, seed=seed
    )
    write(simulation, "UTC", place, lambda: None)
    entries = read_entries((place / REGISTRY).read_bytes(), REGISTRY)
    opened: dict[tuple[str, str], list[dt.datetime]] = defaultdict(list)

    def hear(published: Published) -> None:
        alert = published.alert
        if alert.event == "opened":
            entity = f"{alert.entity.level}/{alert.entity.id}"
            opened[alert.signal, entity].append(dt.datetime.fromisoformat(alert.first_bucket))

    files = {"sends": [place / SENDS], "complaints": [place / COMPLAINTS]}
    replay = Replay(load_config(place / CONFIG), files, now_s=time.time())
    replay.shards.declare([RegistryRow(n, key_of(one), one) for n, one in enumerate(entries, 1)])
    replay.run(hear, lambda *_: None)
    if told_of is not None:
        told_of.update(opened)
    out: dict[MisuseKind, tuple[int, int]] = {}
    for one in simulation.misuse:
        start, stop = simulation.at(one.start), simulation.at(one.stop)
        found = any(start <= at < stop for at in opened[one.signal, one.entity])
        number, hits = out.get(one.kind, (0, 0))
        out[one.kind] = number + 1, hits + found
    return out


def main() -> None:
    """Print a line for each kind."""
    asked = numbers_asked(__doc__, {"each": 4, "days": 21, "seed": 5}, {"each": 1, "days": 16})
    with tempfile.TemporaryDirectory() as place:
        found = measure(asked["each"], asked["days"], asked["seed"], Path(place))
    say({kind: f"{hits} of {number}" for kind, (number, hits) in found.items()})


if __name__ == "__main__":
    main()
