"""How much of the budget the last days have spent: alerts opened, and their labels. Pure.

The budget is of false alerts. Only people know which alerts were false, so that a day shows all
that were opened, split by their labels.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from streams.alerts.label import VERDICTS, Verdict
from streams.delivery.api.board import BoardRow

DAYS: Final = 14
"""Days that are shown."""

UNJUDGED: Final = "unjudged"
"""What an alert is of which nobody has said anything."""

CHANCE: Final = 2.33
"""Standard deviations beyond which so many false alerts are no chance: 1 in 100."""


class OpenedAlert(NamedTuple):
    """An alert on an entity: the day on which it was opened, and its label."""

    day: dt.date
    label: Verdict | None


class BudgetDay(msgspec.Struct, frozen=True):
    """A day: how many alerts were opened, by their label."""

    day: dt.date
    labels: dict[str, int]

    @property
    def opened(self) -> int:
        """All of them."""
        return sum(self.labels.values())


class BudgetSpent(msgspec.Struct, frozen=True):
    """The last days, from the oldest on.

    Attributes
    ----------
    per_day
        The budget, false alerts a day.
    days
        The days.
    """

    per_day: float
    days: list[BudgetDay]

    def total(self, label: str) -> int:
        """Return how many alerts of all days have a label."""
        return sum(day.labels[label] for day in self.days)

    @property
    def opened(self) -> int:
        """Alerts opened on all days."""
        return sum(day.opened for day in self.days)

    @property
    def allowed(self) -> float:
        """False alerts that the budget allows on all days."""
        return self.per_day * len(self.days)

    @property
    def most(self) -> float:
        """The most of a day: the top of a plot."""
        return max([self.per_day, *(float(day.opened) for day in self.days)])

    @property
    def is_overspent(self) -> bool:
        """Whether more alerts were labelled false than chance would have it.

        Examples
        --------
        >>> day = BudgetDay(dt.date(2026, 3, 2), {"true": 9, "false": 9, "expected": 0})
        >>> BudgetSpent(4.0, [day]).is_overspent, BudgetSpent(5.0, [day]).is_overspent
        (True, False)
        """
        allowed = self.allowed
        return self.total("false") > allowed + CHANCE * float(allowed**0.5)


def opened_alerts(
    rows: Iterable[BoardRow], label_of: Callable[[str], Verdict | None], zone: ZoneInfo
) -> list[OpenedAlert]:
    """Return the alerts on entities that were opened: no faults of sources, no early ones.

    Parameters
    ----------
    rows
        The alerts as they stand.
    label_of
        Returns the label of an alert, by its id.
    zone
        Whose days they are.
    """
    found = []
    days: dict[str, dt.date | None] = {}  # many alerts are opened by the end of one bucket
    for row in rows:
        if row.opened is None or row.revision == 0 or row.entity.startswith("source/"):
            continue
        if row.opened not in days:
            days[row.opened] = _day(row.opened, zone)
        day = days[row.opened]
        if day is not None:
            found.append(OpenedAlert(day, label_of(row.alert_id)))
    return found


def budget_spent(alerts: Iterable[OpenedAlert], last: dt.date, per_day: float) -> BudgetSpent:
    """Sum up the last days.

    Parameters
    ----------
    alerts
        The alerts that were opened.
    last
        The last day.
    per_day
        The budget.
    """
    counts: Counter[tuple[dt.date, str]] = Counter()
    for one in alerts:
        counts[one.day, one.label or UNJUDGED] += 1
    days = [last - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    labels = (*VERDICTS, UNJUDGED)
    return BudgetSpent(
        per_day, [BudgetDay(day, {label: counts[day, label] for label in labels}) for day in days]
    )


def _day(time: str, zone: ZoneInfo) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(time).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
