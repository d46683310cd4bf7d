"""What a report collects, and how it sums it up by size."""

from __future__ import annotations

from streams.analysis.labels.outcome import Outcome
from streams.analysis.report.collect import MOST_AFFECTED, Collected, affected, by_day
from streams.analysis.report.detection_rate import by_size
from streams.config.load import parse_config
from streams.detection.bucket_result import BucketResult
from streams.detection.merge import ClosedBucket
from tests.analysis.labels.examples import DAY, day, life, window


def test_an_alert_belongs_to_the_day_that_was_counted() -> None:
    """The close of a day comes with midnight: its alert is not of the next day."""
    collected = Collected(parse_config({"timezone": "UTC"}))
    collected.spans["1d"] = int(day(1)), int(day(6))
    alerts = [
        life(3, 4),
        life(4, 5, severity="critical"),
        life(4, 5, level="source", signal="source", kind="gap"),
    ]
    assert [(each.label, each.critical, each.warning) for each in by_day(alerts, collected)] == [
        ("2026-03-01", 0, 0), ("2026-03-02", 0, 1), ("2026-03-03", 1, 0), ("2026-03-04", 0, 0),
        ("2026-03-05", 0, 0),
    ]  # fmt: skip


def test_groups_recorded_years_apart_have_no_days_between() -> None:
    """A day that no group recorded is no day without alerts."""
    collected = Collected(parse_config({"timezone": "UTC"}))
    collected.spans.update({"1d": (int(day(1)), int(day(3))), "1h": (int(day(900)), int(day(901)))})
    assert len(by_day([], collected)) == 3


def test_days_that_are_missing_were_not_recorded() -> None:
    """What is allowed by the day is allowed for days that are there."""
    config = parse_config({"detect": {"shards": 2}})
    collected = Collected(config)
    for first in (1, 2, 9):
        bucket = ClosedBucket(int(day(first)), int(day(first + 1)), {}, {})
        for shard in range(2):
            collected.on_bucket(BucketResult(shard, "1d", bucket, [], {}, {}))
    assert collected.days == {"1d": 3.0}
    assert collected.until_s - collected.since_s == 9 * DAY


def test_the_most_affected_are_few_and_in_order() -> None:
    """By how far their alerts together are beyond chance; source faults are of no entity."""
    alerts = [life(3, 4, entity=f"e{n}", observed=10.0 + n) for n in range(20)]
    twice = [life(3, 4, entity="twice", observed=28.0), life(9, 10, entity="twice", observed=28.0)]
    found = affected([*alerts, *twice, life(3, 4, level="source")])
    assert list(found) == ["sender"]
    assert [one.entity for one in found["sender"][:3]] == ["twice", "e19", "e18"]
    assert len(found["sender"]) == MOST_AFFECTED
    assert (found["sender"][0].observed, len(found["sender"][0].alerts)) == (56.0, 2)


def test_sizes_are_in_order_and_missed_windows_count() -> None:
    """The median delay takes in the missed ones as later than any."""
    outcomes = [
        Outcome(window(1, 2), alert, delay, 1)
        for alert, delay in [("a", 10.0), ("b", 20.0), (None, 5.0), ("d", 7.0)]
    ]
    size = {0: "1,000 to 9,999", 1: "under 10", 2: "under 10", 3: "100 to 999"}
    names = iter(size[n] for n in range(4))
    found = by_size(outcomes, lambda outcome: next(names))
    assert [(of.size, of.windows, of.detected, of.median_delay_s) for of in found] == [
        ("under 10", 2, 1, None), ("100 to 999", 1, 1, 7.0), ("1,000 to 9,999", 1, 1, 10.0),
    ]  # fmt: skip
