"""Who complained: distinct reporters of each open alert on complaints, since its first bucket."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from detectors.distinct.bottom_k import K, Sketch
from detectors.state import State
from streams.alerts.cloudevent import Reporters
from streams.alerts.lifecycle import AlertChange
from streams.config.sources import Source
from streams.detection.judges.judge import AllEntities
from streams.detection.merge import ClosedBucket
from streams.detection.people.counted import EMPTY, sketch_of
from streams.detection.signals import events_signal
from streams.items import Level

_COMPLAINTS = "complaints"


class _WhoComplained(msgspec.Struct, frozen=True, array_like=True):
    """Of an alert: complaints since its first bucket, and the sketch of who filed them."""

    complaints: int = 0
    hashes: bytes = b""
    k: int = K

    def plus(self, complaints: int, sketch: Sketch) -> _WhoComplained:
        both = Sketch(self.hashes, self.k).union(sketch)
        return _WhoComplained(self.complaints + complaints, both.pack(), both.k)


class ReportersOfAlerts:
    """Notes at each close who complained about entities that have an open alert on complaints.

    Nothing is noted where no source counts reporters.

    Parameters
    ----------
    sources
        The group's sources.
    entities
        Entities of all streams, with their open alerts.

    Attributes
    ----------
    known
        Complaints and reporters by the alert's id: a kilobyte each at most.
    state
        What a checkpoint stores.
    """

    def __init__(self, sources: Collection[Source], entities: AllEntities) -> None:
        self._entities = {
            stream: of for stream, of in entities.items() if events_signal(stream[0]) == _COMPLAINTS
        }
        self._sources = [
            source.name
            for source in sources
            if any(what == "reporters" for _, what in source.facts.distinct)
        ]
        self.known: dict[str, _WhoComplained] = {}
        self.state = State()
        self.state.keyed(self, known=dict[str, _WhoComplained])
        self.state.since(6, "known")

    def note(self, closed: ClosedBucket, changes: Sequence[AlertChange]) -> None:
        """Add who complained in a bucket; call it before its changes are rendered.

        Parameters
        ----------
        closed
            The bucket, as it was counted.
        changes
            What its judges changed.
        """
        if not self._sources:
            return
        before, self.known = self.known, {}
        for (_, level), entities in self._entities.items():
            for row, alert in entities.alerts.items():
                self._add(before, closed, alert.alert_id, level, entities.names[row])
        for change in changes:
            if change.step == "resolved" and events_signal(change.signal) == _COMPLAINTS:
                self._add(before, closed, change.alert.alert_id, change.level, change.entity)

    def _add(
        self,
        before: dict[str, _WhoComplained],
        closed: ClosedBucket,
        alert: str,
        level: Level,
        entity: str,
    ) -> None:
        complaints = sum(
            closed.sums.get((source, level), {}).get(entity, 0) for source in self._sources
        )
        sketch = sketch_of(closed.facts, self._sources, level, entity, "reporters")
        known = before.get(alert, _WhoComplained())
        self.known[alert] = known.plus(complaints, sketch or EMPTY) if complaints else known

    def of_change(self, change: AlertChange) -> Reporters | None:
        """Return who complained since an alert's first bucket; None where nothing is known."""
        known = self.known.get(change.alert.alert_id)
        if known is None or not known.complaints:
            return None
        found = Sketch(known.hashes, known.k).count()
        distinct = min(found.value, known.complaints)
        return Reporters(known.complaints, distinct, found.relative_error)
