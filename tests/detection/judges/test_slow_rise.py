"""Slow rises in a shard: one alert an entity, its life, state that survives, days of the zone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pytest

from streams.alerts.cloudevent import Alert
from streams.alerts.lifecycle import Rules
from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.detection.context.budget import Budget
from streams.detection.judges.entities import Entities
from streams.detection.judges.slow_rise import SlowRiseJudge
from streams.detection.shard import Shard
from streams.items import Counts, Total
from tests.events_of import config

HOUR, DAY = 3_600, 86_400
START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""

CROWD = 40


def _config(bucket: str = "1d") -> Config:
    return config(
        count={"levels": ["sender"]},
        detect={"budget_per_day": 0.05},
        sources={"sends": {"kind": "send", "bucket": bucket}},
    )


def _days(seed: int, ramp: Sequence[float]) -> list[dict[str, int]]:
    """A crowd that is steady, and one sender whose mean is given, day by day."""
    chance = np.random.default_rng(seed)
    out = []
    for mean in ramp:
        day = {f"s{n}": int(chance.poisson(5.0)) for n in range(CROWD)}
        out.append(day | {"ramp": int(chance.poisson(mean))})
    return out


def _slowly(days: int) -> list[float]:
    """Ten a day, from the sixtieth day on two per cent more every day."""
    return [10.0 * 1.02 ** max(day - 60, 0) for day in range(days)]


def _records(days: list[dict[str, int]], bucket_s: int = DAY) -> list[Counts]:
    return [
        Counts(
            "sends",
            0,
            1,
            bucket_s,
            [
                Total(START + number * bucket_s, "sender", name, count)
                for name, count in day.items()
                if count
            ],
            watermark=float(START + (number + 1) * bucket_s),
        )
        for number, day in enumerate(days)
    ]


def _run(shard: Shard, records: list[Counts], start: int = 0) -> list[Published]:
    return [p for n in range(start, len(records)) for p in shard.take(n, records[n])]


def _of_ramp(published: list[Published]) -> list[Alert]:
    return [p.alert for p in published if p.alert.entity.id == "ramp"]


def test_a_slow_alert_says_so() -> None:
    """Its detector is slow-e-sr, its onset weeks back, its counts those since then."""
    alerts = _of_ramp(_run(Shard(0, _config()), _records(_days(1, _slowly(115)))))
    opened = alerts[0]
    assert (opened.event, opened.detector, opened.signal) == ("opened", "slow-e-sr", "sends")
    assert opened.onset < opened.first_bucket == opened.last_bucket
    assert opened.evidence_nats >= opened.threshold_nats
    assert opened.observed > 1.5 * opened.expected
    assert f"since {opened.onset[:10]}" in opened.summary
    assert "rising slowly" in opened.summary


def test_a_burst_on_a_ramp_is_the_ramps_alert() -> None:
    """A sender has one open alert: the burst updates it, and the ramp goes on after the burst."""
    means = _slowly(112)
    shard = Shard(0, _config())
    records = _records(_days(1, means))
    opened = next(
        n
        for n, record in enumerate(records)
        if any(p.alert.entity.id == "ramp" for p in shard.take(n, record))
    )
    means[opened + 1] = 400.0
    means[opened + 2 :] = [means[opened]] * len(means[opened + 2 :])
    alerts = _of_ramp(_run(Shard(0, _config()), _records(_days(1, means))))
    assert len({alert.alert_id for alert in alerts if alert.event == "opened"}) == 1
    revisions = [(alert.revision, alert.event) for alert in alerts[:2]]
    assert revisions == [(1, "opened"), (2, "updated")]
    assert alerts[1].observed - alerts[0].observed >= 350
    assert [alert.revision for alert in alerts] == list(range(1, len(alerts) + 1))
    # Three days after the burst its count fits what the fast baseline has learned: no end.
    assert len({alert.alert_id for alert in alerts}) == 1
    ended = [alert for alert in alerts if alert.event == "resolved"]
    assert [alert.reason for alert in ended] in ([], ["level_shift"])


def test_a_ramp_that_ends_is_resolved() -> None:
    """Three days as they were before it, and the alert is over: at its level of old."""
    means = _slowly(108)
    means += [10.0] * 20
    alerts = _of_ramp(_run(Shard(0, _config()), _records(_days(1, means))))
    assert [alerts[0].event, alerts[-1].event] == ["opened", "resolved"]
    assert alerts[-1].reason is None
    assert len({alert.alert_id for alert in alerts}) == 1


def test_a_level_shift_is_not_found_again() -> None:
    """A level taken for the new normal is that of the slow baseline, too: silent for good."""
    means = [10.0] * 60 + [60.0] * 90
    alerts = _of_ramp(_run(Shard(0, _config()), _records(_days(1, means))))
    assert [alert.reason for alert in alerts if alert.event == "resolved"] == ["level_shift"]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert alerts[0].detector == "e-sr"


@pytest.mark.parametrize("seed", range(3))
def test_a_crash_changes_no_byte(seed: int) -> None:
    """Checkpoints hold levels, days and open slow alerts: what follows is the same bytes."""
    chance = random.Random(seed)
    means = _slowly(120) + [10.0] * 10
    records = _records(_days(1, means))
    whole = [p.value for p in _run(Shard(0, _config()), records)]
    slots: dict[bytes, bytes] = {}
    out: list[bytes] = []
    at = 0
    while at < len(records):
        shard = Shard(0, _config())
        shard.restore(slots)
        stop = min(at + chance.randrange(1, 30), len(records))
        out += [p.value for p in _run(shard, records[:stop], shard.position)]
        with patch("streams.detection.slots.SLOT_BYTES", 999):
            slots.update(shard.checkpoint())
        at = stop
    assert any(b"slow-e-sr" in value for value in whole)
    assert out == whole


def test_the_fast_baselines_alert_is_not_doubled() -> None:
    """While a burst's alert is open, the slow baseline opens none beside it."""
    means = [2.0] * 60 + [30.0] * 10
    published = _run(Shard(0, _config()), _records(_days(3, means)))
    opened = [alert for alert in _of_ramp(published) if alert.event == "opened"]
    assert [alert.detector for alert in opened] == ["e-sr"]


