"""Alerts opened a day, by their labels, against the budget of false ones."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from streams.alerts.cloudevent import Entity, decode_event, encode_alert
from streams.alerts.label import Verdict
from streams.delivery.api.board import Board
from streams.delivery.console.monitor.budget import (
    DAYS,
    UNJUDGED,
    OpenedAlert,
    budget_spent,
    opened_alerts,
)
from tests.alerts.examples import alert, raw

DAY = dt.date(2026, 3, 2)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_day_shows_what_was_opened_by_label() -> None:
    """Days of long ago are left out, and days without an alert stand with nothing."""
    alerts = [
        OpenedAlert(DAY, None),
        OpenedAlert(DAY, "false"),
        OpenedAlert(DAY, "false"),
        OpenedAlert(DAY - dt.timedelta(days=1), "true"),
        OpenedAlert(DAY - dt.timedelta(days=DAYS), "true"),
    ]
    found = budget_spent(alerts, DAY, 2.0)
    assert len(found.days) == DAYS
    assert found.days[-1].labels == {"true": 0, "false": 2, "expected": 0, UNJUDGED: 1}
    assert (found.opened, found.total("true"), found.total("false")) == (4, 1, 2)
    assert (found.allowed, found.most, found.is_overspent) == (2.0 * DAYS, 3.0, False)


def test_many_false_alerts_are_red_and_many_true_ones_are_not() -> None:
    """The budget is of false alerts."""
    assert budget_spent([OpenedAlert(DAY, "false")] * 50, DAY, 2.0).is_overspent
    assert not budget_spent([OpenedAlert(DAY, "true")] * 50, DAY, 2.0).is_overspent
    assert not budget_spent([OpenedAlert(DAY, None)] * 50, DAY, 2.0).is_overspent


def test_a_day_is_one_of_the_monitors_zone() -> None:
    """An early alert has not been opened, a fault of a source spends no budget."""
    board = Board(10)
    texts = [
        encode_alert(alert(alert_id="1" * 16), name="test", time="2026-03-01T23:00:00Z"),
        raw(alert_id="2" * 16, revision=0, event="early", state="early"),
        raw(alert_id="3" * 16, entity=Entity("source", "sends"), signal="source"),
        raw(alert_id="4" * 16, revision=3, event="updated"),
    ]
    for text in texts:
        board.take(decode_event(text), text, 0.0)
    labels: dict[str, Verdict] = {"1" * 16: "true"}
    found = opened_alerts(board, labels.get, SHANGHAI)
    assert found == [OpenedAlert(dt.date(2026, 3, 2), "true")]
