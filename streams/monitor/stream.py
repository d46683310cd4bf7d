"""One level and one signal of a group: entities, their bank, their open alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import BurstBank
from detectors.outlook import Outlook
from streams.alerts.cloudevent import alert_id
from streams.alerts.lifecycle import Episode, Rules, Step, enters, follow
from streams.counts.bucket import DAY_S
from streams.items import Level, Signal
from streams.monitor.beside import Beside, Seen, Suspect
from streams.monitor.budget import Budget
from streams.monitor.calendar import Occasion, in_force, raised
from streams.monitor.slow import DETECTOR as SLOW
from streams.monitor.slow import Rise, SlowBaseline
from streams.monitor.watch import Watch, Watched

KNOWN = "e-sr"
"""Detector of entities that have counted before: the predictive e-SR."""

NEWCOMER = "first-count"
"""Detector of first buckets: the cohort's recent first counts."""

YOUNG = "young-count"
"""Detector of those known for a few days: the recent counts of others as new."""

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that a close opened, changed or ended: the next revision, undressed."""

    level: Level
    signal: Signal
    entity: str
    step: Step
    episode: Episode


@dataclass(frozen=True, slots=True)
class Early:
    """An alert that an open bucket would raise if it closed now."""

    level: Level
    signal: Signal
    entity: str
    bucket: int
    alert_id: str
    detector: str
    observed: float
    expected: float
    evidence_nats: float
    threshold_nats: float


class Stream:
    """All entities of one level and signal.

    Parameters
    ----------
    level, signal
        What is counted.
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
    """

    def __init__(
        self,
        level: Level,
        signal: Signal,
        bucket_s: int,
        rules: Rules,
        budget: Budget,
        watch: Watch | None = None,
        timezone: str = "UTC",
        beside: Sequence[Beside] = (),
    ) -> None:
        self.level, self.signal, self.bucket_s = level, signal, bucket_s
        self._rules, self._budget, self._watch = rules, budget, watch
        self._beside = beside
        self._bank = BurstBank(float(bucket_s))
        slow = budget.slow_per_day > 0.0
        self._slow = SlowBaseline(bucket_s, timezone, rules, budget) if slow else None
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._episodes: dict[int, Episode] = {}
        self._alarmed = np.zeros(0, dtype=np.bool_)
        """Rows whose alert the fast baseline follows."""
        self.spared: list[str] = []
        """Entities that the calendar kept from an alert in the last bucket."""

    def __len__(self) -> int:
        """How many entities are known."""
        return len(self._ids)

    @property
    def open_alerts(self) -> int:
        """How many alerts are open."""
        return len(self._episodes)

    def episode(self, entity: str) -> Episode | None:
        """The entity's open alert."""
        row = self._rows.get(entity)
        return None if row is None else self._episodes.get(row)

    @property
    def entities(self) -> list[str]:
        """All known, in order of first sight: the rows."""
        return self._ids

    @property
    def alarmed_entities(self) -> list[str]:
        """Those with an open alert."""
        return [self._ids[row] for row in self._episodes]

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
        factor: float = self._bank.common_factor(known, first, raised=up)
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
        newcomers_per_day = self._bank.first_per_day or len(new) * DAY_S / self.bucket_s
        alpha = self._budget.alpha(len(self._ids), self.bucket_s)
        alpha_first = self._budget.alpha_first(newcomers_per_day)
        alpha_young = self._budget.alpha_young(self._bank.young_per_day)
        look = None
        # Of each row; where the calendar raises nobody, of all.
        own = np.full(len(known) + len(new), exposure) if up is None else exposure * up
        if self._watch is not None:
            look = self._look(new, exposure, up, alpha, alpha_first, alpha_young)
        judged = self._bank.close(
            known,
            first,
            exposure=exposure,
            alarmed=self._alarmed,
            alpha=alpha,
            alpha_first=alpha_first,
            alpha_young=alpha_young,
            learn=learn,
            raised=up,
            without=without,
        )
        before = len(self._ids)
        for entity in new:
            self._rows[entity] = len(self._ids)
            self._ids.append(entity)
        self._alarmed = np.concatenate([self._alarmed, np.zeros(len(new), dtype=np.bool_)])
        counts = np.concatenate([known, first])
        changes: list[Change] = []
        for row in [row for row in self._episodes if self._alarmed[row]]:
            change = self._follow(row, start, end, counts[row], judged, float(own[row]))
            if change is not None:
                changes.append(change)
        seen = Seen(start, counts, judged.expected, own)
        suspects = [s for one in self._beside for s in one.suspects(seen, self._with_alert())]
        candidates = np.flatnonzero(
            (judged.evidence_nats >= judged.threshold_nats) & (counts > 0) & ~self._alarmed
        )
        if elsewhere is not None:
            candidates = candidates[~elsewhere[candidates]]
        just_left = {change.entity for change in changes}
        for row in candidates.tolist():
            if row in self._episodes:
                changes.append(
                    self._overtake(row, start, end, counts[row], judged, float(own[row]))
                )
            elif self._ids[row] not in just_left:
                change = self._enter(
                    row,
                    row >= before,
                    start,
                    end,
                    counts[row],
                    judged,
                    float(own[row]),
                    onset_start,
                )
                if change is not None:
                    changes.append(change)
        elsewhere = np.zeros(len(counts), dtype=np.bool_) if elsewhere is None else elsewhere
        for suspect in suspects:
            row = suspect.row
            here = not elsewhere[row] and row not in self._episodes
            if here and self._ids[row] not in just_left:
                change = self._enter(
                    row,
                    False,
                    start,
                    end,
                    counts[row],
                    judged,
                    float(own[row]),
                    onset_start,
                    suspect,
                )
                if change is not None:
                    changes.append(change)
        if self._slow is not None:
            self._slow.grow(new)
            apart = {*self._episodes, *(self._rows[change.entity] for change in changes)}
            rises = self._slow.close(start, end, counts, exposure, up, sorted(apart), learn=learn)
            for row in self._episodes.keys() - self._slow.rows:
                if not self._alarmed[row]:
                    self._slow.take_back(row)
            if rises is not None:
                changes += self._end_day(self._slow, rises, start, end, apart, elsewhere)
        self.spared = [
            self._ids[row]
            for row in judged.spared.tolist()
            if counts[row] >= self._rules.min_count and not elsewhere[row]
        ]
        if look is not None:
            more = np.ones(len(counts)) if up is None else up
            own_to_judge = ~elsewhere
            self._tell(
                look, start, end, counts, judged, exposure, more, learn, own_to_judge, changes
            )
        left = [self._rows[change.entity] for change in changes if change.step == "resolved"]
        for one in self._beside:
            one.learn(seen, self._with_alert(), left, whole=learn)
        return changes

    def _with_alert(self) -> Flags:
        """Rows with an open alert, whoever follows it."""
        rows = np.zeros(len(self._ids), dtype=np.bool_)
        rows[list(self._episodes)] = True
        return rows

    def _end_day(
        self,
        slow: SlowBaseline,
        rises: list[Rise],
        start: int,
        end: int,
        apart: set[int],
        elsewhere: Flags,
    ) -> list[Change]:
        """Follow the slow baseline's alerts through a day, and open those of new rises."""
        changes = []
        for row in slow.rows:
            step = slow.follow(row, self._episodes[row], start, end)
            if step is not None:
                changes.append(self._change(row, step))
            if step == "resolved":
                del self._episodes[row]
        for rise in rises:
            if rise.row in apart or elsewhere[rise.row]:
                continue
            name = alert_id(
                self.level, self._ids[rise.row], self.signal, SLOW, self.bucket_s, start
            )
            episode = slow.enter(rise, name, start, end)
            if episode is not None:
                self._episodes[rise.row] = episode
                changes.append(self._change(rise.row, "opened"))
        return changes

    def _overtake(
        self, row: int, start: int, end: int, count: float, judged: Any, exposure: float
    ) -> Change:
        """Update a slow rise's alert by a burst on top; from now on it is followed as such."""
        assert self._slow is not None
        episode = self._episodes[row]
        self._slow.overtaken(row, episode, float(count), exposure)
        episode.evidence_nats = float(judged.evidence_nats[row])
        episode.threshold_nats = float(judged.threshold_nats[row])
        episode.revision += 1
        episode.last_bucket, episode.told, episode.quiet = start, end, 0
        episode.shown, episode.highest = episode.observed, float(count)
        episode.grade()
        self._alarmed[row] = True
        self._bank.hold(row)
        return self._change(row, "updated")

    def _change(self, row: int, step: Step) -> Change:
        episode = msgspec.structs.replace(self._episodes[row])
        return Change(self.level, self.signal, self._ids[row], step, episode)

    def _look(
        self,
        new: list[str],
        exposure: float,
        up: F8 | None,
        alpha: float,
        alpha_first: float,
        alpha_young: float,
    ) -> Outlook | None:
        """What a close is about to judge the watched entity by; None before its first count."""
        assert self._watch is not None
        entity = self._watch.entity
        row = self._rows.get(entity)
        if row is None:
            if entity not in new:
                return None
            more = 1.0 if up is None else float(up[len(self._ids) + new.index(entity)])
            return self._bank.outlook_first(alpha_first, exposure=exposure, raised=more)
        more = 1.0 if up is None else float(up[row])
        look = self._bank.outlook(row, alpha, alpha_young, exposure=exposure, raised=more)
        return replace(look, alarms_at=None) if self._alarmed[row] else look

    def _tell(
        self,
        look: Outlook,
        start: int,
        end: int,
        counts: F8,
        judged: Any,
        factor: float,
        more: F8,
        learn: bool,
        here: Flags,
        changes: list[Change],
    ) -> None:
        """Tell the watch what a close found."""
        assert self._watch is not None
        entity = self._watch.entity
        row = self._rows[entity]
        ended = [c for c in changes if c.entity == entity and c.step == "resolved"]
        resolved = [change.episode.alert_id for change in ended]
        episode = self._episodes.get(row)
        young = YOUNG if judged.among_peers[row] else KNOWN
        self._watch.take(
            Watched(
                start=start,
                end=end,
                count=float(counts[row]),
                expected=float(judged.expected[row]),
                low=look.low,
                high=look.high,
                alarms_at=look.alarms_at,
                evidence_nats=float(judged.evidence_nats[row]),
                threshold_nats=float(judged.threshold_nats[row]),
                factor=factor,
                raised=float(more[row]),
                learned=learn and not self._alarmed[row] and not resolved,
                judged=bool(here[row]),
                fits=bool(judged.fits[row]),
                alert_id=episode.alert_id if episode is not None else next(iter(resolved), None),
                detector=NEWCOMER if look.high is None else young,
            )
        )

    def early(
        self, bucket: int, totals: dict[str, int], occasions: Sequence[Occasion] = ()
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
        """
        found = []
        alpha = self._budget.alpha(len(self._ids), self.bucket_s)
        alpha_young = self._budget.alpha_young(self._bank.young_per_day)
        limit_first = float(-np.log(self._budget.alpha_first(self._bank.first_per_day)))
        for entity in sorted(totals):
            count = float(totals[entity])
            row = self._rows.get(entity)
            if count < self._rules.min_count or row in self._episodes:
                continue
            occasion = in_force(occasions, self.level, entity)
            up = 1.0 if occasion is None else occasion.factor
            if row is None:
                evidence = float(self._bank.score_first(np.array([count / up]))[0])
                expected = up * self._bank.expected_first
                threshold, detector = limit_first, NEWCOMER
            else:
                at = np.array([row], dtype=np.intp)
                evidence, threshold = self._bank.score_open(row, count, alpha, alpha_young, up)
                expected, detector = (
                    float(self._bank.expected_of(at, up)[0]),
                    KNOWN,
                )
            if evidence >= threshold:
                name = alert_id(self.level, entity, self.signal, detector, self.bucket_s, bucket)
                found.append(
                    Early(
                        self.level,
                        self.signal,
                        entity,
                        bucket,
                        name,
                        detector,
                        count,
                        expected,
                        evidence,
                        threshold,
                    )
                )
        return found

    def _enter(
        self,
        row: int,
        newcomer: bool,
        start: int,
        end: int,
        count: float,
        judged: Any,
        exposure: float,
        onset_start: Callable[[int], int],
        suspect: Suspect | None = None,
    ) -> Change | None:
        segment = None if newcomer else self._bank.onset(row)
        if segment is None or segment.observed < count:
            onset, observed, expected = start, float(count), float(judged.expected[row])
        else:
            onset = onset_start(segment.buckets_ago)
            observed, expected = float(segment.observed), float(segment.expected)
        evidence, threshold = float(judged.evidence_nats[row]), float(judged.threshold_nats[row])
        if suspect is not None:
            evidence, threshold = suspect.evidence_nats, suspect.threshold_nats
        if not enters(
            self._rules, count=count, observed=observed, evidence=evidence, threshold=threshold
        ):
            return None
        entity, detector = self._ids[row], NEWCOMER if newcomer else KNOWN
        if suspect is not None:
            detector = suspect.detector
        # An early alert cannot know which of the two will judge a young entity in the end.
        name = alert_id(self.level, entity, self.signal, detector, self.bucket_s, start)
        if judged.among_peers[row] and not newcomer and suspect is None:
            detector = YOUNG
        episode = Episode(
            alert_id=name,
            detector=detector,
            revision=1,
            onset=onset,
            first_bucket=start,
            last_bucket=start,
            observed=observed,
            expected=expected,
            exposure=exposure,
            evidence_nats=evidence,
            threshold_nats=threshold,
            severity="warning",
            shown=observed,
            alarmed=float(count),
            highest=float(count),
            told=end,
        )
        episode.grade()
        self._episodes[row] = episode
        self._alarmed[row] = True
        self._bank.hold(row)
        return Change(self.level, self.signal, entity, "opened", msgspec.structs.replace(episode))

    def _follow(
        self, row: int, start: int, end: int, count: float, judged: Any, exposure: float
    ) -> Change | None:
        episode = self._episodes[row]
        step = follow(
            episode,
            self._rules,
            bucket=start,
            end=end,
            count=float(count),
            expected=float(judged.expected[row]),
            exposure=exposure,
            fits=bool(judged.fits[row]),
        )
        if step is None:
            return None
        if step == "resolved":
            self._alarmed[row] = False
            at = np.array([row], dtype=np.intp)
            self._bank.reset(at)
            if episode.reason is None and self._slow is not None and self._slow.takes_back(row):
                # The burst is over, the ramp that it stood on may not be.
                episode.revision -= 1
                episode.quiet = 0
                return None
            del self._episodes[row]
            if episode.reason == "level_shift":
                self._bank.adopt_level(at, np.array([episode.rate]))
            if self._slow is not None:
                self._slow.leave(row, shifted=episode.reason == "level_shift")
        return Change(
            self.level, self.signal, self._ids[row], step, msgspec.structs.replace(episode)
        )

    def pack(self, rows_a_slot: int) -> tuple[bytes, list[bytes]]:
        """State as bytes: what all share, and one piece for every `rows_a_slot` rows."""
        episodes = [(row, episode) for row, episode in sorted(self._episodes.items())]
        slow = b"" if self._slow is None else self._slow.pack_shared()
        beside = [(one.name, one.pack()) for one in self._beside]
        lengths = [(name, len(of)) for name, of in beside]
        shared = msgspec.msgpack.encode(_Shared(self._bank.pack_shared(), episodes, slow, lengths))
        pieces = []
        for at in range(0, len(self._ids), rows_a_slot):
            to = min(at + rows_a_slot, len(self._ids))
            slow = b"" if self._slow is None else self._slow.pack(at, to)
            rows = _Rows(self._ids[at:to], self._bank.pack(at, to), slow)
            pieces.append(msgspec.msgpack.encode(rows))
        return shared, pieces + [piece for _, of in beside for piece in of]

    def unpack(self, shared: bytes, pieces: Sequence[bytes]) -> None:
        """Take the state that `pack` gave, bit for bit."""
        common = msgspec.msgpack.decode(shared, type=_Shared)
        at = len(pieces) - sum(length for _, length in common.beside)
        rows = [msgspec.msgpack.decode(piece, type=_Rows) for piece in pieces[:at]]
        self._ids = [name for piece in rows for name in piece.ids]
        self._rows = {name: row for row, name in enumerate(self._ids)}
        self._bank = BurstBank.restore(
            float(self.bucket_s), common.bank, [piece.bank for piece in rows]
        )
        self._episodes = dict(common.episodes)
        self._alarmed = np.zeros(len(self._ids), dtype=np.bool_)
        self._alarmed[list(self._episodes)] = True
        if self._slow is not None:
            self._slow.unpack(common.slow, [piece.slow for piece in rows])
            self._alarmed[self._slow.rows] = False
        for name, length in common.beside:
            for one in self._beside:
                if one.name == name:
                    one.unpack(pieces[at : at + length])
            at += length


class _Shared(msgspec.Struct):
    bank: bytes
    episodes: list[tuple[int, Episode]]
    slow: bytes
    beside: list[tuple[str, int]] = []


class _Rows(msgspec.Struct):
    ids: list[str]
    bank: bytes
    slow: bytes
