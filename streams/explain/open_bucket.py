"""Sentences on the bucket that is open: what it holds, and what would raise an alert. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.alerts.phrases import about
from streams.explain.history import EntityHistory
from streams.language.catalogue import Catalogue
from streams.series.record import Outlook
from streams.series.watched import WatchedEntity


def open_bucket(
    history: EntityHistory, outlooks: Iterable[Outlook], words: Catalogue
) -> Iterator[str]:
    """Say what the open bucket holds for a history's entity and signal, and what is missing.

    Parameters
    ----------
    history
        The history.
    outlooks
        What detection has answered.
    words
        The catalogue of the reader.
    """
    for outlook in outlooks:
        if outlook.group != history.group:
            continue
        found = outlook.signals.get(history.signal)
        if found is not None:
            if not history.closed or found.end > history.closed[-1].end:  # it is open still
                yield _holds(history, found, words)
        elif outlook.state == "retired":
            yield words.gettext(
                "It has been silent for so long that nothing is expected of it now."
            )


def _holds(history: EntityHistory, bucket: WatchedEntity, words: Catalogue) -> str:
    if bucket.alert_id is not None:
        enough = words.gettext("an alert is open")
    elif not bucket.alarms_known:
        enough = words.gettext("no alert is open")
    elif bucket.alarms_at is None:
        enough = words.gettext("no count would raise an alert")
    else:
        text = words.gettext("a count of {least} would raise an alert")
        enough = text.format(least=f"{bucket.alarms_at:,.0f}")
    return words.gettext(
        "Open bucket, from {when}: {counted} so far, {expected} expected of all of it; the evidence"
        " so far is {evidence} nats, and {threshold} are needed; {enough}."
    ).format(
        when=history.label(bucket.start),
        counted=history.counted(bucket, words),
        expected=about(bucket.expected),
        evidence=f"{bucket.evidence_nats:.1f}",
        threshold=f"{bucket.threshold_nats:.1f}",
        enough=enough,
    )
