"""What an open bucket would raise if it closed now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors import BurstBank
from streams.detection.context.budget import Alphas
from streams.detection.context.calendar import Occasion, in_force
from streams.detection.open_alerts import Counted
from streams.detection.signals import NEWCOMER, Signal
from streams.items import Level


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


def judge_open(
    counted: Counted,
    bank: BurstBank,
    rows: Mapping[str, int],
    alphas: Alphas,
    bucket: int,
    totals: Mapping[str, int],
    occasions: Sequence[Occasion],
    exposure: float,
) -> list[Early]:
    """Judge totals of an open bucket by the last closed state; nothing is learned.

    Parameters
    ----------
    counted, bank, rows
        What the stream counts, its fast baseline, and the rows of the known.
    alphas
        Chances of a false alert.
    bucket
        The bucket.
    totals
        Counts so far, of entities that have no alert.
    occasions
        What the calendar raises in it.
    exposure
        Common factor that is to be expected of it.
    """
    found = []
    limit_first = float(-np.log(alphas.first))
    worth = _worth_asking(counted, bank, rows, alphas, totals, occasions, exposure)
    for entity in sorted(worth):
        count, row = float(totals[entity]), rows.get(entity)
        occasion = in_force(occasions, counted.level, entity)
        up = 1.0 if occasion is None else occasion.factor
        if row is None:
            first = np.array([count / up])
            evidence = float(bank.open.score_first(first, exposure=exposure)[0])
            expected = up * bank.peers.first.mean
            threshold, detector = limit_first, NEWCOMER
        else:
            at = np.array([row], dtype=np.intp)
            evidence, threshold = bank.open.score_row(
                row, count, alphas.known, alphas.young, exposure=exposure, calendar_factor=up
            )
            expected, detector = float(bank.expected_of(at, up * exposure)[0]), counted.known
        if evidence >= threshold:
            found.append(
                Early(
                    counted.level,
                    counted.signal,
                    entity,
                    bucket,
                    counted.alert_id(entity, detector, bucket),
                    detector,
                    count,
                    expected,
                    evidence,
                    threshold,
                )
            )
    return found


def _worth_asking(
    counted: Counted,
    bank: BurstBank,
    rows: Mapping[str, int],
    alphas: Alphas,
    totals: Mapping[str, int],
    occasions: Sequence[Occasion],
    exposure: float,
) -> list[str]:
    """Who may have an alert: all asked at once, since to ask each takes a hundred times as long."""
    by_factor: dict[float, list[str]] = {}
    for entity in totals:
        occasion = in_force(occasions, counted.level, entity) if occasions else None
        by_factor.setdefault(1.0 if occasion is None else occasion.factor, []).append(entity)
    worth: list[str] = []
    for up, entities in by_factor.items():
        known = [entity for entity in entities if entity in rows]
        if known:
            at = np.array([rows[entity] for entity in known], dtype=np.intp)
            x = np.array([float(totals[entity]) for entity in known])
            over = bank.open.may_alarm(
                at, x, alphas.known, alphas.young, exposure=exposure, calendar_factor=up
            )
            worth += [known[place] for place in np.flatnonzero(over).tolist()]
        new = [entity for entity in entities if entity not in rows]
        if new:
            x = np.array([float(totals[entity]) for entity in new]) / up
            over = bank.open.score_first(x, exposure=exposure) >= -np.log(alphas.first)
            worth += [new[place] for place in np.flatnonzero(over).tolist()]
    return worth
