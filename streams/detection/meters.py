"""What the detect process measures, for Prometheus."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.counts.bucket import DAY_S
from streams.detection.close import Group
from streams.detection.context.budget import split_budget
from streams.detection.shard import Shard

SHARD = ("shard",)
STREAM = ("shard", "group", "level", "signal")


class DetectMeters:
    """Metrics of a worker's shards; read off them about every second.

    Parameters
    ----------
    config
        The configuration, for the budget.
    """

    def __init__(self, config: Config) -> None:
        self.registry = CollectorRegistry()
        self._config = config
        self._budget = {place: share.total for place, share in split_budget(config).items()}

        def counter(name: str, what: str, labels: tuple[str, ...] = SHARD) -> Counter:
            return Counter(f"weathervane_detect_{name}", what, labels, registry=self.registry)

        def gauge(name: str, what: str, labels: tuple[str, ...] = SHARD) -> Gauge:
            return Gauge(f"weathervane_detect_{name}", what, labels, registry=self.registry)

        self.records = counter("records", "Records of counts read, repeats included.")
        self.rejects = counter("rejects", "Records of counts that could not be used.")
        self.alerts = counter("alerts", "Revisions published, by event.", ("shard", "event"))
        self.spent = counter(
            "budget_spent", "Alerts opened about entities: true ones spend it as well.", STREAM
        )
        self.allowed = counter(
            "budget_allowed",
            "False alerts that the budget allows for the event time judged since the start.",
            STREAM,
        )
        self.checkpoint_at = gauge(
            "checkpoint_timestamp_seconds", "When the last checkpoint was complete."
        )
        self.checkpoint_took = gauge("checkpoint_seconds", "How long the last checkpoint took.")
        self.series_records = counter("series_records", "Records of series written.", ())
        self.series_bytes = counter("series_bytes", "Bytes of series written.", ())
        self.series_lost = counter(
            "series_lost", "Records of series that could not be written; alerts go on.", ()
        )
        self.series_lost_at = gauge(
            "series_lost_timestamp_seconds",
            "When a record of series was last lost; 0 if never.",
            (),
        )
        self.asked = gauge("asked", "Entities that somebody has asked for.", ())
        self.asked_refused = counter(
            "asked_refused", "Questions about entities that could not be read.", ()
        )
        self._buckets = gauge("buckets_closed", "Buckets closed since the shard was assigned.")
        self._entity_buckets = gauge("entity_buckets", "Entity-buckets judged since then.")
        self._entities = gauge("entities", "Entities known.")
        self._epoch = gauge(
            "epoch",
            "Epoch of the feeds; the label says which recorded weeks made the state.",
            ("shard", "warmed"),
        )
        self._open = gauge("open_alerts", "Alerts open.")
        self._early = gauge("early_alerts", "Early alerts that no close has decided on yet.")
        self._prevented = gauge(
            "calendar_prevented",
            "Alerts that a calendar entry prevented, over the shard's life.",
            ("shard", "entry"),
        )
        self._beside_failed = gauge(
            "beside_failures",
            "Times that a detector beside ours raised an error and was begun anew for an"
            " entity, over the shard's life.",
            ("shard", "detector"),
        )
        self._unknown = gauge(
            "unknown_sources", "Sources in counts that the configuration does not name."
        )
        self._lag = gauge("lag_records", "Records between the position and the head of counts.")
        self._checkpoint_age = gauge(
            "checkpoint_age_seconds", "Age of the oldest change that is not in a checkpoint."
        )
        self._closed = gauge(
            "closed_through_seconds",
            "Event time through which a group's buckets are judged.",
            ("shard", "group"),
        )
        self._last_close = gauge(
            "last_close_timestamp_seconds",
            "When the shard last closed a bucket of the group; nothing before the first.",
            ("shard", "group"),
        )
        self._overdue = gauge(
            "close_overdue_seconds",
            "By how much the clock has passed the end of the next bucket and the lateness.",
            ("shard", "group"),
        )
        self._registry_entries = gauge(
            "registry_entries", "Entries of the registry that judging knows."
        )
        self._registry_seq = gauge(
            "registry_seq", "The last row of the registry that the shard has taken."
        )
        self._registry_refused = gauge(
            "registry_refused", "Rows of the registry for which there was no room."
        )
        self._misuse_beyond = gauge(
            "misuse_beyond",
            "Findings of misuse and of rules in the last buckets that have no alert, since too"
            " many are open.",
        )
        self._misuse_let_go = gauge(
            "misuse_let_go",
            "Subjects, numbers and senders that misuse and rules forgot or did not judge on the"
            " last two days of events, since there were too many.",
        )
        self._bucket = gauge("bucket_seconds", "A group's bucket size.", ("shard", "group"))
        self._judged: dict[tuple[int, str], int] = {}

    def published(self, number: int, alerts: Sequence[Published]) -> None:
        """Count what a shard publishes."""
        for one in alerts:
            alert = one.alert
            self.alerts.labels(number, alert.event).inc()
            if alert.event == "opened" and alert.signal != "source":
                place = (alert.group, alert.entity.level, alert.signal)
                self.spent.labels(number, *place).inc()

    def series_written(self, size: int) -> None:
        """Count a record of series."""
        self.series_records.inc()
        self.series_bytes.inc(size)

    def measure(
        self,
        shard: Shard,
        *,
        head: int | None,
        unsaved_s: float,
        now_s: float,
    ) -> None:
        """Take a shard's numbers.

        Parameters
        ----------
        shard
            The shard.
        head
            The end of its partition of counts, where that is known.
        unsaved_s
            Age of the oldest change that is not in a checkpoint.
        now_s
            The clock.
        """
        number, groups = shard.number, shard.groups.values()
        self._buckets.labels(number).set(sum(group.buckets_closed for group in groups))
        self._entity_buckets.labels(number).set(sum(group.entity_buckets for group in groups))
        self._entities.labels(number).set(sum(group.panel.known for group in groups))
        self._open.labels(number).set(sum(group.open_alerts for group in groups))
        self._misuse_beyond.labels(number).set(sum(group.misuse.beyond for group in groups))
        self._misuse_let_go.labels(number).set(sum(group.misuse.let_go for group in groups))
        self._early.labels(number).set(sum(group.early_alerts for group in groups))
        prevented: collections.Counter[str] = collections.Counter()
        failed: collections.Counter[str] = collections.Counter()
        for group in groups:
            prevented.update(group.prevented)
            failed.update(group.panel.beside_failed)
        for entry, times in prevented.items():
            self._prevented.labels(number, entry).set(times)
        for detector, times in failed.items():
            self._beside_failed.labels(number, detector).set(times)
        self._epoch.labels(number, shard.era.warmed).set(shard.era.epoch)
        self._unknown.labels(number).set(len(shard.unknown_sources))
        self._checkpoint_age.labels(number).set(unsaved_s)
        self._registry_entries.labels(number).set(len(shard.registry))
        self._registry_seq.labels(number).set(shard.registry.seq)
        self._registry_refused.labels(number).set(shard.registry.refused)
        if head is not None:
            self._lag.labels(number).set(max(head - shard.position, 0))
        for name, group in shard.groups.items():
            self._measure_group(number, name, group, now_s)

    def _measure_group(self, number: int, name: str, group: Group, now_s: float) -> None:
        bucket_s = group.merge.buckets.bucket_s
        self._bucket.labels(number, name).set(bucket_s)
        closed = group.merge.closed
        if closed is not None:
            self._closed.labels(number, name).set(closed)
            lateness_s = max(source.lateness_s for source in self._config.groups[name])
            due = group.merge.buckets.end(closed) + lateness_s
            self._overdue.labels(number, name).set(max(now_s - due, 0.0))
        judged = group.buckets_closed
        newly = max(judged - self._judged.get((number, name), 0), 0)
        self._judged[number, name] = judged
        if newly:
            self._last_close.labels(number, name).set(now_s)
        for (budgeted, level, signal), per_day in self._budget.items():
            if budgeted == name:
                allowed = self.allowed.labels(number, name, level, signal)
                allowed.inc(newly * bucket_s / DAY_S * per_day)

    def forget(self) -> None:
        """Drop the values of all shards: they have moved, perhaps to another worker."""
        self._judged.clear()
        for gauge in (
            *(self._buckets, self._entity_buckets, self._entities, self._open, self._early),
            self._epoch,
            *(self._prevented, self._beside_failed, self._unknown, self._lag),
            *(self._checkpoint_age, self._closed, self._last_close),
            *(self._overdue, self._bucket),
            *(self.checkpoint_at, self.checkpoint_took),
        ):
            gauge.clear()
