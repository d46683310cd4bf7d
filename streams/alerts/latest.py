"""How each alert stands: its latest revision, of all that were published."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import msgspec

from streams.alerts.cloudevent import Alert, AlertState, Envelope
from streams.alerts.lifecycle import CRITICAL_MARGIN_NATS, Severity

AlertOrder = Literal["beyond", "opened", "changed"]
"""What comes first: the alert furthest beyond chance, or the one that began or changed last."""

NO_CHANCE_NATS: Final[dict[Severity, float]] = {
    "critical": CRITICAL_MARGIN_NATS,
    "warning": CRITICAL_MARGIN_NATS / 2,
}
"""As far beyond chance an alert stands that nothing of is left to chance: a critical one where
critical bursts begin, a warning in the middle of the warnings."""

_IN_PROGRESS = ("early", "open")


class AlertFilter(msgspec.Struct, frozen=True):
    """Which alerts to show; None shows all."""

    state: AlertState | None = None
    entity: tuple[str, str] | None = None

    def __call__(self, alert: Alert) -> bool:
        """Whether an alert is wanted."""
        entity = (alert.entity.level, alert.entity.in_form)
        return self.state in (None, alert.state) and self.entity in (None, entity)


def rank(alert: Alert) -> tuple[int, bool]:
    """Order revisions of an alert: the retraction of an early one is between 0 and 1."""
    return alert.revision, alert.event == "retracted"


def has_evidence(alert: Alert) -> bool:
    """Say whether an alert was weighed against chance; a fixed rule needs no evidence."""
    return alert.threshold_nats > 0.0


def is_exact(alert: Alert) -> bool:
    """Say whether an alert follows from what was counted and declared, with no chance in it."""
    return alert.basis is not None and not has_evidence(alert)


def beyond_nats(alert: Alert) -> float:
    """Return how far beyond chance an alert stands among others, in nats.

    That is the evidence that it has more than an alert needs. Where no evidence is needed, as by
    what a registry declares, a rule counts or a silent source shows, the severity says it.

    Parameters
    ----------
    alert
        The alert.
    """
    if has_evidence(alert):
        return alert.evidence_nats - alert.threshold_nats
    return NO_CHANCE_NATS[alert.severity]


class LatestRevision(msgspec.Struct, frozen=True):
    """An alert's latest revision, with its bytes as published.

    Attributes
    ----------
    envelope, raw
        The revision.
    opened
        RFC 3339 time of the first revision that was seen; None where this is it.
    """

    envelope: Envelope
    raw: bytes
    opened: str | None = None

    @property
    def rank(self) -> tuple[int, bool]:
        """Orders revisions of an alert: the retraction of an early one is between 0 and 1."""
        return rank(self.envelope.alert)

    @property
    def opened_at(self) -> dt.datetime:
        """End of the bucket that opened it."""
        return dt.datetime.fromisoformat(self.opened or self.envelope.time)

    @property
    def changed_at(self) -> dt.datetime:
        """End of the bucket that caused this revision."""
        return dt.datetime.fromisoformat(self.envelope.time)

    @property
    def closed_at(self) -> dt.datetime | None:
        """When it ended; None while it is in progress."""
        return None if self.envelope.alert.state in _IN_PROGRESS else self.changed_at

    @property
    def beyond_nats(self) -> float:
        """How far beyond chance it stands among others."""
        return beyond_nats(self.envelope.alert)


class LatestRevisions:
    """The latest revision of every alert."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], LatestRevision] = {}

    def take(self, envelope: Envelope, raw: bytes) -> bool:
        """Take a revision; return whether it is news: neither a repeat nor an older one."""
        key = (envelope.alert.group, envelope.alert.alert_id)
        old = self._known.get(key)
        opened = None if old is None else old.opened or old.envelope.time
        new = LatestRevision(envelope, raw, opened)
        if old is not None and new.rank <= old.rank:
            return False
        self._known[key] = new
        return True

    def standing(self, wanted: AlertFilter, order: AlertOrder = "beyond") -> list[LatestRevision]:
        """The wanted alerts as they stand now: those in progress first, and then in this order."""
        found = [known for known in self._known.values() if wanted(known.envelope.alert)]
        # Each sort keeps the order of the one before where it says nothing.
        found.sort(key=lambda known: known.changed_at, reverse=True)
        if order == "opened":
            found.sort(key=lambda known: known.opened_at, reverse=True)
        elif order == "beyond":
            found.sort(key=lambda known: known.beyond_nats, reverse=True)
        found.sort(key=lambda known: known.closed_at is not None)
        return found
