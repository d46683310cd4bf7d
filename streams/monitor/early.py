"""What an open bucket would raise if it closed now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors import BurstBank
from streams.items import Level, Signal
from streams.monitor.budget import Alphas
from streams.monitor.calendar import Occasion, in_force
from streams.monitor.episodes import KNOWN, NEWCOMER, Counted


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
    for entity in sorted(totals):
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
                row, count, alphas.known, alphas.young, exposure=exposure, raised=up
            )
            expected, detector = float(bank.expected_of(at, up * exposure)[0]), KNOWN
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
