"""The state of the registry: what waits to be declared, and how far detect has taken it."""

from __future__ import annotations

import msgspec

from streams.health.exposition import ScrapedMetrics


class RegistryState(msgspec.Struct, frozen=True):
    """How rows of the registry come to judging.

    Attributes
    ----------
    waiting_s
        How long rows have waited to be written to counts: of the sequencer that waits longest.
    unreadable
        Records of its topic that are no rows.
    entries
        What a shard knows: of the one that knows least; None where no detect answers.
    seq
        The last row that a shard has taken: of the one that is farthest behind.
    refused
        Rows for which a shard had no room.
    """

    waiting_s: float = 0.0
    unreadable: int = 0
    entries: int | None = None
    seq: int | None = None
    refused: int = 0


def registry_state(found: ScrapedMetrics) -> RegistryState:
    """Return the state, from the metrics of all processes."""
    entries = found.smallest("weathervane_detect_registry_entries")
    seq = found.smallest("weathervane_detect_registry_seq")
    return RegistryState(
        waiting_s=found.largest("weathervane_count_registry_waiting_seconds") or 0.0,
        unreadable=int(found.total("weathervane_count_registry_refused_total")),
        entries=None if entries is None else int(entries),
        seq=None if seq is None else int(seq),
        refused=int(found.largest("weathervane_detect_registry_refused") or 0),
    )
