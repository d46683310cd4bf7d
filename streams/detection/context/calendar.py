"""The campaign calendar: on which days more than usual is expected, and of which entities.

An entry multiplies an expectation by its factor and mutes nothing: where three times the usual is
expected, ten times the usual is still a burst. Where several entries name an entity, the largest
factor holds.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.state import State
from streams.config.festivals import festival_days
from streams.config.tables import CalendarEntry
from streams.counts.bucket import DAY_S
from streams.detection.signals import Signal
from streams.items import Level

F8 = npt.NDArray[np.float64]


class Occasion(msgspec.Struct, frozen=True):
    """A calendar entry while it lasts; `since` is its first day, this year's if it recurs."""

    name: str
    since: str
    applies_to: tuple[str, ...]
    factor: float

    def names(self, level: Level, entity: str) -> bool:
        """Whether it multiplies what is expected of an entity."""
        if level == "all":
            return "all" in self.applies_to
        return f"{level}/*" in self.applies_to or f"{level}/{entity}" in self.applies_to


class Calendar:
    """All entries; says which of them last in a bucket.

    Parameters
    ----------
    entries
        The configuration's.
    timezone
        In which their days are.
    bucket_s, bucket_zone
        The group's buckets; those of a day are days of their own zone.

    Examples
    --------
    >>> entry = CalendarEntry(
    ...     name="Double 11", festival="double_11", applies_to=["platform/*"], factor=3.0
    ... )
    >>> calendar = Calendar([entry], "Asia/Shanghai", 3600, "Asia/Shanghai")
    >>> eve_s = 1_794_240_000  # 10 November 2026, 00:00 in Shanghai
    >>> [o.name for o in calendar.at(eve_s)], calendar.at(eve_s - 3600)
    (['Double 11'], [])
    >>> raised(calendar.at(eve_s), "platform", {"mall": 0}, ["shop"])
    array([3., 3.])
    """

    def __init__(
        self, entries: Sequence[CalendarEntry], timezone: str, bucket_s: int, bucket_zone: str
    ) -> None:
        self._entries = list(entries)
        self._zone = zoneinfo.ZoneInfo(bucket_zone if bucket_s == DAY_S else timezone)

    def at(self, start: int) -> list[Occasion]:
        """Entries that last in the bucket that starts then, in their order."""
        if not self._entries:
            return []
        day = dt.datetime.fromtimestamp(start, self._zone).date()
        return [occasion for entry in self._entries for occasion in _on(entry, day)]


def _on(entry: CalendarEntry, day: dt.date) -> Iterable[Occasion]:
    if entry.festival is not None:
        days = festival_days(entry.festival, day.year)
    else:
        assert entry.from_ is not None
        assert entry.to is not None
        days = entry.from_, entry.to
    if days is not None and days[0] <= day <= days[1]:
        yield Occasion(entry.name, days[0].isoformat(), tuple(entry.applies_to), entry.factor)


def in_force(occasions: Sequence[Occasion], level: Level, entity: str) -> Occasion | None:
    """The entry that holds for an entity: the first of those with the largest factor."""
    naming = [occasion for occasion in occasions if occasion.names(level, entity)]
    return max(naming, key=lambda occasion: occasion.factor, default=None)


def raised(
    occasions: Sequence[Occasion], level: Level, rows: Mapping[str, int], new: Sequence[str]
) -> F8 | None:
    """By how much each row's expectation is multiplied, newcomers last; None where none is.

    Parameters
    ----------
    occasions
        Entries that last in the bucket.
    level
        The level of the rows.
    rows, new
        Row of each known entity, and the newcomers.
    """
    out = np.ones(len(rows) + len(new))
    for occasion in occasions:
        for text in occasion.applies_to:
            named, _, entity = text.partition("/")
            if named != level:
                continue
            if level == "all" or entity == "*":
                np.maximum(out, occasion.factor, out=out)
            else:
                at = [rows[entity]] if entity in rows else []
                at += [len(rows) + n for n, name in enumerate(new) if name == entity]
                out[at] = np.maximum(out[at], occasion.factor)
    return out if (out > 1.0).any() else None


class Prevented:
    """Alerts that the calendar prevented, by entry.

    An entity counts once while an entry lasts, however many of its buckets stood out: without the
    entry there would have been one alert.

    Parameters
    ----------
    names
        All entries.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self.counts = dict.fromkeys(self._names, 0)
        self._lasting: dict[tuple[str, str], set[str]] = {}
        self.state = State()
        self.state.shared(self, counts=dict[str, int], _packed=list[tuple[str, str, list[str]]])
        self.state.after_unpack(self._derive)

    def add(
        self, occasions: Sequence[Occasion], signal: Signal, level: Level, entities: Sequence[str]
    ) -> None:
        """Count the entities that the calendar kept from an alert in a bucket."""
        for entity in entities:
            occasion = in_force(occasions, level, entity)
            assert occasion is not None
            seen = self._lasting.setdefault((occasion.name, occasion.since), set())
            subject = f"{signal}/{level}/{entity}"
            if subject not in seen:
                seen.add(subject)
                self.counts[occasion.name] += 1

    def forget(self, occasions: Sequence[Occasion]) -> None:
        """Forget the entities that counted for entries that have ended."""
        if self._lasting:
            lasting = {(occasion.name, occasion.since) for occasion in occasions}
            self._lasting = {k: v for k, v in self._lasting.items() if k in lasting}

    @property
    def _packed(self) -> list[tuple[str, str, list[str]]]:
        return [(*key, sorted(seen)) for key, seen in sorted(self._lasting.items())]

    @_packed.setter
    def _packed(self, packed: list[tuple[str, str, list[str]]]) -> None:
        self._lasting = {(name, since): set(seen) for name, since, seen in packed}

    def _derive(self) -> None:
        """Drop entries that the configuration no longer has, and begin new ones."""
        self.counts = {name: self.counts.get(name, 0) for name in self._names}
        self._lasting = {key: seen for key, seen in self._lasting.items() if key[0] in self.counts}
