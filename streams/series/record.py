"""The records of the topic ``series``: what detection expected of whom, and what it answers. Pure.

A `BucketSeries` is a closed bucket of a group: columns of who counted in it, and whole
`WatchedEntity`s of who has an alert or is asked for. It may take several records. An `Outlook`
answers a question about one entity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from streams.detection.signals import Signal
from streams.items import Level
from streams.series.watched import WatchedEntity

FORM = 1

LEARNED, JUDGED, FITS, WITH_ALERT = 1, 2, 4, 8
"""Flags of a row: as the fields of `WatchedEntity`; and whether an alert is open or has ended."""

F4 = npt.NDArray[np.float32]
I8 = npt.NDArray[np.int64]
U1 = npt.NDArray[np.uint8]


COLUMNS: Final[Mapping[str, np.dtype[Any]]] = {
    "count": np.dtype("<i8"),
    "expected": np.dtype("<f4"),
    "shape": np.dtype("<f4"),
    "evidence_nats": np.dtype("<f4"),
    "threshold_nats": np.dtype("<f4"),
    "raised": np.dtype("<f4"),
    "flags": np.dtype("u1"),
    "detector": np.dtype("u1"),
}
"""Columns of a `SeriesBlock`, and the types of their numbers, also as they are stored."""


class SeriesBlock(msgspec.Struct, frozen=True):
    """Who counted in a bucket at a level, as a signal judged them: a row each, in columns.

    Attributes
    ----------
    level, signal
        What was judged.
    factor
        Common factor of the bucket.
    ids
        Whose row it is.
    count, expected, evidence_nats, threshold_nats, raised
        As the fields of `WatchedEntity`; all but `count` in single precision.
    shape
        Shape of the negative binomial that was expected; not a number where nothing was known.
    flags
        `LEARNED`, `JUDGED`, `FITS` and `WITH_ALERT`.
    detectors
        Names of the detectors that judged.
    detector
        Place in `detectors` of each row's.
    """

    level: Level
    signal: Signal
    factor: float
    ids: Sequence[str]
    count: I8
    expected: F4
    shape: F4
    evidence_nats: F4
    threshold_nats: F4
    raised: F4
    flags: U1
    detectors: Sequence[str]
    detector: U1

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.ids)

    def part(self, rows: slice) -> SeriesBlock:
        """Some of the rows."""
        columns = {name: getattr(self, name)[rows] for name in ("ids", *COLUMNS)}
        return msgspec.structs.replace(self, **columns)

    def watched(self, row: int, start: int, end: int) -> WatchedEntity:
        """A row in the form of the whole figures, as precise as it is.

        Parameters
        ----------
        row
            The row.
        start, end
            The bucket.
        """
        expected, shape = float(self.expected[row]), float(self.shape[row])
        low = high = None
        if shape > 0.0 and expected > 0.0:
            # Only who looks at a row needs it: it brings scipy and river.
            from detectors.burst.prediction_band import band

            low, high = band(shape, shape, expected)
        flags = int(self.flags[row])
        return WatchedEntity(
            start=start,
            end=end,
            count=float(self.count[row]),
            expected=expected,
            low=low,
            high=high,
            alarms_at=None,
            evidence_nats=float(self.evidence_nats[row]),
            threshold_nats=float(self.threshold_nats[row]),
            factor=self.factor,
            raised=float(self.raised[row]),
            learned=bool(flags & LEARNED),
            judged=bool(flags & JUDGED),
            fits=bool(flags & FITS),
            alert_id=None,
            detector=self.detectors[int(self.detector[row])],
            alarms_known=False,
        )


class FullRow(msgspec.Struct, frozen=True):
    """All that is known of one entity in a bucket, by one signal."""

    level: Level
    id: str
    signal: Signal
    entity: WatchedEntity


class BucketSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A closed bucket of a group in a shard, or a part of it.

    An entity stands once for each signal: in a block, or among `full`.

    Attributes
    ----------
    group, shard, epoch
        Whose bucket it is, and the epoch of its feed.
    start, end
        The bucket, epoch s.
    part, parts
        Which of how many records it is, from 0.
    blocks, full
        Its rows.
    """

    group: str
    shard: int
    epoch: int
    start: int
    end: int
    part: int = 0
    parts: int = 1
    blocks: Sequence[SeriesBlock] = ()
    full: Sequence[FullRow] = ()


class Outlook(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="outlook"):
    """What the open bucket holds for an entity, by the last closed state.

    Attributes
    ----------
    group, shard, epoch
        Which group answers, in the shard of the entity; each group has an answer of its own.
    level, id
        The entity.
    at
        When it was answered, epoch s.
    closed
        End of the last closed bucket; None before the first.
    state
        Whether the group knows the entity; a retired one is known again as soon as it counts.
    signals
        What the bucket that is open says so far, by signal: `expected` is what is expected of all
        of it, `count` what it has counted yet, `evidence_nats` what that is worth, and `alarms_at`
        the count that would raise an alert.
    """

    v: Literal[1] = 1
    group: str
    shard: int
    epoch: int
    level: Level
    id: str
    at: float
    closed: int | None
    state: Literal["known", "retired", "unknown"]
    signals: dict[Signal, WatchedEntity] = {}


SeriesRecord = BucketSeries | Outlook
