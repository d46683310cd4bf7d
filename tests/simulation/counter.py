"""A counting process: the real `LaneCounting`, with simulated clients around it."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator

from streams.counts.clock.idle import idle_through
from streams.counts.protocol import Arrived, Commit, LaneCounting, LaneId, Step, Write
from tests.simulation.broker import Broker


class CounterProcess:
    """One process; it does one thing at a time, and knows only what it has noticed.

    Attributes
    ----------
    flying
        Writes on their way to the broker, in order.
    busy
        Whether it is in the midst of steps: it then takes no record.
    """

    def __init__(self, name: str, broker: Broker) -> None:
        self.name = name
        self.flying: deque[Write] = deque()
        self._broker = broker
        self._counting = LaneCounting(broker.config)
        self._steps: Iterator[Step] | None = None
        self._waits = False
        self._fetched: dict[LaneId, int] | None = None

    @property
    def busy(self) -> bool:
        return self._steps is not None

    @property
    def lanes(self) -> list[LaneId]:
        """Lanes that it believes to hold."""
        return list(self._counting.intakes)

    def assigned(self, lanes: Iterable[LaneId]) -> None:
        """It has noticed which lanes are its own now; work in flight is dropped."""
        self._steps, self._waits, self._fetched = None, False, None
        self._counting.drop()
        for lane in lanes:
            self._counting.assign(lane, len(self._broker.lanes), self._broker.committed(lane))

    def given_up(self) -> None:
        """The group has given its lanes away, and it does not know."""
        if self._fetched is None:
            self._fetched = dict(self._broker.written)

    def crash(self, chance: random.Random) -> None:
        """End at once: of what was flying, a part still arrives."""
        for _ in range(chance.randint(0, len(self.flying))):
            self.deliver()
        self.flying.clear()
        mine = [lane for lane, owner in self._broker.owners.items() if owner is self]
        self._counting = LaneCounting(self._broker.config)
        self.assigned(mine)

    def left(self, lane: LaneId) -> int:
        """Records of a lane that it could take."""
        intake = self._counting.intakes[lane]
        there = self._broker.written if self._fetched is None else self._fetched
        return there[lane] - intake.lane.position

    def at_end(self, lane: LaneId) -> bool:
        """Whether it has read all of a lane that there is, as the broker tells it."""
        return self._counting.intakes[lane].lane.position == self._broker.written[lane]

    def take(self, lane: LaneId, records: int) -> None:
        """Take some records of a lane."""
        intake = self._counting.intakes[lane]
        for offset in range(intake.lane.position, intake.lane.position + records):
            raw = self._broker.read(lane, offset)
            intake.take(offset, raw.value, raw.written_s, appended=raw.appended)

    def flush(self, *, early: bool) -> None:
        """Begin to flush."""
        self._steps = self._counting.flush(early=early)

    def idle(self, lane: LaneId, silent_s: float) -> float:
        """Begin to declare a lane idle, of which it has read all, and `silent_s` passed since."""
        intake = self._counting.intakes[lane]
        source = intake.source
        through = idle_through(
            lag_s=intake.lane.clock.lag_s,
            now_s=self._broker.now_s + silent_s,
            idle_after_s=0.0,
            lateness_s=source.lateness_s,
            bucket_s=source.bucket_s,
            group_watermarks=[self._watermark(lane) for lane in self._broker.lanes],
        )
        through = max(through, intake.lane.watermark)
        self._steps = self._counting.idle({lane: through})
        return through

    def _watermark(self, lane: LaneId) -> float:
        intake = self._counting.intakes.get(lane)
        return self._broker.committed(lane).published if intake is None else intake.lane.watermark

    @property
    def behind(self) -> bool:
        """Whether its last flush left large lanes to the next one."""
        return self._counting.behind

    @property
    def stuck(self) -> bool:
        """Whether it waits for what has not arrived yet."""
        return self._waits and bool(self.flying)

    def step(self, *, refused: bool = False) -> str:
        """Take the next step; `refused`: the broker does not take a commit, but later may."""
        assert self._steps is not None
        assert not self.stuck
        self._waits = False
        match next(self._steps, None):
            case Write() as write:
                self.flying.append(write)
                return f"writes to {write.topic.rpartition('.')[2]}"  # without the monitor's name
            case Arrived():
                self._waits = True
                return "waits for arrival"
            case Commit(marks):
                said = ", ".join(f"{lane[1]}@{mark.offset}" for lane, mark in marks.items())
                if refused:
                    return f"commit refused: {said}"
                if self._broker.commit(self, marks):
                    self._counting.committed(marks)
                    return f"commits {said}"
                self._counting.drop()
                return f"commit fenced: {said}"
            case None:
                self._steps = None
        return "done"

    def deliver(self) -> None:
        """The first of what is flying arrives."""
        self._broker.arrive(self.flying.popleft())
