"""Early alerts of a group: raised while a bucket is open, decided on when it closes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from detectors.exposure.weekly_level import WeeklyLevel
from detectors.state import State
from streams.alerts.lifecycle import AlertChange
from streams.alerts.rendering import AlertRenderer, Published
from streams.counts.bucket import DAY_S
from streams.detection.context.calendar import Calendar
from streams.detection.early_floods import EarlyFloods
from streams.detection.families import note_names
from streams.detection.judges.panel import JudgePanel
from streams.detection.merge import Merge
from streams.detection.signals import Signal
from streams.items import Level


class UsualFactor:
    """Common factors of the past by hour of the week.

    A bucket's own factor is known when it closes. Until then its counts are held to the factor
    that this hour usually has (`WeeklyLevel`), else to the last one; to 1 before any.

    Examples
    --------
    >>> usual = UsualFactor()
    >>> for hour, factor in [(9, 2.0), (10, 3.0)]:
    ...     usual.learn(hour, factor)
    >>> usual.at(9), usual.at(11)
    (2.0, 3.0)
    """

    def __init__(self) -> None:
        self._week = WeeklyLevel()
        self._last = 1.0

    @property
    def packed(self) -> tuple[float, bytes]:
        """What a checkpoint stores."""
        return self._last, self._week.state.pack_shared()

    @packed.setter
    def packed(self, packed: tuple[float, bytes]) -> None:
        self._last = packed[0]
        self._week.state.unpack(packed[1], ())

    def at(self, hour: int) -> float:
        """What to expect of an hour of the week, 0 to 167."""
        level = self._week.level(hour)
        return self._last if level is None else level[0]

    def learn(self, hour: int, factor: float) -> None:
        """Learn the factor of a closed bucket."""
        self._week.learn(hour, factor, factor)
        self._last = factor


class EarlyAlerts:
    """Early alerts that no close has decided on: one for an entity and signal.

    Parameters
    ----------
    merge
        Totals of the open buckets.
    calendar
        The calendar.
    renderer
        Makes what is published.
    panel
        The group's judges; an entity that is judged by a rate has no early alert.

    Attributes
    ----------
    floods
        Finds the early alerts of floods.
    state
        What a checkpoint stores for all of them.
    undecided_state
        What it stores of each alert, a row each.
    """

    def __init__(
        self,
        merge: Merge,
        calendar: Calendar,
        renderer: AlertRenderer,
        panel: JudgePanel,
    ) -> None:
        self._merge, self._calendar, self._renderer = merge, calendar, renderer
        self._judges, self._rates = panel.volume, panel.rates
        self._entities = panel.entities
        self.floods = EarlyFloods(merge, calendar, panel)
        self._undecided: dict[tuple[Signal, Level, str], AlertChange] = {}
        self._usual = {signal: UsualFactor() for signal in panel.counted}
        self.state = State()
        self.state.shared(self, _packed=dict[str, tuple[float, bytes]])
        self._rows: list[AlertChange] = []
        self.undecided_state = State()
        self.undecided_state.listed(self, _rows=AlertChange)
        self.undecided_state.before_pack(self._to_rows)
        self.undecided_state.after_unpack(self._from_rows)

    def _to_rows(self) -> None:
        self._rows = [self._undecided[key] for key in sorted(self._undecided)]

    def _from_rows(self) -> None:
        """Take what is stored, but for signals and levels that the configuration has no more."""
        self._undecided = {
            (change.signal, change.level, change.entity): change
            for change in self._rows
            if change.level != "source" and (change.signal, change.level) in self._entities
        }

    @property
    def _packed(self) -> dict[str, tuple[float, bytes]]:
        return {signal: usual.packed for signal, usual in self._usual.items()}

    @_packed.setter
    def _packed(self, packed: dict[str, tuple[float, bytes]]) -> None:
        for signal, usual in self._usual.items():
            if signal in packed:
                usual.packed = packed[signal]

    def __len__(self) -> int:
        """How many alerts are undecided."""
        return len(self._undecided)

    def learn_factor(self, signal: Signal, start: int, factor: float) -> None:
        """Learn the common factor that a closed bucket would have had with no calendar entry."""
        self._usual[signal].learn(self._merge.buckets.hour_of_week(start), factor)

    def usual_factors(self, signals: Iterable[Signal], start: int) -> dict[Signal, float]:
        """Return the common factors that the hour of a bucket usually has."""
        hour = self._merge.buckets.hour_of_week(start)
        return {signal: self._usual[signal].at(hour) for signal in signals}

    def find(self, grown: Iterable[tuple[int, Level, str]], written_s: float) -> list[Published]:
        """Judge what has grown in buckets that are open.

        Parameters
        ----------
        grown
            Bucket, level and entity of each total that has grown.
        written_s
            When the record was written: a bucket that was over by then, with its lateness, has no
            early alerts any more.
        """
        buckets, alerts = self._merge.buckets, []
        grown, not_over = list(grown), self._not_over(written_s)
        for (bucket, signal, level), totals in sorted(self._totals(grown, not_over).items()):
            hour = buckets.hour_of_week(bucket)
            # The total of all is part of no bulk.
            usual = 1.0 if level == "all" else self._usual[signal].at(hour)
            end = buckets.end(bucket)
            found = self._judges[signal, level].open_bucket.judge(
                bucket,
                end,
                totals,
                self._calendar.at(bucket),
                exposure=usual,
                hour=None if buckets.bucket_s == DAY_S else hour,
            )
            note_names(found, self._merge.belonging(bucket))
            for change in found:
                self._undecided[signal, level, change.entity] = change
                alerts.append(self._renderer.render(change, end, feed_no=None))
        first = next(iter(self._usual.values()))
        floods = self.floods.find(
            grown, not_over, self._undecided, lambda at: first.at(buckets.hour_of_week(at))
        )
        for change in floods:
            self._undecided[change.signal, change.level, change.entity] = change
            end = buckets.end(change.alert.first_bucket)
            alerts.append(self._renderer.render(change, end, feed_no=None))
        return alerts

    def _not_over(self, written_s: float) -> set[int]:
        """Open buckets that were not over, with their lateness, when a record was written."""
        lateness_s = max(source.lateness_s for source in self._merge.sources.values())
        return {
            bucket
            for bucket in self._merge.open_buckets
            if self._merge.buckets.end(bucket) + lateness_s > written_s
        }

    def _totals(
        self, grown: Iterable[tuple[int, Level, str]], not_over: set[int]
    ) -> dict[tuple[int, Signal, Level], dict[str, int]]:
        """Totals so far of what may have an early alert, by bucket and stream."""
        totals: dict[tuple[int, Signal, Level], dict[str, int]] = {}
        for bucket, level, entity in grown:
            if bucket not in not_over:
                continue
            for signal in self._usual:
                stream = signal, level
                if stream not in self._judges or (signal, level, entity) in self._undecided:
                    continue
                if stream in self._rates and self._rates[stream].judges(entity):
                    continue
                total = self._merge.partial(bucket, signal, level, entity)
                if total:
                    totals.setdefault((bucket, signal, level), {})[entity] = total
        return totals

    def decide(self, closed: int, confirmed: set[str]) -> list[Published]:
        """Retract the alerts of buckets up to the closed one that are not confirmed.

        Parameters
        ----------
        closed
            Start of the closed bucket.
        confirmed
            Ids of the alerts that it opened, changed or ended.
        """
        alerts = []
        for key in sorted(self._undecided):
            change = self._undecided[key]
            if change.alert.first_bucket <= closed:
                del self._undecided[key]
                if change.alert.alert_id not in confirmed:
                    end = self._merge.buckets.end(change.alert.first_bucket)
                    retracted = replace(change, step="retracted")
                    alerts.append(self._renderer.render(retracted, end, feed_no=None))
        return alerts
