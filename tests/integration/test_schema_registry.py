"""Records of the usual client, with a real registry."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient, prefix_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.serde import SchemaId
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import timestamp_pb2

from streams.sources.schemas.framing import framed
from streams.sources.schemas.registry import RegistryAway, SchemaRegistry
from streams.sources.schemas.table import Kind, SchemaTable
from tests.integration.apicurio import Apicurio, apicurio

SENT = {
    "type": "record",
    "name": "Sent",
    "namespace": "shop.messages",
    "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "code", "type": "string"},
        {"name": "sign", "type": ["null", "string"], "default": None},
        {"name": "to", "type": {"type": "array", "items": "string"}},
        {"name": "from", "type": "shop.messages.From"},
    ],
}
FROM = {
    "type": "record",
    "name": "From",
    "namespace": "shop.messages",
    "fields": [{"name": "account", "type": "string"}],
}
AT = dt.datetime(2026, 3, 2, 8, 0, 0, 123000, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    with apicurio(tmp_path_factory.mktemp("apicurio")) as running:
        yield running


def read(url: str, kind: Kind, value: bytes, headers: Any = ()) -> Any:
    """Read a record as `count` does: its schema's id, the registry's answer, its bytes."""
    found = framed(value, headers, indexed=kind == "PROTOBUF")
    table = SchemaTable()
    table.add(SchemaRegistry(url).decide(found.schema))
    return table.decoder(kind, url, found.schema, found.indexes)(value, found.begin)


def test_avro_of_the_usual_serializer_is_read(registry: Apicurio) -> None:
    registry.register("from", json.dumps(FROM))
    reference = {"name": "shop.messages.From", "subject": "from", "version": 1}
    registry.register("t-value", json.dumps(SENT), "AVRO", reference)
    record = {"at": AT, "code": "106900", "sign": "【某某】", "to": ["1", "2"]}
    context = SerializationContext("t", MessageField.VALUE)
    with SchemaRegistryClient({"url": registry.url}) as client:
        schema = client.get_latest_version("t-value").schema
        conf = {"auto.register.schemas": False, "use.latest.version": True}
        serialize = AvroSerializer(client, schema, conf=conf)
        value = serialize({**record, "from": {"account": "a-1"}}, context)
    assert value is not None
    assert read(registry.url, "AVRO", value) == {
        **record,
        "at": "2026-03-02T08:00:00.123000Z",
        "from": {"account": "a-1"},
    }


def test_protobuf_of_the_usual_serializer_is_read(registry: Apicurio) -> None:
    time = timestamp_pb2.Timestamp()
    time.FromDatetime(AT)
    id = registry.register(
        "times-value",
        'syntax = "proto3"; package google.protobuf;'
        " message Timestamp { int64 seconds = 1; int32 nanos = 2; }",
        "PROTOBUF",
    )
    value = prefix_schema_id_serializer(
        time.SerializeToString(), None, SchemaId("PROTOBUF", id, None, [0])
    )
    assert read(registry.url, "PROTOBUF", value) == "2026-03-02T08:00:00.123000Z"


def test_an_id_that_the_registry_does_not_have_is_unknown(registry: Apicurio) -> None:
    for id in ("999999", "89791762-2336-186f-9674-299b90a8e2e0"):
        assert (
            SchemaRegistry(registry.url).decide(id).problem
            == "the registry must have it; found none"
        )
    with pytest.raises(RegistryAway, match="must be the address of a schema registry's Confluent"):
        SchemaRegistry(registry.url.removesuffix("/apis/ccompat/v7")).decide("1")
