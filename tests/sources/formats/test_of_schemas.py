"""Records of a schema: files of Avro and Protobuf, JSON with a registry's bytes before it."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import fastavro
import pytest

from streams.config.sources import Source
from streams.items import Send
from streams.sources.mapping.record_items import RecordItems
from streams.sources.read import Unopenable
from streams.sources.rejects import Undecodable
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.framing import HEADER
from streams.sources.schemas.table import SchemaNeeded, SchemaTable
from tests.sources.files import KEY, event, read_bytes, reasons, refused, source
from tests.sources.schemas.registry_stand_in import stand_in

AVRO = {
    "type": "record",
    "name": "Sent",
    "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "from", "type": ["null", {"type": "map", "values": "string"}]},
        {"name": "to", "type": {"type": "array", "items": "string"}},
        {"name": "parts", "type": "int"},
    ],
}
PROTO = """syntax = "proto3"; import "google/protobuf/timestamp.proto"; message Other {}
    message Sent { google.protobuf.Timestamp at = 1; string code = 2; int32 parts = 3; }"""
AT = dt.datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=dt.UTC)
TABLE = {"kind": "send", "time": "$.at", "sender": "$.from['a.b']", "count": "parts"}


def avro_file(*codes: str | None, codec: str = "deflate") -> bytes:
    records = [
        {
            "at": AT,
            "from": None if code is None else {"a.b": code},
            "to": ["13800138000", "13800138001"],
            "parts": 2,
        }
        for code in codes
    ]
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(AVRO), records, codec)
    return out.getvalue()


def proto_record(schema: int, code: str) -> bytes:
    time = b"\x08" + bytes([0xC0, 0xB5, 0x95, 0xCD, 0x06])  # 1_772_438_208 s
    record = b"\x0a" + bytes([len(time)]) + time + b"\x12" + bytes([len(code)]) + code.encode()
    return b"\x00" + schema.to_bytes(4, "big") + b"\x02\x02" + record + b"\x18\x01"


def test_a_file_of_avro_is_read_by_its_own_schema(tmp_path: Path) -> None:
    mapped = source(format="avro", **TABLE)
    rows = read_bytes(mapped, avro_file("1069", None, "1070"), tmp_path)
    assert reasons(rows) == ["ok", "missing", "ok"]
    first = event(rows[0])
    assert (first.event_time, first.sender.id, first.count) == (AT, "1069", 2)
    assert first.event_id == "s:file:1"
    people = source(format="avro", **TABLE, recipient="$.to")
    rows = read_bytes(people, avro_file("1069"), tmp_path)
    hashes = {row.recipient_hash for row in rows if isinstance(row, Send)}
    assert len(hashes) == 2
    assert None not in hashes


@pytest.mark.parametrize("content", [b"", b"nonsense", b"Obj\x01", b"Obj\x01\x00" + bytes(16)])
def test_what_is_no_avro_is_not_opened(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Unopenable, match="must"):
        read_bytes(source(format="avro", **TABLE), content, tmp_path)


def test_a_file_of_avro_that_breaks_off_gives_what_is_whole(tmp_path: Path) -> None:
    content = avro_file("1069", "1071", "1072", codec="null")
    rows = read_bytes(source(format="avro", **TABLE), content[:-1], tmp_path)
    assert reasons(rows) == ["not_avro"]
    # A block that holds more records than it says loses none without a word.
    sync = content[-16:]
    block = content[content.index(sync) + 16 :]
    assert block[0] == 6
    less = content.replace(block, b"\x02" + block[1:])
    assert reasons(read_bytes(source(format="avro", **TABLE), less, tmp_path)) == ["ok", "not_avro"]
    # Within a block a record that cannot be read takes those behind it along, and says so.
    broken = content.replace(b"\x081071", b"\x091071")
    rows = read_bytes(source(format="avro", **TABLE), broken, tmp_path)
    assert reasons(rows) == ["ok", "not_avro"]
    assert "the 2 records left in its block go with it" in refused(rows[1]).detail


def test_protobuf_in_files_asks_the_registry_once(tmp_path: Path) -> None:
    with stand_in() as registry:
        registry.add("7", PROTO, "PROTOBUF")
        table = {"kind": "send", "time": "$.at", "sender": "code"}
        mapped = source(format="protobuf", schema_registry={"url": registry.url}, **table)
        records = [proto_record(7, "1069"), proto_record(8, "1069"), proto_record(7, "1070")]
        content = b"".join(bytes([len(record)]) + record for record in records)
        rows = read_bytes(mapped, content, tmp_path)
        assert reasons(rows) == ["ok", "unknown_schema", "ok"]
        assert event(rows[2]).sender.id == "1070"
        assert "schema 8: the registry must have it" in refused(rows[1]).detail
        assert registry.asked == ["/schemas/ids/7", "/schemas/ids/8"]
        assert reasons(read_bytes(mapped, content[:-1], tmp_path))[2] == "truncated"
        assert reasons(read_bytes(mapped, content + b"\x81", tmp_path))[3] == "truncated"
        for length in (b"\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\xff"):
            rows = read_bytes(mapped, content + length + b"A", tmp_path)
            assert reasons(rows)[3:] == ["too_big"]
        registry.answers["/schemas/ids/7"] = (500, b"")
        with pytest.raises(Unopenable, match="the schema registry must answer"):
            read_bytes(mapped, content, tmp_path)


def _mapped(name: str) -> Source:
    table = {"kind": "send", "time": "at", "sender": "code", "recipient": "to"}
    return source(format=name, schema_registry={"url": "http://r:1"}, **table)


def test_a_topic_s_record_waits_for_its_schema_and_is_then_an_event() -> None:
    schemas = SchemaTable()
    items = RecordItems(_mapped("avro"), KEY, schemas=schemas)
    schema = json.dumps(
        {
            "type": "record",
            "name": "A",
            "fields": [{"name": name, "type": "string"} for name in ("at", "code", "to")],
        }
    )
    record = b"\x142026-03-02\x081069\x02p"
    with pytest.raises(SchemaNeeded):
        items.of_record(b"\x00\x00\x00\x00\x07" + record, (), "id", None)
    schemas.add(Decision("http://r:1", "7", "AVRO", schema))
    (found,) = items.of_record(b"\x00\x00\x00\x00\x07" + record, (), "id", None)
    assert isinstance(found, Send)
    assert (found.sender.id, found.event_id) == ("1069", "id")
    (found,) = items.of_record(record, [(HEADER, b"\x00\x00\x00\x00\x07")], "id", None)
    assert isinstance(found, Send)
    (found,) = items.of_record(b"\x00\x00\x00\x00\x07\xff\xff", (), "id", None)
    assert isinstance(found, Undecodable)


def test_json_is_read_with_and_without_a_registry_s_bytes() -> None:
    items = RecordItems(_mapped("json"), KEY)
    record = b'{"at": "2026-03-02", "code": "1069"}'
    for before in (b"", b"\x00\x00\x00\x00\x07", b"\x01" + bytes(15) + b"\x01"):
        (found,) = items.of_record(before + record, (), "id", None)
        assert isinstance(found, Send), found
    (found,) = items.of_record(b"\x00" + record, (), "id", None)
    assert isinstance(found, Undecodable)
