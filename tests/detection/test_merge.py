"""Merging is blind to the order of lanes and to repeats, and closes only what is complete."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.wire import WrongShape
from streams.detection.merge import MOST_OPEN, ClosedBucket, Merge, Sums
from streams.detection.worker.shelf import FileShelf
from streams.items import Counts, Family, Total
from tests.detection.counts_of import MINUTE, bucket, counts
from tests.events_of import config

Closed = list[tuple[int, int, Sums]]

LAST = 8
"""Minutes in a random stream."""


def _merge(*names: str) -> Merge:
    sources = config().sources
    return Merge([sources[name] for name in names or ("sends",)])


def _feed(merge: Merge, stream: Sequence[Counts], offset: int = 0) -> Closed:
    closed: Closed = []
    for number, record in enumerate(stream):
        merge.add(offset + number, record)
        closed += [(start, end, sums) for start, end, sums, *_ in merge.close()]
    return closed


def _minutes(closed: Closed) -> list[tuple[int, dict[str, int]]]:
    """Minute number and counts by sender, of any signal."""
    return [
        ((start - bucket(0)) // MINUTE, {k: v for of in sums.values() for k, v in of.items()})
        for start, _, sums in closed
    ]


@st.composite
def _lane(draw: st.DrawFn, number: int, lanes: int) -> list[Counts]:
    """What one lane writes: growing totals of open minutes, and its watermark now and then."""
    totals: dict[tuple[int, str], int] = {}
    passed, out = 0, []
    for _ in range(draw(st.integers(0, 6))):
        grown: dict[tuple[int, str], int] = {}
        for _ in range(draw(st.integers(0, 3))):
            key = (draw(st.integers(passed, LAST - 1)), draw(st.sampled_from("abc")))
            totals[key] = grown[key] = totals.get(key, 0) + draw(st.integers(1, 9))
        advance = draw(st.integers(-1, 2))
        if advance >= 0:
            passed = min(passed + advance, LAST - 1)
        keys = list(grown)
        cut = draw(st.integers(0, len(keys)))
        first = {key: grown[key] for key in keys[:cut]}
        rest = {key: grown[key] for key in keys[cut:]}
        until = passed if advance >= 0 else None
        out += [
            counts(first, lane=number, lanes=lanes),
            counts(rest, lane=number, lanes=lanes, until=until),
        ]
    return [*out, counts(lane=number, lanes=lanes, until=LAST)]


@st.composite
def _lanes(draw: st.DrawFn) -> list[list[Counts]]:
    lanes = draw(st.integers(1, 3))
    return [draw(_lane(number, lanes)) for number in range(lanes)]


@st.composite
def _order(draw: st.DrawFn, lanes: list[list[Counts]]) -> list[Counts]:
    """Any interleaving; a lane may go back and write again what it has written."""
    at = [0] * len(lanes)
    out: list[Counts] = []
    while unread := [n for n, lane in enumerate(lanes) if at[n] < len(lane)]:
        number = draw(st.sampled_from(unread))
        if at[number] and draw(st.integers(0, 3)) == 0:
            again = draw(st.integers(0, at[number] - 1))
            stop = draw(st.integers(again + 1, at[number]))
            out += lanes[number][again:stop]
            continue
        out.append(lanes[number][at[number]])
        at[number] += 1
    return out


@pytest.mark.parametrize("most_open", [MOST_OPEN, 0])
@settings(max_examples=120, deadline=None)
@given(st.data())
def test_the_order_of_lanes_and_repeats_change_nothing(most_open: int, data: st.DataObject) -> None:
    """However lanes interleave and whatever is delivered again: the same buckets, the same sums.

    Also where all that is final is put aside until its bucket closes.
    """
    lanes = data.draw(_lanes())
    with patch("streams.detection.merge.MOST_OPEN", most_open):
        closed = _feed(_merge(), data.draw(_order(lanes)))

    expected: dict[int, dict[str, int]] = {}
    for lane in lanes:
        largest = {(t.bucket, t.id): t.count for record in lane for t in record.totals}
        for (start, name), count in largest.items():
            sums = expected.setdefault(start, {})
            sums[name] = sums.get(name, 0) + count
    first = min(expected, default=bucket(LAST))
    assert [start for start, _, _ in closed] == list(range(first, bucket(LAST), MINUTE))
    assert {start: sums["sends", "sender"] for start, _, sums in closed if sums} == expected


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_an_open_bucket_needs_is_never_passed(data: st.DataObject) -> None:
    """Reading again from `first_needed` finds every total of every bucket that is still open."""
    stream = data.draw(_order(data.draw(_lanes())))
    stop = data.draw(st.integers(0, len(stream)))
    whole = _merge()
    before = _feed(whole, stream[:stop])
    again = _merge()
    again.closed, again.lanes = whole.closed, dict(whole.lanes)
    again.watermarks = dict(whole.watermarks)
    back = stop if whole.first_needed is None else whole.first_needed
    after = _feed(again, stream[back:], back)
    assert before + after == _feed(_merge(), stream)


def test_an_unseen_lane_holds_the_close() -> None:
    """A source says how many lanes it has: none is forgotten because it is slow to begin."""
    merge = _merge()
    assert _feed(merge, [counts({(0, "a"): 5}, lanes=2, until=3)]) == []
    late = _feed(merge, [counts({(0, "a"): 2}, lane=1, lanes=2, until=1)])
    assert _minutes(late) == [(0, {"a": 7})]


def test_a_lane_without_a_watermark_holds_the_close() -> None:
    """Totals alone do not say that a lane has passed."""
    merge = _merge()
    stream = [
        counts({(0, "a"): 5}, lanes=2, until=3),
        counts({(0, "a"): 2}, lane=1, lanes=2),
    ]
    assert _feed(merge, stream) == []


def test_a_lane_added_later_takes_part_from_the_first_bucket_not_yet_closed() -> None:
    """Partitions may be added to a topic while it is read."""
    merge = _merge()
    assert len(_feed(merge, [counts({(0, "a"): 1, (1, "a"): 1}, until=2)])) == 2
    later = counts({(2, "a"): 1, (3, "a"): 1}, lanes=2, until=4)
    assert _feed(merge, [later]) == []
    new = counts({(1, "a"): 9, (2, "a"): 9}, lane=1, lanes=2, until=3)
    assert _minutes(_feed(merge, [new])) == [(2, {"a": 10})]


def test_a_lane_is_not_forgotten_by_a_record_from_before_it() -> None:
    """A repeat that was written when there were fewer lanes does not let the close go."""
    merge = _merge()
    stream = [counts({(0, "a"): 1}, lanes=2), counts({(0, "a"): 1}, lanes=1, until=5)]
    assert _feed(merge, stream) == []


def test_the_watermark_stands_in_the_last_record() -> None:
    """A flush of several records closes nothing before its last one is read."""
    merge = _merge()
    assert _feed(merge, [counts({(0, "a"): 1}), counts({(0, "b"): 1})]) == []
    assert _minutes(_feed(merge, [counts({(0, "c"): 1}, until=1)])) == [
        (0, {"a": 1, "b": 1, "c": 1})
    ]


def test_totals_of_closed_buckets_change_nothing() -> None:
    """A recount after a crash writes them again; they have been judged."""
    merge = _merge()
    _feed(merge, [counts({(0, "a"): 1}, until=1)])
    assert merge.add(1, counts({(0, "a"): 7, (1, "a"): 2})) == [(bucket(1), "sender", "a")]
    assert merge.open_buckets == [bucket(1)]
    assert _minutes(_feed(merge, [counts(until=2)])) == [(1, {"a": 2})]


def test_a_watermark_never_goes_back() -> None:
    """An older record that comes again does not hold what may close."""
    merge = _merge()
    assert _feed(merge, [counts(until=4), counts(until=1)]) == []
    assert merge.frontier == bucket(4)


def test_empty_buckets_close_too() -> None:
    """Silence is judged as well: every bucket comes once, in order."""
    closed = _feed(_merge(), [counts({(0, "a"): 1, (3, "a"): 2}, until=5)])
    assert _minutes(closed) == [(0, {"a": 1}), (1, {}), (2, {}), (3, {"a": 2}), (4, {})]


def test_the_sources_of_a_group_wait_for_each_other() -> None:
    """Sends and complaints of a minute are judged together, whichever comes first."""
    merge = _merge("complaints", "sends")
    assert _feed(merge, [counts({(0, "a"): 50}, until=9)]) == []
    closed = _feed(merge, [counts({(0, "a"): 3}, source="complaints", until=1)])
    assert [sums for _, _, sums in closed] == [
        {("complaints", "sender"): {"a": 3}, ("sends", "sender"): {"a": 50}}
    ]


def test_a_group_does_not_wait_for_another() -> None:
    """A source set apart has its own clock."""
    apart = config(sources={"sends": {"kind": "send", "group": "apart"}})
    merges = {name: Merge(sources) for name, sources in apart.groups.items()}
    assert sorted(merges) == ["1m", "apart"]
    assert len(_feed(merges["apart"], [counts({(0, "a"): 1}, until=1)])) == 1


def test_another_bucket_size_stops_the_merge() -> None:
    """Counts of another configuration are refused with both sizes and the way out."""
    with pytest.raises(WrongShape) as caught:
        _merge().add(0, counts({(0, "a"): 1}, bucket_s=900))
    assert str(caught.value) == (
        "sources.sends.bucket must be what the counter used; it wrote 900 s, detect is"
        " configured for 60 s: use one configuration, or a new counts topic"
    )


def _one_lane_stands_still(chance: random.Random) -> list[Counts]:
    """Minutes of one lane, whose totals grow and name platforms; then the other lane passes all."""
    out: list[Counts] = []
    for minute in range(LAST):
        for count in (1, 2, 3):
            senders = chance.sample("abcdefg", chance.randrange(1, 7))
            most = range(len(senders))
            places = {name: chance.sample(most, 1 + len(senders) // 3) for name in "PQ"}
            out.append(
                Counts(
                    source="sends",
                    lane=0,
                    lanes=2,
                    bucket_s=MINUTE,
                    totals=[Total(bucket(minute), "sender", name, count) for name in senders],
                    families=[Family("platform", name, sorted(at)) for name, at in places.items()],
                    watermark=float(bucket(minute + 1)) if count == 3 else None,
                )
            )
    return [*out, counts({(2, "a"): 9}, lane=1, lanes=2, until=LAST)]


def _closed(merge: Merge, stream: list[Counts]) -> list[ClosedBucket]:
    for offset, record in enumerate(stream):
        merge.add(offset, record)
    return list(merge.close())


@pytest.mark.parametrize("seed", range(20))
def test_what_waits_for_a_lane_that_stands_still_comes_back_as_it_was(
    seed: int, tmp_path: Path
) -> None:
    """With what its senders belong to, from memory or from a file."""
    stream = _one_lane_stands_still(random.Random(seed))
    as_ever = _closed(_merge(), stream)
    for shelf in (None, FileShelf(tmp_path)):
        with patch("streams.detection.merge.MOST_OPEN", 0):
            merge = Merge([config().sources["sends"]], shelf)
            sealed = _closed(merge, stream)
        assert [each.sums for each in sealed] == [each.sums for each in as_ever]
        assert [dict(each.parents) for each in sealed] == [dict(each.parents) for each in as_ever]


def test_totals_that_wait_for_a_lane_are_bounded() -> None:
    """However many buckets wait: a few are held as they are, and all come back."""
    senders, minutes = [f"s{n}" for n in range(50)], 200
    merge, most = _merge(), 1000
    with patch("streams.detection.merge.MOST_OPEN", most):
        for minute in range(minutes):
            grown = {(minute, name): minute + 1 for name in senders}
            merge.add(minute, counts(grown, lanes=2, until=minute + 1))
            assert sum(open_.held for open_ in merge._open.values()) <= most
    assert list(merge.close()) == []
    merge.add(minutes, counts(lane=1, lanes=2, until=minutes))
    closed = [(start, sums["sends", "sender"]) for start, _, sums, *_ in merge.close()]
    assert closed == [(bucket(n), dict.fromkeys(senders, n + 1)) for n in range(minutes)]


def test_a_file_of_what_waits_is_empty_when_all_has_come_back(tmp_path: Path) -> None:
    """It has no name, so that nothing is left behind, and its size is that of what waits."""
    shelf = FileShelf(tmp_path)
    for _ in range(2):
        numbers = [shelf.put(bytes([n]) * 1000) for n in range(5)]
        assert shelf._end == 5000
        assert [shelf.take(number) for number in reversed(numbers)] == [
            bytes([n]) * 1000 for n in (4, 3, 2, 1, 0)
        ]
        assert shelf._end == 0
    assert list(tmp_path.iterdir()) == []
