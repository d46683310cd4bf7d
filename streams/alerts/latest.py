"""How each alert stands: its latest revision, of all that were published."""

from __future__ import annotations

import datetime as dt

import msgspec

from streams.alerts.cloudevent import Alert, AlertState, Envelope


class AlertFilter(msgspec.Struct, frozen=True):
    """Which alerts to show; None shows all."""

    state: AlertState | None = None
    entity: tuple[str, str] | None = None

    def __call__(self, alert: Alert) -> bool:
        """Whether an alert is wanted."""
        entity = (alert.entity.level, alert.entity.in_form)
        return self.state in (None, alert.state) and self.entity in (None, entity)


class LatestRevision(msgspec.Struct, frozen=True):
    """An alert's latest revision, with its bytes as published."""

    envelope: Envelope
    raw: bytes

    @property
    def rank(self) -> tuple[int, bool]:
        """Orders revisions of an alert: the retraction of an early one is between 0 and 1."""
        alert = self.envelope.alert
        return alert.revision, alert.event == "retracted"


class LatestRevisions:
    """The latest revision of every alert."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], LatestRevision] = {}

    def take(self, envelope: Envelope, raw: bytes) -> bool:
        """Take a revision; return whether it is news: neither a repeat nor an older one."""
        key = (envelope.alert.group, envelope.alert.alert_id)
        new, old = LatestRevision(envelope, raw), self._known.get(key)
        if old is not None and new.rank <= old.rank:
            return False
        self._known[key] = new
        return True

    def standing(self, wanted: AlertFilter) -> list[LatestRevision]:
        """The wanted alerts as they stand now, in order of time of their latest revision."""
        found = [known for known in self._known.values() if wanted(known.envelope.alert)]
        # Alerts of one time keep the order in which they were first met.
        return sorted(found, key=lambda known: dt.datetime.fromisoformat(known.envelope.time))
