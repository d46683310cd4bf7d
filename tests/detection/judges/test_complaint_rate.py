"""Complaints joined to sends: one judge an entity, alerts that say so, state that survives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pytest
from msgspec.structs import replace

from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.detection.context.bucket import Stream
from streams.detection.judges.complaint_rate import ComplaintRateJudge
from streams.detection.judges.entities import Entities
from streams.detection.judges.volume import VolumeJudge
from streams.detection.shard import Shard
from streams.items import Counts, Level, Total
from tests.detection.judges.alone import bucket_of, settings
from tests.events_of import config

DAY = 86_400
START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""

Bucket = dict[str, dict[str, int]]


def _config(levels: Sequence[Level] = ("sender", "all")) -> Config:
    return config(
        count={"levels": list(levels)},
        detect={"budget_per_day": 20.0},
        sources={
            "sends": {"kind": "send", "bucket": "1d"},
            "complaints": {"kind": "complaint", "bucket": "1d"},
        },
    )


def _days(seed: int, days: int) -> list[Bucket]:
    """Twelve senders that come and go, two of whose rates burst, and one nobody sees send."""
    chance = np.random.default_rng(seed)
    out: list[Bucket] = []
    for day in range(days):
        sends, complaints = {}, {}
        for number in range(12):
            name = f"s{number}"
            sent = int(chance.poisson(30.0 * (number + 1))) * int(chance.random() < 0.8)
            raised = 8.0 if number in (3, 9) and 40 <= day < 44 else 1.0
            filed = int(chance.poisson(0.02 * 30.0 * (number + 1) * raised))
            if sent and number < 11 and day >= number:
                sends[name] = sent
            if filed:
                complaints[name] = filed
        out.append({"sends": sends, "complaints": complaints})
    return out


def _records(days: list[Bucket]) -> list[Counts]:
    out = []
    for number, day in enumerate(days):
        start = START + number * DAY
        for source in ("sends", "complaints"):
            counted = day[source]
            totals = [Total(start, "sender", name, count) for name, count in counted.items()]
            if counted:
                totals.append(Total(start, "all", "all", sum(counted.values())))
            out.append(Counts(source, 0, 1, DAY, totals, watermark=float(start + DAY)))
    return out


def _run(shard: Shard, records: list[Counts], start: int, stop: int) -> list[Published]:
    return [p for n in range(start, stop) for p in shard.take(n, records[n])]


def test_a_rate_alert_says_what_it_is() -> None:
    """Complaints, messages sent, and how many times what these explain: in figures and words."""
    published = _run(Shard(0, _config()), records := _records(_days(1, 60)), 0, len(records))
    opened = [
        p.alert
        for p in published
        if p.alert.signal == "complaint_rate" and p.alert.event == "opened"
    ]
    by_name = {alert.entity.id: alert for alert in opened if alert.entity.level == "sender"}
    assert {"s3", "s9"} <= set(by_name)
    alert = by_name["s9"]
    assert alert.detector == "rate-e-sr"
    assert alert.ratio > 3.0
    assert alert.summary.startswith(f"Sender s9: {alert.observed} complaints about ")
    assert " messages sent on 2026-0" in alert.summary
    assert alert.summary.endswith(" times as many as expected for its messages.")


def test_each_entity_has_one_judge() -> None:
    """In every bucket: by the rate if its sends explain complaints, else by volume, never both."""
    keys: list[Stream] = [("complaints", "sender"), ("complaint_rate", "sender")]
    entities = {key: Entities("1d", "sender", key[0], DAY) for key in keys}
    volume = VolumeJudge(entities[keys[0]], settings("sender", "complaints", DAY))
    rates = ComplaintRateJudge(
        entities[keys[1]], entities[keys[0]], settings("sender", "complaint_rate", DAY)
    )
    for number, day in enumerate(_days(2, 80)):
        if number == 50:
            day["sends"] = {}
        start = START + number * DAY
        counts = {(source, "sender"): of for source, of in day.items()}
        rows = entities[keys[0]].counts(day["complaints"], 0)
        bucket = bucket_of(start, start + DAY, counts, entities={keys[0]: rows})
        prepared = rates.prepare(bucket)
        assert prepared.claims is not None
        claimed = prepared.claims.claimed
        bucket = replace(bucket, claims={keys[0]: prepared.claims})
        names = [*entities[keys[0]].names, *rows.new]
        assert len(claimed) == len(names)
        by_rate = {name for name, other in zip(names, claimed, strict=True) if other}
        assert by_rate == {name for name in names if rates.judges(name)}
        assert "s11" not in by_rate
        if number > 15:
            assert len(by_rate) == 11
        opened = volume.judge(bucket, volume.prepare(bucket)).changes
        assert not by_rate & {c.entity for c in opened if c.step == "opened"}
        opened = rates.judge(bucket, prepared).changes
        assert {c.entity for c in opened} <= by_rate


def test_an_open_alert_keeps_its_judge() -> None:
    """Sends become known while complaints burst: the alert on volume goes on to its end."""
    records = _records(
        [{"sends": {"b": 100}, "complaints": {"a": 3, "b": 1}}] * 30
        + [{"sends": {"b": 100}, "complaints": {"a": 60, "b": 1}}] * 2
        + [{"sends": {"a": 500, "b": 100}, "complaints": {"a": 60, "b": 1}}] * 3
        + [{"sends": {"a": 500, "b": 100}, "complaints": {"a": 3, "b": 1}}] * 10
    )
    published = _run(Shard(0, _config(["sender"])), records, 0, len(records))
    seen = [(p.alert.signal, p.alert.event) for p in published if p.alert.entity.id == "a"]
    assert ("complaints", "opened") in seen
    assert ("complaints", "resolved") in seen
    assert "complaint_rate" not in {signal for signal, _ in seen}


@pytest.mark.parametrize("seed", range(4))
def test_a_crash_changes_no_byte(seed: int) -> None:
    """Checkpoints hold past sends, rates and who judges whom: what follows is the same bytes."""
    chance = random.Random(seed)
    records = _records(_days(seed, 70))
    whole = [p.value for p in _run(Shard(0, _config()), records, 0, len(records))]
    slots: dict[bytes, bytes] = {}
    out: list[bytes] = []
    at = 0
    while at < len(records):
        shard = Shard(0, _config())
        shard.restore(slots)
        stop = min(at + 2 * chance.randrange(1, 30), len(records))
        out += [p.value for p in _run(shard, records, shard.position, stop)]
        with patch("streams.detection.slots.SLOT_BYTES", 999):
            slots.update(shard.checkpoint())
        at = stop
    assert any(b"complaint_rate" in value for value in whole)
    assert out == whole


def test_sends_alone_cost_nothing() -> None:
    """Where nobody records complaints, no rates are kept."""
    shard = Shard(0, _config())
    records = _records([{"sends": {"a": 5}, "complaints": {}}] * 10)
    _run(shard, records, 0, len(records))
    (group,) = (g for g in shard.groups.values() if g.buckets_closed)
    assert group.buckets_closed == 10
    assert len(group.panel.entities["complaint_rate", "sender"]) == 0


def test_early_complaints_are_left_to_the_close_where_the_rate_judges() -> None:
    """A sender whose sends are known gets no early alert on volume, that a close would not back."""
    calm: Bucket = {"sends": {"a": 100}, "complaints": {"a": 2, "b": 2}}
    shard = Shard(0, _config(["sender"]))
    records = _records([calm] * 40)
    _run(shard, records, 0, len(records))
    start = START + 40 * DAY
    totals = [Total(start, "sender", "a", 90), Total(start, "sender", "b", 90)]
    early = shard.take(len(records), Counts("complaints", 0, 1, DAY, totals), start + DAY / 2)
    assert [(p.alert.event, p.alert.entity.id) for p in early] == [("early", "b")]


def test_lost_sends_are_taken_as_usual() -> None:
    """A day without any send recorded, where there must have been some, is no rise of the rate."""
    calm: Bucket = {
        "sends": {f"s{n}": 1000 for n in range(10)},
        "complaints": {f"s{n}": 20 for n in range(10)},
    }
    lost: Bucket = {"sends": {}, "complaints": calm["complaints"]}
    shard = Shard(0, _config(["sender"]))
    records = _records([calm] * 60 + [lost] * 3 + [calm] * 5)
    published = _run(shard, records, 0, len(records))
    assert [p.alert for p in published if p.alert.signal == "complaint_rate"] == []
