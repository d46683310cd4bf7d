"""The counter's numbers for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from streams.counts.intake import Intake
from streams.counts.protocol import LaneId


class CountMeters:
    """Read from the lanes at every flush, so that the hot loop does not count twice."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, what: str, *labels: str) -> Counter:
            names = ["source", *labels]
            return Counter(f"weathervane_count_{name}", what, names, registry=self.registry)

        def gauge(name: str, what: str, labels: tuple[str, ...] = ("source", "lane")) -> Gauge:
            return Gauge(f"weathervane_count_{name}", what, labels, registry=self.registry)

        self.events = counter("events", "Events accepted, late and duplicate ones included.")
        self.rejects = counter("rejects", "Records that are no event, by reason.", "reason")
        self.late = counter(
            "late",
            "Events that came after their bucket had closed: behind later events of their lane"
            " (behind), or after it was declared idle or ended (after_idle).",
            "reason",
        )
        self.duplicates = counter("duplicates", "Events whose id had been seen in their bucket.")
        self.totals = counter("totals", "Totals written to the topic counts.")
        self.recounted = counter(
            "recounted_records", "Records read again at a start, since their buckets were open."
        )
        self.lag = gauge(
            "lag_records",
            "Records between the position and the end of the lane, as the last fetch told it.",
        )
        self.watermark = gauge("watermark_seconds", "Event time through which the lane is closed.")
        self.delay = gauge(
            "watermark_delay_seconds", "The clock less the watermark, at the last flush."
        )
        self.flushed = gauge(
            "last_flush_timestamp_seconds",
            "When all that had been read was last acknowledged by the broker.",
            (),
        )
        self._told: dict[LaneId, tuple[int, int, int, int, int]] = {}
        self._rejects_told: dict[LaneId, dict[str, int]] = {}

    def measure(self, lane: LaneId, intake: Intake, *, head: int, now_s: float) -> None:
        """Take a lane's numbers.

        Parameters
        ----------
        lane, intake
            The lane and what counts it.
        head
            The end of its partition, as far as known.
        now_s
            The clock.
        """
        name, of = intake.source.name, intake.lane
        late = of.late - of.late_after_idle
        now = (of.events, late, of.late_after_idle, of.duplicates, of.totals)
        before = self._told.get(lane, (0, 0, 0, 0, 0))
        meters = (
            self.events.labels(name),
            self.late.labels(name, "behind"),
            self.late.labels(name, "after_idle"),
            self.duplicates.labels(name),
            self.totals.labels(name),
        )
        for meter, new, old in zip(meters, now, before, strict=True):
            meter.inc(new - old)
        self._told[lane] = now
        told = self._rejects_told.setdefault(lane, {})
        for reason, count in intake.rejected.items():
            self.rejects.labels(name, reason).inc(count - told.get(reason, 0))
            told[reason] = count
        if of.watermark > float("-inf"):
            self.watermark.labels(name, lane[1]).set(of.watermark)
            self.delay.labels(name, lane[1]).set(now_s - of.watermark)
        self.lag.labels(name, lane[1]).set(max(head - of.position, 0))

    def forget(self) -> None:
        """Drop what is told of each lane: they have moved, perhaps to another process."""
        self._told.clear()
        self._rejects_told.clear()
        for gauge in (self.lag, self.watermark, self.delay):
            gauge.clear()
