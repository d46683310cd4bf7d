"""Whether a replay found the alerts of an entity as they were published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.alerts.cloudevent import Alert, Envelope
from streams.explain.history import EntityHistory
from streams.items import Level

_Which = tuple[str, str, str, str, str]


def of_entity(recorded: Iterable[Envelope], level: Level, entity: str) -> Iterator[Envelope]:
    """Yield the recorded revisions that are about an entity."""
    for envelope in recorded:
        found = envelope.alert.entity
        if (found.level, found.id) == (level, entity):
            yield envelope


def difference(histories: Iterable[EntityHistory], published: Iterable[Envelope]) -> str | None:
    """Say what a replay gives otherwise than what was published; None where it gives the same.

    Early alerts are left out: closes alone make the rest. The epoch and numbers do not count.

    Parameters
    ----------
    histories
        The entity's, by the replay.
    published
        Revisions of its alerts, as they were recorded.
    """
    found = {
        _which(revision): revision.alert
        for history in histories
        for span in history.alerts
        for revision in span.revisions
    }
    for revision in published:
        alert = revision.alert
        if alert.revision == 0 or alert.event == "ended":
            continue
        replayed = found.get(_which(revision))
        if replayed is None or _figures(replayed) != _figures(alert):
            said = "no such revision" if replayed is None else _said(replayed)
            return f"{revision.time} {alert.event}: {_said(alert)} as published, {said} here"
    return None


def _which(revision: Envelope) -> _Which:
    alert = revision.alert
    return revision.time, alert.event, alert.group, alert.signal, alert.detector


def _figures(alert: Alert) -> tuple[float, ...]:
    return (alert.observed, alert.expected, alert.evidence_nats, alert.threshold_nats)


def _said(alert: Alert) -> str:
    return (
        f"{alert.observed:,g} counted, {alert.expected:,.3g} expected,"
        f" {alert.evidence_nats:.2f} of {alert.threshold_nats:.2f} nats"
    )
