"""The state of the feeds' proofs: whether checkpoints are signed, and trees go on."""

from __future__ import annotations

import msgspec

from streams.health.exposition import ScrapedMetrics


class ProofState(msgspec.Struct, frozen=True):
    """Whether readers can check the feeds.

    Attributes
    ----------
    key_fault
        What is wrong with the keys of a serve; None where nothing is.
    lost_feeds
        Feeds whose tree has ended, since records were gone before they were read.
    """

    key_fault: str | None = None
    lost_feeds: int = 0


def proof_state(found: ScrapedMetrics) -> ProofState:
    """Return the state, from the metrics of all processes."""
    faults = found.by("weathervane_serve_feed_key_fault", "fault")
    return ProofState(
        key_fault=next((name for name, is_so in faults.items() if is_so), None),
        lost_feeds=int(found.largest("weathervane_serve_proof_lost_feeds") or 0),
    )
