"""What people have done about one alert. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from streams.actions.action import (
    AcknowledgeAlert,
    AddNote,
    AlertAction,
    AssignAlert,
    GiveLabel,
    Severity,
    UnacknowledgeAlert,
)
from streams.alerts.label import Verdict

MOST_NOTES: Final = 100
"""Of one alert: the ids of its last notes."""

_RANK: Final[Mapping[str, int]] = {"warning": 0, "critical": 1}


class HasState(Protocol):
    """An alert as it stands, as far as it matters here."""

    @property
    def state(self) -> str:
        """Its state."""

    @property
    def severity(self) -> str:
        """Its severity."""


class AlertActions(msgspec.Struct, frozen=True, kw_only=True):
    """What people have done about one alert.

    Attributes
    ----------
    version
        How many actions were done about it.
    acknowledged_by, acknowledged_at, acknowledged_as
        Who takes care of it, since when, and at which severity; `acknowledges` says whether that
        still holds.
    assigned_to
        Whose it is.
    label, labelled_by, labelled_at
        The verdict.
    note_ids
        Ids of the actions that are its last notes, without those that were erased.
    """

    version: int = 0
    acknowledged_by: str | None = None
    acknowledged_at: dt.datetime | None = None
    acknowledged_as: Severity | None = None
    assigned_to: str | None = None
    label: Verdict | None = None
    labelled_by: str | None = None
    labelled_at: dt.datetime | None = None
    note_ids: tuple[str, ...] = ()

    def acknowledges(self, alert: HasState) -> bool:
        """Whether somebody takes care of it: it is open, and no more severe than it was then."""
        then = self.acknowledged_as
        is_open = alert.state in ("early", "open")
        return is_open and then is not None and _RANK[alert.severity] <= _RANK[then]

    def lapsed(self, alert: HasState) -> bool:
        """Whether somebody took care of an open alert until it became more severe."""
        is_open = alert.state in ("early", "open")
        return is_open and self.acknowledged_as is not None and not self.acknowledges(alert)


NOTHING_DONE: Final = AlertActions()


def acted(before: AlertActions, action: AlertAction) -> AlertActions:
    """Return what an alert's actions are after one more."""
    now = msgspec.structs.replace(before, version=before.version + 1)
    match action:
        case AcknowledgeAlert():
            return msgspec.structs.replace(
                now,
                acknowledged_by=action.by,
                acknowledged_at=action.at,
                acknowledged_as=action.severity,
            )
        case UnacknowledgeAlert():
            return msgspec.structs.replace(
                now, acknowledged_by=None, acknowledged_at=None, acknowledged_as=None
            )
        case AssignAlert():
            return msgspec.structs.replace(now, assigned_to=action.to)
        case AddNote():
            return msgspec.structs.replace(
                now, note_ids=(*before.note_ids, action.id)[-MOST_NOTES:]
            )
        case GiveLabel() if before.labelled_at is None or before.labelled_at <= action.at:
            return labelled(now, action.verdict, action.by, action.at)
    return now


def labelled(
    before: AlertActions, verdict: Verdict, by: str | None, at: dt.datetime
) -> AlertActions:
    """Return them with another verdict."""
    return msgspec.structs.replace(before, label=verdict, labelled_by=by, labelled_at=at)
