"""Runs of empty buckets: the same bytes however they are caught up; in turns, at last at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.bucket import DAY_S
from streams.counts.wire import encode_counts
from streams.detection.protocol import Publish, ShardProtocol, Store, Turn
from streams.detection.shard import Shard
from streams.items import Counts, Total
from tests.detection.counts_of import MINUTE, START, counts
from tests.detection.drawn import SENDERS, two_groups
from tests.events_of import config

OFF_AFTER = 8
"""Buckets after which the tests' sources are off."""


@contextmanager
def _soon_off(longest: int = 5) -> Iterator[None]:
    """Let runs end soon: after some buckets no more are judged, and after some a source is off."""
    with ExitStack() as stack:
        stack.enter_context(patch("streams.detection.close.LONGEST_EMPTY_RUN", longest))
        off_s = OFF_AFTER * MINUTE
        stack.enter_context(patch("streams.detection.source_faults.source_judge.OFF_S", off_s))
        yield


def _active(minute: int, burst: int, bursting: int = 1) -> Counts:
    """Everybody counts, some of them much."""
    totals = {
        (minute, name): 4 + burst * (number < bursting) for number, name in enumerate(SENDERS)
    }
    return counts(totals, until=minute + 1)


def _run(minutes: Sequence[tuple[int, int]], ends: Sequence[int]) -> tuple[Shard, list[bytes]]:
    """Minutes with counts, and the minutes that watermarks alone reach, in order of time."""
    shard, out = Shard(0, two_groups()), list[bytes]()
    records = [(minute + 1, _active(minute, burst)) for minute, burst in minutes]
    records += [(end, counts(until=end)) for end in ends]
    for offset, (_, record) in enumerate(sorted(records, key=lambda pair: pair[0])):
        out += [alert.value for alert in shard.take(offset, record)]
    return shard, out


def _state(shard: Shard) -> list[bytes]:
    return [value for key, value in shard.checkpoint() if not key.endswith(b"/head")]


@settings(max_examples=30, deadline=None)
@given(
    runs=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30)), min_size=1, max_size=4),
    burst=st.sampled_from([0, 200]),
    data=st.data(),
)
def test_m_then_n_empty_buckets_are_m_and_n_at_once(
    runs: list[tuple[int, int]], burst: int, data: st.DataObject
) -> None:
    """Alerts and state are the same bytes, wherever watermarks cut the runs.

    Parameters
    ----------
    runs
        How many minutes with counts, and how many empty ones after them, in turn.
    burst
        Of the last minute with counts before a run: an alert is then open in it, or none.
    """
    minutes, cuts, at = [], list[int](), 0
    for active, empty in runs:
        minutes += [(at + n, burst * (n == active - 1)) for n in range(active)]
        at += active
        if empty:
            cuts += data.draw(st.lists(st.integers(at, at + empty), max_size=5))
        at += empty
    with _soon_off():
        one, expected = _run(minutes, range(at + 1))
        cut, found = _run(minutes, sorted({*cuts, at}))
    assert found == expected
    assert _state(cut) == _state(one)
    assert cut.buckets_closed == one.buckets_closed == at


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_days_are_passed_over_by_the_calendar(zone: str) -> None:
    """Where the clock changes a day is longer or shorter; the next one begins at midnight."""
    made = config(
        timezone=zone,
        sources={"sends": {"kind": "send", "bucket": "1d"}, "complaints": {"kind": "complaint"}},
    )

    def run(steps: int) -> tuple[list[bytes], int | None, int]:
        shard = Shard(0, made)
        (days,) = [g for g in shard.groups.values() if "sends" in g.merge.sources]
        start = days.merge.buckets.start(float(START))
        first = [Total(start, "sender", "a", 5)]
        shard.take(0, Counts("sends", 0, 1, DAY_S, first, watermark=float(start)))
        for number in range(1, steps + 1):
            reached = float(start + 400 * DAY_S * number / steps)
            shard.take(number, Counts("sends", 0, 1, DAY_S, watermark=reached))
        return _state(shard), days.merge.closed, shard.buckets_closed

    with (
        patch("streams.detection.close.LONGEST_EMPTY_RUN", 5),
        patch("streams.detection.source_faults.source_judge.OFF_S", 8 * DAY_S),
    ):
        assert run(1) == run(400)


def test_a_record_of_the_year_2000_takes_no_longer_than_one_of_last_week() -> None:
    """Thirteen million empty minutes lie between the two: only the first of them are judged."""
    long_ago = int(dt.datetime(2000, 1, 1, tzinfo=dt.UTC).timestamp())
    old = Counts("sends", 0, 1, MINUTE, [Total(long_ago, "sender", "a", 5)])
    with _soon_off(longest=20):
        shard = Shard(0, two_groups())
        shard.take(0, old)
        turns = list(shard.turns(1, counts({(0, "a"): 5}, until=1)))
    assert len(turns) == 1 + 20 + 1
    assert shard.buckets_closed == (START - long_ago) // MINUTE + 1


def test_others_work_after_every_bucket_that_a_record_closes() -> None:
    """A record of a day ago, at a first start: nothing waits for the close of 1,440 buckets."""
    judging = ShardProtocol(0, two_groups(), {})
    list(judging.take(0, encode_counts(_active(0, 0)), 0.0))
    steps = list(judging.take(1, encode_counts(counts(until=100)), 0.0))
    assert steps.count(Turn()) == 99


def test_many_alerts_are_published_in_parts() -> None:
    """So that those in flight have a bound; their order is the same."""
    records = [_active(minute, 0) for minute in range(12)] + [_active(12, 500, bursting=3)]
    whole = Shard(0, two_groups())
    expected = [alert.value for at, one in enumerate(records) for alert in whole.take(at, one)]
    judging = ShardProtocol(0, two_groups(), {})
    with patch("streams.detection.protocol.ALERTS_AT_ONCE", 1):
        parts = [
            step.alerts
            for at, one in enumerate(records)
            for step in judging.take(at, encode_counts(one), 0.0)
            if isinstance(step, Publish)
        ]
    assert [len(part) for part in parts] == [1] * len(expected)
    assert [part[0].value for part in parts] == expected
    assert len(expected) > 1


def test_a_record_taken_in_part_is_not_stored() -> None:
    """Whoever is stopped among its steps leaves the checkpoint before: the record comes again."""
    judging = ShardProtocol(0, two_groups(), {})
    list(judging.take(0, encode_counts(_active(0, 0)), 0.0))
    steps = judging.take(1, encode_counts(counts(until=9)), 0.0)
    assert next(steps) == Turn()
    assert list(judging.checkpoint()) == []
    list(steps)
    assert any(isinstance(step, Store) for step in judging.checkpoint())
