"""A lane counts each event once, and a recount from its mark gives the same totals."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.counts.clock.watermark import Quorum
from streams.counts.lane import Lane
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.counts.open_bucket import Flush
from streams.items import Complaint, End, Send, Total
from tests.events_of import DAY, T0, agreed, at, complaint, send, source

Item = Send | Complaint | None
"""An event, or a reject."""

Step = Item | list[Item] | End | float
"""A record of one item or of several, an end mark, or an idle decision through a time."""


def _take(lane: Lane, offset: int, item: Item, *, appended: bool, index: int | None = None) -> None:
    if item is None:
        lane.reject(offset)
    else:
        written_s = item.event_time.timestamp() + offset % 3 * 40.0
        lane.event(offset, item, written_s, appended=appended, index=index)


def _run(
    lane: Lane, steps: Sequence[tuple[int, Step]], *, early: bool = False, appended: bool = False
) -> list[Flush]:
    """Take some steps; the broker may have set the times of records, some after the events."""
    flushes = []
    for offset, step in steps:
        if isinstance(step, float):
            lane.idle(T0 + step)
        elif isinstance(step, End):
            lane.end(offset, step)
        elif not isinstance(step, list):
            _take(lane, offset, step, appended=appended)
        elif not step:
            lane.skip(offset)
        else:
            lane.begin_record(offset)
            for index, item in enumerate(step):
                _take(lane, offset, item, appended=appended, index=index)
        flushes.append(lane.flush(early=early))
    return flushes


def _totals(flushes: Sequence[Flush]) -> dict[tuple[int, str, str], int]:
    """Merge as detect does: the larger total wins, and a closed bucket takes no more."""
    merged: dict[tuple[int, str, str], int] = {}
    closed = float("-inf")
    for flush in flushes:
        for total in flush.totals:
            key = (total.bucket, total.level, total.id)
            if total.bucket >= closed:
                merged[key] = max(total.count, merged.get(key, 0))
        if flush.watermark is not None:
            closed = max(closed, flush.watermark - 60)
    return merged


def _tallies(flushes: Sequence[Flush]) -> dict[int, tuple[int, int, int, int]]:
    merged: dict[int, tuple[int, int, int, int]] = {}
    for flush in flushes:
        for t in flush.tallies:
            before = merged.get(t.bucket, (0, 0, 0, 0))
            now = (t.events, t.late, t.duplicates, t.rejects)
            merged[t.bucket] = tuple(map(max, before, now))  # type: ignore[assignment]
    return merged


def _numbered(first: int, steps: Sequence[Step]) -> list[tuple[int, Step]]:
    return list(enumerate(steps, first))


def test_a_bucket_closes_when_the_watermark_reaches_its_end() -> None:
    """Lateness 10 s: the bucket of minute 0 closes with events at 1:10, not at 1:09."""
    lane = Lane(source(lateness="10s"), ["sender", "all"])
    _run(lane, _numbered(0, [send(5), send(20), *agreed(69)]))
    assert lane.watermark <= T0
    out = _run(lane, _numbered(55, agreed(70)))[-1]
    assert Total(int(T0), "sender", "a", 2) in out.totals
    assert Total(int(T0), "all", "all", 2) in out.totals
    assert out.watermark == T0 + 60


def test_one_fast_clock_makes_nobody_late() -> None:
    """One record at +59 min: its own bucket waits, those of the others go on."""
    lane = Lane(source(lateness="10s"), ["sender", "all"])
    early = _run(lane, _numbered(0, [send(n) for n in range(30)]))
    fast = send(3540, "fast")
    flushes = _run(lane, _numbered(30, [fast, *(send(n) for n in range(30, 200))]))
    assert lane.late == 0
    assert _totals([*early, *flushes])[int(T0), "sender", "a"] == 60
    assert lane.mark().offset == 30
    late = _run(lane, _numbered(201, agreed(3640)))
    assert Total(int(T0) + 3540, "sender", "fast", 1) in late[-1].totals


def test_late_events_have_a_tally_of_their_own() -> None:
    """An event of a closed bucket counts as late in the bucket that is newest, not in its own."""
    lane = Lane(source(lateness="0s"), ["all"])
    flushes = _run(lane, _numbered(0, [*(send(n) for n in range(5)), *agreed(61)]))
    assert flushes[-1].totals == [Total(int(T0), "all", "all", 5)]
    flushes = _run(lane, _numbered(58, [send(30), *agreed(125)]))
    assert lane.late == 1
    tally = flushes[-1].tallies[0]
    assert (tally.bucket, tally.events, tally.late) == (T0 + 60, 54, 1)


def test_an_event_id_counts_once_where_the_source_dedupes() -> None:
    """Complaints with ids of their own are deduped in their bucket; sends are not."""
    lane = Lane(source("complaints", lateness="0s"), ["all"])
    flushes = _run(lane, _numbered(0, [complaint(n, event_id="x") for n in range(5)] + [60.0]))
    assert flushes[-1].totals == [Total(int(T0), "all", "all", 1)]
    assert lane.duplicates == 4


def test_one_corrupt_time_does_not_make_the_rest_late() -> None:
    """A row of 2029 in old data is refused; what follows is counted."""
    lane = Lane(source(lateness="0s"), ["all"])
    rows: list[tuple[int, Step]] = [(n, send(n)) for n in range(10)]
    rows.append((10, send(1000 * DAY)))
    rows += [(n, send(n)) for n in range(11, 20)]
    _run(lane, rows)
    assert lane.late == 0
    assert [refused.offset for refused in lane.refused] == [10]
    assert lane.front == T0 + 19


def test_the_mark_is_the_smallest_first_offset_of_all_open_buckets() -> None:
    """A newer bucket may have begun before an older one: the older's offset would lose it."""
    lane = Lane(source(lateness="1m"), ["all"])
    _run(lane, _numbered(0, [send(n) for n in range(5)]))
    _run(lane, _numbered(5, [send(65), send(2), send(119), *agreed(121)]))
    assert lane.watermark == T0 + 60
    assert lane.mark().offset == 5
    assert decode_mark(5, encode_mark(lane.mark())) == lane.mark()


