"""A small archive to compare and report on: two weeks of days, one burst, one spike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.cli.cli import Cli

FIRST = dt.date(2026, 3, 2)
CONFIG = """
name = "small"
timezone = "UTC"
[count]
levels = ["sender", "platform", "all"]
[detect]
budget_per_day = {budget}
exit_after = {exit_after}
[sources.filed]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
platform = "platform"
channel = "sms"
bucket = "1d"
daily = true
"""
SENDERS = 30
DAYS = 24


def config(place: Path, *, budget: float = 5.0, exit_after: int = 3) -> Path:
    """Write a configuration."""
    place.write_text(CONFIG.format(budget=budget, exit_after=exit_after))
    return place


def rows(names: tuple[str, ...] = ("burst", "spike")) -> list[str]:
    """Complaints: 30 steady senders; the first bursts on the 15th day, the second spikes."""
    out = ["day,sender,platform"]
    for number in range(DAYS):
        day = FIRST + dt.timedelta(days=number)
        for sender in range(SENDERS):
            name = names[sender] if sender < len(names) else f"s{sender}"
            count = 3 + (7 * sender + 3 * number) % 4
            if sender == 0 and 14 <= number < 18:
                count *= 15
            if sender == 1 and number == 18:
                count = 22
            quoted = name.replace('"', '""')
            out += [f'{day},"{quoted}",p{sender % 3}'] * count
    return out


def record(cli: Cli, place: Path, names: tuple[str, ...] = ("burst", "spike")) -> Path:
    """Record them by ``a.toml``; returns the archive."""
    config(place / "a.toml")
    (place / "filed.csv").write_text("\n".join(rows(names)) + "\n", encoding="utf-8")
    found = cli(
        "record", place / "ar", f"filed={place / 'filed.csv'}", "--config", place / "a.toml"
    )
    assert found.exit_code == 0, found.output
    return place / "ar"
