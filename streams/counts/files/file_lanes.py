"""The lanes of files on their way to a topic: who will be late there, and when the files end.

`ingest` counts what it writes as `count` will, but for what else is on the topic.
"""

from __future__ import annotations

from streams.config.sources import Source
from streams.counts.clock.source_strays import strays_of
from streams.counts.files.file_end import FileEnd
from streams.counts.lane import Lane
from streams.facts.wanted import NOTHING_WANTED
from streams.items import Complaint, Send
from streams.sources.batch import EventBatch
from streams.strays import SourceStrays

BATCH = 250
"""Events of a lane that are counted together; one of them that is late has them counted singly."""


class FileLanes:
    """Counts a source's events in the lanes to which they go.

    Parameters
    ----------
    source, lanes
        The source, and how many partitions its topic has.
    """

    def __init__(self, source: Source, lanes: int) -> None:
        without = source.model_copy(update={"facts": NOTHING_WANTED})
        self._lanes = [Lane(without, ["all"]) for _ in range(lanes)]
        self._end = FileEnd(source.bucket_s, source.lateness_s, lanes)
        self._held: list[list[Send | Complaint]] = [[] for _ in range(lanes)]

    def take(self, lane: int, event: Send | Complaint, written_s: float) -> None:
        """Take an event that is written now, at `written_s`."""
        self._end.take(lane, event.event_time.timestamp())
        held = self._held[lane]
        held.append(event)
        if len(held) >= BATCH:
            self._count(lane, written_s)

    def finish(self, written_s: float) -> SourceStrays:
        """Say who was late; more events may come."""
        for number, lane in enumerate(self._lanes):
            self._count(number, written_s)
            lane.finish()
        return strays_of(self._lanes)

    def end(self) -> float | None:
        """The end of all that was taken, epoch s: nothing may come any more."""
        return self._end.finish()

    def _count(self, number: int, written_s: float) -> None:
        lane, events = self._lanes[number], self._held[number]
        if not events:
            return
        self._held[number] = []
        # By whom they are does not matter here: so all are counted as one sender's.
        batch = EventBatch(
            [event.event_time for event in events],
            [""] * len(events),
            [event.count for event in events],
            [event.event_id for event in events],
            names=[event.sender for event in events],
        )
        if not lane.add(lane.position + len(events) - 1, batch, [written_s] * len(events)):
            for event in events:
                lane.event(lane.position, event, written_s)
        lane.flush(early=False)  # lets go of the buckets that have closed
        lane.refused.clear()
