"""The bands by which the volume of single entities is about to be judged, many at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from detectors import BurstBank
from detectors.cohort.newcomers import Flooded
from streams.detection.context.bucket import F8, BucketContext, EntityCounts, Rows
from streams.detection.context.budget import Alphas
from streams.detection.judges.burst_alerts import WatchedBefore
from streams.detection.judges.entities import Entities


class VolumeBands:
    """Asks a bank by what it will judge entities in a bucket; nothing is learned.

    Parameters
    ----------
    entities, bank
        Those of a stream.
    bucket, counts, factor
        A bucket that closes, its counts of the stream, and its common factor.
    alphas, in_flood
        What the bucket will be judged by, and which of its newcomers are part of a flood.
    """

    def __init__(
        self,
        entities: Entities,
        bank: BurstBank,
        bucket: BucketContext,
        counts: EntityCounts,
        factor: float,
        alphas: Alphas,
        in_flood: Flooded | None,
    ) -> None:
        self._entities, self._open, self._hour = entities, bank.open, bucket.hour
        self._counts, self._factor = counts, factor
        self._alphas, self._in_flood = alphas, in_flood

    def ask(self, names: Iterable[str]) -> dict[str, WatchedBefore]:
        """Return them in the order of names, of those that have counted by the bucket."""
        known, new, order = list[int](), list[int](), dict[str, int]()
        after_known = len(self._counts.known)
        for entity in names:
            row = self._entities.rows.get(entity)
            if row is not None:
                known.append(row)
                order[entity] = row
                continue
            place = bisect_left(self._counts.new, entity)
            if place < len(self._counts.new) and self._counts.new[place] == entity:
                new.append(place)
                order[entity] = after_known + place
        found = dict(self._of_known(known))
        found.update((after_known + place, of) for place, of in self._of_new(new))
        return {entity: found[place] for entity, place in order.items()}

    def _of_known(self, rows: Sequence[int]) -> Iterator[tuple[int, WatchedBefore]]:
        alerts, by_bucket = self._entities.alerts, self._entities.by_bucket
        burst = [row for row in rows if by_bucket[row]]
        calm = [row for row in rows if not by_bucket[row]]
        asked, calendar = self._asked(burst)
        bands = self._open.usual(
            asked, exposure=self._factor, hour=self._hour, calendar_factor=calendar
        )
        asked, calendar = self._asked(calm)
        bands += self._open.bands(
            asked, self._alphas.known, self._alphas.young,
            exposure=self._factor, hour=self._hour, calendar_factor=calendar,
        )  # fmt: skip
        for row, band in zip([*burst, *calm], bands, strict=True):
            alert = alerts.get(row)
            yield row, WatchedBefore(band, None if alert is None else alert.alert_id)

    def _asked(self, rows: Sequence[int]) -> tuple[Rows, F8]:
        return np.array(rows, dtype=np.intp), self._calendar(rows)

    def _calendar(self, rows: Iterable[int]) -> F8:
        return np.array([self._counts.calendar_factor(row) for row in rows])

    def _of_new(self, places: Sequence[int]) -> Iterator[tuple[int, WatchedBefore]]:
        """Those of a flood one by one, since each has other fellows; all others at once."""
        first, flood = len(self._counts.known), self._in_flood
        apart = [place for place in places if flood is None or not flood.flags[place]]
        bands = self._open.bands_first(
            self._alphas.first,
            exposure=self._factor,
            calendar_factor=self._calendar(first + place for place in apart),
        )
        yield from (
            (place, WatchedBefore(of, None)) for place, of in zip(apart, bands, strict=True)
        )
        if flood is None:
            return
        others = flood.flags.copy()
        for place in places:
            if flood.flags[place]:
                others[place] = False
                (band,) = self._open.bands_first(
                    flood.alpha,
                    exposure=self._factor,
                    calendar_factor=self._calendar([first + place]),
                    fellows=self._counts.first_plain[others],
                )
                others[place] = True
                yield place, WatchedBefore(band, None)