def test_an_idle_lane_closes_what_ends_by_then() -> None:
    """Later events of that bucket are late, also after a recount."""
    lane = Lane(source(lateness="0s"), ["all"])
    _run(lane, [(n, send(n)) for n in range(5)])
    out = _run(lane, [(5, 65.0)])[0]
    assert out.idle
    assert out.watermark == T0 + 60
    assert out.totals == [Total(int(T0), "all", "all", 5)]
    _run(lane, [(5, send(30))])
    assert lane.late == 1


def test_a_record_of_several_items_is_recounted_from_its_first() -> None:
    """Two of them begin buckets, and one is refused: each is known by its place in the record."""
    lane = Lane(source(lateness="0s"), ["all"])
    _run(lane, _numbered(0, [send(n) for n in range(5)]))
    _run(lane, _numbered(5, [[send(61), send(1000 * DAY), send(122), send(62)]]))
    assert not lane.refused
    _run(lane, _numbered(6, [send(63), send(64)]))
    assert [(refused.offset, refused.item) for refused in lane.refused] == [(5, 1)]
    assert (lane.events, lane.position) == (10, 8)
    _run(lane, [(8, 60.0)])
    assert lane.mark().offset == 5


_events = st.builds(
    send,
    st.integers(0, 400).map(float),
    st.sampled_from(["a", "b", "c"]),
    st.integers(1, 3),
    event_id=st.sampled_from([f"id{n}" for n in range(12)]),
)
_items = st.one_of(_events, _events, _events, st.none(), st.just(send(3000 * DAY)))
_steps = st.one_of(
    _items,
    _items,
    _items,
    st.lists(_items, max_size=6),
    st.integers(0, 400).map(float),
    st.integers(0, 300).map(lambda s: End(v=1, source="test", through=at(T0 + s))),
)


_FAR = 3000.0 * DAY
_HELD_BEFORE: list[Step] = [
    send(1),
    send(_FAR),
    [*map(send, (_FAR, _FAR, 2, 3, 4, _FAR + 61, _FAR + 61, _FAR + 61))],
    send(_FAR + 62),
]
"""What the second holds decides about the third's first ones: a recount must take both again."""


@settings(max_examples=400, deadline=None)
@example(_HELD_BEFORE, [3], "0s", False, False)
@given(
    st.lists(_steps, max_size=40),
    st.lists(st.integers(1, 40), max_size=4),
    st.sampled_from(["0s", "30s", "2m"]),
    st.booleans(),
    st.booleans(),
)
def test_a_recount_from_the_mark_gives_the_same_totals(
    steps: list[Step], crashes: list[int], lateness: str, dedupe: bool, appended: bool
) -> None:
    """Whatever crashes after a commit and is counted again, totals and tallies are equal.

    Few votes decide, so that few records close buckets.
    """
    where = source("complaints" if dedupe else "sends", lateness=lateness)

    def lane_of_few(mark: Mark | None) -> Lane:
        with patch("streams.counts.lane.RECORDS", Quorum(4, 3)):
            return Lane(where, ["sender", "all"], mark)

    # An idle decision is no record: it takes no offset.
    log: list[tuple[int, Step]] = []
    offset = 0
    for step in steps:
        log.append((offset, step))
        offset += not isinstance(step, float)
    whole = lane_of_few(None)
    undisturbed = _run(whole, log, early=True, appended=appended)

    disturbed: list[Flush] = []
    mark, at_step = Mark(0), 0
    for run in [*crashes, len(log)]:
        # The mark is read back as Kafka would give it. Records from there come again; idle
        # decisions do not: those of before the crash stand in the mark.
        mark = decode_mark(mark.offset, encode_mark(mark))
        lane = lane_of_few(mark)
        again = [(o, s) for o, s in log[:at_step] if o >= mark.offset and not isinstance(s, float)]
        disturbed += _run(
            lane, [*again, *log[at_step : at_step + run]], early=True, appended=appended
        )
        at_step += run
        mark = dataclasses.replace(lane.mark())
    assert _totals(disturbed) == _totals(undisturbed)
    assert lane.watermark == whole.watermark
    assert lane.mark() == whole.mark()
    assert _tallies(disturbed) == _tallies(undisturbed)
