"""Collects the history of one entity from a replay."""

from __future__ import annotations

from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.signals import Signal
from streams.explain.history import EntityHistory, Judging, history_of, in_order
from streams.items import Level
from streams.series.watched import WatchedEntity


class HistoryCollector:
    """Collects the history of one entity.

    Parameters
    ----------
    config
        The configuration of the replay.
    level, entity
        The entity.
    """

    def __init__(self, config: Config, level: Level, entity: str) -> None:
        self._config, self._level, self._entity = config, level, entity
        self.inspect = Inspect({level: [entity]})
        """What the replay must report beside the alerts."""
        self._closed: dict[tuple[str, Signal], list[WatchedEntity]] = {}
        self._alerts: list[Envelope] = []

    def on_bucket(self, result: BucketResult) -> None:
        """Add what a closed bucket found for the entity."""
        for row in result.watched:
            self._closed.setdefault((result.group, row.signal), []).append(row.entity)

    def take(self, published: Published) -> None:
        """Add a published revision, if it is about the entity or about a source."""
        entity = published.alert.entity
        if entity.level == "source" or (entity.level, entity.id) == (self._level, self._entity):
            self._alerts.append(decode_event(published.value))

    def histories(self) -> list[EntityHistory]:
        """Give a history for each group and signal with data: those with the most alerts first."""
        return in_order(
            history_of(
                Judging.of_group(self._config, group),
                self._level,
                self._entity,
                group,
                signal,
                closed,
                self._alerts,
            )
            for (group, signal), closed in self._closed.items()
        )
