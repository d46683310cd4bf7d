"""What detect tells Prometheus is what its shards did."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streams.config.model import Config
from streams.detection.context.budget import split_budget
from streams.detection.meters import DetectMeters
from streams.detection.shard import Shard
from tests.detection.counts_of import bucket, counts
from tests.events_of import config

SENDERS = [f"s{number}" for number in range(8)]
MINUTES = 60
BRITTLE = {
    "name": "brittle",
    "detector": "tests.detection.plugins.test_beside.Brittle",
    "share": 0.1,
    "warmup": 5,
}


def _run(burst: int, **detect: Any) -> tuple[DetectMeters, Shard, Config]:
    """An hour of steady senders, of whom one bursts in the last minute but one."""
    settings = config(
        count={"levels": ["sender"], "lateness": "10s"},
        detect={"budget_per_day": 2000.0, "min_count": 100, **detect},
        sources={
            "sends": {"kind": "send", "group": "sending"},
            "complaints": {"kind": "complaint", "group": "complaining"},
        },
    )
    chance, meters, shard = random.Random(1), DetectMeters(settings), Shard(0, settings)
    for minute in range(MINUTES):
        totals = {(minute, name): chance.randrange(1, 4) for name in SENDERS}
        if minute == MINUTES - 2:
            totals[minute, "s3"] = burst
        record = counts(totals, until=minute + 1)
        meters.published(0, shard.take(minute, record))
    meters.measure(shard, head=MINUTES + 5, unsaved_s=7.0, now_s=bucket(MINUTES) + 200.0)
    return meters, shard, settings


def _value(meters: DetectMeters, name: str, **labels: str) -> float | None:
    labels = {"shard": "0", **labels}
    return meters.registry.get_sample_value(f"weathervane_detect_{name}", labels)


def test_the_budget_is_set_against_what_was_opened() -> None:
    """Spent is what opened about senders; allowed grows with the event time judged, no faster."""
    meters, shard, settings = _run(500)
    place = {"group": "sending", "level": "sender", "signal": "sends"}
    assert _value(meters, "budget_spent_total", **place) == 1
    share = split_budget(settings)["sending", "sender", "sends"].total
    assert share == pytest.approx(1000.0)
    allowed = _value(meters, "budget_allowed_total", **place)
    assert allowed == pytest.approx(share * MINUTES / 1440)
    meters.measure(shard, head=MINUTES, unsaved_s=0.0, now_s=bucket(MINUTES) + 900.0)
    assert _value(meters, "budget_allowed_total", **place) == allowed
    assert _value(meters, "open_alerts") == 1
    assert _value(meters, "alerts_total", event="opened") == 1


def test_an_overdue_close_is_told_by_group() -> None:
    """The clock past the next bucket's end and its lateness; a group without data tells none."""
    meters, _, _ = _run(2)
    assert _value(meters, "close_overdue_seconds", group="sending") == 200.0 - 60.0 - 10.0
    assert _value(meters, "closed_through_seconds", group="sending") == bucket(MINUTES)
    assert _value(meters, "close_overdue_seconds", group="complaining") is None
    assert _value(meters, "lag_records") == 5
    assert _value(meters, "checkpoint_age_seconds") == 7.0


def test_a_failing_detector_beside_ours_is_told_by_name() -> None:
    """A detector of others that raises stops nothing: its failures are counted by its name."""
    meters, _, _ = _run(2000, beside=[BRITTLE], min_count=1_000_000)
    assert _value(meters, "beside_failures", detector="brittle") == 1
    meters, _, _ = _run(2, beside=[BRITTLE], min_count=1_000_000)
    assert _value(meters, "beside_failures", detector="brittle") == 0


def test_a_shard_that_has_moved_away_leaves_nothing_behind() -> None:
    """After a rebalance no gauge of a shard stays, or an alert on it would never end."""
    meters, _, _ = _run(500)
    meters.forget()
    for name in ("lag_records", "open_alerts", "checkpoint_age_seconds"):
        assert _value(meters, name) is None
    assert _value(meters, "close_overdue_seconds", group="sending") is None
    assert _value(meters, "alerts_total", event="opened") == 1
