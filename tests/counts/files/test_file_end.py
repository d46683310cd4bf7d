"""An end mark goes as far as a file's records bear each other out, and no farther."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.analysis.source_lanes import SourceLanes
from streams.config.load import parse_config
from streams.counts.files.file_end import SURE, FileEnd
from streams.counts.lane import Lane
from streams.counts.lane_records import LaneRecord
from tests.events_of import T0, record, send

DAY = 86400.0
LATENESS_S = 10.0
CONFIG = parse_config({"timezone": "UTC", "sources": {"test": {"kind": "send", "bucket": "1h"}}})
SOURCE = CONFIG.sources["test"]
_TIMES = st.one_of(
    st.floats(1.6e9, 1.6e9 + 9 * DAY), st.sampled_from([1e9, 1.6e9, 1.6e9 + 30 * DAY, 1.75e9])
)
_steps = st.lists(st.sampled_from([0.0, 1.0, 60.0, 7200.0, 40 * DAY]), min_size=1, max_size=400)


def _end(times: Sequence[float], lateness_s: float = LATENESS_S) -> float | None:
    end = FileEnd(60, lateness_s, lanes=2)
    for number, time_s in enumerate(times):
        end.take(number % 2, time_s)
    return end.finish()


def _in_order(steps: Sequence[float]) -> list[float]:
    return [T0 + sum(steps[: number + 1]) for number in range(len(steps))]


@given(_steps)
def test_files_in_order_are_over_with_their_last_record(steps: list[float]) -> None:
    """However sparse they are."""
    times = _in_order(steps)
    assert _end(times) == times[-1]


@given(st.lists(st.floats(0, DAY), min_size=1, max_size=400))
def test_files_from_the_newest_down_are_over_with_their_first_record(times: list[float]) -> None:
    """Nothing before it is behind it."""
    assert _end(sorted(times, reverse=True)) == max(times)


@given(st.integers(0, 10**6), st.integers(1, 400))
def test_disorder_within_the_lateness_moves_no_end(seed: int, size: int) -> None:
    """A record may come so long behind others, in the middle of a file as at its end."""
    draw = random.Random(seed)
    times = [draw.uniform(0, LATENESS_S) for _ in range(size)]
    assert _end(times) == max(times)


@given(st.lists(st.tuples(st.integers(0, 1), _TIMES), max_size=40))
def test_an_end_is_no_later_than_what_its_lanes_accept(events: list[tuple[int, float]]) -> None:
    """Whatever jumps in time a file holds, it ends no later than what a lane has accepted."""
    lanes, end = [Lane(SOURCE, ["all"]), Lane(SOURCE, ["all"])], FileEnd(3600, LATENESS_S, lanes=2)
    for offset, (number, time_s) in enumerate(events):
        event = send(time_s - T0)
        lanes[number].event(offset, event)
        end.take(number, event.event_time.timestamp())
    for lane in lanes:
        lane.finish()
    fronts = [lane.front for lane in lanes if lane.front is not None]
    end_s = end.finish()
    assert (end_s is None) == (not fronts)
    assert end_s is None or end_s <= max(fronts)


def _with_fast(seed: int, share: float, lead_s: float) -> tuple[list[float], list[float]]:
    """Times of records in order, some of which are ahead, and the times of the others."""
    draw = random.Random(seed)
    times, honest = [], []
    for number in range(draw.randrange(300, 700)):
        time_s = T0 + 20.0 * number
        if number >= 10 and draw.random() < share:
            times.append(time_s + lead_s)
        else:
            times.append(time_s)
            honest.append(time_s)
    return times, honest


@pytest.mark.parametrize("share", [0.03, 0.2])
@pytest.mark.parametrize("lead_s", [900.0, 7200.0, 20 * 3600.0])
def test_fast_clocks_end_no_file(share: float, lead_s: float) -> None:
    """One record of five is ahead, be it minutes or most of a day: the others say when it is over.

    The last few may wait then. A file begins with those that are not ahead: there is nothing before
    its first record that could contradict it.
    """
    for seed in range(20):
        times, honest = _with_fast(seed, share, lead_s)
        end_s = _end(times)
        assert end_s in honest[-SURE:], (seed, len(times))


def test_a_burst_of_a_fast_clock_ends_no_file() -> None:
    """It writes thirty records at once, two hours ahead, shortly before the end."""
    honest = [T0 + 20.0 * number for number in range(300)]
    for before_the_end in (5, 40, 100):
        at = len(honest) - before_the_end
        burst = [honest[at] + 7200.0 + number for number in range(min(30, before_the_end - 1))]
        assert _end([*honest[:at], *burst, *honest[at:]]) in honest[-SURE:]


class _Records(list[LaneRecord]):
    """Of a file, in its lanes."""

    lanes = 4
    bytes_total = bytes_read = records_read = 0

    @property
    def damage(self) -> list[str]:
        return []


def test_the_next_file_goes_on_where_one_with_a_fast_clock_ended() -> None:
    """One sender of 40 is two hours ahead: nobody of the next hours is late, itself included.

    Its lane holds its last two hours open until the others get there; no lane closes them.
    """
    draw = random.Random(7)
    records, offsets = _Records(), [0] * 4
    for second in range(0, 12 * 3600, 20):
        sender = draw.randrange(40)
        value = record(second + 7200 * (sender == 13), f"s{sender}", event_id=str(second))
        records.append(LaneRecord(sender % 4, offsets[sender % 4], value, None))
        offsets[sender % 4] += 1
    first = _Records(one for number, one in enumerate(records) if number < 6 * 180)
    lanes = SourceLanes(SOURCE, first, CONFIG.count.levels)
    lanes.read()
    lanes.finish()
    lanes.end()
    assert [intake.lane.watermark for intake in lanes.intakes] == [T0 + 6 * 3600] * 4
    for one in records[len(first) :]:
        lanes.intakes[one.lane].take(one.offset, one.value, None)
    assert sum(intake.lane.late for intake in lanes.intakes) == 0
