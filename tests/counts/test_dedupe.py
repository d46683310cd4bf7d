"""A bucket remembers a bounded number of event ids, and says how many events it could not check."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.intake import Intake
from streams.counts.lane import Lane
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.meters import CountMeters
from streams.counts.open_bucket import MOST_IDS, ids_a_bucket
from streams.items import UNCHECKED
from streams.sources.event_json import encode_event
from tests.events_of import T0, complaint, source

LATENESS_S = 60.0
"""Seven buckets may be open, as far as events may be ahead: each remembers a seventh."""

Events = Sequence[tuple[float, int]]
"""Times and ids, in the order of the records."""


def _reference(events: Events, most: int) -> tuple[dict[int, int], dict[int, int]]:
    """What the rule says: the first ids of a bucket, in the order of records, count once."""
    counted: dict[int, int] = {}
    seen: dict[int, set[int]] = {}
    unchecked: dict[int, int] = {}
    for time_s, number in events:
        bucket = int(time_s // 60)
        known = seen.setdefault(bucket, set())
        if number in known:
            continue
        if len(known) < most:
            known.add(number)
        else:
            unchecked[bucket] = unchecked.get(bucket, 0) + 1
        counted[bucket] = counted.get(bucket, 0) + 1
    return counted, unchecked


def _counted(lane: Lane) -> tuple[dict[int, int], dict[int, int]]:
    """What each bucket counted, and how many of its events may be repeats."""
    lane.finish()
    lane.idle(T0 + 1e6)
    totals = lane.flush().totals
    assert {total.level for total in totals} <= {"all"}
    counted, unchecked = (
        {int((total.bucket - T0) // 60): total.count for total in totals if total.id == name}
        for name in ("all", UNCHECKED)
    )
    return counted, unchecked


@settings(max_examples=60, deadline=None)
@given(
    events=st.lists(st.tuples(st.floats(0, 100), st.integers(0, 20)), max_size=60),
    most=st.integers(1, 16),
    killed_at=st.integers(0, 60),
    together=st.booleans(),
)
def test_the_first_ids_of_a_bucket_are_remembered_and_a_recount_remembers_the_same(
    events: list[tuple[float, int]], most: int, killed_at: int, together: bool
) -> None:
    """Beyond them an event counts, and is said to be unchecked: after a kill, the same ones."""
    where = source("complaints", lateness=f"{LATENESS_S}s")
    with patch("streams.counts.open_bucket.MOST_IDS", 7 * most):
        mark = Mark(0)
        lanes = []
        for stop in (min(killed_at, len(events)), len(events)):
            intake = Intake(where, 0, ["all"], mark)
            values = [
                encode_event(complaint(time_s, event_id=str(number)))
                for time_s, number in events[mark.offset : stop]
            ]
            if together:
                offsets = range(mark.offset, stop)
                intake.take_all(offsets, values, [T0] * len(values))
            else:
                for offset, value in enumerate(values, mark.offset):
                    intake.take(offset, value, T0)
            lanes.append(intake.lane)
            mark = decode_mark(intake.lane.mark().offset, encode_mark(intake.lane.mark()))
        counted, unchecked = _reference(events, most)
        assert lanes[-1].late == 0
        assert _counted(lanes[-1]) == (counted, unchecked)
        assert lanes[-1].unchecked == sum(unchecked.values())


@pytest.mark.parametrize(("bucket_s", "lateness_s"), [(60, 0.0), (60, 21600.0), (1, 3.15e8)])
def test_a_lane_remembers_no_more_than_it_may(bucket_s: int, lateness_s: float) -> None:
    """However many of its buckets are open; each remembers one at least."""
    most_open = lateness_s / bucket_s + 1
    a_bucket = ids_a_bucket(bucket_s, lateness_s)
    assert a_bucket * most_open <= MOST_IDS or a_bucket == 1


def test_unchecked_events_are_told_while_their_bucket_is_open_and_after() -> None:
    """A metric says how many counted without a look: nothing is counted twice in silence."""
    where = source("complaints", lateness="0s")
    meters = CountMeters()
    with patch("streams.counts.open_bucket.MOST_IDS", 18):
        intake = Intake(where, 0, ["all"])
        for offset, (time_s, number) in enumerate([(n, n) for n in range(6)] + [(7, 5), (70, 6)]):
            intake.take(offset, encode_event(complaint(time_s, event_id=str(number))), T0)
            meters.measure(("complaints", 0), intake, head=9, now_s=T0)
    name = "weathervane_count_unchecked_total"
    assert meters.registry.get_sample_value(name, {"source": where.name}) == 4
