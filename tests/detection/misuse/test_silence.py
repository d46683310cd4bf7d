"""Alerts on misuse end by time while their source is silent, however many buckets are empty."""

from __future__ import annotations

from unittest.mock import patch

from detectors.distinct.bottom_k import Sketch
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.detection.shard import Shard
from streams.facts.bucket import Facts, LateTotal
from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry
from tests.detection.misuse.events import BEGIN_S, RawEvent, closed, config_of

LONGEST = "streams.detection.close.LONGEST_EMPTY_RUN"


def test_an_alert_ends_in_a_long_silence() -> None:
    """After three empty days no counts are judged; the alert ends after `quiet` all the same."""
    with patch(LONGEST, 3):
        shard = Shard(0, config_of("scope", quiet="7d"))
        shard.registry.take([RegistryRow(1, "code/95588", CodeEntry(id="95588"))])
        (group,) = shard.groups
        steps = [
            (day, one.alert.event)
            for day in range(20)
            for one in shard.judge(group, closed(day, [RawEvent(0, "1069520188")])).alerts
            if one.alert.signal == "scope"
        ]
    assert steps == [(0, "opened"), (7, "resolved")]


def test_late_complaints_end_a_silence() -> None:
    """A bucket that has nothing else is judged: rules count what came late."""
    late = LateTotal("complaints", BEGIN_S, "sender", "a", 1, Sketch(), Sketch())
    start = BEGIN_S + 86_400 * 9
    bucket = ClosedBucket(start, start + 86_400, {}, Belonging(), facts=Facts(late=[late]))
    with patch(LONGEST, 3):
        shard = Shard(0, config_of("scope"))
        (group,) = shard.groups
        for day in range(9):
            shard.judge(group, closed(day, []))
        with patch.object(shard.groups[group].misuse, "close", return_value=[]) as judged:
            shard.judge(group, closed(8, []))
            assert not judged.called
            shard.judge(group, bucket)
            assert judged.called
