"""The alerts that somebody may still have to be told of, each as its last revision says. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.alerts.cloudevent import Alert, Envelope, decode_event
from streams.alerts.lifecycle import Severity
from streams.alerts.packed import packed, unpacked

REMEMBERED: Final = 200_000
"""Alerts that nobody needs to be told of: so many are known, so that a repeat is not a new one."""

_SEVERITIES = {"warning": 0, "critical": 1}


class KnownAlert(msgspec.Struct):
    """An alert as it is now.

    Attributes
    ----------
    alert_id
        Its id.
    small
        Its last revision as published, packed.
    revision, state, severity
        Of the last revision.
    family
        Id of the alert that the family is called after: the parent, or itself.
    changed_s
        When the last revision was published, epoch s.
    receivers
        Names of the receivers that it was routed to, in the order of the routes.
    first_severity
        Of the first revision that was read: an early alert's, if it was one.
    risen_s
        When it came to its severity, of the revisions that were read: epoch s.
    """

    alert_id: str
    small: bytes
    revision: int
    state: str
    severity: Severity
    family: str
    changed_s: float
    receivers: tuple[str, ...] = ()
    first_severity: Severity | None = None
    risen_s: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it is not over; an early alert is open."""
        return self.state in ("early", "open")

    @property
    def rank(self) -> tuple[int, bool]:
        """Orders the revisions: a refuted early alert keeps the number 0."""
        return self.revision, not self.is_open

    @property
    def weight(self) -> int:
        """Orders severities."""
        return weight(self.severity)

    @property
    def raw(self) -> bytes:
        """Its last revision, as published."""
        return unpacked(self.small)

    def envelope(self) -> Envelope:
        """Return the alert, read."""
        return decode_event(self.raw)

    def alert(self) -> Alert:
        """Return the alert, read, without its envelope."""
        return self.envelope().alert


def weight(severity: str) -> int:
    """Return a number that orders severities.

    Examples
    --------
    >>> weight("critical") > weight("warning")
    True
    """
    return _SEVERITIES[severity]


class KnownAlerts:
    """Folds revisions, in whatever order and however often they come."""

    def __init__(self) -> None:
        self._alerts: dict[str, KnownAlert] = {}
        self._done: dict[str, None] = {}
        self.finished = 0
        """How many are over, and nobody needs to be told of them."""

    def __len__(self) -> int:
        return len(self._alerts)

    def get(self, alert_id: str) -> KnownAlert | None:
        """Return an alert; None where it is unknown, or nobody needs to be told of it."""
        return self._alerts.get(alert_id)

    def __getitem__(self, alert_id: str) -> KnownAlert:
        return self._alerts[alert_id]

    def is_done(self, alert_id: str) -> bool:
        """Whether it is over, and nobody needs to be told of it any more."""
        return alert_id in self._done

    def over(self) -> list[KnownAlert]:
        """Return the alerts that are over, and of which somebody may be owed something."""
        return [known for known in self._alerts.values() if not known.is_open]

    def take(self, envelope: Envelope, raw: bytes, published_s: float) -> KnownAlert | None:
        """Take a revision; return the alert where the revision says something new."""
        alert = envelope.alert
        if alert.event == "ended":  # of a feed, not of an alert
            return None
        new = KnownAlert(
            alert.alert_id, packed(raw), alert.revision, alert.state, alert.severity,
            self._family(alert), published_s,
        )  # fmt: skip
        old = self._alerts.get(alert.alert_id)
        if alert.alert_id in self._done or (old is not None and new.rank <= old.rank):
            return None
        if old is not None:
            new.family, new.receivers = old.family, old.receivers
        rises = old is None or new.weight > old.weight
        new.risen_s = old.risen_s if old is not None and not rises else published_s
        new.first_severity = alert.severity if old is None else old.first_severity
        self._alerts[alert.alert_id] = new
        return new

    def _family(self, alert: Alert) -> str:
        if alert.parent is None:
            return alert.alert_id
        parent = self._alerts.get(alert.parent)
        return alert.parent if parent is None else parent.family

    def finish(self, known: KnownAlert) -> None:
        """Drop an alert that is over and that nobody needs to be told of."""
        del self._alerts[known.alert_id]
        self._done[known.alert_id] = None
        self.finished += 1
        if len(self._done) > REMEMBERED:
            del self._done[next(iter(self._done))]
