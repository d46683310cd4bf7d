"""Floods of new ids in many entities at once: the figures of each alert are whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from detectors.burst.prediction_band import band, bands, least, least_of_each
from detectors.cohort.arrivals import ArrivalBank
from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.series import newcomer_rows
from streams.series.record import FullRow
from tests.detection.judges.crowd import day_record, new_shard

QUIET, LOUD = 30, 3
BRANDS = [f"brand {n}" for n in range(8)]


def _days() -> Iterator[dict[str, tuple[str, int]]]:
    """Senders with their signature and count: to each signature a few new ones come each day."""
    draw = np.random.default_rng(5)
    for day in range(QUIET + LOUD + 5):
        sent = {f"known {n}": (BRANDS[n % 8], int(draw.poisson(20)) + 1) for n in range(40)}
        loud = QUIET <= day < QUIET + LOUD
        for brand in BRANDS:
            for n in range(4 if loud else 3 + int(draw.poisson(2))):
                sent[f"{brand} {day} {n}"] = (brand, 700 if loud else 2)
        yield sent


def _judged(inspect: Inspect) -> list[BucketResult]:
    shard, found = new_shard(("sender", "signature", "all"), inspect), list[BucketResult]()
    for day, sent in enumerate(_days()):
        counts = {name: count for name, (_, count) in sent.items()}
        belongs = {name: brand for name, (brand, _) in sent.items()}
        for record in (
            day_record(day, {}, {}, "complaint"),
            day_record(day, counts, belongs, "send"),
        ):
            found += shard.close(shard.position, record)
    return found


def _of_floods(rows: Sequence[FullRow]) -> list[FullRow]:
    found = [row for row in rows if (row.level, row.signal) == ("signature", "newcomers")]
    return sorted(found, key=lambda row: row.id)


def test_alerts_beyond_the_bound_have_their_very_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are followed in the events of new ids too; and no alert has another byte."""
    monkeypatch.setattr(newcomer_rows, "MOST_WITH_ALERT", 2)
    plain, series = _judged(Inspect()), _judged(Inspect(series=True))
    assert [[a.value for a in r.alerts] for r in series] == [
        [a.value for a in r.alerts] for r in plain
    ]
    explained = _judged(Inspect({"signature": BRANDS}))
    opened, events = 0, set[str]()
    for asked, found in zip(explained, series, strict=True):
        rows = {row.id: row for row in _of_floods(found.watched)}
        whole = {row.id: row for row in _of_floods(asked.watched)}
        for each in found.alerts:
            alert = each.alert
            if (alert.entity.level, alert.signal) != ("signature", "newcomers"):
                continue
            of_alert = rows[alert.entity.id]
            assert of_alert == whole[alert.entity.id]
            assert of_alert.entity.alert_id == alert.alert_id
            assert of_alert.entity.detector == alert.detector == "new-ids-events"
            events.add(alert.event)
            if alert.event == "opened":
                opened += 1
                assert of_alert.entity.evidence_nats == pytest.approx(alert.evidence_nats, abs=0.01)
                assert of_alert.entity.alarms_known
        for block in found.blocks:
            if (block.level, block.signal) == ("signature", "newcomers"):
                for n, name in enumerate(block.ids):
                    figures = block.watched(n, 0, 1)
                    assert figures.count == whole[name].entity.count
                    assert figures.detector == whole[name].entity.detector
    assert opened > 4
    assert {"opened", "resolved"} <= events


def test_who_is_calm_is_not_asked_which_count_opens_an_alert() -> None:
    """Only rows near their threshold are: the others have the row of a block."""
    for result in _judged(Inspect(series=True))[20:QUIET]:
        assert not _of_floods(result.watched)
        (block,) = [
            block
            for block in result.blocks
            if (block.level, block.signal) == ("signature", "newcomers")
        ]
        assert sorted(block.ids) == BRANDS


def test_of_many_at_once_the_answers_are_those_of_one_by_one() -> None:
    """Of ends of bands, and of the least count with evidence, to the last bit."""
    draw = np.random.default_rng(2)
    a, b, exposure = (draw.gamma(0.5, scale, 60) + 1e-6 for scale in (50.0, 5.0, 2.0))
    low, high = bands(a, b, exposure)
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == [
        band(*of) for of in zip(a.tolist(), b.tolist(), exposure.tolist(), strict=True)
    ]
    limits = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 1e6 + 1, 2.0**40 - 1, 2.0**40, 2.0**41])
    each = least_of_each(lambda x: x >= limits, len(limits)).tolist()
    one = [least(lambda x, to=to: x >= to) for to in limits.tolist()]  # type: ignore[misc]
    assert [None if np.isnan(number) else number for number in each] == one


def test_evidence_of_rows_at_once_is_that_of_the_close() -> None:
    """So nobody who opens is missed by asking before."""
    draw, rows = np.random.default_rng(4), 50
    bank = ArrivalBank(86_400.0)
    bank.enter(rows)
    calm = np.zeros(rows, dtype=np.bool_)
    for _ in range(20):
        x = draw.poisson(5.0, (2, rows)).astype(np.float64)
        bank.learn(x, bank.judge(x, 1.0, alarmed=calm), calm)
    x, picked = draw.poisson(20.0, (2, rows)).astype(np.float64), np.arange(7, 30)
    exposure = draw.gamma(5.0, 0.2, rows)
    asked = bank.open_evidence(picked, x[:, picked], exposure[picked])
    judged = bank.judge(x, exposure, alarmed=calm)
    assert asked.found.tolist() == judged.found[:, picked].tolist()
    assert judged.highest_nats > 5.0
