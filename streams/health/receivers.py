"""The state of webhooks and receivers, as the metrics of serve tell it."""

from __future__ import annotations

import msgspec

from streams.health.exposition import ScrapedMetrics, nonzero


class WebhookState(msgspec.Struct, frozen=True):
    """A webhook: how many alerts wait for it, and how long the first has waited.

    `undelivered` is how many were given up and have not been sent again.
    """

    receiver: str
    queue: int
    waiting_s: float
    delivered: int
    failures: dict[str, int]
    expired: int
    undelivered: int


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


def webhook_states(found: ScrapedMetrics) -> list[WebhookState]:
    """Return the state of each webhook, in order of name."""
    names = found.by("weathervane_webhook_deliveries_total", "receiver")
    return [_webhook(found, name) for name in names]


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
            failures=nonzero(failures),
            undelivered=int(lost),
            sends=sends,
        )
        states.append(state)
    return states


def _webhook(found: ScrapedMetrics, name: str) -> WebhookState:
    labels = {"receiver": name}
    return WebhookState(
        receiver=name,
        queue=int(found.total("weathervane_webhook_lag_records", **labels)),
        waiting_s=found.largest("weathervane_webhook_waiting_seconds", **labels) or 0.0,
        delivered=int(found.total("weathervane_webhook_deliveries_total", **labels)),
        failures=nonzero(found.by("weathervane_webhook_failures_total", "reason", **labels)),
        expired=int(found.total("weathervane_webhook_expired_alerts_total", **labels)),
        undelivered=int(found.total("weathervane_webhook_undelivered_alerts", **labels)),
    )
