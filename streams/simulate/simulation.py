"""A simulation hour by hour: events as they happen and as they are filed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from detectors.rate.delay import PHONE_CALLS, Delay
from streams.items import Complaint, Send
from streams.simulate.counts import F8, draw
from streams.simulate.incidents import DEFECTS, SUB_LET_PER_HOUR, TIMES, Incident, plan
from streams.simulate.misuse import Misuse, plan_misuse
from streams.simulate.misuse_events import MisuseEvents
from streams.simulate.population import DISPERSION, Population, populate

HOUR_S = 3600

_POPULATION, _PLAN, _HOURS, _OWNERS, _MISUSE, _MISUSE_PLAN = 0, 1, 2, 3, 4, 5
"""Streams of chance: an hour's does not depend on how many hours came before."""


class Hour(NamedTuple):
    """What an hour brings, each in order of time."""

    number: int
    sends: list[Send]
    complaints: list[Complaint]


class Simulation:
    """Sends and complaints of a population, with the incidents that a monitor should find.

    Parameters
    ----------
    start
        Its first hour, in the zone that senders live in.
    senders, days
        Number of senders and of days; a day has 24 hours, also where the clock changes.
    incidents
        Share of the senders that have an incident.
    misuse
        Incidents of misuse for each sender, by codes of their own; they change no other event.
    seed
        The same seed gives the same events.

    Examples
    --------
    >>> start = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    >>> one = Simulation(start, senders=50, days=8, incidents=0.1, seed=1)
    >>> first = next(one.hours())
    >>> first.number, first.sends[0].sender.id is not None
    (0, True)
    """

    def __init__(
        self,
        start: dt.datetime,
        *,
        senders: int,
        days: int,
        incidents: float,
        misuse: float = 0.0,
        seed: int,
    ) -> None:
        self.start, self.days, self._seed = start, days, seed
        self._start = start.astimezone(dt.UTC)  # else a clock change would be counted, or not
        self.population: Population = populate(
            senders,
            np.random.default_rng([seed, _POPULATION]),
            np.random.default_rng([seed, _OWNERS]),
        )
        self.incidents: list[Incident] = plan(
            self.population, days, incidents, np.random.default_rng([seed, _PLAN])
        )
        self.misuse: list[Misuse] = plan_misuse(
            days, round(misuse * senders), np.random.default_rng([seed, _MISUSE_PLAN])
        )
        self._misused = [MisuseEvents(one, (seed, _MISUSE)) for one in self.misuse]
        self._unrecorded = np.zeros(senders, dtype=np.bool_)
        for incident in self.incidents:
            if incident.kind == "sub_let":
                self._unrecorded[list(incident.rows)] = True

    def hours(self) -> Iterator[Hour]:
        """Every hour, in order; memory holds an hour and the complaints still to come."""
        filed: dict[int, list[Complaint]] = defaultdict(list)
        for hour in range(24 * self.days):
            rng = np.random.default_rng([self._seed, _HOURS, hour])
            sends = self._sends(hour, rng)
            for complaint in self._complaints(hour, sends, rng):
                since_s = (complaint.event_time - self._start).total_seconds()
                filed[int(since_s // HOUR_S)].append(complaint)
            recorded, begins = self._recorded(hour, sends, rng), self._at(hour, 0.0)
            for one in self._misused:
                sent, about = one.of_hour(hour, begins, self.at(hour).hour)
                recorded += sent
                filed[hour] += about
            if self._misused:
                recorded.sort(key=lambda send: (send.event_time, send.event_id))
            due = sorted(filed.pop(hour, []), key=lambda c: (c.event_time, c.event_id))
            yield Hour(hour, recorded, due)

    def at(self, hour: int) -> dt.datetime:
        """When an hour begins, in the zone that senders live in; hours are of 60 minutes."""
        return (self._start + dt.timedelta(hours=hour)).astimezone(self.start.tzinfo)

    def _sends(self, hour: int, rng: np.random.Generator) -> list[tuple[float, int]]:
        """Seconds into the hour, and row, of each message, in order of time."""
        local = self.at(hour)
        mean = self.population.mean(24 * local.weekday() + local.hour)
        for incident in self.incidents:
            if incident.signal == "sends" or incident.kind == "campaign":
                mean[list(incident.rows)] *= incident.times(hour)
        number = draw(mean, DISPERSION, rng).astype(np.intp)
        rows = np.repeat(np.arange(len(mean)), number)
        seconds = rng.uniform(0.0, HOUR_S, len(rows))
        order = np.argsort(seconds, kind="stable")
        return list(zip(seconds[order].tolist(), rows[order].tolist(), strict=True))

    def _recorded(
        self, hour: int, sends: list[tuple[float, int]], rng: np.random.Generator
    ) -> list[Send]:
        """The messages that the source records: in a defect none, a part, or all of them twice.

        Messages of a code that is sub-let are never recorded.
        """
        chance, copies = 1.0, 1
        for incident in self.incidents:
            if incident.kind in DEFECTS and incident.start <= hour < incident.stop:
                times = TIMES[incident.kind]
                chance, copies = min(times, 1.0), max(1, round(times))
        kept = rng.random(len(sends)) < chance
        senders = self.population.senders
        return [
            Send(
                v=1,
                event_id=f"s{hour}-{number}-{copy}",
                event_time=self._at(hour, second),
                channel="sms",
                sender=senders[row],
                source="sends",
            )
            for number, (second, row) in enumerate(sends)
            if kept[number] and not self._unrecorded[row]
            for copy in range(copies)
        ]

    def _complaints(
        self, hour: int, sends: list[tuple[float, int]], rng: np.random.Generator
    ) -> Iterator[Complaint]:
        """Complaints about an hour's messages, unrecorded messages included."""
        rate = self.population.complaint_rate.copy()
        about: list[tuple[float, int]] = []
        for incident in self.incidents:
            if incident.kind == "complaints":
                rate[list(incident.rows)] *= incident.times(hour)
            if incident.kind == "sub_let" and incident.start <= hour < incident.stop:
                number = int(rng.poisson(SUB_LET_PER_HOUR))
                about += [(s, incident.rows[0]) for s in rng.uniform(0.0, HOUR_S, number).tolist()]
        rows = np.array([row for _, row in sends], dtype=np.intp)
        complained = np.flatnonzero(rng.random(len(rows)) < np.minimum(rate[rows], 1.0))
        about += [sends[place] for place in complained.tolist()]
        for number, (delay, (second, row)) in enumerate(
            zip(_delays(PHONE_CALLS, len(about), rng).tolist(), about, strict=True)
        ):
            sent = self._at(hour, second)
            yield Complaint(
                v=1,
                event_id=f"c{hour}-{number}",
                event_time=sent + dt.timedelta(seconds=delay),
                channel="sms",
                sender=self.population.senders[row],
                kind="marketing",
                source="complaints",
                occurred_at=sent,
            )

    def _at(self, hour: int, second: float) -> dt.datetime:
        return self._start + dt.timedelta(hours=hour, milliseconds=int(1000 * second))


def _delays(delay: Delay, number: int, rng: np.random.Generator) -> F8:
    """Draw delays from sending to complaining, seconds."""
    parts = np.array([*delay.weights, delay.floor])
    part = rng.choice(len(parts), number, p=parts / parts.sum())
    means = np.array([*delay.means_s, 0.0])
    flat = rng.uniform(0.0, delay.horizon_s, number)
    return np.where(part == len(parts) - 1, flat, rng.exponential(1.0, number) * means[part])
