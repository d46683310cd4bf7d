"""What is counted beside totals of another's topic: the same many at once and one by one."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from streams.counts.intake import Intake
from streams.counts.wire import records
from streams.detection.merge import ClosedBucket, Merge
from streams.facts.record import DistinctOf
from streams.facts.wanted import FactsWanted
from streams.sources.mapping.record_items import RecordItems
from tests.counts.facts.drawn import LEVELS, SAID
from tests.events_of import T0, at, config

KEY = b"0123456789abcdef"


def _values(seed: int, *, ids: bool) -> list[bytes]:
    chance = random.Random(seed)
    values = []
    for number in range(300):
        row: dict[str, Any] = {
            "t": at(T0 + number).isoformat(),
            "s": chance.choice("abc"),
            "sig": chance.choice(["Mall", "", "Bank"]),
            "who": chance.choice(["13800138000", "13900139000", "", f"137{number}"]),
            "what": chance.choice(["marketing", "ignored", "x"]),
            "opt_in": chance.choice([True, False, "yes", " by  default", "", 1.5, None]),
            "wave": chance.choice(["spring", "双十一", "", "x" * 300]),
            "where": chance.choice(["110000", ""]),
            "sent": at(T0 + number - chance.choice([60, 9 * 86400])).isoformat(),
        }
        if chance.random() < 0.02:
            row["who"] = ["no", "text"]
        if ids:
            row["id"] = f"r{number}"
        values.append(json.dumps(row).encode())
    return values


def _closed(kind: str, seed: int, batch: int, *, ids: bool) -> list[ClosedBucket]:
    table: dict[str, Any] = {
        "kind": kind, "topic_format": "source", "partitions": 1, "time": "t", "sender": "s",
        "signature": "sig",
    }  # fmt: skip
    if kind == "complaint":
        table |= {"reporter": "who", "region": "where", "occurred_at": "sent"}
        table["complaint_kind"] = {"from": "what", "ignored": "optout_ignored", "*": "other"}
    else:
        table |= {"recipient": "who"}
        table["consent"] = {"from": "opt_in", "false": "none", "by default": "default"}
        table["consent"] |= {"true": "explicit", "yes": "explicit"}
    if ids:
        table["event_id"] = "id"
    made = config(count={"levels": LEVELS}, sources={"x": table}).sources["x"]
    distinct = [(level, what) for level in LEVELS for what in SAID[kind]]
    wanted = FactsWanted(tuple(distinct), tuple(LEVELS), uses=True, late=tuple(LEVELS), cells=True)
    source = made.model_copy(update={"facts": wanted})
    intake = Intake(source, 0, LEVELS, items=RecordItems(source, KEY))
    values = _values(seed, ids=ids)
    for place in range(0, len(values), batch):
        part = values[place : place + batch]
        offsets = list(range(place, place + len(part)))
        intake.take_all(offsets, part, [T0 + offset for offset in offsets])
    intake.lane.idle(T0 + 86400.0)
    merge = Merge([source])
    flush = intake.lane.flush(early=False)
    for written, (_, counts) in enumerate(records("x", 0, 1, 60, flush, 1)):
        merge.add(written, counts)
    return [bucket for bucket in merge.close() if bucket.sums]


@pytest.mark.parametrize("kind", ["send", "complaint"])
@pytest.mark.parametrize("ids", [True, False])
def test_batches_change_nothing(kind: str, *, ids: bool) -> None:
    """People are hashed in both; where an event has no id, its place is its id."""
    alone = _closed(kind, 1, 1, ids=ids)
    assert _closed(kind, 1, 250, ids=ids) == alone
    people: DistinctOf = "recipients" if kind == "send" else "reporters"
    counted = [b.facts.distinct["x", "all"]["all"][people].count().value for b in alone]
    assert min(counted) > 2
    if kind == "send":
        consents = [bucket.facts.consents["x", "all"]["all"] for bucket in alone]
        assert sum(map(sum, consents)) < 300, "nothing, and what is no text, says nothing"
        assert all(min(each[:3]) > 0 for each in consents)
    if kind == "complaint":
        valid = [b.facts.distinct["x", "all"]["all"]["valid_reporters"].count() for b in alone]
        assert sum(each.value for each in valid) < sum(counted)
        assert any("optouts" in b.facts.distinct["x", "all"]["all"] for b in alone)
