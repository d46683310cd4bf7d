"""What is of another type than a text loses its field, as any impossible value does."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import fastavro
import pytest

from streams.config.load import parse_config
from streams.config.sources import Source
from streams.counts.intake import Intake
from streams.items import Complaint, Send
from streams.sources.mapping.record_items import RecordItems
from streams.sources.rejects import Undecodable
from tests.events_of import T0

KEY = b"0123456789abcdef"
FIELDS = {
    **{"time": "$.t", "sender": "$.s", "signature": "$.sig", "platform": ["$.p", "$.q"]},
    **{"event_id": "$.id", "count": "$.n", "occurred_at": "$.o", "region": "$.r"},
    **{"reporter": "$.who", "complaint_kind": {"from": "$.k", "scam": "fraud", "*": "marketing"}},
}
GOOD = {
    **{"t": round(T0 * 1000), "s": "1069", "sig": "Mall", "p": "pf", "id": "e", "n": 2},
    **{"o": round(T0) - 60, "r": "021", "who": "138", "k": "scam"},
}
WRONG: list[Any] = [{"a": 1}, [1, 2], ["x"], 1.5, True, False, {}, [], [None]]
OF = {
    **{"sig": "signature", "p": "platform", "id": "event_id", "o": "occurred_at", "r": "region"},
    **{"who": "reporter", "k": "kind"},
}
PEOPLE = ("who",)


def _source(**change: Any) -> Source:
    table = {"kind": "complaint", "topic": "x", "topic_format": "source", **FIELDS, **change}
    return parse_config({"timezone": "UTC", "sources": {"x": table}}).sources["x"]


def _items(source: Source, record: Mapping[str, Any]) -> tuple[list[Any], Mapping[str, int]]:
    items = RecordItems(source, KEY)
    return items.of_record(json.dumps(record).encode(), (), "x:0", T0 + 60), items.lost.counts


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("name", OF)
def test_a_secondary_field_is_lost_alone(name: str, wrong: Any) -> None:
    """All else of the event is as it would be; arrays of reporters are several events."""
    if name in PEOPLE and isinstance(wrong, list):
        return
    if name == "o" and wrong == 1.5:
        return  # a time may be a number with a fraction
    for source in (_source(), _source(where={"$.s": ["1069"]})):
        (whole,), none = _items(source, GOOD)
        (event,), lost = _items(source, {**GOOD, name: wrong})
        assert isinstance(whole, Complaint)
        assert isinstance(event, Complaint)
        assert (none, lost) == ({}, {OF[name]: 1})
        assert (event.event_time, event.sender.id, event.count) == (
            whole.event_time,
            whole.sender.id,
            2,
        )
        assert (event.sender.signature is None) is (name == "sig")
        assert (event.sender.platform is None) is (name == "p")
        assert (event.region is None) is (name == "r")
        assert (event.reporter_hash is None) is (name == "who")
        assert event.event_id == ("x:0" if name == "id" else "e")
        assert event.kind == ("other" if name == "k" else "fraud")


@pytest.mark.parametrize("wrong", [{"a": 1}, [1, 2], True, {}], ids=repr)
@pytest.mark.parametrize("name", ["t", "s", "n"])
def test_what_counts_must_be_of_its_type(name: str, wrong: Any) -> None:
    """Without time, sender or count a record is a reject, as before."""
    (found,), lost = _items(_source(), {**GOOD, name: wrong})
    assert isinstance(found, Undecodable)
    assert (found.reason, lost) == ("wrong_type", {})


def test_of_many_recipients_one_may_be_none() -> None:
    """Each is an event; that of the one goes without its recipient, and is counted all the same."""
    table = {"kind": "send", "topic": "x", "topic_format": "source", "time": "$.t", "sender": "$.s"}
    source = parse_config(
        {"timezone": "UTC", "sources": {"x": {**table, "recipient": "$.to", "event_id": "$.id"}}}
    ).sources["x"]
    found, lost = _items(source, {**GOOD, "to": ["a", {"b": 1}, "c"], "id": ["no"]})
    assert [type(each) for each in found] == [Send] * 3
    assert [each.recipient_hash is None for each in found] == [False, True, False]
    assert lost == {"recipient": 1, "event_id": 3}


@pytest.mark.parametrize("seed", range(4))
def test_many_together_are_what_each_is(seed: int) -> None:
    """Totals, rejects and what was lost are the same, however the records are taken."""
    chance = random.Random(seed)
    records = []
    for number in range(400):
        record = {**GOOD, "t": round((T0 + number) * 1000), "id": f"e{number}"}
        for name in record:
            if chance.random() < 0.004:
                record[name] = chance.choice(WRONG)
        records.append(json.dumps(record).encode())
    source, found = _source(), []
    for sizes in ((1,), (400,), (3, 250, 26)):
        intake = Intake(source, 0, ["sender", "platform"], items=RecordItems(source, KEY))
        at = 0
        while at < len(records):
            values = records[at : at + chance.choice(sizes)]
            times = [T0 + 60 + n for n in range(at, at + len(values))]
            intake.take_all(range(at, at + len(values)), list(values), list(times))
            at += len(values)
        intake.lane.idle(T0 + 9e4)
        lost, rejected = dict(intake.lost.counts), Counter(intake.rejected)
        found.append((intake.lane.flush().totals, lost, rejected, intake.skipped))
    assert found[0] == found[1] == found[2]
    assert found[0][1]


def test_avro_loses_them_too() -> None:
    """A schema may say that a field is a boolean, or an array: no text is made of it."""
    fields = [
        ("t", "long"),
        ("s", "string"),
        ("sig", "boolean"),
        ("r", {"type": "array", "items": "int"}),
    ]
    schema = {
        "type": "record",
        "name": "R",
        "fields": [{"name": name, "type": kind} for name, kind in fields],
    }
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, {"t": GOOD["t"], "s": "1069", "sig": True, "r": [1]})
    from streams.sources.schemas.decision import Decision
    from streams.sources.schemas.table import SchemaTable

    schemas = SchemaTable()
    schemas.add(Decision("http://r.example", "7", "AVRO", json.dumps(schema)))
    named = {"time": "$.t", "sender": "$.s", "signature": "$.sig", "region": "$.r"}
    table = {"kind": "complaint", "topic": "x", "topic_format": "source", "format": "avro", **named}
    source = parse_config(
        {"sources": {"x": {**table, "schema_registry": {"url": "http://r.example"}}}}
    ).sources["x"]
    items = RecordItems(source, None, schemas=schemas)
    value = b"\0\0\0\0\x07" + out.getvalue()
    (event,) = items.of_record(value, (), "x:0", T0 + 60)
    assert isinstance(event, Complaint)
    assert items.lost.counts == {"signature": 1, "region": 1}
