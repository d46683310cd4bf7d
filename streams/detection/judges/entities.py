"""The entities of one level and signal: a row each, and their open alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from detectors.kernels.library import kernel
from detectors.state import State
from streams.alerts.identity import EPOCH, alert_id
from streams.alerts.lifecycle import AlertChange, Finding, OpenAlert, Rules, Step, open_alert
from streams.detection.context.bucket import F8, Days, EntityCounts, Flags, Rows
from streams.detection.context.calendar import Occasion, raised
from streams.detection.judges.habit import Habits
from streams.detection.judges.retired import Retired
from streams.detection.signals import Signal
from streams.items import Level
from streams.names.canonical import form_of_stored

NO_COUNTS = np.zeros(0)

_COUNT = kernel("count_rows")

UNKNOWN = -1
"""In place of a day: the entity was known before its days were stored."""

NOT_NUMBERED = int(np.iinfo(np.int32).min)
"""In place of a number of days: the entity counted before these days were numbered."""

OLD_DAYS = 7
"""Days after its first count from which what an entity usually does is known."""


class Entities:
    """Rows and open alerts of the entities of one level and signal.

    An entity gets the next row when it first counts. At the end of a day those that have been
    silent for long leave, and the others close ranks. Only days on which the source was heard count
    as silence: one that is off makes nobody leave. An entity has one open alert at most, whichever
    detector opened it.

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
    epoch
        Epoch of the ids of the alerts that open.
    alerts
        Open alerts by row.
    by_bucket
        Flags of the rows whose alert is followed bucket by bucket; the others' are by the day.
    retired
        Those that have left and are remembered; the panel sets it.
    habits
        Which of them have alerts by habit.
    returned
        Days of silence of the rows that had retired and have come back in the present bucket.
    state
        What a checkpoint stores.
    """

    def __init__(self, group: str, level: Level, signal: Signal, bucket_s: int) -> None:
        self.group, self.level, self.signal, self.bucket_s = group, level, signal, bucket_s
        self.epoch = EPOCH
        self.names: list[str] = []
        self.rows: dict[str, int] = {}
        self.alerts: dict[int, OpenAlert] = {}
        self.by_bucket: Flags = np.zeros(0, dtype=np.bool_)
        self.retired = Retired(0)
        self.returned: dict[int, int] = {}
        self.habits = Habits(bucket_s)
        self._first_day: Days = np.zeros(0, dtype=np.int32)
        self._last_day: Days = np.zeros(0, dtype=np.int32)
        """Days on which each row counted first, and last."""
        self._heard_days, self._newest_heard = 0, UNKNOWN
        """Number of days on which the source was heard, and the last one of them."""
        self._last_heard: Days = np.zeros(0, dtype=np.int32)
        """How many such days there were when each row counted last."""
        self.state = State()
        self.state.listed(self, names=str)
        self.state.columns(self, "_first_day", "_last_day", fill=UNKNOWN)
        self.state.columns(self, "_last_heard", fill=NOT_NUMBERED)
        self.state.shared(self, _heard_days=int, _newest_heard=int)
        self.state.since(5, "_first_day", "_last_day")
        self.state.since(6, "_last_heard", "_heard_days", "_newest_heard")
        self.state.include(habits=self.habits.state)
        self.state.keyed_by_row(self, alerts=dict[int, OpenAlert])
        self.state.after_unpack(self._bring_to_form)
        self.state.after_unpack(self._derive)
        self.state.after_keep(lambda _: self._derive())

    def _bring_to_form(self) -> None:
        """Give each id that an earlier version stored as it came the form that counts today.

        Where the entity of that form is known too, both stay: the one whose id nobody names any
        more falls silent, and leaves.
        """
        taken = set(self.names)
        for row, name in enumerate(self.names):
            form = form_of_stored(name)
            if form not in taken:
                taken.add(form)
                self.names[row] = form

    def _derive(self) -> None:
        self.rows = {name: row for row, name in enumerate(self.names)}
        self.by_bucket = self.with_alert()
        self._number_days()

    def _number_days(self) -> None:
        """Number the days of rows from a checkpoint that did not: as if each had been heard."""
        rows = np.flatnonzero(self._last_heard == NOT_NUMBERED)
        if len(rows):
            last = self._last_day[rows]
            newest = int(last.max())
            behind = np.where(last == UNKNOWN, 0, newest - last)
            self._last_heard[rows] = self._heard_days - behind

    def __len__(self) -> int:
        """How many entities are known."""
        return len(self.names)

    def add(self, new: Sequence[str], first_day: int | Days) -> None:
        """Give entities the next rows.

        Parameters
        ----------
        new
            Their ids.
        first_day
            On which they counted first, as far as is remembered.
        """
        if not new:
            return
        before = len(self.names)
        for entity in new:
            self.rows[entity] = len(self.names)
            self.names.append(entity)
        self.by_bucket = np.concatenate([self.by_bucket, np.zeros(len(new), dtype=np.bool_)])
        self.state.grow_to(len(self.names))
        self._first_day[before:] = self._last_day[before:] = first_day
        self._last_heard[before:] = self._heard_days

    def come_back(self, names: Sequence[str], last_day: Days, day: int) -> None:
        """Give entities that had retired the next rows, in the bucket of a day."""
        before = len(self.names)
        self.add(names, last_day)
        silent = (day - last_day).tolist()
        self.returned = dict(zip(range(before, len(self.names)), silent, strict=True))

    def hear(self, day: int) -> None:
        """Note that the source is heard in a bucket of a day, before its counts are noted."""
        if day != self._newest_heard:
            self._heard_days, self._newest_heard = self._heard_days + 1, day

    def age_days(self, row: int, day: int) -> int:
        """Days since a row's first count."""
        return day - int(self._first_day[row])

    def last_day(self, rows: Rows) -> Days:
        """Days on which these rows counted last."""
        return self._last_day[rows]

    def leaving(self, day: int, forget_after: int, one_day_after: int) -> Flags:
        """Flags of the rows whose time is over, at the end of a day.

        A row with an open alert stays.

        Parameters
        ----------
        day
            The day that ends.
        forget_after
            Days on which the source was heard, but not the row, after which the row leaves.
        one_day_after
            The same for rows that counted on one day only.
        """
        self._last_day[self._last_day == UNKNOWN] = day
        silent = self._heard_days - self._last_heard
        one_day = self._first_day == self._last_day
        leaving = silent >= np.where(one_day, one_day_after, forget_after)
        leaving[list(self.alerts)] = False
        return np.asarray(leaving)

    def recurring(self, rows: Rows) -> Flags:
        """Which of these rows have counted on more than one day."""
        return np.asarray(self._first_day[rows] != self._last_day[rows])

    def old_rows(self, day: int) -> Flags:
        """Flags of the rows that counted first at least `OLD_DAYS` before a day."""
        return np.asarray(self._first_day <= day - OLD_DAYS)

    def known(self, totals: Mapping[str, int]) -> tuple[Rows, list[int]]:
        """Rows of those of some entities that have one, and their counts."""
        rows = self.rows
        try:  # mostly all of them have
            at, counts = [rows[entity] for entity in totals], list(totals.values())
        except KeyError:
            known = [entity for entity in totals if entity in rows]
            at, counts = [rows[entity] for entity in known], [totals[entity] for entity in known]
        return np.array(at, dtype=np.intp), counts

    def counts_on(self, totals: Mapping[str, int], day: int) -> tuple[F8, int]:
        """Counts of all rows in a bucket of a day, given those above 0; and how many have a row."""
        at, counts = self.known(totals)
        known = np.zeros(len(self.names))
        _COUNT(
            at, np.array(counts, dtype=np.float64), day, self._heard_days,
            known, self._last_day, self._last_heard,
        )  # fmt: skip
        return known, len(at)

    def counts(
        self,
        totals: Mapping[str, int],
        day: int,
        occasions: Sequence[Occasion] = (),
    ) -> EntityCounts:
        """Counts of a bucket as arrays; newcomers are ordered by name.

        Parameters
        ----------
        totals
            Counts by id.
        day
            The day of the bucket.
        occasions
            Calendar entries that last in the bucket.
        """
        rows, new = self.rows, list[str]()
        known, number = self.counts_on(totals, day)
        if number < len(totals):
            # Sorted: rows must not depend on the order in which lanes arrived.
            new = sorted(entity for entity in totals if entity not in rows)
        first = np.array([float(totals[entity]) for entity in new]) if new else NO_COUNTS
        calendar = raised(occasions, self.level, rows, new) if occasions else None
        return EntityCounts(known, new, first, calendar, len(self.returned))

    def only_known(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Counts of those that have a row."""
        return {entity: count for entity, count in counts.items() if entity in self.rows}

    @property
    def has_alerts(self) -> bool:
        """Whether any entity has an open alert."""
        return bool(self.alerts)

    def alerts_of(self, entity: str) -> list[OpenAlert]:
        """Return the open alert of an entity, if there is one."""
        alert = self.alert_of(entity)
        return [] if alert is None else [alert]

    def alert_of(self, entity: str) -> OpenAlert | None:
        """The entity's open alert."""
        row = self.rows.get(entity)
        return None if row is None else self.alerts.get(row)

    def with_alert(self) -> Flags:
        """Flags of the rows that have an open alert."""
        flags = np.zeros(len(self.names), dtype=np.bool_)
        if self.alerts:
            flags[list(self.alerts)] = True
        return flags

    def alert_id(self, entity: str, detector: str, bucket: int) -> str:
        """Id of an alert that opens in a bucket."""
        return alert_id(
            self.group, self.level, entity, self.signal, detector, self.bucket_s, bucket,
            epoch=self.epoch,
        )  # fmt: skip

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
        alert.silent_days = self.returned.get(row)
        self.alerts[row], self.by_bucket[row] = alert, not by_day
        return self.change(row, "opened")

    def begin_again(self) -> list[AlertChange]:
        """Return all open alerts as opened: each has its first revision again."""
        for alert in self.alerts.values():
            alert.revision = 1
        return [self.change(row, "opened") for row in self.alerts]

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
