"""The outcome of each window, the fate of each alert, and the figures of both. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Literal

from streams.alerts.history import Life
from streams.analysis.labels.windows import Window

DAY_S = 86400.0

Fate = Literal["detection", "further", "expected", "explained", "false", "unjudged", "source_fault"]
"""What an alert was; `further` is another alert in a window that is already detected, `unjudged`
one of which no label says anything."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a true window.

    Attributes
    ----------
    window
        The window.
    alert_id
        The alert that detected it; None if it was missed.
    delay_s
        The time from its start to its detection or, if it was missed, to its end.
    alerts
        The number of alerts in it, with those that detected another window.
    """

    window: Window
    alert_id: str | None
    delay_s: float
    alerts: int

    @property
    def detected(self) -> bool:
        """Whether an alert detected it."""
        return self.alert_id is not None


@dataclass(frozen=True, slots=True)
class Verdicted:
    """An alert and its fate."""

    life: Life
    fate: Fate


@dataclass(frozen=True, slots=True)
class Score:
    """The alerts of a period compared with its windows.

    Attributes
    ----------
    outcomes
        The outcomes of the true windows that begin in the period, in order of time.
    verdicts
        The alerts that opened in it, in order of opening.
    days
        The length of the period.
    """

    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdicted, ...]
    days: float

    @property
    def episodes(self) -> int:
        """The number of true windows."""
        return len(self.outcomes)

    @property
    def detected(self) -> int:
        """The number of detected windows."""
        return sum(outcome.detected for outcome in self.outcomes)

    @property
    def delays_s(self) -> list[float]:
        """The delays of the detected windows."""
        return [outcome.delay_s for outcome in self.outcomes if outcome.detected]

    @property
    def median_delay_s(self) -> float | None:
        """The median delay of all windows; a missed window counts as later than any other.

        None if half or more are missed. The median of the detected windows alone would improve
        when late detections become misses.
        """
        missed = [float("inf")] * (self.episodes - self.detected)
        if not self.outcomes:
            return None
        median = statistics.median([*self.delays_s, *missed])
        return None if median == float("inf") else median

    @property
    def false_alerts(self) -> int:
        """The number of alerts that labels call false."""
        return self.count("false")

    @property
    def unjudged_alerts(self) -> int:
        """The number of alerts that are in no window, and explained by none."""
        return self.count("unjudged")

    @property
    def expected_alerts(self) -> int:
        """The number of alerts in expected windows."""
        return self.count("expected")

    @property
    def false_per_day(self) -> float:
        """False alerts a day."""
        return self.false_alerts / self.days

    def count(self, fate: Fate) -> int:
        """The number of alerts with a fate."""
        return sum(verdict.fate == fate for verdict in self.verdicts)
