"""What the bucket that is open holds for one entity, by the last closed state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from streams.detection.context.calendar import Calendar, in_force
from streams.detection.early import EarlyAlerts
from streams.detection.judges.panel import JudgePanel
from streams.detection.merge import Merge
from streams.detection.signals import FACTS_OF_SIGNAL, Signal
from streams.items import Level
from streams.series.watched import WatchedEntity

KnownAs = Literal["known", "retired", "unknown"]


class Outlooks:
    """Answers what is expected of entities of a group; no answer changes anything.

    Parameters
    ----------
    merge, calendar, early, panel
        The group's.
    """

    def __init__(
        self, merge: Merge, calendar: Calendar, early: EarlyAlerts, panel: JudgePanel
    ) -> None:
        self._merge, self._calendar, self._early, self._panel = merge, calendar, early, panel

    @property
    def closed(self) -> int | None:
        """End of the last closed bucket; None before the first."""
        return self._merge.closed

    def known_as(self, level: Level, entity: str) -> KnownAs:
        """Whether the group knows an entity."""
        of_level = [found for (_, at), found in self._panel.entities.items() if at == level]
        if any(entity in entities.rows for entities in of_level):
            return "known"
        return "retired" if any(entity in entities.retired for entities in of_level) else "unknown"

    def signals_of(self, level: Level, entity: str) -> dict[Signal, WatchedEntity]:
        """Say by signal what the newest open bucket says, or the next one where none is open."""
        start = max(self._merge.open_buckets, default=self._merge.closed)
        return {} if start is None else dict(self._signals(level, entity, start))

    def _signals(
        self, level: Level, entity: str, start: int
    ) -> Iterator[tuple[Signal, WatchedEntity]]:
        buckets, panel = self._merge.buckets, self._panel
        hour, span = buckets.profile_hour(start), (start, buckets.end(start))
        occasions = self._calendar.at(start)
        for (signal, each), judge in panel.volume.items():
            if each != level or FACTS_OF_SIGNAL[signal].distinct:  # known when it closes
                continue
            counted = self._counted(start, signal, level, entity)
            usual = 1.0 if level == "all" else self._usual(signal, start)
            figures = judge.open_bucket.outlook(
                entity, counted, *span, occasions, exposure=usual, hour=hour
            )
            rate = panel.rates.get((signal, level))
            by_rate = rate is not None and rate.judges(entity)
            yield signal, replace(figures, judged=not by_rate)
            if rate is not None and by_rate:
                sends = self._counted(start, "sends", level, entity)
                yield rate.signal, rate.outlook(entity, sends, counted, span)
        newcomers = panel.newcomers.get(level)
        row = None if newcomers is None else newcomers.entities.rows.get(entity)
        if newcomers is not None and row is not None:
            came = self._early.floods.so_far(start, (level, entity))
            occasion = in_force(occasions, level, entity)
            raised = 1.0 if occasion is None else occasion.factor
            usual = self._usual(next(iter(panel.counted)), start)
            yield newcomers.signal, newcomers.outlook(row, came, usual, raised, hour, span)

    def _usual(self, signal: Signal, start: int) -> float:
        return self._early.usual_factors([signal], start)[signal]

    def _counted(self, start: int, signal: Signal, level: Level, entity: str) -> float:
        if start not in self._merge.open_buckets or FACTS_OF_SIGNAL[signal].kind is None:
            return 0.0
        return float(self._merge.partial(start, signal, level, entity))
