"""What may be made of a closed bucket of a source."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.alerts.lifecycle import AlertChange


class SourceVerdict(msgspec.Struct, frozen=True):
    """What may be made of a closed bucket of a source.

    Attributes
    ----------
    times
        How many times over the bucket was posted: its counts are divided by this.
    learn
        Whether baselines may learn from it.
    gap
        Whether it is not judged: it has no event though some were expected, or its events may be
        those of another hour.
    raised
        How many times as much as usual came after a gap: the counts are divided by this, too.
    silent_s
        How long the source has had no event, in seconds of event time.
    overflow
        Whether it named more ids than its lanes admit, so that some of its totals are not complete.
    off
        Whether a gap has outlived its longest life, and there is still no event.
    changes
        Alerts on the source that the bucket opened, updated or resolved.
    """

    times: int = 1
    learn: bool = True
    gap: bool = False
    raised: float = 1.0
    silent_s: float = 0.0
    overflow: bool = False
    off: bool = False
    changes: list[AlertChange] = msgspec.field(default_factory=list)


Verdicts = Mapping[str, SourceVerdict]
"""Verdicts on the sources of a group, by name of the source."""
