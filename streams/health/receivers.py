"""The state of the receivers, as the metrics of serve tell it."""

from __future__ import annotations

import msgspec

from streams.health.exposition import ScrapedMetrics


class ReceiverState(msgspec.Struct, frozen=True):
    """A receiver: what it was told, and how long it has accepted nothing.

    Attributes
    ----------
    receiver
        Its name.
    sent
        Notifications that it has accepted, since the start of serve.
    waiting_s
        How long it has accepted nothing that was tried, seconds.
    failures
        Attempts that it has not accepted, by reason.
    undelivered
        Alerts that were given up and have not been sent again.
    sends
        Whether a process of all sends at all.
    """

    receiver: str
    sent: int
    waiting_s: float
    failures: dict[str, int]
    undelivered: int
    sends: bool = True


def receiver_states(found: ScrapedMetrics) -> list[ReceiverState]:
    """Return the state of each receiver, in order of name."""
    sends = found.total("weathervane_notify_sends") > 0
    states = []
    for name in sorted(found.by("weathervane_notify_waiting_seconds", "receiver")):
        failures = found.by("weathervane_notify_failures_total", "reason", receiver=name)
        waiting_s = found.largest("weathervane_notify_waiting_seconds", receiver=name)
        lost = found.total("weathervane_notify_undelivered_alerts", receiver=name)
        state = ReceiverState(
            receiver=name,
            sent=int(found.total("weathervane_notify_sent_total", receiver=name)),
            waiting_s=waiting_s or 0.0,
            failures={reason: int(count) for reason, count in failures.items() if count},
            undelivered=int(lost),
            sends=sends,
        )
        states.append(state)
    return states
