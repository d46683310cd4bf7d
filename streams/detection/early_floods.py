"""Floods of newcomers in open buckets: who is new so far, and what they belong to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

import numpy as np

from streams.alerts.cloudevent import NewIds
from streams.alerts.lifecycle import AlertChange, Finding, early_alert
from streams.detection.context.calendar import Calendar, in_force
from streams.detection.context.groups import Wider
from streams.detection.judges.panel import JudgePanel
from streams.detection.merge import Merge
from streams.detection.series.newcomer_rows import FEWEST, SERIES
from streams.detection.signals import NEW_IDS, NEWCOMERS, Signal
from streams.items import Level

Tally = dict[Wider, dict[str, int]]
"""New ids of each group, and their events so far."""


class EarlyFloods:
    """Says which open buckets would be a flood if they closed now; nothing is learned.

    It holds the new ids of the buckets that are not over: no more than the totals of these.

    Parameters
    ----------
    merge
        Totals of the open buckets.
    calendar
        The calendar.
    panel
        The group's judges.
    """

    def __init__(self, merge: Merge, calendar: Calendar, panel: JudgePanel) -> None:
        self._merge, self._calendar, self._judges = merge, calendar, panel.newcomers
        self._narrowest, self._signals = panel.levels[-1], sorted(panel.counted)
        self._known = [panel.entities[signal, self._narrowest] for signal in self._signals]
        self._tallies: dict[int, Tally] = {}

    def find(
        self,
        grown: Iterable[tuple[int, Level, str]],
        not_over: Container[int],
        undecided: Container[tuple[Signal, Level, str]],
        factor: Callable[[int], float],
    ) -> Iterator[AlertChange]:
        """Judge what new ids have come to.

        Parameters
        ----------
        grown
            Bucket, level and id of totals that have grown.
        not_over
            Buckets that may have an early alert.
        undecided
            Signal, level and id of the early alerts that there are.
        factor
            Common factor that is usual for a bucket.
        """
        if not self._judges:
            return
        touched: dict[int, set[Wider]] = {}
        for bucket, level, name in grown:
            if level == self._narrowest and bucket in not_over:
                touched.setdefault(bucket, set()).update(self._add(bucket, name))
        self._tallies = {at: tally for at, tally in self._tallies.items() if at in not_over}
        for bucket, groups in sorted(touched.items()):
            for group in sorted(groups):
                if (NEWCOMERS, *group) not in undecided:
                    change = self._judged(bucket, group, factor(bucket))
                    if change is not None:
                        yield change

    def so_far(self, bucket: int, group: Wider) -> tuple[int, int]:
        """New ids that have come to a level's entity in an open bucket, and their events."""
        came = self._tallies.get(bucket, {}).get(group, {})
        return len(came), sum(came.values())

    def _add(self, bucket: int, name: str) -> Iterable[Wider]:
        """Count an id if it is new, and first those from before a restart; gives its groups."""
        if bucket not in self._tallies:
            self._tallies[bucket] = {}
            for earlier in self._merge.names(bucket, self._narrowest):
                self._put(bucket, earlier)
        return self._put(bucket, name)

    def _put(self, bucket: int, name: str) -> Iterable[Wider]:
        if any(name in known.rows or name in known.retired for known in self._known):
            return ()
        belongs, tally = self._merge.belonging(bucket), self._tallies[bucket]
        groups: set[Wider] = {("all", "all")}
        if name in belongs:
            groups |= belongs[name]
        events = sum(self._of_signal(bucket, signal, name) for signal in self._signals)
        for group in groups:
            tally.setdefault(group, {})[name] = events
        return groups

    def _of_signal(self, bucket: int, signal: str, name: str) -> int:
        return self._merge.partial(bucket, signal, self._narrowest, name)

    def _judged(self, bucket: int, group: Wider, usual: float) -> AlertChange | None:
        (level, entity), came = group, self._tallies[bucket][group]
        judge = self._judges.get(level)
        row = None if judge is None else judge.entities.rows.get(entity)
        if judge is None or row is None or len(came) < FEWEST or row in judge.entities.alerts:
            return None
        occasion = in_force(self._calendar.at(bucket), level, entity)
        exposure = usual if occasion is None else usual * occasion.factor
        x = np.array([[float(len(came))], [float(sum(came.values()))]])
        hour = self._merge.buckets.profile_hour(bucket)
        asked, threshold = judge.asked(row, x, exposure, hour)
        if asked.highest_nats < threshold:
            return None
        series = 0 if asked.evidence_nats[0, 0] >= threshold else 1
        count = float(x[series, 0])
        finding = Finding(
            detector=SERIES[series],
            onset=bucket,
            observed=count,
            expected=float(asked.expected[series, 0]),
            count=count,
            exposure=0.0,
            alarmed=count,
            highest=count,
            evidence_nats=float(asked.evidence_nats[series, 0]),
            threshold_nats=threshold,
        )
        alert_id = judge.entities.alert_id(entity, NEW_IDS, bucket)
        end = self._merge.buckets.end(bucket)
        alert = early_alert(alert_id, finding, start=bucket, end=end)
        events = {s: sum(self._of_signal(bucket, s, name) for name in came) for s in self._signals}
        alert.newcomers = NewIds(len(came), {s: total for s, total in events.items() if total})
        return AlertChange(level, NEWCOMERS, entity, "early", alert)
