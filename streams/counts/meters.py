"""The counter's numbers for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from streams.counts.intake import Intake
from streams.counts.protocol import LaneId
from streams.registry.meters import SequencerMeters


class CountMeters:
    """Metrics that are read from the lanes at every flush, so that the hot loop counts once."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.sequencer = SequencerMeters(self.registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            names = ["source", *labels]
            return Counter(f"weathervane_count_{name}", what, names, registry=self.registry)

        def gauge(name: str, what: str, labels: tuple[str, ...] = ("source", "lane")) -> Gauge:
            return Gauge(f"weathervane_count_{name}", what, labels, registry=self.registry)

        self.events = counter("events", "Events accepted, late and duplicate ones included.")
        self.rejects = counter(
            "rejects", "Items (records, or parts of them) that are no event, by reason.", "reason"
        )
        self.skipped = counter(
            "skipped", "Items that the source leaves out: by `where`, or a count of 0."
        )
        self.lost = counter(
            "lost_fields",
            "Values that events had to do without, since their field cannot hold them, by field.",
            "field",
        )
        self.late = counter(
            "late",
            "Events that came after their bucket had closed: behind later events of their lane"
            " (behind), or after it was declared idle or ended (after_idle).",
            "reason",
        )
        self.duplicates = counter("duplicates", "Events whose id had been seen in their bucket.")
        self.unchecked = counter(
            "unchecked",
            "Events that counted and may be repeats: their bucket remembers no more ids.",
        )
        self.names_changed = counter(
            "names_changed",
            "Ids and names that were brought to another form: invisible characters, full-width"
            " digits, a domain's case. A name counts again for each sender that has it.",
        )
        self.totals = counter("totals", "Totals written to the topic counts.")
        self.recounted = counter(
            "recounted_records", "Records read again at a start, since their buckets were open."
        )
        self.lag = gauge(
            "lag_records",
            "Records between the position and the end of the lane, as the last fetch reported it.",
        )
        self.watermark = gauge(
            "watermark_seconds", "Event time that the lane has reached, less the lateness."
        )
        self.delay = gauge(
            "watermark_delay_seconds", "The clock less watermark_seconds, at the last flush."
        )
        self.waiting = gauge(
            "waits_for_schema",
            "1 where the lane waits for a schema registry: records of it cannot be decoded before.",
        )
        self.flushed = gauge(
            "last_flush_timestamp_seconds",
            "When all that had been read was last acknowledged by the broker.",
            (),
        )
        self._reported: dict[LaneId, tuple[int, ...]] = {}
        self._rejects_reported: dict[LaneId, dict[str, int]] = {}
        self._lost_reported: dict[LaneId, dict[str, int]] = {}

    def measure(
        self, lane: LaneId, intake: Intake, *, head: int, now_s: float, waits: bool = False
    ) -> None:
        """Take a lane's numbers.

        Parameters
        ----------
        lane, intake
            The lane and what counts it.
        head
            The end of its partition, as far as known.
        now_s
            The clock.
        waits
            Whether it waits for a schema registry.
        """
        name, counted = intake.source.name, intake.lane
        late = counted.late - counted.late_after_idle
        now = (
            counted.events,
            late,
            counted.late_after_idle,
            counted.duplicates,
            counted.unchecked,
            intake.names_changed,
            counted.totals,
            intake.skipped,
        )
        before = self._reported.get(lane, (0,) * len(now))
        meters = (
            self.events.labels(name),
            self.late.labels(name, "behind"),
            self.late.labels(name, "after_idle"),
            self.duplicates.labels(name),
            self.unchecked.labels(name),
            self.names_changed.labels(name),
            self.totals.labels(name),
            self.skipped.labels(name),
        )
        for meter, new, old in zip(meters, now, before, strict=True):
            meter.inc(new - old)
        self._reported[lane] = now
        for by_label, counts, seen in (
            (self.rejects, intake.rejected, self._rejects_reported),
            (self.lost, intake.lost.counts, self._lost_reported),
        ):
            reported = seen.setdefault(lane, {})
            for label, count in counts.items():
                by_label.labels(name, label).inc(count - reported.get(label, 0))
                reported[label] = count
        reached = max(counted.watermark, counted.clock.reached)
        if reached > float("-inf"):
            self.watermark.labels(name, lane[1]).set(reached)
            self.delay.labels(name, lane[1]).set(now_s - reached)
        if intake.source.registry is not None:
            self.waiting.labels(name, lane[1]).set(waits)
        self.lag.labels(name, lane[1]).set(max(head - counted.position, 0))

    def forget(self) -> None:
        """Drop the numbers of each lane: lanes have moved, perhaps to another process."""
        self._reported.clear()
        self._rejects_reported.clear()
        self._lost_reported.clear()
        for gauge in (self.lag, self.watermark, self.delay, self.waiting):
            gauge.clear()
