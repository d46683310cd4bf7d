"""Idle decisions fit into a commit, however many are asked for; a recount decides the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.config.model import Config
from streams.counts.lane import Lane
from streams.counts.mark import METADATA_BYTES, ROOMS, Mark, decode_mark, encode_mark
from streams.counts.protocol import Commit, LaneCounting, Write
from streams.counts.wire import decode_counts
from tests.events_of import DAY, T0, config, record

LANE = ("sends", 0)
FIRST = 2**62
"""Offset of the first record: a place of many digits."""

RECORDS = 600


class Drawn(NamedTuple):
    """A lane: records, and through which time somebody wants it to be idle before each of them."""

    config: Config
    values: list[bytes]
    wishes: list[float | None]


def _drawn(seed: int, lateness_s: float, bucket_s: int) -> Drawn:
    """A lane whose newest bucket stays open for as long as it may.

    Time goes on; then it stands, and after each record somebody wants to declare the lane idle
    about a bucket further, until all its buckets are closed; and so on, the lateness later. Times
    have fractions. Now and then one jumps ahead alone, and is held; its neighbour refutes it once
    the lane is declared idle.
    """
    chance = random.Random(seed)
    wanted = chance.choice([0.5, 1.0])
    jumps = chance.choice([0.0, 0.1, 0.4])
    values, wishes = [], list[float | None]()
    now_s = behind_s = 0.0
    alone = False
    for number in range(RECORDS):
        if behind_s > 0.0:
            behind_s -= chance.uniform(0.5, 1.5) * bucket_s
            now_s += (lateness_s + bucket_s) * (behind_s <= 0.0)
        else:
            now_s += chance.uniform(0.0, 2.0 * bucket_s)
            behind_s = (lateness_s + bucket_s) * (chance.random() < 0.1)
        wish = behind_s > 0.0 and not alone and chance.random() < wanted
        wishes.append(T0 + now_s - behind_s if wish else None)
        alone = number > 5 and not alone and chance.random() < jumps
        time_s = now_s + chance.uniform(0.0, 0.1) + alone * (3 * DAY + 20 * bucket_s)
        values.append(record(time_s, chance.choice("abc"), event_id=f"e{number}"))
    made = config(
        count={
            "levels": ["sender"],
            "bucket": f"{bucket_s}s",
            "lateness": f"{lateness_s}s",
            "max_ahead": "100d",
        }
    )
    return Drawn(made, values, wishes)


class Counter:
    """Counts a drawn lane as a process would; what it commits and writes is kept.

    Attributes
    ----------
    committed
        The last mark that the broker took.
    largest
        Size of the largest metadata.
    totals
        The largest total of each bucket and sender that was written before its bucket was closed.
    """

    def __init__(self, drawn: Drawn) -> None:
        self.committed = Mark(FIRST)
        self.largest = self.most = 0
        self.totals: dict[tuple[int, str], int] = {}
        self.reached = float("-inf")
        self._drawn, self._counts = drawn, drawn.config.topic("counts")
        self.begin()

    def begin(self) -> None:
        """Start, or start again after a kill: only what was committed is left."""
        mark = decode_mark(self.committed.offset, encode_mark(self.committed))
        self._counting = LaneCounting(self._drawn.config)
        self._counting.assign(LANE, 1, mark)

    @property
    def lane(self) -> Lane:
        return self._counting.intakes[LANE].lane

    def go_on(self, upto: int, since: int) -> None:
        """Take the records up to the n-th; wishes that came before the kill are not heard again."""
        intake = self._counting.intakes[LANE]
        for number in range(self.lane.position - FIRST, upto):
            wish = self._drawn.wishes[number]
            if wish is not None and number >= since:
                self._carry_out(self._counting.idle({LANE: wish}))
            intake.take(FIRST + number, self._drawn.values[number], T0)
            if number % 7 == 0 and number >= since:
                self._carry_out(self._counting.flush(early=False))
        self._carry_out(self._counting.flush(early=False))

    def _carry_out(self, steps: Iterator[object]) -> None:
        for step in steps:
            if isinstance(step, Commit):
                self.committed = step.marks[LANE]
                self.largest = max(self.largest, len(encode_mark(self.committed)))
                self.most = max(self.most, len(self.committed.idle))
                self._counting.committed(step.marks)
            elif isinstance(step, Write) and step.topic == self._counts:
                counts = decode_counts(step.value)
                for total in counts.totals:
                    if total.bucket >= self.reached:
                        key = (total.bucket, total.id)
                        self.totals[key] = max(total.count, self.totals.get(key, 0))
                if counts.watermark is not None:
                    closed = self.lane.buckets.start(counts.watermark)
                    self.reached = max(self.reached, closed)


LATENESS = [(0.0, 60), (10.0, 60), (6 * 3600.0, 60), (3600.0, 1), (90 * DAY, 3600), (3.5, 60)]


@pytest.mark.parametrize(("lateness_s", "bucket_s"), LATENESS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_commit_is_larger_than_brokers_take(lateness_s: float, bucket_s: int, seed: int) -> None:
    """Six hours of lateness, minutes, and a decision a bucket had made 4,627 bytes of 4,096."""
    counter = Counter(_drawn(seed, lateness_s, bucket_s))
    counter.go_on(RECORDS, 0)
    assert counter.most <= ROOMS[1].most
    assert counter.largest <= METADATA_BYTES - 900


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    place=st.sampled_from(LATENESS[:4]),
    kills=st.lists(st.integers(0, RECORDS), max_size=4),
)
def test_a_recount_after_a_kill_decides_the_same(
    seed: int, place: tuple[float, int], kills: Sequence[int]
) -> None:
    """The decisions of before the kill are repeated where they were taken: equal totals."""
    drawn = _drawn(seed, *place)
    whole, killed = Counter(drawn), Counter(drawn)
    whole.go_on(RECORDS, 0)
    since = 0
    for upto in [*sorted(kills), RECORDS]:
        killed.go_on(upto, since)
        killed.begin()
        since = max(upto, since)
    killed.go_on(RECORDS, RECORDS)
    assert killed.totals == whole.totals
    assert killed.lane.watermark == whole.lane.watermark
    assert killed.lane.mark() == whole.lane.mark()


def test_a_lane_with_hours_of_lateness_falls_idle_in_steps() -> None:
    """Of eight minutes for six hours; every decision that is later is taken, so none waits long."""
    made = config(count={"levels": ["all"], "bucket": "60s", "lateness": "6h"})
    lane = Lane(made.sources["sends"], ["all"])
    assert lane.idle_step(T0 + 479.0) == T0 // 480 * 480
    lane.idle(T0)
    assert lane.idle_step(T0 + 479.0) is None
    assert lane.idle_step(T0 + 480.0 + 479.0) is not None
