"""What a close found out about its bucket as a whole, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from streams.detection.merge import ClosedBucket
from streams.detection.signals import Signal
from streams.detection.source_faults.verdict import Verdict


@dataclass(slots=True)
class Findings:
    """What a close found out about its bucket as a whole.

    Attributes
    ----------
    verdicts
        On each source, by name.
    factors
        Common factor of each signal that was judged.
    """

    verdicts: dict[str, Verdict]
    factors: dict[Signal, float] = field(default_factory=dict)


OnClose = Callable[[int, str, ClosedBucket, Findings], None]
"""Is told of every closed bucket, once it has been judged: shard, group, bucket, findings."""


def untold(shard: int, group: str, bucket: ClosedBucket, findings: Findings) -> None:
    """Nobody is told."""
