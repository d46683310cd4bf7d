"""Complaint rates of many at once: the figures of each alert are whole, and those of one by one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from streams.detection.bucket_result import BucketResult
from streams.detection.context.bucket import Inspect
from streams.detection.series import rate_rows
from streams.series.record import FullRow
from tests.detection.judges.crowd import day_record, new_shard

QUIET, LOUD = 40, 4
NAMES = [f"s{n}" for n in range(30)]
LOUDEST = NAMES[:6]


def _judged(inspect: Inspect) -> list[BucketResult]:
    shard, draw, found = new_shard(inspect=inspect), np.random.default_rng(3), list[BucketResult]()
    for day in range(QUIET + LOUD + 6):
        loud = QUIET <= day < QUIET + LOUD
        sent = {name: int(draw.poisson(1000)) for name in NAMES}
        rates = {name: 0.2 if loud and name in LOUDEST else 0.01 for name in NAMES}
        filed = {name: int(draw.poisson(rates[name] * n)) for name, n in sent.items()}
        filed = {name: number for name, number in filed.items() if number}
        for record in (day_record(day, filed, {}, "complaint"), day_record(day, sent, {}, "send")):
            found += shard.close(shard.position, record)
    return found


@cache
def _asked_for() -> list[BucketResult]:
    return _judged(Inspect({"sender": NAMES}))


def _rates(rows: BucketResult) -> dict[str, FullRow]:
    return {
        row.id: row
        for row in rows.watched
        if (row.level, row.signal) == ("sender", "complaint_rate")
    }


def test_alerts_beyond_the_bound_have_their_very_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each revision's bucket: to the last bit but for what nobody asked before; no byte differs."""
    monkeypatch.setattr(rate_rows, "MOST_WITH_ALERT", 2)
    beyond, events = 0, set[str]()
    for asked, found in zip(_asked_for(), _judged(Inspect(series=True)), strict=True):
        assert [a.value for a in asked.alerts] == [a.value for a in found.alerts]
        rows, whole = _rates(found), _rates(asked)
        for each in found.alerts:
            alert, name = each.alert, each.alert.entity.id
            if (alert.entity.level, alert.signal) != ("sender", "complaint_rate"):
                continue
            given, of_alert = rows[name].entity, whole[name].entity
            assert given.alert_id == alert.alert_id
            if not given.alarms_known:
                beyond += 1
                assert (given.low is None) == (given.count == 0)
                given = replace(given, low=of_alert.low, high=of_alert.high)
                given = replace(given, alarms_at=of_alert.alarms_at, alarms_known=True)
            assert given == of_alert
            events.add(alert.event)
            assert name not in {
                entity
                for block in found.blocks
                if (block.level, block.signal) == ("sender", "complaint_rate")
                for entity in block.ids
            }
    assert beyond > 5
    assert {"opened", "resolved"} <= events


def test_within_the_bound_nothing_is_missing() -> None:
    """Also the count that would have been enough, and both ends of the band."""
    for asked, found in zip(_asked_for(), _judged(Inspect(series=True)), strict=True):
        whole = _rates(asked)
        for name, row in _rates(found).items():
            assert row == whole[name]


def test_many_at_once_are_those_of_one_by_one() -> None:
    """What a row may count does not depend on who else is asked about."""
    one_by_one = [_judged(Inspect({"sender": [name]})) for name in NAMES[4:8]]
    for day, together in enumerate(_asked_for()):
        whole = {(row.id, row.signal): row for row in together.watched}
        for alone in one_by_one:
            for row in alone[day].watched:
                assert row == whole[row.id, row.signal]
