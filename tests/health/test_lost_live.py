"""Fields that events of another's topic had to do without are told while it is counted."""

from __future__ import annotations

import json
import random
from collections import Counter

import msgspec
import pytest
from prometheus_client import generate_latest

from streams.config.load import parse_config
from streams.config.sources import Source
from streams.counts.clock.source_strays import note_lost, strays_of
from streams.counts.intake import Intake
from streams.counts.meters import CountMeters
from streams.health.status import BrokerState, Endpoint, health_of
from streams.health.symptoms import symptoms
from streams.items import Reject
from streams.sources.mapping.record_items import RecordItems
from streams.sources.trial.trial import try_topic
from streams.strays import SourceStrays
from tests.events_of import T0

TABLE = {
    "kind": "complaint",
    "topic": "x",
    "topic_format": "source",
    **{"time": "$.t", "sender": "$.s", "signature": "$.sig", "region": "$.reg"},
    **{"occurred_at": "$.occ", "event_id": "$.id", "count": "$.n"},
}
CONFIG = parse_config({"timezone": "UTC", "sources": {"s": TABLE}})
BAD = {"sig": "\u200b", "reg": "0\x0721", "occ": "yesterday", "id": "e\x07"}
FIELDS = {"sig": "signature", "reg": "region", "occ": "occurred_at", "id": "event_id"}


def _source() -> Source:
    return CONFIG.sources["s"]


def _records(seed: int) -> tuple[list[bytes], Counter[str]]:
    """Records, of which some are rejects, and what the others have to do without."""
    chance, lost = random.Random(seed), Counter[str]()
    records = []
    for number in range(600):
        record = {"t": round((T0 + number / 10) * 1000), "s": "1069", "id": f"e{number}", "n": 1}
        bad = [name for name in BAD if chance.random() < 0.02]
        records.append(json.dumps(record | {name: BAD[name] for name in bad}).encode())
        lost.update(FIELDS[name] for name in bad)
        if chance.random() < 0.01:  # no event: what it lacks is no loss
            records.append(json.dumps({"t": "soon", "s": "1", **BAD}).encode())
    return records, lost


@pytest.mark.parametrize("seed", range(6))
def test_the_metric_is_what_was_lost(seed: int) -> None:
    """However the records are taken: at once, in pieces, one by one."""
    records, lost = _records(seed)
    chance, meters = random.Random(seed), CountMeters()
    intake = Intake(_source(), 0, ["sender", "all"], items=RecordItems(_source(), None))
    at = 0
    while at < len(records):
        size = chance.choice((1, 7, 250, 600))
        values = records[at : at + size]
        intake.take_all(range(at, at + len(values)), values, [T0 + 99] * len(values))
        meters.measure(("x", 0), intake, head=at, now_s=T0)
        at += len(values)
    name, registry = "weathervane_count_lost_fields_total", meters.registry
    for field in FIELDS.values():
        found = registry.get_sample_value(name, {"source": "s", "field": field}) or 0
        assert found == lost[field]
    tried = try_topic(_source(), None, [(0, n, v, (), T0 + 99) for n, v in enumerate(records)])
    assert tried.lost.counts == lost
    assert sum(isinstance(each.outcome, Reject) for each in tried.items) == intake.rejected.total()


def test_status_names_the_field_and_why() -> None:
    """Metrics say how many, count's page says what is wrong with the first; no text of a record."""
    records, lost = _records(1)
    intake, meters = (
        Intake(_source(), 0, ["all"], items=RecordItems(_source(), None)),
        CountMeters(),
    )
    intake.take_all(range(len(records)), records, [T0 + 99] * len(records))
    meters.measure(("x", 0), intake, head=len(records), now_s=T0)
    strays = note_lost(strays_of([intake.lane]), [intake.lost])
    page = msgspec.json.decode(msgspec.json.encode({"s": strays}), type=dict[str, SourceStrays])
    text = generate_latest(meters.registry).decode()
    found = health_of(CONFIG, [Endpoint("h:1", "count", text, strays=page)], BrokerState(), T0)
    (state,) = found.sources
    assert state.lost == dict(lost)
    assert sorted(state.lost_because) == sorted(intake.lost.sentences())
    assert len(state.lost_because) == len(lost)
    assert not any(bad in sentence for bad in BAD.values() for sentence in state.lost_because)
    often = msgspec.structs.replace(state, lost={"region": 200}, events=1000)
    named = {
        one.symptom: one
        for one in symptoms(CONFIG, msgspec.structs.replace(found, sources=[often]))
    }
    assert "200 of 1,000 records" in named["fields_lost"].problem
    assert "region" in named["fields_lost"].problem
    seldom = msgspec.structs.replace(state, lost={"region": 5})
    assert "fields_lost" not in {
        one.symptom for one in symptoms(CONFIG, msgspec.structs.replace(found, sources=[seldom]))
    }
