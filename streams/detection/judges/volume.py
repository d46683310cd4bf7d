"""One level and one signal of a group: entities, their bank, their open alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import BurstBank
from detectors.burst.prediction_band import PredictionBand
from streams.alerts.lifecycle import Episode, Rules
from streams.config.detect import BurstTable
from streams.counts.bucket import DAY_S
from streams.detection.context.budget import Alphas, Budget
from streams.detection.context.calendar import Occasion, raised
from streams.detection.forecast import Foretold, Listener
from streams.detection.judges.slow_rise import SlowBaseline
from streams.detection.open_alerts import Change, Closed, Counted, Episodes
from streams.detection.open_bucket import Early, judge_open
from streams.detection.plugins.beside import Beside, Seen
from streams.detection.signals import Signal
from streams.detection.watched_entity import Watch, look, tell
from streams.items import LEVEL_TABLE, Level

LARGE_LEVELS = {facts.name for facts in LEVEL_TABLE if facts.large}

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


class Stream:
    """All entities of one level and signal.

    Parameters
    ----------
    group, level, signal
        What is counted, and by sources of which group.
    bucket_s
        Bucket size in seconds.
    rules
        When alerts begin and end.
    budget
        False alerts a day that this stream may cost.
    watch
        Whom each close tells of, if anybody.
    timezone
        In which days are, for the slow baseline.
    beside
        Detectors of others that may open alerts too, the first of them first.
    burst
        How those that have counted before are judged.
    """

    def __init__(
        self,
        group: str,
        level: Level,
        signal: Signal,
        bucket_s: int,
        rules: Rules,
        budget: Budget,
        watch: Watch | None = None,
        timezone: str = "UTC",
        beside: Sequence[Beside] = (),
        burst: BurstTable = BurstTable(),  # noqa: B008 (frozen)
    ) -> None:
        self.level, self.signal, self.bucket_s = level, signal, bucket_s
        self._rules, self._budget, self._watch = rules, budget, watch
        self._beside = beside
        self._settings: dict[str, Any] = {
            "detector": burst.detector,
            "ratios": tuple(burst.ratios),
            "keep_per_day": burst.keep_per_day,
            "own_week": level in LARGE_LEVELS,
        }
        self._bank = BurstBank(float(bucket_s), **self._settings)
        self._counted = Counted(group, level, signal, bucket_s, burst.detector)
        slow = budget.slow_per_day > 0.0
        self._slow = SlowBaseline(bucket_s, timezone, rules, budget) if slow else None
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._episodes = self._none_open()
        self.spared: list[str] = []
        """Entities that the calendar kept from an alert in the last bucket."""
        self.listener: Listener | None = None
        """Is told what each close is about to judge by; a close without one costs nothing more."""

    def _none_open(self) -> Episodes:
        return Episodes(self._counted, self._rules, self._bank, self._slow, self._ids)

    def __len__(self) -> int:
        """How many entities are known."""
        return len(self._ids)

    @property
    def open_alerts(self) -> int:
        """How many alerts are open."""
        return len(self._episodes)

    def episode(self, entity: str) -> Episode | None:
        """The entity's open alert."""
        return self._episodes.of(self._rows.get(entity))

    @property
    def entities(self) -> list[str]:
        """All known, in order of first sight: the rows."""
        return self._ids

    @property
    def alarmed_entities(self) -> list[str]:
        """Those with an open alert."""
        return [self._ids[row] for row in self._episodes.rows]

    def row(self, entity: str) -> int | None:
        """The entity's row."""
        return self._rows.get(entity)

    def restart(self, rows: Rows) -> None:
        """Begin these rows' evidence anew."""
        self._bank.reset(rows)
        if self._slow is not None:
            self._slow.restart(rows)

    def vectors(self, counts: dict[str, int]) -> tuple[F8, list[str], F8]:
        """Counts as arrays: of the known, then names and counts of newcomers by name."""
        known = np.zeros(len(self._ids))
        rows, new = self._rows, []
        for entity, count in counts.items():
            row = rows.get(entity)
            if row is None:
                new.append(entity)
            else:
                known[row] = count
        new.sort()  # rows must not depend on the order in which lanes arrived
        return known, new, np.array([float(counts[e]) for e in new])

    def turn(self, slot: int | None) -> None:
        """Say in which hour of the week the bucket at hand lies; None: do not mind it."""
        self._bank.turn(slot)

    def raised(self, occasions: Sequence[Occasion], new: list[str]) -> F8 | None:
        """By how much the calendar raises each row, newcomers last; None where nobody."""
        return raised(occasions, self.level, self._rows, new) if occasions else None

    def common_factor(self, known: F8, first: F8, up: F8 | None = None) -> float:
        """What the bulk of the entities did, against what was expected of them.

        Parameters
        ----------
        known, first
            As `vectors` gave them.
        up
            As `raised` gave it.
        """
        factor: float = self._bank.common_factor(known, first, calendar_factor=up)
        return factor

    def expected_total(self) -> float:
        """What all known entities together are expected to count in a bucket."""
        rows = np.arange(len(self._ids), dtype=np.intp)
        return float(np.sum(self._bank.expected_of(rows, 1.0)))

    def close(
        self,
        start: int,
        end: int,
        known: F8,
        new: list[str],
        first: F8,
        exposure: float,
        onset_start: Callable[[int], int],
        *,
        learn: bool = True,
        elsewhere: Flags | None = None,
        up: F8 | None = None,
        without: float = 1.0,
    ) -> list[Change]:
        """Judge and learn one closed bucket; say which alerts it opened or changed.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        known, new, first
            As `vectors` gave them.
        exposure
            Common factor of the bucket.
        onset_start
            Start of the n-th last judged bucket, for the onset.
        learn
            False where the bucket is truncated: then it teaches nothing.
        elsewhere
            The known, then newcomers, that another stream judges in this bucket: they are
            learned, and open no alert here.
        up, without
            As `raised` gave it, and what `exposure` would be without it.
        """
        # In the first bucket of all everybody is new.
        newcomers_per_day = self._bank.peers.first.per_day or len(new) * DAY_S / self.bucket_s
        alphas = self._alphas(newcomers_per_day)
        outlook = self._look(new, exposure, up, alphas)
        # Of each row; where the calendar raises nobody, of all.
        own = np.full(len(known) + len(new), exposure) if up is None else exposure * up
        if self.listener is not None:
            self.listener(self._foretold(known, first, own, alphas, elsewhere))
        judged = self._bank.close(
            known,
            first,
            exposure=exposure,
            alarmed=self._episodes.alarmed,
            alpha=alphas.known,
            alpha_first=alphas.first,
            alpha_young=alphas.young,
            learn=learn,
            calendar_factor=up,
            exposure_without_calendar=without,
        )
        for entity in new:
            self._rows[entity] = len(self._ids)
            self._ids.append(entity)
        self._episodes.grow(len(new))
        counts = np.concatenate([known, first])
        if elsewhere is None:
            elsewhere = np.zeros(len(counts), dtype=np.bool_)
        closed = Closed(start, end, counts, own, len(known), judged, onset_start)
        changes = self._episodes.follow(closed)
        seen = Seen(start, counts, judged.expected, own)
        with_alert = self._episodes.flags()
        suspects = [s for one in self._beside for s in one.suspects(seen, with_alert)]
        just_left = {change.entity for change in changes}
        changes += self._episodes.begin(closed, suspects, just_left, elsewhere)
        if self._slow is not None:
            self._slow.grow(new)
            apart = {*self._episodes.rows, *(self._rows[change.entity] for change in changes)}
            rises = self._slow.close(start, end, counts, exposure, up, sorted(apart), learn=learn)
            self._episodes.take_back(self._slow)
            if rises is not None:
                changes += self._episodes.end_day(self._slow, rises, start, end, apart, elsewhere)
        self.spared = [
            self._ids[row]
            for row in judged.prevented.tolist()
            if counts[row] >= self._rules.min_count and not elsewhere[row]
        ]
        if self._watch is not None and outlook is not None:
            row = self._rows[self._watch.entity]
            tell(
                self._watch,
                outlook,
                row,
                closed,
                changes,
                self._episodes.of(row),
                factor=exposure,
                raised=1.0 if up is None else float(up[row]),
                learned=learn and not self._episodes.alarmed[row],
                here=not elsewhere[row],
                known=self._counted.known,
            )
        left = [self._rows[change.entity] for change in changes if change.step == "resolved"]
        with_alert = self._episodes.flags()
        for one in self._beside:
            one.learn(seen, with_alert, left, whole=learn)
        return changes

    def _foretold(
        self, known: F8, first: F8, own: F8, alphas: Alphas, elsewhere: Flags | None
    ) -> Foretold:
        """What a close is about to judge by."""
        n, alarmed = len(known), self._episodes.alarmed
        here = ~alarmed if elsewhere is None else ~alarmed & ~elsewhere[:n]
        shape, rate, mean, share = self._bank.forecast(own[:n])
        young = self._bank.peers.active(known, alarmed)
        return Foretold(
            counts=known,
            exposure=own[:n],
            shape=shape,
            rate=rate,
            mean=mean,
            judged=here,
            alpha=np.minimum(alphas.known * share, 1.0),
            newcomers=alphas.first * len(first),
            young=alphas.young * int(np.count_nonzero(here[young])),
        )

    def _alphas(self, newcomers_per_day: float) -> Alphas:
        return Alphas(
            self._budget.alpha(len(self._ids), self.bucket_s),
            self._budget.alpha_first(newcomers_per_day),
            self._budget.alpha_young(self._bank.peers.young.per_day),
        )

    def _look(
        self, new: list[str], exposure: float, up: F8 | None, alphas: Alphas
    ) -> PredictionBand | None:
        """What a close is about to judge the watched entity by; None before its first count."""
        if self._watch is None:
            return None
        entity = self._watch.entity
        row = self._rows.get(entity)
        if row is None:
            if entity not in new:
                return None
            more = 1.0 if up is None else float(up[len(self._ids) + new.index(entity)])
            return self._bank.open.band_first(alphas.first, exposure=exposure, calendar_factor=more)
        more = 1.0 if up is None else float(up[row])
        alarmed = bool(self._episodes.alarmed[row])
        return look(self._bank, row, alphas, exposure, more, alarmed=alarmed)

    def early(
        self,
        bucket: int,
        totals: dict[str, int],
        occasions: Sequence[Occasion] = (),
        *,
        exposure: float = 1.0,
    ) -> list[Early]:
        """Judge totals of an open bucket by the last closed state; nothing is learned.

        Parameters
        ----------
        bucket
            The bucket.
        totals
            Counts so far, by entity.
        occasions
            What the calendar raises in it.
        exposure
            Common factor that is to be expected of it.
        """
        matter = {
            entity: count
            for entity, count in totals.items()
            if count >= self._rules.min_count and self._rows.get(entity) not in self._episodes
        }
        alphas = self._alphas(self._bank.peers.first.per_day)
        return judge_open(
            self._counted, self._bank, self._rows, alphas, bucket, matter, occasions, exposure
        )

    def pack(self, rows_a_slot: int) -> tuple[bytes, int, Iterator[bytes]]:
        """State as bytes: what all share, how many pieces, and the pieces, packed one by one.

        Each piece has `rows_a_slot` rows; a million entities' together would be as much memory
        again as their state. Nothing may be closed until all have been taken.
        """
        episodes = self._episodes.dump()
        slow = b"" if self._slow is None else self._slow.pack_shared()
        beside = [(one.name, one.pack()) for one in self._beside]
        lengths = [(name, len(of)) for name, of in beside]
        starts = range(0, len(self._ids), rows_a_slot)
        shared = msgspec.msgpack.encode(
            _Shared(self._bank.pack_shared(), episodes, slow, lengths, len(starts))
        )
        others = [piece for _, of in beside for piece in of]
        own = (self._piece(at, min(at + rows_a_slot, len(self._ids))) for at in starts)
        return shared, len(starts) + len(others), chain(own, others)

    def _piece(self, at: int, to: int) -> bytes:
        slow = b"" if self._slow is None else self._slow.pack(at, to)
        return msgspec.msgpack.encode(_Rows(self._ids[at:to], self._bank.pack(at, to), slow))

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take the state that `pack` gave, bit for bit; pieces are let go one by one."""
        common = msgspec.msgpack.decode(shared, type=_Shared)
        left = iter(pieces)
        self._ids = []
        slow: list[bytes] = []
        self._bank = BurstBank.restore(
            float(self.bucket_s), common.bank, self._banks(left, common.rows, slow),
            **self._settings,
        )  # fmt: skip
        self._rows = {name: row for row, name in enumerate(self._ids)}
        if self._slow is not None:
            self._slow.unpack(common.slow, slow)
        self._episodes = self._none_open()
        self._episodes.load(common.episodes)
        for name, length in common.beside:
            of = list(islice(left, length))
            for one in self._beside:
                if one.name == name:
                    one.unpack(of)

    def _banks(self, pieces: Iterator[bytes], number: int, slow: list[bytes]) -> Iterator[bytes]:
        for piece in islice(pieces, number):
            rows = msgspec.msgpack.decode(piece, type=_Rows)
            self._ids += rows.ids
            slow.append(rows.slow)
            yield rows.bank


class _Shared(msgspec.Struct):
    bank: bytes
    episodes: list[tuple[int, Episode]]
    slow: bytes
    beside: list[tuple[str, int]]
    rows: int
    """Pieces of rows; those of the detectors beside come after."""


class _Rows(msgspec.Struct):
    ids: list[str]
    bank: bytes
    slow: bytes
