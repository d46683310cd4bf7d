"""A simulation as files: events, labels, and a configuration to replay them with."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from streams.events.encode import encode_event
from streams.simulate.incidents import Incident
from streams.simulate.simulation import Simulation

SENDS, COMPLAINTS, LABELS = "sends.jsonl", "complaints.jsonl", "labels.csv"
CONFIG = "weathervane.toml"
PART = ".part"
"""Ends the name of a file that is not complete."""

COLUMNS = ("entity", "signal", "kind", "start", "end")

_CONFIG = """\
name = "simulation"
timezone = "{timezone}"

[count]
bucket = "1h"
lateness = "0s"                         # the files are in order
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
    parts = [path.with_name(path.name + PART) for path in paths]
    try:
        with parts[0].open("wb") as sends, parts[1].open("wb") as complaints:
            sent, filed = _events(simulation, sends, complaints, passed)
        _labels(simulation, parts[2])
        parts[3].write_text(_CONFIG.format(timezone=timezone), encoding="utf-8")
        size = sum(part.stat().st_size for part in parts)
        for part, path in zip(parts, paths, strict=True):
            part.replace(path)
    except BaseException:
        for part in parts:
            part.unlink(missing_ok=True)
        raise
    return Written(sent, filed, len(simulation.incidents), size)


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


def _labels(simulation: Simulation, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        for incident in simulation.incidents:
            rows.writerow(_row(simulation, incident))


def _row(simulation: Simulation, incident: Incident) -> list[str]:
    start, stop = (
        (simulation.start + dt.timedelta(hours=hour)).isoformat()
        for hour in (incident.start, incident.stop)
    )
    return [incident.entity, incident.signal or "expected", incident.kind, start, stop]
