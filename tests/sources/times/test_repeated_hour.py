"""Local times of the hour that a clock change repeats: the second pass is the second hour."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.items import Send
from streams.sources.read import Files
from streams.sources.times.repeated_hour import RepeatedHours
from streams.sources.times.times import Times
from tests.events_of import config

ZONES = {
    "America/New_York": dt.datetime(2025, 11, 2, 6, tzinfo=dt.UTC),
    "Europe/London": dt.datetime(2025, 10, 26, 1, tzinfo=dt.UTC),
    "Australia/Lord_Howe": dt.datetime(2026, 4, 4, 15, tzinfo=dt.UTC),
}
"""Zones, and when their clocks go back."""


def _instants(change: dt.datetime, chance: random.Random, per_hour: int) -> list[dt.datetime]:
    """Instants of six hours before a change to six after, whole seconds, in order."""
    seconds = sorted(chance.randrange(-21600, 21600) for _ in range(12 * per_hour))
    return [change + dt.timedelta(seconds=second) for second in seconds]


def _read(instants: list[dt.datetime], zone: str, hours: RepeatedHours) -> list[dt.datetime]:
    """What is read of these instants, written on the zone's clock, as one file."""
    hours.begin_file()
    times = Times(zone, repeated=hours)
    here = zoneinfo.ZoneInfo(zone)
    return [times[f"{instant.astimezone(here):%Y-%m-%d %H:%M:%S}"] for instant in instants]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(ZONES)), st.integers(0, 10**6), st.integers(30, 600), st.integers(0, 60)
)
def test_files_in_order_are_read_as_they_were(
    zone: str, seed: int, per_hour: int, disorder_s: int
) -> None:
    """Some seconds out of order do no harm, but to records beside the change itself."""
    chance = random.Random(seed)
    instants = _instants(ZONES[zone], chance, per_hour)
    written = sorted(instants, key=lambda at: at.timestamp() + chance.uniform(0, disorder_s))
    read = _read(written, zone, RepeatedHours())
    wrong = [a for a, b in zip(written, read, strict=True) if a != b]
    near = dt.timedelta(seconds=3 * max(disorder_s, 60) + 3 * 3600 / per_hour)
    assert [at for at in wrong if abs(at - ZONES[zone]) > near] == []


@given(st.sampled_from(sorted(ZONES)), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_a_file_for_each_hour_goes_on_where_the_last_one_ended(zone: str, seed: int) -> None:
    """Rotated files: that the time has gone back shows only beside the file before."""
    instants = _instants(ZONES[zone], random.Random(seed), 300)
    hours, read = RepeatedHours(), []
    for hour in range(-6, 6):
        since = ZONES[zone] + dt.timedelta(hours=hour)
        of_hour = [at for at in instants if since <= at < since + dt.timedelta(hours=1)]
        read += _read(of_hour, zone, hours)
    wrong = [a for a, b in zip(instants, read, strict=True) if a != b]
    assert [at for at in wrong if abs(at - ZONES[zone]) > dt.timedelta(minutes=4)] == []


def test_two_files_of_the_same_days_are_read_alike() -> None:
    """The second begins before the change again: its first hour is the first."""
    instants = _instants(ZONES["Europe/London"], random.Random(1), 300)
    hours = RepeatedHours()
    first = _read(instants, "Europe/London", hours)
    assert _read(instants, "Europe/London", hours) == first


def test_without_order_the_hour_is_the_first() -> None:
    """Nothing says which: the records of both hours are in one, as they were before."""
    zone = "America/New_York"
    instants = _instants(ZONES[zone], random.Random(2), 60)
    random.Random(3).shuffle(instants)
    read = _read(instants, zone, RepeatedHours())
    second = [at for at in read[100:] if 0 <= (at - ZONES[zone]).total_seconds() < 3600]
    assert second == []


@pytest.mark.parametrize("files", [1, 2])
def test_files_of_a_source_share_their_order(files: int, tmp_path: Path) -> None:
    """As replay and ingest read them."""
    source = config(
        timezone="America/New_York",
        sources={"s": {"kind": "send", "format": "csv", "time": "t", "sender": "s"}},
    ).sources["s"]
    zone, change = zoneinfo.ZoneInfo("America/New_York"), ZONES["America/New_York"]
    instants = [change + dt.timedelta(minutes=minute) for minute in range(-120, 120, 5)]
    lines = [f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S},a\n" for at in instants]
    paths = [tmp_path / f"{number}.csv" for number in range(files)]
    half = len(lines) // files
    for number, path in enumerate(paths):
        path.write_text("t,s\n" + "".join(lines[number * half : (number + 1) * half]))
    rows = list(Files(source, paths, None, lambda: change.timestamp() + 1e6))
    assert [row.event_time for row in rows if isinstance(row, Send)] == instants
