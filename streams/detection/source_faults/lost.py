"""Whether the events of a signal are lost in a bucket that has none."""

from __future__ import annotations

from collections.abc import Sequence

from streams.detection.judges.volume import VolumeJudge
from streams.detection.source_faults.source_judge import LONGEST_S
from streams.detection.source_faults.verdict import SourceVerdict

GAP_EXPECTED = 20.0
"""An empty bucket is not judged if at least this many events were expected, even if it is not known
yet whether the hour of the week is usually silent. This holds for `LONGEST_S` at most."""


def is_lost(judge: VolumeJudge, verdicts: Sequence[SourceVerdict], hour: int | None) -> bool:
    """Whether a signal without an event in a bucket must have had some.

    Parameters
    ----------
    judge
        Judges its narrowest level.
    verdicts
        On its sources.
    hour
        Hour of the week of the bucket.
    """
    brief = min(verdict.silent_s for verdict in verdicts) < LONGEST_S
    due = brief and judge.expected_total(hour) >= GAP_EXPECTED
    return len(judge.entities) == 0 or due or all(verdict.gap for verdict in verdicts)
