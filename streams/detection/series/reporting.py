"""What a close reports beside its alerts: who is watched, everybody's rows, forecasts, factors."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import BucketContext
from streams.detection.judges.judge import Judge, Judged
from streams.detection.judges.panel import JudgePanel
from streams.detection.series.records import reported


def with_report(
    result: BucketResult,
    bucket: BucketContext,
    judged: Sequence[tuple[Judge, Judged]],
    panel: JudgePanel,
) -> BucketResult:
    """Add what the close must report in addition to its alerts.

    Parameters
    ----------
    result
        What became of the bucket so far.
    bucket
        The bucket, as it was judged.
    judged
        What each judge found.
    panel
        The judges.
    """
    watched, blocks = reported(bucket, judged)
    forecasts = {}
    for judge, found in judged:
        if found.forecast is not None:
            forecasts[judge.signal, judge.level] = found.forecast
    factors = {
        signal: bucket.factor(signal, panel.levels[-1]).value
        for signal in panel.counted
        if signal not in bucket.lost
    }
    return replace(result, factors=factors, watched=watched, blocks=blocks, forecasts=forecasts)
