"""Garbage through what the counting process does with a record, without a broker."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.intake import Intake
from streams.counts.mark import Mark
from streams.counts.protocol import Commit, LaneCounting, Write
from tests.garbage.memory import resident_mb

FLUSH_EVERY = 5000
LANE = 0


@dataclass
class Fates:
    """What became of the records of one topic.

    Attributes
    ----------
    records, events, ends
        How many there were, and what of them was an event or an end mark.
    rejects
        The rest, by reason.
    written
        Rejects that went to their topic.
    memory_mb
        Resident memory at each flush.
    alone
        Records, events, end marks and rejects where each record is taken by itself.
    """

    records: int = 0
    events: int = 0
    ends: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    written: int = 0
    memory_mb: list[float] = field(default_factory=list)
    alone: tuple[int, int, int, Counter[str]] = (0, 0, 0, Counter())

    def problems(self) -> Iterator[str]:
        """What is wrong with the sums."""
        rejected = self.rejects.total()
        if self.records != self.events + self.ends + rejected:
            yield (
                f"{self.records} records, but {self.events} events, {self.ends} end marks and"
                f" {rejected} rejects"
            )
        together = (self.records, self.events, self.ends, self.rejects)
        if together != self.alone:
            yield f"taken together {together}, one by one {self.alone}"
        if self.written != rejected:
            yield f"{rejected} rejects, of which {self.written} were written"

    @property
    def grown_mb(self) -> float:
        """Memory at the end above that after the first tenth, when all caches are warm."""
        return self.memory_mb[-1] - self.memory_mb[len(self.memory_mb) // 10]


def config() -> Config:
    """A configuration in which no lane falls idle, so that the records alone decide."""
    return parse_config({"timezone": "UTC", "count": {"idle_after": "1d"}})


def take_all(config: Config, topic: str, records: Iterable[tuple[bytes | None, float]]) -> Fates:
    """Count one lane of `topic`: each record with the time at which it was written, epoch s.

    They are taken together, as the process does, and beside that one by one.
    """
    counting, fates = LaneCounting(config), Fates()
    counting.assign((topic, LANE), 1, Mark(0))
    intake = counting.intakes[topic, LANE]
    alone = Intake(intake.source, LANE, config.count.levels)
    offset, sizes = 0, random.Random(0)
    rest = iter(records)
    while batch := list(islice(rest, sizes.randint(1, 1000))):
        values, written_s = [value for value, _ in batch], [time_s for _, time_s in batch]
        offsets = range(offset, offset + len(batch))
        intake.take_all(offsets, values, written_s)
        for one in zip(offsets, values, written_s, strict=True):
            alone.take(*one)
        offset += len(batch)
        if offset // FLUSH_EVERY > len(fates.memory_mb):
            _flush(counting, fates, config.topic("rejects"))
            alone.lane.flush()
            alone.rejects.clear()
    intake.finish()
    alone.finish()
    _flush(counting, fates, config.topic("rejects"))
    fates.records, fates.events, fates.ends = intake.records, intake.lane.events, intake.ends
    fates.rejects = intake.rejected
    fates.alone = alone.records, alone.lane.events, alone.ends, alone.rejected
    return fates


def _flush(counting: LaneCounting, fates: Fates, rejects: str) -> None:
    for step in counting.flush(early=True):
        if isinstance(step, Write):
            fates.written += step.topic == rejects
        elif isinstance(step, Commit):
            counting.committed(step.marks)
    fates.memory_mb.append(resident_mb())
