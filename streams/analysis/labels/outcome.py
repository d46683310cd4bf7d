"""What came of alerts and of windows, and the figures of it. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Literal

from streams.alerts.history import Life
from streams.analysis.labels.windows import Window

DAY_S = 86400.0

Fate = Literal["detection", "further", "expected", "explained", "false", "source_fault"]
"""What an alert was; `further` is one more in a window that had its detection."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a true window.

    Attributes
    ----------
    window
        The window.
    alert_id
        Of the alert that detected it; None where it was missed.
    delay_s
        From its start until it was detected or, where it was missed, until it ended.
    alerts
        How many alerts were in it, those that had detected another window with them.
    """

    window: Window
    alert_id: str | None
    delay_s: float
    alerts: int

    @property
    def detected(self) -> bool:
        """Whether an alert was right about it."""
        return self.alert_id is not None


@dataclass(frozen=True, slots=True)
class Verdicted:
    """An alert and what it was."""

    life: Life
    fate: Fate


@dataclass(frozen=True, slots=True)
class Score:
    """Alerts of a period against its windows.

    Attributes
    ----------
    outcomes
        Of the true windows that begin in the period, in order of time.
    verdicts
        Of the alerts that opened in it, in order of opening.
    days
        How long it is.
    """

    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdicted, ...]
    days: float

    @property
    def episodes(self) -> int:
        """How many true windows there are."""
        return len(self.outcomes)

    @property
    def detected(self) -> int:
        """How many of them were detected."""
        return sum(outcome.detected for outcome in self.outcomes)

    @property
    def delays_s(self) -> list[float]:
        """Delays of those that were detected."""
        return [outcome.delay_s for outcome in self.outcomes if outcome.detected]

    @property
    def median_delay_s(self) -> float | None:
        """Median of all windows' delays, a missed one's being longer than any.

        None where half or more are missed. The median of the detected alone would improve when
        late detections become misses.
        """
        missed = [float("inf")] * (self.episodes - self.detected)
        if not self.outcomes:
            return None
        median = statistics.median([*self.delays_s, *missed])
        return None if median == float("inf") else median

    @property
    def false_alerts(self) -> int:
        """How many were false: in no true or expected window, and explained by none."""
        return self.count("false")

    @property
    def expected_alerts(self) -> int:
        """How many were in expected windows."""
        return self.count("expected")

    @property
    def false_per_day(self) -> float:
        """False alerts a day."""
        return self.false_alerts / self.days

    def count(self, fate: Fate) -> int:
        """How many alerts had a fate."""
        return sum(verdict.fate == fate for verdict in self.verdicts)
