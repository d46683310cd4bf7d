"""The monitor over daily complaints by sender: counts in, alerts out, with no file in between.

A third of what a replay of the records costs, and the same alerts: the monitor is given what
counting the records gives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.ftc_episodes import Day
from benchmarks.ftc_source_faults import CONFIG
from streams.config.load import parse_config
from streams.detection.shard import Shard
from streams.items import Counts, Total

SOURCE = "ftc"
DAY_S = 86_400
TOLD = {"opened", "updated"}


class Said(NamedTuple):
    """What a monitor said of senders: alerts opened, and these with revisions that say more."""

    opened: list[tuple[Day, str]]
    reported: set[tuple[Day, str]]


def monitored(days: Mapping[Day, Mapping[str, int]], **detect: float) -> Said:
    """What the monitor says of senders; those that name none are under ``""``.

    Parameters
    ----------
    days
        Complaints by listed day, in order, and sender.
    **detect
        Settings other than the defaults.
    """
    config = parse_config({**CONFIG, "detect": detect})
    shard = Shard(0, config)
    said = Said([], set())
    records = [
        Counts(name, 0, 1, source.bucket_s, watermark=float("inf"), idle=True)
        for name, source in config.sources.items()
        if name != SOURCE
    ]
    zone = ZoneInfo(str(CONFIG["timezone"]))
    for offset, record in enumerate(records):
        shard.take(offset, record)
    for offset, (day, counts) in enumerate(days.items(), len(records)):
        start, end = (_start(day + dt.timedelta(days=n), zone) for n in (0, 1))
        totals = [Total(start, "sender", s, count) for s, count in counts.items() if s and count]
        totals.append(Total(start, "all", "all", sum(counts.values())))
        record = Counts(SOURCE, 0, 1, DAY_S, totals, watermark=float(end))
        for published in shard.take(offset, record):
            alert = published.alert
            if alert.revision and alert.entity.level == "sender" and alert.event in TOLD:
                at = (Day.fromisoformat(alert.last_bucket[:10]), alert.entity.id)
                said.reported.add(at)
                if alert.event == "opened":
                    said.opened.append(at)
    return said


def _start(day: Day, zone: ZoneInfo) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
