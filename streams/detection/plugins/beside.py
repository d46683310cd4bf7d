"""Runs detectors beside ours: one for each of the busiest entities of a stream.

They only propose. If a detector suspects an entity that has no alert, an alert opens under the
detector's name. So an entity has at most one alert of a signal. The alert follows the same rules
whichever detector opened it, and nothing is learned from the burst while it lasts.

A detector is asked about entities that counted more than our own baseline expected, since an
alert is about a burst and many detectors find a low count as odd as a high one. It learns from
every bucket, empty ones too, but not from buckets whose data are incomplete and not from entities
with an open alert. It is always asked before it learns.

A score has no scale of its own. It is ranked among the recent scores of this detector, over all
entities that it watches (`ScoreRanks`). If scores are exchangeable, the false alerts a day are the
detector's share of the budget.
"""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import orjson

from detectors.cohort.score_ranks import ScoreRanks
from detectors.row_selection import Kept
from streams.config.detect import BesideTable
from streams.counts.bucket import DAY_S
from streams.detection.context.budget import LARGEST_ALPHA, Budget
from streams.detection.plugins.river_detector import RiverDetector, features, make, moment

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BUSIER = 2.0
"""An entity replaces a watched one if it is expected to count this many times as much."""

LEAST_EXPOSURE = 1e-6

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row that a detector would open an alert on, with its evidence."""

    row: int
    detector: str
    evidence_nats: float
    threshold_nats: float


class Seen(msgspec.Struct, frozen=True):
    """A closed bucket by row: counts, and what our own bank expected."""

    start: int
    counts: F8
    expected: F8
    exposure: F8


class Beside:
    """A named detector over one level and signal.

    In each bucket `suspects` is called first and, when the alerts are known, `learn`.

    Parameters
    ----------
    table
        Its table of the configuration.
    per_day
        False alerts a day that it may cost here.
    bucket_s, timezone
        The group's buckets; hours and weekdays are of the time zone.
    """

    def __init__(self, table: BesideTable, per_day: float, bucket_s: int, timezone: str) -> None:
        self.name = table.name
        self._table = table
        self._bucket_s, self._zone = bucket_s, zoneinfo.ZoneInfo(timezone)
        self._ranks = ScoreRanks(per_day)
        self._detectors: dict[int, RiverDetector] = {}
        self._scores: list[float] = []
        self._day = -1
        self.failed = 0
        """Times that the detector raised an error, and was begun anew for the entity."""

    @property
    def watched(self) -> list[int]:
        """Rows that it watches, in ascending order."""
        return sorted(self._detectors)

    def suspects(self, seen: Seen, alarmed: Flags) -> list[Suspect]:
        """Rows whose score is rare enough, ascending; rows in `alarmed` are not asked about."""
        hour = self._hour(seen.start)
        rows, scores = [], []
        for row, detector in list(self._detectors.items()):
            above = seen.counts[row] > seen.expected[row]
            if detector.age < self._table.warmup or alarmed[row] or not above:
                continue
            try:
                score = detector.score(*_inputs(seen, row, hour))
            except Exception as error:
                self._begin_anew(row, error)
                continue
            if score is not None:
                rows.append(row)
                scores.append(score)
        self._scores = scores
        buckets_a_day = DAY_S / self._bucket_s
        limit = self._ranks.threshold(len(self._detectors) * buckets_a_day, LARGEST_ALPHA)
        found = self._ranks.evidence(np.array(scores)).tolist()
        return [
            Suspect(row, self.name, evidence, limit)
            for row, evidence in sorted(zip(rows, found, strict=True))
            if evidence >= limit
        ]

    def learn(self, seen: Seen, alarmed: Flags, left: Sequence[int], *, complete: bool) -> None:
        """Learn from the bucket, and choose which entities are watched from the next one on.

        Parameters
        ----------
        seen
            The bucket that `suspects` was given.
        alarmed
            Rows with an open alert after it.
        left
            Rows whose alert it resolved.
        complete
            Whether the data are complete: only then the detectors learn.
        """
        for row in left:
            if row in self._detectors:
                self._detectors[row].calm()
        if complete:
            self._ranks.learn(np.array(self._scores), self._bucket_s / DAY_S)
            hour = self._hour(seen.start)
            for row, detector in list(self._detectors.items()):
                if not alarmed[row]:
                    try:
                        detector.learn(*_inputs(seen, row, hour))
                    except Exception as error:
                        self._begin_anew(row, error)
        self._scores = []
        self._choose(seen, alarmed)

    def _choose(self, seen: Seen, alarmed: Flags) -> None:
        """Fill free places, the busiest first; once a day much busier entities replace others."""
        free_places = max(self._table.most - len(self._detectors), 0)
        day, before = seen.start // DAY_S, self._day
        self._day = day
        if not free_places and day == before:
            return
        rate = seen.expected / np.maximum(seen.exposure, LEAST_EXPOSURE)
        free = np.ones(len(rate), dtype=np.bool_)
        free[list(self._detectors)] = False
        rows = np.flatnonzero(free)
        # Ties go by row: the choice must not depend on the sort.
        rows = rows[np.lexsort((rows, -rate[rows]))]
        calm = sorted((float(rate[row]), -row) for row in self._detectors if not alarmed[row])
        for row in rows[:free_places].tolist():
            self._detectors[row] = self._new()
        for row, (least, other) in zip(rows[free_places:].tolist(), calm, strict=False):
            if rate[row] <= BUSIER * least:
                break
            del self._detectors[-other]
            self._detectors[row] = self._new()

    def _new(self) -> RiverDetector:
        return make(self._table.detector, self._table.parameters)

    def _begin_anew(self, row: int, error: Exception) -> None:
        if not self.failed:
            log.warning("%s: %s fails: %r", self.name, self._table.detector, error)
        self.failed += 1
        self._detectors[row] = self._new()

    def _hour(self, start: int) -> dict[str, float]:
        at = dt.datetime.fromtimestamp(start, self._zone)
        second = at.hour * 3600 + at.minute * 60 + at.second
        return moment(at.weekday(), second, whole_day=self._bucket_s == DAY_S)

    def keep(self, kept: Kept) -> None:
        """Follow the rows that stay; places of those that leave become free."""
        self._detectors = kept.renumbered(self._detectors)

    def pack(self, rows_a_piece: int) -> tuple[bytes, int, Iterator[bytes]]:
        """See `streams.detection.checkpoint.Part`; all is in one piece."""
        detectors = [
            (row, detector.age, detector.dump())
            for row, detector in sorted(self._detectors.items())
        ]
        state = msgspec.msgpack.encode(
            _BesideState(self._made, self._day, self._ranks.blocks, detectors, self.failed)
        )
        return b"", 1, iter([state])

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take the state that `pack` gave; the state of another detector is dropped."""
        state = _beside_state.decode(b"".join(pieces))
        if state.made != self._made:
            return
        path = self._table.detector
        try:
            detectors = {
                row: RiverDetector.load(packed, path, age) for row, age, packed in state.detectors
            }
        except Exception as error:  # do not stop for the state of another version
            log.warning("%s: the state of %s is lost, it begins anew: %r", self.name, path, error)
            return
        self._detectors, self._day, self.failed = detectors, state.day, state.failed
        self._ranks.blocks = state.ranks

    @property
    def _made(self) -> bytes:
        """What makes its detectors: a state belongs to no other."""
        return orjson.dumps(
            [self._table.detector, self._table.parameters], option=orjson.OPT_SORT_KEYS
        )


def besides(
    tables: Sequence[BesideTable], budget: Budget, bucket_s: int, timezone: str
) -> list[Beside]:
    """Detectors beside ours that have a share of a stream's budget, in the file's order."""
    shares = dict(budget.beside)
    return [
        Beside(table, shares[table.name], bucket_s, timezone)
        for table in tables
        if table.name in shares
    ]


def _inputs(seen: Seen, row: int, hour: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Features and target of a row; the target is the count at an exposure of 1."""
    count, exposure = float(seen.counts[row]), float(seen.exposure[row])
    return features(count, float(seen.expected[row]), hour), count / max(exposure, LEAST_EXPOSURE)


class _BesideState(msgspec.Struct):
    made: bytes
    day: int
    ranks: list[tuple[float, int, bytes]]
    detectors: list[tuple[int, int, bytes]]
    failed: int


_beside_state = msgspec.msgpack.Decoder(_BesideState)
