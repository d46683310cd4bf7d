"""What a counter writes and commits, step by step: nothing is committed before it has arrived."""

from __future__ import annotations

from unittest.mock import patch

import msgspec

from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.protocol import Arrived, Commit, LaneCounting, Write
from streams.counts.wire import decode_counts
from streams.sources.event_json import encode_event
from tests.events_of import T0, agreed, config, record

LANE = ("sends", 0)


def _counting(mark: Mark | None = None) -> LaneCounting:
    """One of two lanes, with five events of the first minute unless it goes on from a mark."""
    counting = LaneCounting(config(count={"levels": ["all"], "lateness": "0s"}))
    counting.assign(LANE, 2, Mark(0) if mark is None else mark)
    for offset in range(5 if mark is None else 0):
        counting.intakes[LANE].take(offset, record(float(offset)), T0 + offset)
    return counting


def _watermarks(steps: list[Write | Arrived | Commit]) -> list[float | None]:
    return [decode_counts(step.value).watermark for step in steps if isinstance(step, Write)]


def test_all_that_was_written_has_arrived_before_the_commit() -> None:
    """Totals and rejects first, then the wait, then how far that reaches."""
    counting = _counting()
    counting.intakes[LANE].take(5, b"no event", T0)
    for offset, event in enumerate(agreed(60.0), 6):
        counting.intakes[LANE].take(offset, encode_event(event), T0 + 60.0)
    kinds = [type(step) for step in counting.flush(early=True)]
    assert kinds == [Write, Write, Arrived, Commit]


def test_nothing_new_is_not_committed_again() -> None:
    """A flush of nothing asks the broker for nothing."""
    counting = _counting()
    for step in counting.flush(early=True):
        if isinstance(step, Commit):
            counting.committed(step.marks)
    assert [type(step) for step in counting.flush(early=True)] == [Arrived]


def test_an_idle_decision_is_committed_before_it_is_published() -> None:
    """A crash right after the commit: the recount takes the decision at the same place."""
    counting = _counting()
    steps, decided = [], None
    for step in counting.idle({LANE: T0 + 65.0}):
        steps.append(step)
        if isinstance(step, Commit):
            counting.committed(step.marks)
            if decided is None and step.marks[LANE].idle:
                decided = step.marks[LANE]
                assert T0 + 60.0 not in _watermarks(steps)
    assert decided is not None
    assert T0 + 60.0 in _watermarks(steps)
    again = _counting(decode_mark(decided.offset, encode_mark(decided)))
    for offset in range(decided.offset, 5):
        again.intakes[LANE].take(offset, record(float(offset)), T0 + offset)
    assert T0 + 60.0 in _watermarks(list(again.flush(early=False)))


def test_an_idle_decision_that_could_not_be_committed_was_never_taken() -> None:
    """The broker refuses the commit: nothing of it is published, the bucket stays open."""
    counting = _counting()
    steps = list(counting.idle({LANE: T0 + 65.0}))
    assert T0 + 60.0 not in _watermarks(steps)
    assert counting.intakes[LANE].lane.watermark < T0 + 60.0


def test_what_is_dropped_is_committed_by_nobody() -> None:
    """Partitions that have moved away leave nothing behind."""
    counting = _counting()
    counting.drop()
    assert [type(step) for step in counting.flush(early=True)] == [Arrived]


def test_where_a_lane_begins_is_committed_before_anything_is_written() -> None:
    """So counts without a mark mean that marks were lost; a commit that fails is tried again."""
    counting = LaneCounting(config(count={"levels": ["all"], "lateness": "0s"}))
    counting.assign(LANE, 2, Mark(7), stored=False)
    for offset in range(7, 12):
        counting.intakes[LANE].take(offset, record(float(offset)), T0 + offset)
    assert list(counting.flush(early=True)) == [Commit({LANE: Mark(7)})]
    assert list(counting.idle({LANE: T0 + 65.0})) == [Commit({LANE: Mark(7)})]
    kinds = []
    for step in counting.flush(early=True):
        kinds.append(type(step))
        if isinstance(step, Commit):
            counting.committed(step.marks)
    assert kinds[:3] == [Commit, Write, Arrived]


def test_lanes_with_much_to_write_take_turns() -> None:
    """A flood in three lanes is written lane by lane, and holds up the fourth for none of them.

    No lane's commit passes what it has not written: a reject of a lane that waits, least of all.
    """
    counting = LaneCounting(config(count={"levels": ["sender"], "lateness": "0s"}))
    lanes = [("sends", number) for number in range(4)]
    for lane in lanes:
        counting.assign(lane, 4, Mark(0))
        senders = 2 if lane[1] == 3 else 9
        for offset in range(senders):
            counting.intakes[lane].take(offset, record(1.0, f"s{offset}"), T0)
        counting.intakes[lane].take(senders, b"no event", T0)
        for offset, event in enumerate(agreed(61.0), senders + 1):
            counting.intakes[lane].take(offset, encode_event(event), T0 + 61)
        counting.intakes[lane].finish()
    flushed: list[list[int]] = []
    with patch("streams.counts.protocol.LARGE_LANE", 5):
        while counting.behind or not flushed:
            written, rejected = set[int](), set[int]()
            for step in counting.flush(early=False):
                if isinstance(step, Write) and step.topic.endswith("rejects"):
                    rejected.add(int(msgspec.json.decode(step.value)["partition"]))
                elif isinstance(step, Write):
                    written.add(decode_counts(step.value).lane)
                elif isinstance(step, Commit):
                    assert {number for _, number in step.marks} == written == rejected
                    counting.committed(step.marks)
            flushed.append(sorted(written))
    assert flushed == [[0, 3], [1], [2]]
    assert list(counting.flush(early=False)) == [Arrived()]


def test_a_round_of_turns_ends_though_large_buckets_stay_open() -> None:
    """Open buckets keep their senders: once each lane has had its turn, nobody waits any more.

    A round that an idle decision interrupts goes on where it was.
    """
    counting = LaneCounting(config(count={"levels": ["sender"], "lateness": "0s"}))
    intakes = []
    for number in range(3):
        counting.assign(("sends", number), 3, Mark(0))
        intakes.append(counting.intakes["sends", number])

    def grow() -> None:
        """Have every sender grow so much that open totals are written."""
        for intake in intakes:
            first = intake.lane.position
            for offset in range(first, first + 9):
                value = record(
                    1.0, f"s{offset % 9}", event_id=str(offset), count=10 ** (1 + first // 9)
                )
                intake.take(offset, value, T0)

    def a_round() -> list[list[int]]:
        written: list[list[int]] = []
        while counting.behind or not written:
            grow()
            steps = [step for step in counting.flush(early=True) if isinstance(step, Write)]
            written.append(sorted({decode_counts(step.value).lane for step in steps}))
            list(counting.idle({}))
            assert len(written) <= len(intakes)
        return written

    grow()
    with patch("streams.counts.protocol.LARGE_LANE", 5):
        assert a_round() == [[0], [1], [2]]
        assert a_round() == [[0], [1], [2]]
    counting.drop()
    assert not counting.behind
