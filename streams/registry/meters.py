"""The sequencer's numbers for Prometheus."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge


class SequencerMeters:
    """What a sequencer has done, and for how long it has got nowhere.

    Parameters
    ----------
    registry
        Where its metrics stand.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._since: float | None = None
        self._refused = Counter(
            "weathervane_count_registry_refused",
            "Records of the topic registry that are no rows: they are passed over.",
            registry=registry,
        )
        self._seq = Gauge(
            "weathervane_count_registry_seq",
            "The last row of the registry that is in counts, as this process wrote it.",
            registry=registry,
        )
        waiting = Gauge(
            "weathervane_count_registry_waiting_seconds",
            "How long rows of the registry have waited to be written to counts; 0 if none waits.",
            registry=registry,
        )
        waiting.set_function(self._waiting_s)

    def _waiting_s(self) -> float:
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def works(self, now_s: float) -> None:
        """Rows have come."""
        self._since = now_s if self._since is None else self._since

    def fails(self, now_s: float) -> None:
        """Rows may wait: nothing gets through."""
        self.works(now_s)

    def written(self, seq: int) -> None:
        """Rows are in counts."""
        self._seq.set(seq)

    def refuses(self) -> None:
        """A record is no row."""
        self._refused.inc()

    def done(self) -> None:
        """All rows that have come are in counts."""
        self._since = None

    def idle(self) -> None:
        """Another process does it."""
        self._since = None
