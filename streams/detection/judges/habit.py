"""Bursts that are an entity's habit from its first days on: when they are learned as usual.

While an alert is open nothing is learned of its entity, so that a burst does not raise what is
expected. But a sender that has always sent in lots would never be learned: each lot is a burst over
nothing. It has no level from before its alerts that these could be held against.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.state import State
from streams.alerts.lifecycle import OpenAlert
from streams.counts.bucket import DAY_S

FIRST_DAYS = 7.0
"""Days after the first count within which the first alert must open."""

LEAST_HELD, LEAST_SHARE = 24, 0.5
"""Buckets with an alert, and their part of the days so far, from which it is a habit."""

BURSTS = 5
"""Alerts from which it is a habit, however short they are."""

NEVER = -1


class Habit(NamedTuple):
    """What an entity counted in alerts: sums of counts and exposure, and the largest count."""

    counted: float
    exposure: float
    highest: float


class Habits:
    """Which entities have alerts by habit, a row each.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.

    Attributes
    ----------
    state
        What a checkpoint stores.
    """

    def __init__(self, bucket_s: int) -> None:
        self._bucket_days = bucket_s / DAY_S
        self._bursts: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._held, self._counted = np.zeros(0), np.zeros(0)
        self._exposure, self._highest = np.zeros(0), np.zeros(0)
        self.state = State()
        columns = ("_bursts", "_held", "_counted", "_exposure", "_highest")
        self.state.columns(self, *columns)
        self.state.since(6, *columns)

    def ended(self, row: int, alert: OpenAlert, age_days: int) -> Habit | None:
        """Take in an alert that has ended; return what is to be learned as usual, if anything.

        Parameters
        ----------
        row, alert
            The entity, and its alert.
        age_days
            Days since its first count.
        """
        if self._bursts[row] == NEVER:
            return None
        if not self._bursts[row] and age_days - alert.held * self._bucket_days > FIRST_DAYS:
            self._bursts[row] = NEVER
            return None
        self._bursts[row] = min(self._bursts[row] + 1, BURSTS)
        self._held[row] += alert.held
        self._counted[row] += alert.alarmed
        self._exposure[row] += alert.exposure
        self._highest[row] = max(self._highest[row], alert.highest)
        held = float(self._held[row])
        mostly = held * self._bucket_days >= LEAST_SHARE * (age_days + 1)
        if self._bursts[row] < BURSTS and not (held >= LEAST_HELD and mostly):
            return None
        self._bursts[row] = BURSTS
        habit = Habit(*(float(of[row]) for of in (self._counted, self._exposure, self._highest)))
        self._counted[row] = self._exposure[row] = 0.0
        return habit
