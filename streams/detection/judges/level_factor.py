"""The common factor of a level, as its judge of volume prepares it for all judges."""

from __future__ import annotations

from detectors import BurstBank
from detectors.burst.bank import UNFOUND
from detectors.exposure.common_factor import FoundFactor
from streams.detection.context.bucket import (
    F8,
    NO_FACTOR,
    BucketContext,
    CommonFactor,
    EntityCounts,
)
from streams.detection.judges.judge import Prepared
from streams.detection.signals import Signal
from streams.items import Level


class VolumePrepared(Prepared, frozen=True, kw_only=True):
    """What the judge of a level's volume has prepared.

    Attributes
    ----------
    found
        How the level's common factor was found.
    """

    found: FoundFactor = UNFOUND


NOTHING_FOUND = VolumePrepared()


def level_factor(
    bank: BurstBank, bucket: BucketContext, signal: Signal, level: Level, *, narrowest: bool
) -> VolumePrepared:
    """Find a level's own common factor. The level `all` has none: it is one entity.

    As long as a level has too few entities that have long been known, it has the factor of the
    narrowest one.

    Parameters
    ----------
    bank, signal, level
        The level's bank, and what it judges.
    bucket
        The bucket; for all levels but the narrowest with the factor of that one.
    narrowest
        Whether no narrower level is counted.
    """
    if level == "all" or signal in bucket.lost:
        return NOTHING_FOUND
    usual = bucket.usual_factors.get(signal)
    if usual is not None:
        return VolumePrepared(factor=CommonFactor(usual, usual)) if narrowest else NOTHING_FOUND
    counts = bucket.entities[signal, level]
    narrow = bucket.factor(signal, level)
    start = narrow if narrow.proven else NO_FACTOR
    found = _found(bank, bucket, counts, counts.calendar, start.value)
    if not (narrowest or found.proven):
        return VolumePrepared(found=found)
    without = found
    if counts.calendar is not None:
        without = _found(bank, bucket, counts, None, start.without_calendar)
    factor = CommonFactor(found.value, without.value, found.proven)
    return VolumePrepared(factor=factor, found=found)


def _found(
    bank: BurstBank, bucket: BucketContext, counts: EntityCounts, calendar: F8 | None, start: float
) -> FoundFactor:
    return bank.common_factor(
        counts.known,
        counts.first,
        calendar_factor=calendar,
        hour=bucket.hour,
        returned=counts.returned,
        start=start,
    )
