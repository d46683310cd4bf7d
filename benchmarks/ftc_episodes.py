"""What happened in the FTC's complaint records, without any detector: days, bursts, defects."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Day = dt.date
Counts = dict[Day, Counter[str]]

LOOK_BACK = 28
"""Listed days before the first that is judged, and whose mean a burst is held against."""

LEAST, TIMES, QUIET = 20, 5.0, 14
"""An episode counts LEAST at least and TIMES the mean plus 1; QUIET listed days before had none."""


@dataclass(frozen=True)
class Episode:
    """The first sender-day of a burst; ``before`` is the listed day before it."""

    day: Day
    before: Day
    sender: str
    count: int


def read_days(path: Path) -> Counts:
    """Complaints by listed day and sender; those that name no sender under ``""``."""
    days: Counts = {}
    with gzip.open(path, "rt", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        for day, sender, _ in rows:
            days.setdefault(dt.date.fromisoformat(day), Counter())[sender] += 1
    return dict(sorted(days.items()))


def doubled(days: Counts) -> list[Day]:
    """Days on which nearly every sender's count is even: posted twice under new ids."""
    return [
        day
        for day, counts in days.items()
        if sum(count % 2 == 0 for count in counts.values()) > 0.9 * len(counts)
    ]


def broken(days: Counts) -> list[Day]:
    """Days without records, and those with under a quarter of what their weekday has."""
    listed = list(days)
    totals = {day: sum(counts.values()) for day, counts in days.items()}
    found = []
    day = listed[0]
    while day <= listed[-1]:
        weeks = [day + dt.timedelta(days=7 * k) for k in (-3, -2, -1, 1, 2, 3)]
        near = sorted(totals[d] for d in weeks if d in totals)
        if totals.get(day, 0) < 0.25 * near[len(near) // 2]:
            found.append(day)
        day += dt.timedelta(days=1)
    return found


def episodes(days: Counts) -> list[Episode]:
    """Every burst that a person would want to hear of."""
    listed = list(days)
    twice = set(doubled(days))
    window: deque[Counter[str]] = deque(maxlen=LOOK_BACK)
    sums: Counter[str] = Counter()
    burst_at: dict[str, int] = {}
    found = []
    for number, day in enumerate(listed):
        if number >= LOOK_BACK:
            for sender, count in days[day].items():
                if sender and count >= LEAST and count >= TIMES * (sums[sender] / LOOK_BACK + 1):
                    last = burst_at.get(sender, -QUIET - 1)
                    burst_at[sender] = number
                    if number - last > QUIET and day not in twice:
                        found.append(Episode(day, listed[number - 1], sender, count))
            sums.subtract(window[0])
        window.append(days[day])
        sums.update(days[day])
    return found


def rule_alerts(days: Counts, least: int, hold: int) -> list[tuple[Day, str]]:
    """Alerts of the rule x >= `least`, silent for `hold` listed days after each."""
    until: dict[str, int] = {}
    found = []
    for number, day in enumerate(days):
        for sender, count in days[day].items():
            if sender and count >= least:
                if number > until.get(sender, -1):
                    found.append((day, sender))
                until[sender] = number + hold
    return found


def caught(wanted: Iterable[Episode], reported: set[tuple[Day, str]]) -> list[Episode]:
    """Episodes of whose sender something was told that day or the listed day before."""
    return [e for e in wanted if (e.day, e.sender) in reported or (e.before, e.sender) in reported]
