"""What people did, as the notifier asks for it: acknowledgements, silences and snoozes. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from streams.actions.action import Action
from streams.actions.state import ActionState
from streams.alerts.cloudevent import Alert


class ActionDeeds:
    """Answers from the state that is folded of the topic ``actions``.

    Parameters
    ----------
    state
        Gives the state that holds now.
    """

    def __init__(self, state: Callable[[], ActionState]) -> None:
        self._state = state

    def acknowledged_by(self, alert: Alert) -> str | None:
        """Who has acknowledged an alert; None where nobody has, or where that no longer holds."""
        done = self._state().alert(alert.alert_id)
        return done.acknowledged_by if done.acknowledges(alert) else None

    def hidden_until(self, alert: Alert, at: dt.datetime) -> dt.datetime | None:
        """Until when a silence or a snooze hides an alert, of those that hide it at a moment."""
        hidden = self._state().hides(alert, at)
        return None if hidden is None else hidden.until

    def was_hidden(self, alert: Alert, at: dt.datetime) -> bool:
        """Whether a silence or a snooze hid an alert at a moment that is past."""
        return self._state().hid(alert, at)

    def last_hidden(self, alert: Alert, now: dt.datetime) -> dt.datetime | None:
        """When the last silence or snooze ended that hid an alert."""
        return self._state().last_hidden(alert, now)

    def has_lapsed(self, alert: Alert) -> bool:
        """Whether somebody had acknowledged an alert before it became more severe."""
        return self._state().alert(alert.alert_id).lapsed(alert)


def alerts_of(action: Action) -> list[str] | None:
    """Return the ids of the alerts that an action is about; None where it is of a silence or so."""
    alert_id = getattr(action, "alert_id", None)
    return None if alert_id is None else [str(alert_id)]
