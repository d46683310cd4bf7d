"""A detector of others beside ours: one of its like for each of the busiest entities.

It only proposes. What it suspects becomes an alert of the stream, with the detector's name, where
none is open: so an entity has one alert at most for a signal, which lives by the same rules
whoever opened it, and while it lasts nobody learns from the burst.

*Asked* are those that counted more than our own baseline expected, since an alert is about a
burst and many detectors find lulls as odd; *taught* are all, zeros too, save buckets that are not
whole and entities with an open alert. Always asked before taught.

A score has no scale of its own. It is ranked among the recent ones of this detector, over all
entities watched (`ScoreRanks`): false alerts a day are its share of the budget, if scores are
exchangeable.
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
from streams.config.detect import BesideTable
from streams.counts.bucket import DAY_S
from streams.detection.context.budget import LARGEST_ALPHA, Budget
from streams.detection.plugins.river_detector import Guest, features, make, moment

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BUSIER = 2.0
"""Who is expected to count so many times as much takes the place of one that is watched."""

PIECE_BYTES = 200_000

LEAST_EXPOSURE = 1e-6

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row that a detector would alert on, and by how much."""

    row: int
    detector: str
    evidence_nats: float
    threshold_nats: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A closed bucket, as our own bank judged it, by row."""

    start: int
    counts: F8
    expected: F8
    exposure: F8


class Beside:
    """A named detector over one level and signal.

    Each bucket goes `suspects`, then, when its alerts are known, `learn`.

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
        self._guests: dict[int, Guest] = {}
        self._scores: list[float] = []
        self._day = -1
        self.failed = 0
        """Times that the detector raised an error, and was begun anew for the entity."""

    @property
    def watched(self) -> list[int]:
        """Rows that it watches, in order."""
        return sorted(self._guests)

    def suspects(self, seen: Seen, alarmed: Flags) -> list[Suspect]:
        """Rows whose score is rare enough, in order of row; `alarmed` ones are not asked."""
        hour = self._hour(seen.start)
        rows, scores = [], []
        for row, guest in list(self._guests.items()):
            above = seen.counts[row] > seen.expected[row]
            if guest.age < self._table.warmup or alarmed[row] or not above:
                continue
            try:
                score = guest.score(*_told(seen, row, hour))
            except Exception as error:
                self._begin_anew(row, error)
                continue
            if score is not None:
                rows.append(row)
                scores.append(score)
        self._scores = scores
        buckets_a_day = DAY_S / self._bucket_s
        limit = self._ranks.threshold(len(self._guests) * buckets_a_day, LARGEST_ALPHA)
        found = self._ranks.evidence(np.array(scores)).tolist()
        return [
            Suspect(row, self.name, evidence, limit)
            for row, evidence in sorted(zip(rows, found, strict=True))
            if evidence >= limit
        ]

    def learn(self, seen: Seen, alarmed: Flags, left: Sequence[int], *, complete: bool) -> None:
        """Take the bucket in, and choose who is watched from the next on.

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
            if row in self._guests:
                self._guests[row].calm()
        if complete:
            self._ranks.learn(np.array(self._scores), self._bucket_s / DAY_S)
            hour = self._hour(seen.start)
            for row, guest in list(self._guests.items()):
                if not alarmed[row]:
                    try:
                        guest.learn(*_told(seen, row, hour))
                    except Exception as error:
                        self._begin_anew(row, error)
        self._scores = []
        self._choose(seen, alarmed)

    def _choose(self, seen: Seen, alarmed: Flags) -> None:
        """Let in who is there, the busiest first; once a day much busier ones replace others."""
        room = max(self._table.most - len(self._guests), 0)
        day, before = seen.start // DAY_S, self._day
        self._day = day
        if not room and day == before:
            return
        rate = seen.expected / np.maximum(seen.exposure, LEAST_EXPOSURE)
        free = np.ones(len(rate), dtype=np.bool_)
        free[list(self._guests)] = False
        rows = np.flatnonzero(free)
        # By row where they are alike: who is chosen must not depend on the sort.
        rows = rows[np.lexsort((rows, -rate[rows]))]
        calm = sorted((float(rate[row]), -row) for row in self._guests if not alarmed[row])
        for row in rows[:room].tolist():
            self._guests[row] = self._new()
        for row, (least, other) in zip(rows[room:].tolist(), calm, strict=False):
            if rate[row] <= BUSIER * least:
                break
            del self._guests[-other]
            self._guests[row] = self._new()

    def _new(self) -> Guest:
        return make(self._table.detector, self._table.parameters)

    def _begin_anew(self, row: int, error: Exception) -> None:
        if not self.failed:
            log.warning("%s: %s fails: %r", self.name, self._table.detector, error)
        self.failed += 1
        self._guests[row] = self._new()

    def _hour(self, start: int) -> dict[str, float]:
        at = dt.datetime.fromtimestamp(start, self._zone)
        second = at.hour * 3600 + at.minute * 60 + at.second
        return moment(at.weekday(), second, whole_day=self._bucket_s == DAY_S)

    def pack(self, rows_a_slot: int) -> tuple[bytes, int, Iterator[bytes]]:
        """See `streams.detection.checkpoint.Part`; all is in pieces of a slot's size."""
        guests = [(row, guest.age, guest.dump()) for row, guest in sorted(self._guests.items())]
        state = msgspec.msgpack.encode(
            _BesideState(self._made, self._day, self._ranks.blocks, guests, self.failed)
        )
        starts = range(0, len(state), PIECE_BYTES)
        return b"", len(starts), (state[at : at + PIECE_BYTES] for at in starts)

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take the state that `pack` gave; that of another detector is left."""
        state = msgspec.msgpack.decode(b"".join(pieces), type=_BesideState)
        if state.made != self._made:
            return
        path = self._table.detector
        try:
            guests = {row: Guest.load(kept, path, age) for row, age, kept in state.guests}
        except Exception as error:  # another version's: no reason to stop all else
            log.warning("%s: the state of %s is lost, it begins anew: %r", self.name, path, error)
            return
        self._guests, self._day, self.failed = guests, state.day, state.failed
        self._ranks.blocks = state.ranks

    @property
    def _made(self) -> bytes:
        """What makes its detectors: a state goes with no other."""
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


def _told(seen: Seen, row: int, hour: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Features and target of a row: the count as it is, and as on an ordinary bucket."""
    count, exposure = float(seen.counts[row]), float(seen.exposure[row])
    return features(count, float(seen.expected[row]), hour), count / max(exposure, LEAST_EXPOSURE)


class _BesideState(msgspec.Struct):
    made: bytes
    day: int
    ranks: list[tuple[float, int, bytes]]
    guests: list[tuple[int, int, bytes]]
    failed: int
