"""What happens in a simulation beside the usual: bursts, ramps, campaigns, defects; the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from streams.detection.signals import Signal
from streams.simulate.population import PLATFORMS, Population

Kind = Literal[
    "burst", "spike", "build_up", "ramp", "complaints", "sub_let", "campaign",
    "missing", "truncated", "twice",
]  # fmt: skip

LENGTH_H: dict[Kind, int] = {
    "burst": 24, "spike": 2, "build_up": 72, "ramp": 25 * 24, "complaints": 72, "sub_let": 72,
    "campaign": 24, "missing": 24, "truncated": 24, "twice": 24,
}  # fmt: skip
"""Hours that each lasts."""

TIMES: dict[Kind, float] = {
    "burst": 8.0, "spike": 25.0, "build_up": 10.0, "ramp": 1.1, "complaints": 10.0,
    "sub_let": 1.0, "campaign": 3.0, "missing": 0.0, "truncated": 0.1, "twice": 2.0,
}  # fmt: skip
"""How many times the usual; of a build-up at its height, of a ramp from day to day."""

OF_A_SENDER: tuple[Kind, ...] = ("burst", "spike", "build_up", "ramp", "complaints", "sub_let")
DEFECTS: tuple[Kind, ...] = ("missing", "truncated", "twice")

QUIET_DAYS = 7
"""Nothing happens before: a monitor knows nothing of what it has not seen."""

SUB_LET_PER_HOUR = 2.0
"""Complaints about a sub-let code: others send from it, and their messages are not recorded."""

LEAST_PER_DAY = 5.0
"""Senders with fewer messages have no incident: ten times nothing is nothing."""


@dataclass(frozen=True)
class Incident:
    """One of them, as it is labelled.

    Attributes
    ----------
    kind
        What.
    entity
        Whose: ``sender/ID``, ``platform/NAME`` or ``source/NAME``.
    signal
        By which it should show; None for a campaign, which is expected.
    start, stop
        Hours since the beginning; stop is not in it.
    rows
        Senders that it changes.
    """

    kind: Kind
    entity: str
    signal: Signal | Literal["source"] | None
    start: int
    stop: int
    rows: tuple[int, ...]

    def times(self, hour: int) -> float:
        """By how much it multiplies what it changes in an hour."""
        if not self.start <= hour < self.stop:
            return 1.0
        most, gone = TIMES[self.kind], hour - self.start
        if self.kind == "ramp":
            return float(most ** (gone / 24.0))
        if self.kind == "build_up":
            return float(1.0 + (most - 1.0) * (gone + 1) / (self.stop - self.start))
        return most


def plan(
    population: Population, days: int, per_sender: float, rng: np.random.Generator
) -> list[Incident]:
    """Draw incidents, in order of their start.

    Parameters
    ----------
    population
        Whose.
    days
        How long the simulation is; what does not fit into it is left out.
    per_sender
        Share of the senders that have one; a sender has one at most.
    rng
        Where the chance comes from.
    """
    able = np.flatnonzero(24.0 * population.per_hour >= LEAST_PER_DAY)
    number = min(len(able), round(per_sender * len(population)))
    rows = rng.choice(able, number, replace=False).tolist() if number else []
    hours = 24 * days
    out = []
    for place, row in enumerate(rows):
        kind = OF_A_SENDER[place % len(OF_A_SENDER)]
        name = population.senders[row].id
        signal: Signal = "sends"
        if kind in ("complaints", "sub_let"):
            signal = "complaint_rate" if kind == "complaints" else "complaints"
        out += _placed(kind, f"sender/{name}", signal, (row,), hours, rng)
    for platform in PLATFORMS[: days // 28]:
        senders = tuple(n for n, s in enumerate(population.senders) if s.platform == platform)
        out += _placed("campaign", f"platform/{platform}", None, senders, hours, rng)
    for defect in DEFECTS[: days // 14]:
        out += _placed(defect, "source/sends", "source", (), hours, rng)
    return sorted(out, key=lambda incident: (incident.start, incident.entity))


def _placed(
    kind: Kind,
    entity: str,
    signal: Signal | Literal["source"] | None,
    rows: tuple[int, ...],
    hours: int,
    rng: np.random.Generator,
) -> list[Incident]:
    """One at a time by chance; none where there is no time for it.

    Whole days begin at midnight, or next to it where the clock has changed since the beginning.
    """
    length, first = LENGTH_H[kind], 24 * QUIET_DAYS
    if hours - length < first:
        return []
    start = int(rng.integers(first, hours - length + 1))
    if kind in (*DEFECTS, "campaign", "ramp"):
        start -= start % 24
    return [Incident(kind, entity, signal, start, start + length, rows)]
