"""What was said and done about an alert: deeds and notifications, in the order of time. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from streams.actions.action import Action, AlertAction, MakeSnooze
from streams.actions.note import NoteTexts
from streams.alerts.cloudevent import Alert
from streams.delivery.notify.record import Sent


class TimelineEntry(NamedTuple):
    """A deed or a notification.

    Attributes
    ----------
    at
        When.
    kind
        The deed's type, such as ``acknowledge``; ``sent`` of a notification.
    action
        The deed; None of a notification.
    text
        What was written with it; None where nothing was, or it is not held.
    sent
        The notification; None of a deed.
    """

    at: dt.datetime
    kind: str
    action: Action | None = None
    text: str | None = None
    sent: Sent | None = None

    @property
    def is_erased(self) -> bool:
        """Whether there was a text that is no longer held."""
        return self.action is not None and self.action.noted and self.text is None


def timeline_of(
    alert: Alert, actions: Iterable[Action], notes: NoteTexts, sent: Iterable[Sent]
) -> list[TimelineEntry]:
    """Return what was said and done about an alert.

    Parameters
    ----------
    alert
        The alert.
    actions
        All that people have done.
    notes
        Their texts.
    sent
        Notifications that told of it.
    """
    found = [
        TimelineEntry(action.at, _kind(action), action, notes.text(action.id))
        for action in actions
        if _is_about(action, alert)
    ]
    found += [TimelineEntry(one.at, "sent", sent=one) for one in sent]
    return sorted(found, key=lambda entry: entry.at)


def _is_about(action: Action, alert: Alert) -> bool:
    if isinstance(action, MakeSnooze):
        place = (f"{alert.entity.level}/{alert.entity.in_form}", alert.signal)
        return (action.entity, action.signal) == place
    return isinstance(action, AlertAction) and action.alert_id == alert.alert_id


def _kind(action: Action) -> str:
    return str(type(action).__struct_config__.tag)
