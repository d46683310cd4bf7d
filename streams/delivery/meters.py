"""Metrics of the serve process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class ServeMetrics:
    """The metrics of one serve process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.alerts_read = Counter(
            "weathervane_serve_alerts_read",
            "Records read from the topic alerts, by what became of them.",
            ["fate"],
            registry=self.registry,
        )
        self.lag = Gauge(
            "weathervane_serve_alerts_lag_records",
            "Records of the topic alerts that are not read yet.",
            registry=self.registry,
        )
        self.feed_items = Gauge(
            "weathervane_serve_feed_items", "Alerts kept in the feeds.", registry=self.registry
        )
        self.sse_clients = Gauge(
            "weathervane_serve_sse_clients",
            "Clients connected to a stream of server-sent events.",
            registry=self.registry,
        )
        self.series_standing = Gauge(
            "weathervane_serve_series_standing_seconds",
            "How long serve's store of series has not taken what there is; near 0 if it follows.",
            registry=self.registry,
        )
        self.proof_lost = Gauge(
            "weathervane_serve_proof_lost_feeds",
            "Feeds of which records were gone before their tree had them: it ends there.",
            registry=self.registry,
        )
        self.proof_conflicts = Counter(
            "weathervane_serve_proof_conflicts",
            "Alerts whose number a feed's tree has given to another alert.",
            registry=self.registry,
        )
        self.proof_failures = Counter(
            "weathervane_serve_proof_failures",
            "Times that the feeds' trees could not be kept, and all was read anew.",
            registry=self.registry,
        )
        self.feed_key_fault = Gauge(
            "weathervane_serve_feed_key_fault",
            "What is wrong with the keys that sign checkpoints: 1 where it is, by what it is.",
            ["fault"],
            registry=self.registry,
        )
        for fault in ("lost", "unusable", "changed", "behind"):
            self.feed_key_fault.labels(fault).set(0)
        self.cases = Gauge(
            "weathervane_serve_cases_in_hand",
            "Cases that are not over, by state.",
            ["state"],
            registry=self.registry,
        )
        self.cases_overdue = Gauge(
            "weathervane_serve_cases_overdue",
            "Cases whose addressee is to act, and whose deadline has passed.",
            registry=self.registry,
        )
        self.case_overdue = Gauge(
            "weathervane_serve_case_overdue_seconds",
            "How long ago the deadline of a case passed, of the 50 that are overdue longest.",
            ["case"],
            registry=self.registry,
        )
        self.deliveries = Counter(
            "weathervane_webhook_deliveries",
            "Alerts that a receiver has accepted.",
            ["receiver"],
            registry=self.registry,
        )
        self.failures = Counter(
            "weathervane_webhook_failures",
            "Attempts that a receiver has not accepted, by the status or the kind of error.",
            ["receiver", "reason"],
            registry=self.registry,
        )
        self.expired = Counter(
            "weathervane_webhook_expired_alerts",
            "Alerts that the topic dropped before a receiver had accepted them.",
            ["receiver"],
            registry=self.registry,
        )
        self.repeats_dropped = Counter(
            "weathervane_webhook_repeats_dropped",
            "Alerts that were published again, and not sent again.",
            ["receiver"],
            registry=self.registry,
        )
        self.given_up = Counter(
            "weathervane_webhook_given_up_alerts",
            "Alerts that were given up, and written to the topic undelivered.",
            ["receiver"],
            registry=self.registry,
        )
        self.undelivered = Gauge(
            "weathervane_webhook_undelivered_alerts",
            "Alerts that were given up and have not been delivered by redeliver since.",
            ["receiver"],
            registry=self.registry,
        )
        self.errors = Counter(
            "weathervane_webhook_unforeseen_errors",
            "Errors in a receiver's queue that nobody foresaw; it goes on after each.",
            ["receiver", "error"],
            registry=self.registry,
        )
        self.monitor_events = Counter(
            "weathervane_monitor_events",
            "Events on the monitor itself, by whether the receiver has accepted them.",
            ["receiver", "fate"],
            registry=self.registry,
        )
        self.webhook_lag = Gauge(
            "weathervane_webhook_lag_records",
            "Records of the topic alerts that a receiver has not accepted yet.",
            ["receiver"],
            registry=self.registry,
        )
        self.webhook_waiting = Gauge(
            "weathervane_webhook_waiting_seconds",
            "How long a receiver has not accepted the alert that is its turn; 0 where none waits.",
            ["receiver"],
            registry=self.registry,
        )
        self.notify_sent = Counter(
            "weathervane_notify_sent",
            "Notifications that a receiver has accepted, by why they were sent.",
            ["receiver", "reason"],
            registry=self.registry,
        )
        self.notify_failures = Counter(
            "weathervane_notify_failures",
            "Attempts to notify that a receiver has not accepted, by the status or kind of error.",
            ["receiver", "reason"],
            registry=self.registry,
        )
        self.notify_given_up = Counter(
            "weathervane_notify_given_up_alerts",
            "Alerts of notifications that were given up, and written to the topic undelivered.",
            ["receiver"],
            registry=self.registry,
        )
        self.notify_undelivered = Gauge(
            "weathervane_notify_undelivered_alerts",
            "Alerts of notifications that were given up and not delivered by redeliver since.",
            ["receiver"],
            registry=self.registry,
        )
        self.notify_waiting = Gauge(
            "weathervane_notify_waiting_seconds",
            "How long a receiver has accepted no notification that was tried; 0 where none waits.",
            ["receiver"],
            registry=self.registry,
        )
        self.notify_sends = Gauge(
            "weathervane_notify_sends",
            "Whether it is this process that sends notifications: 1 in one of all, 0 in others.",
            registry=self.registry,
        )
        self.notify_unreadable = Counter(
            "weathervane_notify_unreadable_records",
            "Records of the topic notifications that cannot be read, and were passed over.",
            registry=self.registry,
        )
