"""Follows the symptoms from look to look, and says what has begun and what is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from streams.delivery.monitor.event import FoundSymptom, heartbeat, symptom_began, symptom_ended
from streams.health.symptoms import Symptom

BLINDING: Final = frozenset({"process_down", "broker_away"})
"""While one of these stands, another symptom that is not found may only be out of sight."""


class Tracker:
    """Turns looks into events.

    A symptom begins when two looks in a row have found it, so that a start or one slow answer is
    none. It is over at the first look that does not find it and that could have found it.

    Parameters
    ----------
    name
        The configuration's ``name``.
    heartbeat_s
        Seconds between two heartbeats; 0 for none. The first comes with the second look.
    """

    def __init__(self, name: str, heartbeat_s: float) -> None:
        self._name, self._heartbeat_s = name, heartbeat_s
        self._standing: dict[tuple[str, str], FoundSymptom] = {}
        self._looked = False
        self._beat: dt.datetime | None = None

    def take(self, found: Sequence[Symptom], now: dt.datetime) -> list[bytes]:
        """Take what a look has found; return the events to send, in order.

        Parameters
        ----------
        found
            All symptoms of this look.
        now
            The time of the look.
        """
        events = [*self._ended(found, now), *self._began(found, now)]
        if self._looked and self._is_due(now):
            self._beat = now
            standing = list(self._standing.values())
            events.append(heartbeat(self._name, standing, now, self._heartbeat_s))
        self._looked = True
        return events

    def _began(self, found: Sequence[Symptom], now: dt.datetime) -> list[bytes]:
        events = []
        for symptom in found:
            key = (symptom.symptom, symptom.subject)
            one = self._standing.get(key)
            if one is None:
                self._standing[key] = FoundSymptom(symptom, now)
                continue
            one.symptom = symptom
            if not one.announced and one.began != now:
                one.announced = True
                events.append(symptom_began(self._name, one, now))
        return events

    def _ended(self, found: Sequence[Symptom], now: dt.datetime) -> list[bytes]:
        keys = {(one.symptom, one.subject) for one in found}
        blind = any(one.symptom in BLINDING for one in found)
        events = []
        for key, one in list(self._standing.items()):
            hidden = blind and one.announced and key[0] not in BLINDING
            if key in keys or hidden:
                continue
            del self._standing[key]
            if one.announced:
                events.append(symptom_ended(self._name, one, now))
        return events

    def _is_due(self, now: dt.datetime) -> bool:
        if not self._heartbeat_s:
            return False
        if self._beat is None:
            return True
        passed_s = (now - self._beat).total_seconds()
        return passed_s >= self._heartbeat_s or passed_s < 0  # the clock was set back
