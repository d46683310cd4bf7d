"""What an open bucket would raise if it closed now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from detectors import BurstBank
from detectors.burst.baseline import NUMBERS
from detectors.burst.open_bucket import recalled
from streams.alerts.lifecycle import AlertChange, Finding, early_alert
from streams.detection.context.budget import Alphas
from streams.detection.context.calendar import Occasion, in_force
from streams.detection.judges.entities import Entities
from streams.detection.signals import NEWCOMER
from streams.series.watched import WatchedEntity


class OpenBucketJudge:
    """Judges counts of a stream by the last closed state; nothing is learned.

    Parameters
    ----------
    entities, bank
        The stream's.
    new_bank
        Makes a bank of the same kind, without rows.
    detector
        Name of the detector for entities that have counted before.
    alphas
        Gives the chances of a false alert for a number of newcomers a day.
    least
        A smaller count is worth no alert.
    """

    def __init__(
        self,
        entities: Entities,
        bank: BurstBank,
        new_bank: Callable[[], BurstBank],
        detector: str,
        alphas: Callable[[float], Alphas],
        least: int,
    ) -> None:
        self._new_bank = new_bank
        self._entities, self._bank, self._detector = entities, bank, detector
        self._alphas, self._least = alphas, least

    def judge(
        self,
        start: int,
        end: int,
        totals: Mapping[str, int],
        occasions: Sequence[Occasion] = (),
        *,
        exposure: float = 1.0,
        hour: int | None = None,
    ) -> list[AlertChange]:
        """Return what totals of an open bucket would raise if it closed now.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        totals
            Counts so far, by entity.
        occasions
            Calendar entries that last in it.
        exposure
            Common factor expected for the bucket.
        hour
            Hour of the week that it lies in.
        """
        entities, changes = self._entities, []
        alerts = entities.alerts
        totals = {
            entity: count
            for entity, count in totals.items()
            if count >= self._least and entities.rows.get(entity) not in alerts
        }
        peers = self._bank.peers
        alphas = self._alphas(peers.first.per_day)
        back = entities.retired.among(totals)
        # Who comes back has no row before the bucket closes.
        returned = self._recalled(back)
        here = {entity: count for entity, count in totals.items() if entity not in returned}
        worth = _worth_asking(entities, self._bank, alphas, here, occasions, exposure, hour)
        for entity in sorted([*worth, *back]):
            count, name = float(totals[entity]), self._detector
            bank, row = returned.get(entity, (self._bank, entities.rows.get(entity)))
            calendar = _calendar_factor(occasions, entities, entity)
            if row is None:
                first = np.array([count / calendar])
                evidence = float(bank.open.score_first(first, alphas.first, exposure=exposure)[0])
                expected = calendar * peers.first_mean(alphas.first)
                threshold, name = float(-np.log(alphas.first)), NEWCOMER
            else:
                at = np.array([row], dtype=np.intp)
                evidence, threshold = bank.open.score_row(
                    row, count, alphas.known, alphas.young,
                    exposure=exposure, calendar_factor=calendar, hour=hour,
                )  # fmt: skip
                expected = float(bank.expected_of(at, calendar * exposure, hour=hour)[0])
            if evidence >= threshold:
                finding = Finding(
                    detector=name,
                    onset=start,
                    observed=count,
                    expected=expected,
                    count=count,
                    exposure=0.0,
                    alarmed=count,
                    highest=count,
                    evidence_nats=evidence,
                    threshold_nats=threshold,
                )
                alert_id = entities.alert_id(entity, name, start)
                alert = early_alert(alert_id, finding, start=start, end=end)
                changes.append(AlertChange(entities.level, entities.signal, entity, "early", alert))
        return changes

    def _recalled(self, names: Sequence[str]) -> dict[str, tuple[BurstBank, int]]:
        """Bank and row of entities that had retired, as they will have one when they are back."""
        if not names:
            return {}
        numbers = self._entities.retired.numbers(names)[:NUMBERS]
        asked = recalled(self._bank, numbers, self._new_bank())
        return {name: (asked, row) for row, name in enumerate(names)}

    def outlook(
        self,
        entity: str,
        count: float,
        start: int,
        end: int,
        occasions: Sequence[Occasion] = (),
        *,
        exposure: float = 1.0,
        hour: int | None = None,
    ) -> WatchedEntity:
        """Say what is expected of an entity, known or not, and which count would be an alert.

        Parameters
        ----------
        entity, count
            The entity, and what it has counted so far.
        start, end, occasions, exposure, hour
            As `judge` takes them.
        """
        entities, peers = self._entities, self._bank.peers
        alphas = self._alphas(peers.first.per_day)
        returned = self._recalled(entities.retired.among([entity]))
        bank, row = returned.get(entity, (self._bank, entities.rows.get(entity)))
        calendar = _calendar_factor(occasions, entities, entity)
        alert, name, nats = entities.alert_of(entity), self._detector, 0.0
        if row is None:
            first, name = np.array([count / calendar]), NEWCOMER
            (band,) = bank.open.bands_first(
                alphas.first, exposure=exposure, calendar_factor=np.array([calendar])
            )
            expected = calendar * peers.first_mean(alphas.first)
            nats, threshold = 0.0, float(-np.log(alphas.first))
            if count:
                nats = float(bank.open.score_first(first, alphas.first, exposure=exposure)[0])
        else:
            at = np.array([row], dtype=np.intp)
            expected = float(bank.expected_of(at, calendar * exposure, hour=hour)[0])
            nats, threshold = bank.open.score_row(
                row, count, alphas.known, alphas.young,
                exposure=exposure, calendar_factor=calendar, hour=hour,
            )  # fmt: skip
            raised = np.array([calendar])
            if alert is not None and entities.by_bucket[row]:
                (band,) = bank.open.usual(at, exposure=exposure, hour=hour, calendar_factor=raised)
                nats = 0.0
            else:
                (band,) = bank.open.bands(
                    at, alphas.known, alphas.young,
                    exposure=exposure, hour=hour, calendar_factor=raised,
                )  # fmt: skip
        return WatchedEntity(
            start=start,
            end=end,
            count=count,
            expected=expected,
            low=band.low,
            high=band.high,
            alarms_at=band.alarms_at,
            evidence_nats=nats,
            threshold_nats=threshold,
            factor=exposure,
            raised=calendar,
            learned=False,
            judged=True,
            fits=band.high is None or count <= band.high,
            alert_id=None if alert is None else alert.alert_id,
            detector=name,
        )

    def without_quiet_newcomers(
        self, totals: Mapping[str, int], occasions: Sequence[Occasion], *, exposure: float
    ) -> dict[str, int]:
        """Return counts of known entities, and of newcomers that they would raise an alert on.

        Parameters
        ----------
        totals, occasions, exposure
            As `judge` takes them.
        """
        rows, first = self._entities.rows, self._bank.peers.first
        alphas = self._alphas(first.per_day)
        new = {n: count for n, count in totals.items() if n not in rows and count >= self._least}
        worth = _worth_asking(self._entities, self._bank, alphas, new, occasions, exposure, None)
        kept = set(worth)
        return {name: count for name, count in totals.items() if name in rows or name in kept}


def _calendar_factor(occasions: Sequence[Occasion], entities: Entities, entity: str) -> float:
    occasion = in_force(occasions, entities.level, entity) if occasions else None
    return 1.0 if occasion is None else occasion.factor


def _worth_asking(
    entities: Entities,
    bank: BurstBank,
    alphas: Alphas,
    totals: Mapping[str, int],
    occasions: Sequence[Occasion],
    exposure: float,
    hour: int | None,
) -> list[str]:
    """Entities that may have an alert: asked all at once, which is a hundred times as fast."""
    by_factor: dict[float, list[str]] = {}
    for entity in totals:
        by_factor.setdefault(_calendar_factor(occasions, entities, entity), []).append(entity)
    worth: list[str] = []
    for calendar, names in by_factor.items():
        known = [entity for entity in names if entity in entities.rows]
        if known:
            at = np.array([entities.rows[entity] for entity in known], dtype=np.intp)
            x = np.array([float(totals[entity]) for entity in known])
            over = bank.open.may_alarm(
                at,
                x,
                alphas.known,
                alphas.young,
                exposure=exposure,
                calendar_factor=calendar,
                hour=hour,
            )
            worth += [known[place] for place in np.flatnonzero(over).tolist()]
        new = [entity for entity in names if entity not in entities.rows]
        if new:
            x = np.array([float(totals[entity]) for entity in new]) / calendar
            over = bank.open.score_first(x, alphas.first, exposure=exposure) >= -np.log(
                alphas.first
            )
            worth += [new[place] for place in np.flatnonzero(over).tolist()]
    return worth
