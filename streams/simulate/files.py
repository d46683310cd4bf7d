"""A simulation as files: events, labels, and a configuration to replay them with."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import IO

from streams.archive.atomic_files import atomic_files
from streams.registry.files import COLUMNS as REGISTRY_COLUMNS
from streams.registry.files import row_of
from streams.simulate.incidents import Incident
from streams.simulate.misuse import Misuse, registry_of
from streams.simulate.simulation import Simulation
from streams.sources.event_json import encode_event

SENDS, COMPLAINTS, LABELS = "sends.jsonl", "complaints.jsonl", "labels.csv"
REGISTRY = "registry.csv"
CONFIG = "weathervane.toml"
COLUMNS = ("entity", "signal", "kind", "start", "end")

_CONFIG = """\
name = "simulation"
timezone = "{timezone}"

[count]
bucket = "1h"
lateness = "0s"                         # the files are in order
"""
_MISUSE_CONFIG = """\
levels = ["sender", "access_code", "signature", "all"]

[detect]
rules = ["in-tcccpr-2025", "cn-provider", "us-10dlc"]

[detect.misuse]
signals = ["new_code", "scope", "sublet", "snowshoe", "consent", "fan_out"]

[rules.cn-provider.complaint-ratio]     # people complain here more than a provider would bear
warn = 40_000.0
close = 60_000.0
"""


@dataclass(frozen=True)
class Written:
    """What stands in the files."""

    sends: int
    complaints: int
    labels: int
    bytes: int


def write(
    simulation: Simulation, timezone: str, place: Path, passed: Callable[[], None]
) -> Written:
    """Write a simulation into a folder; its files have their names once they are complete.

    Parameters
    ----------
    simulation
        What.
    timezone
        Its name, for the configuration.
    place
        An empty folder.
    passed
        Called after each hour.

    Raises
    ------
    OSError
        Where the disk does not take them; what is incomplete is removed.
    """
    paths = [place / name for name in (SENDS, COMPLAINTS, LABELS, CONFIG)]
    if simulation.misuse:
        with atomic_files(place / REGISTRY) as (registry,):
            registry.write(_registry(simulation).encode())
    with atomic_files(*paths) as (sends, complaints, labels, config):
        sent, filed = _events(simulation, sends, complaints, passed)
        labels.write(_labels(simulation).encode())
        config.write(_CONFIG.format(timezone=timezone).encode())
        config.write(_MISUSE_CONFIG.encode() if simulation.misuse else b"")
    size = sum(path.stat().st_size for path in paths)
    return Written(sent, filed, len(simulation.incidents) + len(simulation.misuse), size)


def _events(
    simulation: Simulation, sends: IO[bytes], complaints: IO[bytes], passed: Callable[[], None]
) -> tuple[int, int]:
    sent = filed = 0
    for hour in simulation.hours():
        sends.writelines(encode_event(event) + b"\n" for event in hour.sends)
        complaints.writelines(encode_event(event) + b"\n" for event in hour.complaints)
        sent, filed = sent + len(hour.sends), filed + len(hour.complaints)
        passed()
    return sent, filed


def _labels(simulation: Simulation) -> str:
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_row(simulation, incident) for incident in simulation.incidents)
    rows.writerows(_row(simulation, one) for one in simulation.misuse)
    return out.getvalue()


def _registry(simulation: Simulation) -> str:
    out = StringIO()
    rows = csv.DictWriter(out, REGISTRY_COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(map(row_of, registry_of(simulation.population, simulation.misuse)))
    return out.getvalue()


def _row(simulation: Simulation, incident: Incident | Misuse) -> list[str]:
    start, stop = (simulation.at(hour).isoformat() for hour in (incident.start, incident.stop))
    return [incident.entity, incident.signal or "expected", incident.kind, start, stop]
