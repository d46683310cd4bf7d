"""The first decision about an id holds, and what is remembered is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streams.sources.rejects import Undecodable
from streams.sources.schemas import table as tables
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.table import Kind, SchemaNeeded, SchemaTable

URL = "http://registry"


def test_a_schema_that_is_not_decided_about_is_needed() -> None:
    table = SchemaTable()
    with pytest.raises(SchemaNeeded) as needed:
        table.decoder("AVRO", URL, "7")
    assert (needed.value.registry, needed.value.id) == (URL, "7")
    table.add(Decision(URL, "7", "AVRO", '"int"'))
    assert table.decoder("AVRO", URL, "7")(b"\x06", 0) == 3
    table.add(Decision(URL, "7", "AVRO", '"string"'))
    assert table.decoder("AVRO", URL, "7")(b"\x06", 0) == 3
    with pytest.raises(SchemaNeeded):
        table.decoder("AVRO", "http://other", "7")


@pytest.mark.parametrize(
    ("decision", "reason", "said"),
    [
        (
            Decision(URL, "7", problem="the registry must have it; found none"),
            "unknown",
            "found no",
        ),
        (Decision(URL, "7", "JSON", "{}"), "bad", "must be AVRO; found JSON"),
        (Decision(URL, "7", "AVRO", '"nothing"'), "bad", "'nothing' must be defined"),
        (Decision(URL, "7", "AVRO", "7"), "bad", "a type must be"),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_reject(
    decision: Decision, reason: str, said: str
) -> None:
    table = SchemaTable()
    table.add(decision)
    for _ in range(2):
        with pytest.raises(Undecodable, match=said) as error:
            table.decoder("AVRO", URL, "7")
        assert error.value.reason == f"{reason}_schema"
        assert "schema 7: " in error.value.detail


def test_protobuf_is_read_by_message() -> None:
    table = SchemaTable()
    table.add(Decision(URL, "7", "PROTOBUF", "message A { optional int32 x = 1; } message B {}"))
    assert table.decoder("PROTOBUF", URL, "7", (0,))(b"\x08\x01", 0) == {"x": 1}
    assert table.decoder("PROTOBUF", URL, "7", (1,))(b"\x08\x01", 0) == {}
    with pytest.raises(Undecodable, match="found another index"):
        table.decoder("PROTOBUF", URL, "7", (2,))


def test_beyond_the_most_an_id_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_DECISIONS", 3)
    table = SchemaTable()
    for id in range(5):
        table.add(Decision(URL, str(id), problem="none"))
    assert len(table) == 3
    with pytest.raises(Undecodable, match="no more are"):
        table.decoder("AVRO", URL, "4")
    monkeypatch.setattr(tables, "MOST_DECISIONS", 10)
    monkeypatch.setattr(tables, "MOST_BYTES", 100)
    table.add(Decision(URL, "a", "AVRO", '"int"', ("x" * 99,)))
    assert table.full


def test_functions_that_are_forgotten_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_DECODERS", 2)
    table = SchemaTable()
    for id in range(5):
        table.add(Decision(URL, str(id), "AVRO", '"int"'))
    for id in [*range(5), *range(5)]:
        assert table.decoder("AVRO", URL, str(id))(b"\x02", 0) == 1


@pytest.mark.parametrize(
    ("kind", "text"), [("PROTOBUF", "message A { Missing x = 1; }"), ("AVRO", '"nothing"')]
)
def test_what_is_wrong_with_a_schema_is_found_once(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, text: str
) -> None:
    """A topic of records that cannot be read costs no look at their schema each."""
    looks: list[object] = []
    for name in ("avro_decoder", "protobuf_decoder", "parse_avro"):
        monkeypatch.setattr(tables, name, _counted(getattr(tables, name), looks))
    table = SchemaTable()
    table.add(Decision(URL, "7", kind, text))
    for _ in range(5):
        with pytest.raises(Undecodable, match="must be defined"):
            table.decoder(kind, URL, "7", (0,) if kind == "PROTOBUF" else ())
    assert len(looks) == 1


def _counted(function: Callable[..., Any], looks: list[object]) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        looks.append(function)
        return function(*arguments)

    return counted
