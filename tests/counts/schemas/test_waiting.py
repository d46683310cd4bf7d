"""A lane waits for its schema: nothing of it is lost, counted twice or out of order."""

from __future__ import annotations

from streams.counts.fetched import Fetched
from streams.counts.protocol import LaneId
from streams.counts.schemas.waiting import WaitingLanes
from streams.sources.schemas.table import SchemaNeeded

A, B = ("a", 0), ("b", 1)


class Counter:
    """Takes records whose value is the schema that they need."""

    def __init__(self) -> None:
        self.known = {b"": True}
        self.taken: dict[LaneId, list[int]] = {A: [], B: []}
        self.asked: list[str] = []
        self.paused: list[LaneId] = []

    def take(self, fetched: Fetched) -> None:
        for offset, value in zip(fetched.offsets, fetched.values, strict=True):
            if value not in self.known:
                raise SchemaNeeded("r", (value or b"").decode())
            self.taken[fetched.lane].append(offset)

    def position(self, lane: LaneId) -> int:
        return self.taken[lane][-1] + 1 if self.taken[lane] else 0

    def lanes(self) -> WaitingLanes:
        return WaitingLanes(
            take=self.take,
            position=self.position,
            ask=lambda needed: self.asked.append(needed.id),
            pause=self.paused.append,
            resume=self.paused.remove,
        )


def fetched(lane: LaneId, first: int, *values: bytes) -> Fetched:
    offsets = [first + 2 * n for n in range(len(values))]
    return Fetched(lane, offsets, list(values), [1.0] * len(values), False, [()] * len(values))


def test_what_is_fetched_behind_a_record_that_waits_waits_too() -> None:
    counter = Counter()
    lanes = counter.lanes()
    lanes.take(fetched(A, 0, b"", b"", b"7", b"", b"8"))
    lanes.take(fetched(A, 10, b"", b"9"))
    lanes.take(fetched(B, 0, b"", b""))
    assert counter.taken == {A: [0, 2], B: [0, 2]}
    assert (counter.asked, counter.paused) == (["7"], [A])
    assert A in lanes
    assert B not in lanes
    lanes.go_on()
    assert counter.taken[A] == [0, 2], "what was decided about is another's"
    for known, taken in ((b"7", [0, 2, 4, 6]), (b"8", [0, 2, 4, 6, 8, 10])):
        counter.known[known] = True
        lanes.go_on()
        assert counter.taken[A] == taken
        assert counter.paused == [A]
    counter.known[b"9"] = True
    lanes.go_on()
    assert counter.taken[A] == [0, 2, 4, 6, 8, 10, 12]
    assert counter.paused == []
    assert len(lanes) == 0


def test_lanes_that_move_are_forgotten() -> None:
    counter = Counter()
    lanes = counter.lanes()
    lanes.take(fetched(A, 0, b"7"))
    lanes.drop()
    counter.known[b"7"] = True
    lanes.go_on()
    assert counter.taken[A] == []
