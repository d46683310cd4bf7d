"""Judges complaints of one level against its sends, where a group has both.

Exactly one of the signals `complaints` and `complaint_rate` judges an entity in a bucket: the rate
where the complaints of at least `LEAST_A_DAY` messages are due, the volume elsewhere. Where one of
them has an open alert, it goes on until that is resolved. The other learns on, and begins its
evidence anew when it takes over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detectors.rate.bank import RateBank, RateJudgement
from detectors.rate.baseline import NUMBERS, Due
from detectors.state import State
from streams.alerts.lifecycle import AlertChange, Finding, follow
from streams.counts.bucket import DAY_S
from streams.detection.context.bucket import F8, BucketContext, Claims, CommonFactor, Flags, Rows
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import (
    AllEntities,
    Judge,
    Judged,
    JudgeSettings,
    Prepared,
    from_row,
)
from streams.detection.series.rate_rows import NOTHING_BEFORE, RateBefore, RateCounts, RateRows
from streams.detection.signals import FACTS_OF_SIGNAL, RATE
from streams.series.record import FullRow, SeriesBlock
from streams.series.watched import WatchedEntity

LEAST_A_DAY = 1.0
"""Messages a day whose complaints must be due for the rate to judge an entity."""

STAYS = 0.5
"""Part of it at which the rate goes on judging an entity, so that its judge does not alternate."""


def rate_judges(settings: JudgeSettings, entities: AllEntities) -> list[Judge]:
    """Judge of a level's complaint rates.

    Parameters
    ----------
    settings
        What it is made from.
    entities
        Entities of all streams of the group.
    """
    complaints = entities[FACTS_OF_SIGNAL[settings.signal].events, settings.level]
    return [ComplaintRateJudge(entities[settings.signal, settings.level], complaints, settings)]


class RatePrepared(Prepared, frozen=True, kw_only=True):
    """What the rate is about to judge by: sends and complaints of each row."""

    sends: F8
    complaints: F8
    due: Due
    """Messages whose complaints are due."""
    judged: Flags
    """Rows that the rate judges."""


class RateJudged(Judged, frozen=True, kw_only=True):
    """What the rate found, and what `watched` and `block` need to report it."""

    counts: RateCounts
    judgement: RateJudgement
    before: RateBefore


class ComplaintRateJudge:
    """Judges the complaint rates of all entities of a level that have been seen to send.

    Parameters
    ----------
    entities
        Those that have been seen to send.
    complaints
        The level's entities of the signal `complaints`.
    settings
        What the judge is made from; its detector is always the e-SR.
    """

    def __init__(self, entities: Entities, complaints: Entities, settings: JudgeSettings) -> None:
        self.signal, self.level = settings.signal, settings.level
        self.entities, self._complaints = entities, complaints
        self._settings = settings
        self._events = FACTS_OF_SIGNAL[settings.signal].events
        self._finds_factor = settings.narrowest and settings.level != "all"
        self._bank = RateBank(
            float(settings.bucket_s),
            ratios=tuple(settings.burst.ratios),
            keep_per_day=settings.burst.keep_per_day,
        )
        self._rows = RateRows(entities, self._bank)
        self._last_factor = 1.0
        self._least = LEAST_A_DAY * settings.bucket_s / DAY_S
        self.numbers = NUMBERS
        self._judged: Flags = np.zeros(0, dtype=np.bool_)
        """Rows that the rate judged in the last bucket."""
        self._row_of_complaints: Rows = np.zeros(0, dtype=np.intp)
        """Row here of each row of the complaints, or -1."""
        self.state = State()
        self.state.columns(self, "_judged")
        self.state.include(bank=self._bank.state)
        self.state.after_unpack(self._derive)
        for state in (self.state, complaints.state):
            state.after_keep(lambda _: self._derive())

    def _derive(self) -> None:
        self._row_of_complaints = np.zeros(0, dtype=np.intp)

    def holds(self) -> Flags:
        """See `Judge`: rows that the rate judges, or that its prior has still to learn from."""
        return self._judged | from_row(len(self.entities), self._bank.watched_from)

    def remember(self, rows: Rows) -> F8:
        """See `Judge`."""
        return self._bank.remember(rows)

    def recall(self, names: Sequence[str], numbers: F8) -> None:
        """See `Judge`."""
        self._bank.recall(numbers)
        self._judged = np.concatenate([self._judged, np.zeros(len(names), dtype=np.bool_)])
        self._derive()

    def judges(self, entity: str) -> bool:
        """Whether the rate judged this entity in the last bucket."""
        row = self.entities.rows.get(entity)
        return row is not None and bool(self._judged[row])

    def outlook(
        self, entity: str, sends: float, complaints: float, span: tuple[int, int]
    ) -> WatchedEntity:
        """What an open bucket says so far of an entity that the rate judges."""
        number, row = int(np.count_nonzero(self._judged)), self.entities.rows[entity]
        alpha = self._settings.budget.alpha(number, self._settings.bucket_s)
        return self._rows.outlook(row, sends, complaints, span, alpha, self._last_factor)

    def prepare(self, bucket: BucketContext) -> RatePrepared:
        """See `Judge`: who is judged by the rate, and what is due of them.

        Where sends of the bucket are missing, at least what was usual is taken to have been sent.
        """
        sent = bucket.counts.get(("sends", self.level), {})
        filed = bucket.counts.get((self._events, self.level), {})
        before, new = self._judged, list[str]()
        if not sent.keys() <= self.entities.rows.keys():
            new = sorted(sent.keys() - self.entities.rows.keys())
            self._bank.grow(len(new))
            self.entities.add(new, bucket.day)
            before = np.concatenate([before, np.zeros(len(new), dtype=np.bool_)])
        sends, _ = self.entities.counts_on(sent, bucket.day)
        complaints, _ = self.entities.counts_on(filed, bucket.day)
        if "sends" not in bucket.complete:
            sends = np.maximum(sends, self._bank.usual_sends())
        due = self._bank.due(sends)
        judged = due.total >= np.where(before, STAYS * self._least, self._least)
        rows, volume = self.entities.rows, self._complaints
        by_volume = [volume.names[row] for row in volume.alerts]
        if by_volume:
            judged[[rows[entity] for entity in by_volume if entity in rows]] = False
        if self.entities.alerts:
            judged[list(self.entities.alerts)] = True
        self._judged = judged
        factor = None
        if self._finds_factor and self._events not in bucket.lost:
            factor = CommonFactor(self._bank.common_factor(complaints, due, judged))
        return RatePrepared(
            factor=factor,
            claims=self._claims(before, filed, new),
            sends=sends,
            complaints=complaints,
            due=due,
            judged=judged,
        )

    def _claims(self, before: Flags, filed: Mapping[str, int], new: Sequence[str]) -> Claims:
        """Which rows of the complaints the rate judges, and which it has given back."""
        names, linked = self._complaints.names, self._row_of_complaints
        rows = self.entities.rows
        if len(linked) < len(names):
            found = [rows.get(name, -1) for name in names[len(linked) :]]
            linked = np.concatenate([linked, np.array(found, dtype=np.intp)])
        for entity in new:
            row = self._complaints.rows.get(entity)
            if row is not None:
                linked[row] = rows[entity]
        self._row_of_complaints = linked
        newcomers = sorted(filed.keys() - self._complaints.rows.keys())
        if newcomers:
            found = [rows.get(name, -1) for name in newcomers]
            linked = np.concatenate([linked, np.array(found, dtype=np.intp)])
        # Row -1 stands for entities without a row here, which the rate does not judge.
        flags = np.zeros((2, len(before) + 1), dtype=np.bool_)
        flags[0, :-1], flags[1, :-1] = self._judged, before
        now, then = flags[:, linked]
        return Claims(now, (then > now)[: len(names)].nonzero()[0])

    def skip(self, bucket: BucketContext, prepared: RatePrepared) -> None:
        """See `Judge`: only the sends of the bucket count."""
        self._bank.skip(prepared.sends)

    def judge(self, bucket: BucketContext, prepared: RatePrepared) -> RateJudged:
        """See `Judge`."""
        entities = self.entities
        factor = self._last_factor = bucket.factor(self.signal, self.level).value
        alarmed = entities.with_alert()
        number = int(np.count_nonzero(prepared.judged))
        alpha = self._settings.budget.alpha(number, self._settings.bucket_s)
        counts = RateCounts(prepared.complaints, prepared.due, prepared.judged, factor, alpha)
        before = self._rows.before(bucket, counts) if bucket.inspect.looks else NOTHING_BEFORE
        judgement = self._bank.close(
            prepared.sends,
            prepared.complaints,
            prepared.due,
            factor=factor,
            judged=prepared.judged,
            alarmed=alarmed,
            alpha=alpha,
            learn=self._complete(bucket),
        )
        changes = [
            change
            for row in list(entities.alerts)
            if (change := self._follow(row, bucket, prepared, judgement)) is not None
        ]
        for row in judgement.over.tolist():
            change = self._open(row, bucket, prepared, judgement)
            if change is not None:
                changes.append(change)
        before = self._rows.with_changed(bucket, before, judgement, changes)
        return RateJudged(changes=changes, counts=counts, judgement=judgement, before=before)

    def _complete(self, bucket: BucketContext) -> bool:
        return bucket.complete >= set(FACTS_OF_SIGNAL[self.signal].needs)

    def learn(self, bucket: BucketContext, judged: Judged) -> None:
        """See `Judge`: nothing has to wait."""

    def watched(self, bucket: BucketContext, judged: RateJudged) -> Sequence[FullRow]:
        """See `Judge`."""
        learned, found = self._complete(bucket), (judged.before, judged.counts, judged.judgement)
        return self._rows.watched(bucket, *found, learned=learned)

    def block(self, bucket: BucketContext, judged: RateJudged) -> SeriesBlock | None:
        """See `Judge`."""
        learned, found = self._complete(bucket), (judged.before, judged.counts, judged.judgement)
        return self._rows.block(bucket, *found, learned=learned)

    def _open(
        self, row: int, bucket: BucketContext, prepared: RatePrepared, judgement: RateJudgement
    ) -> AlertChange | None:
        count, expected = float(prepared.complaints[row]), float(judgement.expected[row])
        onset, observed, messages = bucket.start, count, float(prepared.due.total[row])
        segment = self._bank.onset(row)
        if segment is not None and segment.observed >= count:
            messages *= segment.expected / expected
            onset = bucket.start_of(self.signal, segment.buckets_ago)
            observed, expected = segment.observed, segment.expected
        finding = Finding(
            detector=RATE,
            onset=onset,
            observed=observed,
            expected=expected,
            count=count,
            # Of messages, and like `alarmed` since the onset: the summary names them.
            exposure=messages,
            alarmed=observed,
            highest=count,
            evidence_nats=float(judgement.evidence_nats[row]),
            threshold_nats=judgement.threshold_nats,
        )
        change = self.entities.open(
            row, finding, self._settings.rules, start=bucket.start, end=bucket.end
        )
        if change is not None:
            self._bank.reset(np.array([row], dtype=np.intp))
        return change

    def _follow(
        self, row: int, bucket: BucketContext, prepared: RatePrepared, judgement: RateJudgement
    ) -> AlertChange | None:
        alert = self.entities.alerts[row]
        step = follow(
            alert,
            self._settings.rules,
            bucket=bucket.start,
            end=bucket.end,
            count=float(prepared.complaints[row]),
            expected=float(judgement.expected[row]),
            exposure=float(prepared.due.total[row]),
            fits=bool(judgement.fits[row]),
        )
        if step is None:
            return None
        if step != "resolved":
            return self.entities.change(row, step)
        at = np.array([row], dtype=np.intp)
        self._bank.reset(at)
        if alert.reason == "level_shift":
            self._bank.adopt_level(at, np.array([alert.rate]))
        return self.entities.close(row)
