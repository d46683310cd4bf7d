"""Sentences on the bucket that is open: what it holds, and what would raise an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.alerts.phrases import about
from streams.explain.history import EntityHistory
from streams.series.record import Outlook
from streams.series.watched import WatchedEntity


def open_bucket(history: EntityHistory, outlooks: Iterable[Outlook]) -> Iterator[str]:
    """Say what the open bucket holds for a history's entity and signal, and what is missing.

    Parameters
    ----------
    history
        The history.
    outlooks
        What detection has answered.
    """
    for outlook in outlooks:
        if outlook.group != history.group:
            continue
        found = outlook.signals.get(history.signal)
        if found is not None:
            yield _holds(history, found)
        elif outlook.state == "retired":
            yield "It has been silent for so long that nothing is expected of it now."


def _holds(history: EntityHistory, bucket: WatchedEntity) -> str:
    if bucket.alert_id is not None:
        enough = "an alert is open"
    elif bucket.alarms_at is None:
        enough = "no count would raise an alert"
    else:
        enough = f"a count of {bucket.alarms_at:,.0f} would raise an alert"
    return (
        f"Open bucket, from {history.label(bucket.start)}: {history.counted(bucket)}"
        f" so far, {about(bucket.expected)} expected of all of"
        f" it; the evidence so far is {bucket.evidence_nats:.1f} nats, and"
        f" {bucket.threshold_nats:.1f} are needed; {enough}."
    )
