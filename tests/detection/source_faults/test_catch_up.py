"""A gap and what comes after it, and the repeated hour: faults of the source, not of senders."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from streams.alerts.cloudevent import Alert
from streams.counts.open_bucket import Flush
from streams.counts.wire import records
from streams.detection.shard import Shard
from streams.detection.source_faults.source_judge import SourceJudge
from streams.detection.source_faults.verdict import SourceVerdict
from streams.items import Total
from tests.detection.source_faults.known import Known
from tests.events_of import DAY, config

HOUR, MONDAY = 3600, 1_772_409_600
SENDERS = 40
GAP = 24 * 9 + 10
Counts = dict[str, int]


def _with_gap(hours: int, share: float, *, by_day: float = 1.5, **burst: int) -> list[Counts]:
    """Counts of ten days by the hour; those of a gap come later, a share of what is left each hour.

    `burst` adds to the first hour after the gap; `by_day` is how busy days are.
    """
    chance = np.random.default_rng(1)
    means = np.geomspace(1.0, 60.0, SENDERS)
    owed, days = np.zeros(SENDERS, dtype=np.int64), []
    for hour in range(24 * 10):
        counts = chance.poisson(means * (by_day if 8 <= hour % 24 < 20 else 2.0 - by_day))
        if GAP <= hour < GAP + hours:
            owed += counts
            counts = 0 * counts
        else:
            late = chance.binomial(owed, share)
            owed -= late
            counts = counts + late
        days.append({f"s{n}": int(count) for n, count in enumerate(counts) if count})
        if hour == GAP + hours:
            for name, added in burst.items():
                days[-1][name] = days[-1].get(name, 0) + added
    return days


def _opened(hours: list[Counts]) -> list[tuple[int, str]]:
    """Hour and entity of the alerts that open from the gap on."""
    shard = Shard(0, _config())
    found: list[tuple[int, str]] = []
    for n, counts in enumerate(hours):
        start = MONDAY + n * HOUR
        totals = [Total(start, "sender", name, count) for name, count in counts.items()]
        if counts:
            totals.append(Total(start, "all", "all", sum(counts.values())))
        flush = Flush(totals, watermark=float(start + HOUR))
        for _, record in records("s", 0, 1, HOUR, flush, 1):
            alerts: list[Alert] = [published.alert for published in shard.take(n, record)]
            found += [
                (n, f"{alert.entity.level}/{alert.entity.id}")
                for alert in alerts
                if alert.event == "opened" and n >= GAP
            ]
    return found


def _config(timezone: str = "UTC", **source: Any) -> Any:
    return config(
        timezone=timezone,
        count={"levels": ["sender", "all"]},
        sources={"s": {"kind": "send", "bucket": "1h", **source}},
    )


@pytest.mark.parametrize(("hours", "share"), [(4, 1.0), (12, 0.5)])
def test_a_gap_and_its_catch_up_are_one_alert(hours: int, share: float) -> None:
    """What was held back comes in one hour, or in a few: nobody is blamed for it."""
    assert [entity for _, entity in _opened(_with_gap(hours, share))] == ["source/s"]


def test_who_bursts_in_a_catch_up_is_found() -> None:
    """Ten times what the hours of the gap explain."""
    opened = _opened(_with_gap(4, 1.0, s10=300))
    assert [entity for _, entity in opened if entity.startswith("sender")] == ["sender/s10"]


def _judged(hours: list[Counts], judge: SourceJudge, start: int = MONDAY) -> list[SourceVerdict]:
    known, verdicts = Known(), []
    for n, counts in enumerate(hours):
        at = start + n * HOUR
        verdict = judge.close(
            at,
            at + HOUR,
            {"all": {"all": sum(counts.values())}, "sender": counts} if counts else {},
            others_sent=False,
            established_of=known.established_of,
        )
        known.learn(counts, 1)
        verdicts.append(verdict)
    return verdicts


def _judge(timezone: str = "UTC", **source: Any) -> SourceJudge:
    judged = _config(timezone, **source).sources["s"]
    return SourceJudge(judged, ["all", "sender"], only_shard=True, longest_life_s=14.0 * DAY)


def test_fresh_ids_are_no_catch_up() -> None:
    """A flood in the first hour after a gap is judged as what it is."""
    fresh = {f"new{n}": 20 for n in range(400)}
    hours = _with_gap(4, 0.0, by_day=1.0, **fresh)
    assert {verdict.raised for verdict in _judged(hours, _judge())} == {1.0}
    late = _judged(_with_gap(4, 1.0, by_day=1.0), _judge())
    assert [n for n, verdict in enumerate(late) if verdict.raised > 1.0] == [GAP + 4]
    assert 4.0 < late[GAP + 4].raised < 6.0


CHANGE = int(dt.datetime(2025, 11, 2, 6, tzinfo=dt.UTC).timestamp())
"""When New York's clocks go back."""
LOCAL = {"format": "csv", "time": "t", "sender": "s"}
MAPPED = {**LOCAL, "format": "json"}


@pytest.mark.parametrize(
    ("source", "first", "second", "unjudged", "kinds"),
    [
        (LOCAL, 2, 0, [-1, 0], []),  # out of order: both hours are in the first
        (MAPPED, 2, 0, [-1, 0], []),
        (LOCAL, 1, 1, [], []),  # in order
        (LOCAL, 1, 0, [0], ["gap"]),  # in order, and a gap
        ({}, 2, 1, [], []),  # times with a zone: the hour is busy
        ({}, 1, 0, [0], ["gap"]),
    ],
)
def test_the_repeated_hour_is_judged_where_it_is_sure(
    source: dict[str, str], first: int, second: int, unjudged: list[int], kinds: list[str]
) -> None:
    """It is no burst and no gap where the records of both hours may be in the first one."""
    chance = np.random.default_rng(2)
    at = 24 * 28
    times = {at - 1: first, at: second}
    hours = [
        {f"s{n}": int(chance.poisson(10.0 * times.get(hour, 1))) + 1 for n in range(30)}
        if times.get(hour, 1)
        else {}
        for hour in range(24 * 29)
    ]
    judge = _judge("America/New_York", **source)
    verdicts = _judged(hours, judge, CHANGE - at * HOUR)
    assert [n - at for n, verdict in enumerate(verdicts) if verdict.gap] == unjudged
    opened = [c.kind for v in verdicts for c in v.changes if c.step == "opened"]
    assert opened == kinds
