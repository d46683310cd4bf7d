"""What a close makes of its bucket: alerts, and what it was asked to report beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from streams.alerts.rendering import Published
from streams.detection.context.bucket import Stream
from streams.detection.merge import ClosedBucket
from streams.detection.signals import Signal
from streams.detection.source_faults.verdict import SourceVerdict
from streams.series.record import FullRow, SeriesBlock

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the known entities of a stream were judged by in a bucket.

    Attributes
    ----------
    rows
        Row of each known entity.
    counts, exposure
        Of each row.
    shape, rate, mean
        Of each row's predictive negative binomial, widened, and its mean.
    judged
        Rows without an alert that were judged here.
    alpha
        Chance of a false alarm that each of them was allowed.
    newcomers, young
        False alarms allowed among newcomers, and among those known for a few days.
    """

    rows: Mapping[str, int]
    counts: F8
    exposure: F8
    shape: F8
    rate: F8
    mean: F8
    judged: Flags
    alpha: F8
    newcomers: float
    young: float


class BucketResult(msgspec.Struct, frozen=True):
    """What became of a closed bucket.

    Attributes
    ----------
    shard, group, bucket
        Which it was.
    alerts
        Alerts that it led to, in order of publication.
    verdicts
        On each source, by name.
    factors
        Common factor of each signal that was judged and counts events of its own.
    watched
        All figures of single entities, where they were asked for.
    blocks
        Everybody who counted, where that was asked for.
    forecasts
        What the streams were judged by, where that was asked for.
    """

    shard: int
    group: str
    bucket: ClosedBucket
    alerts: Sequence[Published]
    verdicts: Mapping[str, SourceVerdict]
    factors: Mapping[Signal, float]
    watched: Sequence[FullRow] = ()
    blocks: Sequence[SeriesBlock] = ()
    forecasts: Mapping[Stream, Forecast] = msgspec.field(default_factory=dict)


class ShardTurn(NamedTuple):
    """What a shard has to publish next, and the bucket that led to it; None where none closed."""

    alerts: Sequence[Published]
    closed: BucketResult | None
