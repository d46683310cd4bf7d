"""A rule that is met by somebody it is not about waits: it is asked in a silence, too."""

from __future__ import annotations

import datetime as dt
from unittest.mock import patch

import pytest

from detectors.distinct.bottom_k import Sketch
from streams.config.load import parse_config
from streams.counts.bucket import DAY_S
from streams.detection.close import Group
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.facts.bucket import Facts
from streams.facts.record import DistinctOf
from streams.items import Counts
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry
from tests.detection.misuse.events import BEGIN_S

MINUTE = 60
CODE = "1069001"


def _silent(steps: int, days: int, *, lapses: bool) -> tuple[list[str], Group]:
    """Six complain about a registered code, whose entry ends after three days; all is silent."""
    config = parse_config(
        {
            "timezone": "UTC",
            "detect": {"rules": ["in-tcccpr-2025"]},
            "count": {"levels": ["sender"]},
            "sources": {"complaints": {"kind": "complaint", "group": "filed"}},
        }
    )
    shard = Shard(0, config)
    entry = CodeEntry(id=CODE, valid_until=dt.date(2026, 3, 3) if lapses else None)
    shard.registry.take([RegistryRow(1, f"code/{CODE}", entry)])
    (name,) = [name for name, of in config.groups.items() if of[0].name == "complaints"]
    group = shard.groups[name]
    out: list[str] = []
    people: dict[DistinctOf, Sketch] = {"valid_reporters": Sketch.from_hashes(range(1, 7))}
    first = ClosedBucket(
        BEGIN_S, BEGIN_S + MINUTE, {("complaints", "sender"): {CODE: 6}}, Belonging(),
        facts=Facts(distinct={("complaints", "sender"): {CODE: people}}),
    )  # fmt: skip
    group.merge.begin_at(BEGIN_S + MINUTE)
    group.judge(first)
    for number in range(steps):
        reached = BEGIN_S + (days * DAY_S + 600) * (number + 1) / steps
        record = Counts("complaints", 0, 1, MINUTE, watermark=float(reached))
        for result in group.close(number, record):
            out += [
                f"{a.alert.event} {a.alert.first_bucket}"
                for a in result.alerts
                if a.alert.signal == "rule"
            ]
    return out, group


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_an_entry_that_lapses_in_a_silence_lets_the_rule_be_met(steps: int) -> None:
    """On the first minute of the day on which nobody is registered, however marks come."""
    with (
        patch("streams.detection.close.LONGEST_EMPTY_RUN", 5),
        patch("streams.detection.source_faults.source_judge.OFF_S", 8 * MINUTE),
    ):
        said, _ = _silent(steps, 3, lapses=True)
    assert said[:1] == ["opened 2026-03-04T00:00:00+00:00"]


def test_a_silence_of_days_is_asked_twice_a_day() -> None:
    """Not each of its minutes: 8 days have 11,520."""
    with (
        patch("streams.detection.close.LONGEST_EMPTY_RUN", 5),
        patch("streams.detection.source_faults.source_judge.OFF_S", 8 * MINUTE),
        patch("streams.detection.misuse.panel.MisusePanel.close", return_value=[]) as asked,
    ):
        _, group = _silent(1, 8, lapses=False)
    assert group.buckets_closed == 8 * DAY_S // MINUTE + 10
    assert asked.call_count < 20  # the panel is patched: nothing waits