def _judge(bucket_s: int, timezone: str = "UTC") -> SlowRiseJudge:
    rules = Rules(min_count=1, exit_after=3, min_hold=1, longest_life_s=14.0 * DAY)
    entities = Entities("60s", "sender", "sends", bucket_s)
    baseline = SlowRiseJudge(entities, timezone, rules, Budget(1.0, 1.0, 1.0, 0.1))
    baseline.grow(["a", "b"])
    return baseline


def test_days_are_those_of_the_time_zone() -> None:
    """By the hour a day ends at midnight in the source's zone, clock changes and all."""
    baseline = _judge(HOUR, "Europe/Berlin")
    first = 1_774_566_000  # Friday 27 March 2026, 00:00 in Berlin; Sunday has 23 hours
    ends = [
        n
        for n in range(24 * 4)
        if baseline.close(
            first + n * HOUR, first + (n + 1) * HOUR, np.ones(2), 1.0, None, [], learn=True
        )
        is not None
    ]
    assert ends == [23, 47, 47 + 23, 47 + 23 + 24]


def test_a_long_pause_is_over_at_once() -> None:
    """A source off for years costs no more than one off for weeks, and nobody has risen."""
    baseline = _judge(DAY)
    for day in range(60):
        start = START + day * DAY
        baseline.close(start, start + DAY, np.full(2, 5.0), 1.0, None, [], learn=True)
    later = START + 4_000 * DAY
    assert baseline.close(later, later + DAY, np.full(2, 5.0), 1.0, None, [], learn=True) == []
