"""Complaints of one level against its sends, where a group has both.

Exactly one of `complaints` and `complaint_rate` judges an entity in a bucket: the rate where
at least `LEAST_A_DAY` messages' complaints are due, volume where they are not, and
whichever of the two has an open alert goes on until that is resolved. The other learns on
and begins its evidence anew when it takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.prediction_band import PredictionBand
from detectors.rate.bank import RateBank, RateJudgement
from detectors.rate.baseline import Due
from streams.alerts.lifecycle import Episode, Rules, Step, follow
from streams.alerts.opening import opened
from streams.config.detect import BurstTable
from streams.counts.bucket import DAY_S
from streams.detection.context.budget import Budget
from streams.detection.judges.volume import Stream
from streams.detection.open_alerts import Change, Counted
from streams.detection.signals import RATE
from streams.detection.watched_entity import NOTHING, Watch
from streams.items import Level

LEAST_A_DAY = 1.0
"""Messages a day whose complaints must be due for the rate to judge an entity."""

STAYS = 0.5
"""Part of it at which the rate still judges whom it has judged before: no to and fro."""

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


class RateStream:
    """All entities of a level that have been seen to send.

    Each bucket goes `begin`, `judged_here`, `close`.

    Parameters
    ----------
    group, level
        The group of sources, and the level.
    bucket_s
        Bucket size in seconds.
    rules
        When alerts begin and end.
    budget
        False alerts a day that this stream may cost.
    watch
        Whom each close tells of, if anybody.
    burst
        Ratios and forgetting; the detector is always the e-SR.
    """

    def __init__(
        self,
        group: str,
        level: Level,
        bucket_s: int,
        rules: Rules,
        budget: Budget,
        watch: Watch | None = None,
        burst: BurstTable = BurstTable(),  # noqa: B008 (frozen)
    ) -> None:
        self.group, self.level, self.bucket_s = group, level, bucket_s
        self._rules, self._budget, self._watch = rules, budget, watch
        self._settings: dict[str, Any] = {
            "ratios": tuple(burst.ratios),
            "keep_per_day": burst.keep_per_day,
        }
        self._bank = RateBank(float(bucket_s), **self._settings)
        self._least = LEAST_A_DAY * bucket_s / DAY_S
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._episodes: dict[int, Episode] = {}
        self._judged = np.zeros(0, dtype=np.bool_)
        self._sends, self._x = np.zeros(0), np.zeros(0)
        self._due = Due(np.zeros(0), np.zeros(0))
        self._row_of_other: Rows = np.zeros(0, dtype=np.intp)
        """Row here of each row of the complaints, or -1."""

    def __len__(self) -> int:
        """How many entities have been seen to send."""
        return len(self._ids)

    @property
    def open_alerts(self) -> int:
        """How many alerts are open."""
        return len(self._episodes)

    def episode(self, entity: str) -> Episode | None:
        """The entity's open alert."""
        row = self._rows.get(entity)
        return None if row is None else self._episodes.get(row)

    def judges(self, entity: str) -> bool:
        """Whether the rate judged this entity in the last bucket."""
        row = self._rows.get(entity)
        return row is not None and bool(self._judged[row])

    def begin(
        self, sends: dict[str, int], counts: dict[str, int], other: Stream, *, lost: bool
    ) -> Flags:
        """Take a bucket's sends and complaints, and say whom the rate judges in it.

        Parameters
        ----------
        sends, counts
            Sends and complaints of the bucket, by entity.
        other
            The same level's complaints, before they are judged.
        lost
            Whether sends of this bucket are missing: then at least what was usual is
            taken to have been sent.

        Returns
        -------
        Flags
            Rows of `other`, then its newcomers by name, that it must not judge.
        """
        new = sorted(entity for entity in sends if entity not in self._rows)
        self._bank.grow(len(new))
        for entity in new:
            self._rows[entity] = len(self._ids)
            self._ids.append(entity)
        before = np.concatenate([self._judged, np.zeros(len(new), dtype=np.bool_)])
        self._sends, self._x = self._vector(sends), self._vector(counts)
        if lost:
            self._sends = np.maximum(self._sends, self._bank.usual_sends())
        self._due = self._bank.due(self._sends)
        judged = self._due.total >= np.where(before, STAYS * self._least, self._least)
        judged[[self._rows[e] for e in other.alarmed_entities if e in self._rows]] = False
        judged[list(self._episodes)] = True
        self._judged = judged
        return self._hand_over(before, counts, new, other)

    def _vector(self, counts: dict[str, int]) -> F8:
        out = np.zeros(len(self._ids))
        for entity, count in counts.items():
            row = self._rows.get(entity)
            if row is not None:
                out[row] = count
        return out

    def _hand_over(
        self, before: Flags, counts: dict[str, int], new: list[str], other: Stream
    ) -> Flags:
        names = other.entities
        linked = self._row_of_other
        if len(linked) < len(names):
            rows = [self._rows.get(name, -1) for name in names[len(linked) :]]
            linked = np.concatenate([linked, np.array(rows, dtype=np.intp)])
        for entity in new:
            row = other.row(entity)
            if row is not None:
                linked[row] = self._rows[entity]
        self._row_of_other = linked
        newcomers = sorted(entity for entity in counts if other.row(entity) is None)
        rows = [self._rows.get(name, -1) for name in newcomers]
        linked = np.concatenate([linked, np.array(rows, dtype=np.intp)])
        # Row -1 is one more, that nobody judges here.
        now = np.append(self._judged, False)[linked]
        then = np.append(before, False)[linked]
        other.restart(np.flatnonzero((then & ~now)[: len(names)]))
        return now

    def common_factor(self) -> float:
        """What the bulk of the judged were complained about, against what was expected."""
        return self._bank.common_factor(self._x, self._due, self._judged)

    def skip(self) -> None:
        """Let the bucket pass without a judgement: its complaints were not recorded."""
        self._bank.skip(self._sends)

    def close(
        self,
        start: int,
        end: int,
        factor: float,
        onset_start: Callable[[int], int],
        *,
        learn: bool = True,
    ) -> list[Change]:
        """Judge and learn the bucket that was begun; say which alerts it opened or changed.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        factor
            Common factor of the bucket.
        onset_start
            Start of the n-th last bucket, for the onset.
        learn
            False where the bucket's complaints or sends are not whole.
        """
        alarmed = np.zeros(len(self._ids), dtype=np.bool_)
        alarmed[list(self._episodes)] = True
        some = int(np.count_nonzero(self._judged))
        alpha = self._budget.alpha(some, self.bucket_s)
        look = None if self._watch is None else self._look(self._watch.entity, factor, alpha)
        found = self._bank.close(
            self._sends,
            self._x,
            self._due,
            factor=factor,
            judged=self._judged,
            alarmed=alarmed,
            alpha=alpha,
            learn=learn,
        )
        changes = [
            change
            for row in list(self._episodes)
            if (change := self._follow(row, start, end, found)) is not None
        ]
        over = found.evidence_nats >= found.threshold_nats
        for row in np.flatnonzero(over & (self._x > 0) & self._judged & ~alarmed).tolist():
            change = self._enter(row, start, end, found, onset_start)
            if change is not None:
                changes.append(change)
        if look is not None:
            self._tell(look, start, end, found, factor, learn, changes)
        return changes

    def _look(self, entity: str, factor: float, alpha: float) -> PredictionBand | None:
        """What a close is about to judge the watched entity by; None where it does not."""
        row = self._rows.get(entity)
        if row is None or not self._judged[row]:
            return None
        look = self._bank.band(row, self._due, alpha, factor=factor) or NOTHING
        return replace(look, alarms_at=None) if row in self._episodes else look

    def _tell(
        self,
        look: PredictionBand,
        start: int,
        end: int,
        found: RateJudgement,
        factor: float,
        learn: bool,
        changes: list[Change],
    ) -> None:
        """Tell the watch what a close found."""
        assert self._watch is not None
        row = self._rows[self._watch.entity]
        episode = self._episodes.get(row)
        self._watch.tell(
            look,
            changes,
            episode,
            start=start,
            end=end,
            count=float(self._x[row]),
            expected=float(found.expected[row]),
            evidence_nats=float(found.evidence_nats[row]),
            threshold_nats=found.threshold_nats,
            factor=factor,
            raised=1.0,
            learned=learn and episode is None,
            judged=True,
            fits=bool(found.fits[row]),
            detector=RATE,
        )

    def _enter(
        self,
        row: int,
        start: int,
        end: int,
        found: RateJudgement,
        onset_start: Callable[[int], int],
    ) -> Change | None:
        count, expected = float(self._x[row]), float(found.expected[row])
        onset, observed, messages = start, count, float(self._due.total[row])
        segment = self._bank.onset(row)
        if segment is not None and segment.observed >= count:
            messages *= segment.expected / expected
            onset = onset_start(segment.buckets_ago)
            observed, expected = segment.observed, segment.expected
        entity = self._ids[row]
        counted = Counted(self.group, self.level, "complaint_rate", self.bucket_s)
        episode = opened(
            self._rules,
            counted.alert_id(entity, RATE, start),
            RATE,
            start=start,
            end=end,
            onset=onset,
            count=count,
            observed=observed,
            expected=expected,
            # Of messages, and like `alarmed` since the onset: the summary names them.
            exposure=messages,
            alarmed=observed,
            highest=count,
            evidence=float(found.evidence_nats[row]),
            threshold=found.threshold_nats,
        )
        if episode is None:
            return None
        self._episodes[row] = episode
        self._bank.reset(np.array([row], dtype=np.intp))
        return self._change(row, "opened", episode)

    def _follow(self, row: int, start: int, end: int, found: RateJudgement) -> Change | None:
        episode = self._episodes[row]
        step = follow(
            episode,
            self._rules,
            bucket=start,
            end=end,
            count=float(self._x[row]),
            expected=float(found.expected[row]),
            exposure=float(self._due.total[row]),
            fits=bool(found.fits[row]),
        )
        if step is None:
            return None
        if step == "resolved":
            del self._episodes[row]
            at = np.array([row], dtype=np.intp)
            self._bank.reset(at)
            if episode.reason == "level_shift":
                self._bank.adopt_level(at, np.array([episode.rate]))
        return self._change(row, step, episode)

    def _change(self, row: int, step: Step, episode: Episode) -> Change:
        return Change(
            self.level,
            "complaint_rate",
            self._ids[row],
            step,
            msgspec.structs.replace(episode),
        )

    def pack(self, rows_a_slot: int) -> tuple[bytes, int, Iterator[bytes]]:
        """State as bytes; see `Stream.pack`."""
        shared = msgspec.msgpack.encode(
            _Shared(self._bank.pack_shared(), sorted(self._episodes.items()))
        )
        starts = range(0, len(self._ids), rows_a_slot)
        pieces = (self._piece(at, min(at + rows_a_slot, len(self._ids))) for at in starts)
        return shared, len(starts), pieces

    def _piece(self, at: int, to: int) -> bytes:
        judged = self._judged[at:to].tobytes()
        return msgspec.msgpack.encode(_Rows(self._ids[at:to], judged, self._bank.pack(at, to)))

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take the state that `pack` gave, bit for bit; pieces are let go one by one."""
        common = msgspec.msgpack.decode(shared, type=_Shared)
        self._ids = []
        judged: list[bytes] = []

        def banks() -> Iterator[bytes]:
            for piece in pieces:
                rows = msgspec.msgpack.decode(piece, type=_Rows)
                self._ids += rows.ids
                judged.append(rows.judged)
                yield rows.bank

        self._bank = RateBank.restore(float(self.bucket_s), common.bank, banks(), **self._settings)
        self._rows = {name: row for row, name in enumerate(self._ids)}
        self._judged = np.frombuffer(b"".join(judged), dtype=np.bool_).copy()
        self._episodes = dict(common.episodes)
        self._row_of_other = np.zeros(0, dtype=np.intp)


class _Shared(msgspec.Struct):
    bank: bytes
    episodes: list[tuple[int, Episode]]


class _Rows(msgspec.Struct):
    ids: list[str]
    judged: bytes
    bank: bytes
