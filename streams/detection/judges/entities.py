"""The entities of one level and signal: a row each, and their open alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from detectors.state import State
from streams.alerts.identity import alert_id
from streams.alerts.lifecycle import AlertChange, Finding, OpenAlert, Rules, Step, open_alert
from streams.detection.context.bucket import EntityCounts, Flags
from streams.detection.context.calendar import Occasion, raised
from streams.detection.signals import Signal
from streams.items import Level


class Entities:
    """Rows and open alerts of the entities of one level and signal.

    An entity gets the next row when it first counts, and keeps it. It has one open alert at most,
    whichever detector opened it.

    Parameters
    ----------
    group
        The group of sources.
    level, signal
        The level, and the signal that judges its entities.
    bucket_s
        Bucket size in seconds.

    Attributes
    ----------
    names
        Ids, in the order of the rows.
    rows
        Row of each id.
    alerts
        Open alerts by row.
    by_bucket
        Flags of the rows whose alert is followed bucket by bucket; the others' are by the day.
    state
        What a checkpoint stores.
    """

    def __init__(self, group: str, level: Level, signal: Signal, bucket_s: int) -> None:
        self.group, self.level, self.signal, self.bucket_s = group, level, signal, bucket_s
        self.names: list[str] = []
        self.rows: dict[str, int] = {}
        self.alerts: dict[int, OpenAlert] = {}
        self.by_bucket: Flags = np.zeros(0, dtype=np.bool_)
        self.state = State()
        self.state.listed(self, names=str)
        self.state.keyed_by_row(self, alerts=dict[int, OpenAlert])
        self.state.after_unpack(self._derive)
        self.state.after_keep(lambda _: self._derive())

    def _derive(self) -> None:
        self.rows = {name: row for row, name in enumerate(self.names)}
        self.by_bucket = self.with_alert()

    def __len__(self) -> int:
        """How many entities are known."""
        return len(self.names)

    def add(self, new: Sequence[str]) -> None:
        """Give newcomers the next rows."""
        for entity in new:
            self.rows[entity] = len(self.names)
            self.names.append(entity)
        self.by_bucket = np.concatenate([self.by_bucket, np.zeros(len(new), dtype=np.bool_)])

    def counts(self, totals: Mapping[str, int], occasions: Sequence[Occasion] = ()) -> EntityCounts:
        """Counts of a bucket as arrays; newcomers are ordered by name.

        Parameters
        ----------
        totals
            Counts by id.
        occasions
            Calendar entries that last in the bucket.
        """
        known = np.zeros(len(self.names))
        rows, new = self.rows, []
        for entity, count in totals.items():
            row = rows.get(entity)
            if row is None:
                new.append(entity)
            else:
                known[row] = count
        new.sort()  # rows must not depend on the order in which lanes arrived
        first = np.array([float(totals[entity]) for entity in new])
        calendar = raised(occasions, self.level, rows, new) if occasions else None
        return EntityCounts(known, new, first, calendar)

    def alert_of(self, entity: str) -> OpenAlert | None:
        """The entity's open alert."""
        row = self.rows.get(entity)
        return None if row is None else self.alerts.get(row)

    def with_alert(self) -> Flags:
        """Flags of the rows that have an open alert."""
        flags = np.zeros(len(self.names), dtype=np.bool_)
        flags[list(self.alerts)] = True
        return flags

    def alert_id(self, entity: str, detector: str, bucket: int) -> str:
        """Id of an alert that opens in a bucket."""
        return alert_id(
            self.group, self.level, entity, self.signal, detector, self.bucket_s, bucket
        )

    def open(
        self,
        row: int,
        finding: Finding,
        rules: Rules,
        *,
        start: int,
        end: int,
        id_detector: str | None = None,
        by_day: bool = False,
    ) -> AlertChange | None:
        """Open an alert, if what was found is worth one.

        Parameters
        ----------
        row, finding
            The entity, and what was found.
        rules
            When alerts begin.
        start, end
            The bucket that it opens in, epoch s.
        id_detector
            The detector that the id is made of, where it is not the one that found it.
        by_day
            Whether the alert is followed by the day.
        """
        name = self.alert_id(self.names[row], id_detector or finding.detector, start)
        alert = open_alert(rules, name, finding, start=start, end=end)
        if alert is None:
            return None
        self.alerts[row], self.by_bucket[row] = alert, not by_day
        return self.change(row, "opened")

    def change(self, row: int, step: Step) -> AlertChange:
        """The next revision of a row's alert, as it is now."""
        alert = msgspec.structs.replace(self.alerts[row])
        return AlertChange(self.level, self.signal, self.names[row], step, alert)

    def close(self, row: int) -> AlertChange:
        """Resolve a row's alert."""
        change = self.change(row, "resolved")
        del self.alerts[row]
        self.by_bucket[row] = False
        return change
