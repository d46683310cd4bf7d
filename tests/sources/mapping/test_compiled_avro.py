"""A record of Avro is the same whether its fields are read alone or with the whole record."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.items import SKIPPED
from streams.sources.formats.avro import AvroRecords
from streams.sources.formats.format import Columns, Constant, Field, Places, Values
from streams.sources.mapping.compiled_avro import UNFIT, compiled_avro
from streams.sources.mapping.documents import DocumentItems
from streams.sources.rejects import Undecodable
from streams.sources.schemas.avro import avro_decoder
from streams.sources.schemas.avro_types import parse_avro
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.table import SchemaTable
from streams.sources.times.numbers import Numbers
from tests.sources.mapping.together import assert_rows
from tests.sources.schemas.drawn_avro import Drawer

FIELDS: list[Field] = ["time", "sender", "platform", "count", "recipient"]
PREFIX = b"\x00\x00\x00\x00\x07"
LINKED = {"type": "record", "name": "Linked", "fields": [{"name": "x", "type": ["null", "Linked"]}]}


def _paths(schema: Any, above: str = "$") -> list[str]:
    """The paths to the scalars of a schema."""
    if isinstance(schema, list):
        return [path for branch in schema for path in _paths(branch, above)]
    if isinstance(schema, dict) and schema["type"] == "record":
        of_fields = [_paths(each["type"], f"{above}.{each['name']}") for each in schema["fields"]]
        return [path for paths in of_fields for path in paths]
    return [above]


@st.composite
def mapped(draw: Any) -> tuple[Any, bytes, Columns]:
    """A schema, a record of it, and a mapping."""
    drawer = Drawer(draw)
    names = range(draw(st.integers(1, 6)))
    kinds: list[Any] = [
        "string",
        "string",
        "int",
        "long",
        "null",
        ["null", "string"],
        ["string", "long"],
    ]
    for unit in ("millis", "micros"):
        instant = {"type": "long", "logicalType": f"timestamp-{unit}"}
        kinds += [instant, ["null", instant], ["string", instant]]
    schema: dict[str, Any] = {
        "type": "record",
        "name": "Whole",
        "fields": [
            {"name": f"f{n}", "type": draw(st.sampled_from(kinds)) if n % 2 else drawer.schema()}
            for n in names
        ],
    }
    if draw(st.booleans()):
        schema["fields"].append({"name": "linked", "type": LINKED})
        value = {"linked": {"x": {"x": None} if draw(st.booleans()) else None}}
    else:
        value = {}
    value |= {
        each["name"]: drawer.value(each["type"])[0]
        for each in schema["fields"]
        if each["name"] not in value
    }
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    paths = st.sampled_from([*_paths(schema), "$.missing", "$.f0.f1"])
    places = st.lists(paths | st.just(Constant("x")), min_size=1, max_size=2).map(tuple)
    one = paths.map(lambda path: (path,))
    several = draw(st.booleans())
    named: dict[Field, Places] = {field: draw(places if several else one) for field in FIELDS}
    where = [(draw(paths), frozenset(["", "1", "true"]))] if draw(st.integers(0, 3)) == 0 else []
    return schema, out.getvalue(), Columns("s", named, where=tuple(where), registry="http://r")


def _of(items: Any, record: bytes) -> list[Values | str]:
    try:
        found = list(items(record))
    except Undecodable as error:
        found = [error]
    return [
        f"{item.reason} {item.detail}"
        if isinstance(item, Undecodable)
        else "skipped"
        if item is SKIPPED
        else item
        for item in found
    ]


def _decoder(schema: Any, columns: Columns) -> AvroRecords:
    schemas = SchemaTable()
    schemas.add(Decision("http://r", "7", "AVRO", json.dumps(schema)))
    return AvroRecords(columns.with_schemas(schemas))


def _both(schema: Any, columns: Columns) -> tuple[Any, Any]:
    """Return what reads a record with the mapped fields alone, and what reads it as a whole."""
    decode = avro_decoder(parse_avro(json.dumps(schema)))
    whole, alone = DocumentItems(columns).items, _decoder(schema, columns)
    return lambda value: alone.items(PREFIX + value, ()), lambda value: whole(decode(value, 0))


def _damaged(draw: Any, record: bytes) -> bytes:
    changed = bytearray(record)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(changed)))
        new = draw(st.binary(max_size=3) | st.sampled_from([b"\xff" * 9 + b"\x01", b"\x80\x00"]))
        changed[at : at + draw(st.integers(0, 3))] = new
    return bytes(changed)


@settings(max_examples=250, deadline=None)
@given(mapped(), st.data())
def test_both_ways_agree(drawn: tuple[Any, bytes, Columns], data: st.DataObject) -> None:
    """Of what another library writes, of damaged bytes and of any, with the same words."""
    schema, record, columns = drawn
    alone, whole = _both(schema, columns)
    for value in (record, _damaged(data.draw, record), data.draw(st.binary(max_size=40)), record):
        assert _of(alone, value) == _of(whole, value)


@settings(max_examples=100, deadline=None)
@given(mapped(), st.data())
def test_many_together_are_what_each_is(
    drawn: tuple[Any, bytes, Columns], data: st.DataObject
) -> None:
    """Also where one of them is damaged, or another time stands in it."""
    schema, record, columns = drawn
    decoder = _decoder(schema, columns)
    others = [_damaged(data.draw, record)] if data.draw(st.booleans()) else []
    values = [PREFIX + value for value in (record, *others, record)]
    decoder.items(values[0], ())
    assert_rows(decoder, lambda value: decoder.items(value, ()), values)


KINDS: dict[str, Any] = {
    "t": {"type": "long", "logicalType": "timestamp-millis"},
    "src": {"type": "record", "name": "Src", "fields": [{"name": "code", "type": "string"}]},
    "sign": ["null", "string"],
    "parts": "int",
    "paid": "boolean",
    "tags": {"type": "array", "items": "string"},
    "more": {"type": "map", "values": ["null", "long", "string"]},
    "many": {"type": "array", "items": {"type": "array", "items": "null"}},
}
SCHEMA = {
    "type": "record",
    "name": "Mt",
    "fields": [{"name": name, "type": kind} for name, kind in KINDS.items()],
}
RECORD: dict[str, Any] = {
    "t": 1_700_000_000_123,
    "src": {"code": "1069"},
    "sign": "某某商城",
    "parts": 3,
    "paid": True,
    "tags": ["名", "y"],
    "more": {"k": 2**40, "名": "v", "z": None},
    "many": [],
}


def _columns(**named: str) -> Columns:
    return Columns("s", {field: (place,) for field, place in named.items()}, registry="http://r")  # type: ignore[misc]


def _written(**changed: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(SCHEMA), {**RECORD, **changed})
    return out.getvalue()


@pytest.mark.parametrize("changed", [{}, {"sign": None}, {"tags": ["x" * 63, "é" * 31]}])
def test_a_usual_record_is_not_read_as_a_whole(changed: dict[str, Any]) -> None:
    fields = compiled_avro(
        _columns(time="t", sender="src.code", signature="sign", count="parts"),
        parse_avro(json.dumps(SCHEMA)),
    )
    assert fields is not None
    sign = {**RECORD, **changed}["sign"]
    record = _written(**changed)
    assert fields.values(record, 0) == ("2023-11-14T22:13:20.123000Z", "1069", sign, "3")
    wanted, columns = fields.rows([record, record], 0)
    time, *others = columns
    assert isinstance(time, Numbers)
    assert (wanted, time.seconds()) == ([True] * 2, [1_700_000_000.123] * 2)
    assert time.texts() == ["2023-11-14T22:13:20.123000Z"] * 2
    assert others == [["1069"] * 2, [sign] * 2, ["3"] * 2]


@pytest.mark.parametrize(
    "changed",
    [
        {"tags": ["x" * 64]},
        {"tags": ["x"] * 64},
        {"sign": "名" * 100, "more": {"名" * 100: "名" * 100, "b": "c"}},
        {"many": [[None] * 60] * 60},
        {"many": [[None] * 40_000] * 5},
        {"many": [[None] * 40_001] * 5},
    ],
)
def test_what_is_long_is_read_all_the_same(changed: dict[str, Any]) -> None:
    alone, whole = _both(SCHEMA, _columns(time="t", sender="src.code", count="paid"))
    record = _written(**changed)
    assert _of(alone, record) == _of(whole, record)


def test_many_small_arrays_share_the_budget_of_a_record() -> None:
    """In each block of nulls there are few, and in all of them more than a record may hold."""
    alone, whole = _both(SCHEMA, _columns(time="t", sender="src.code"))
    begin = _written()[:-1]
    for blocks in (50, 60):
        levels = (b"\x7e" + b"\x7e\x00" * 63) * blocks  # not one block: read as a whole
        assert _of(alone, begin + levels + b"\x00") == _of(whole, begin + levels + b"\x00")
    deep = {"type": "array", "items": KINDS["many"]}
    schema = {"type": "record", "name": "Deep", "fields": [{"name": "a", "type": deep}]}
    alone, whole = _both(schema, _columns(time="missing", sender="missing"))
    inner = b"\x7e" + b"\x7e\x00" * 63 + b"\x00"
    for items in (24, 26, 60):
        record = bytes([2 * items]) + inner * items + b"\x00"
        found = _of(alone, record)
        assert found == _of(whole, record)
        assert ("too_big" in str(found)) is (items > 24)


@pytest.mark.parametrize(("depth", "reason"), [(9, None), (40, "too_big"), (127, "too_deep")])
def test_values_that_hold_themselves_pay_from_the_same_budget(depth: int, reason: Any) -> None:
    lists = {"type": "array", "items": {"type": "array", "items": LINKED}}
    schema = {"type": "record", "name": "R", "fields": [{"name": "a", "type": lists}]}
    alone, whole = _both(schema, _columns(time="missing", sender="missing"))
    linked = b"\x02" * depth + b"\x00"
    items = b"\x64" + linked * 50 + b"\x00"
    record = b"\x64" + items * 50 + b"\x00"
    assert _of(alone, record) == _of(whole, record)
    assert str(reason) in str(_of(alone, record))


def test_texts_that_are_passed_over_must_be_utf8() -> None:
    alone, whole = _both(SCHEMA, _columns(time="t", sender="src.code"))
    good = _written()
    for text in ("名".encode(), "商".encode()):
        for bad in (text[:2] + b"a", b"a" + text[1:], b"\xff" * 3):
            record = good.replace(text, bad, 1)
            assert _of(alone, record) == _of(whole, record)
            assert "not_utf8" in str(_of(alone, record))


@pytest.mark.parametrize(
    ("place", "plain"),
    [("src.code", True), ("tags", False), ("tags[0]", False), ("more.k", False), ("src", False)],
)
def test_which_places_are_plain(place: str, plain: bool) -> None:
    """Scalars in records, and in unions of them."""
    found = compiled_avro(_columns(time="t", sender=place), parse_avro(json.dumps(SCHEMA)))
    assert (found is not None) is plain


def test_a_number_after_a_length_of_2_to_the_62_is_refused() -> None:
    """The place behind it is one that no machine has."""
    fields = [{"name": "a", "type": "string"}, {"name": "b", "type": "double"}]
    schema = {"type": "record", "name": "R", "fields": fields}
    record = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" + b"x" * 20
    alone, whole = _both(schema, _columns(time="a", sender="b"))
    assert _of(alone, record) == _of(whole, record)
    assert "not_avro" in str(_of(alone, record))
    assert OverflowError in UNFIT
