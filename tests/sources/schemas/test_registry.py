"""What a registry says is decided; what it does not say is waited for."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from streams.sources.schemas.decision import Decision, decode_decision, encode_decision
from streams.sources.schemas.limits import LARGEST_SCHEMA, MOST_REFERENCES
from streams.sources.schemas.registry import LARGEST_ANSWER, RegistryAway, SchemaRegistry
from tests.sources.schemas.registry_stand_in import StandIn, stand_in


@pytest.fixture
def registry() -> Iterator[StandIn]:
    with stand_in() as found:
        yield found


def test_a_schema_comes_with_all_that_it_refers_to(registry: StandIn) -> None:
    last = registry.add_subject("last", '"int"')
    first = registry.add_subject("fi%2Frst", '"long"', last)
    first["subject"] = "fi/rst"
    registry.add("7", '"string"', None, first, last)
    found = SchemaRegistry(registry.url + "/").decide("7")
    assert found == Decision(registry.url + "/", "7", "AVRO", '"string"', ('"int"', '"long"'))
    assert decode_decision(encode_decision(found)) == found


def test_a_guid_is_asked_for_by_its_own_path(registry: StandIn) -> None:
    guid = "89791762-2336-186f-9674-299b90a8e2e0"
    registry.add(guid, "message A {}", "PROTOBUF")
    assert SchemaRegistry(registry.url).decide(guid).kind == "PROTOBUF"
    registry.answers["/schemas/guids/" + guid] = (404, {"error_code": 0})
    found = SchemaRegistry(registry.url).decide(guid)
    assert found.problem == "the registry must have it; found none"


@pytest.mark.parametrize("code", [40401, 40402, 40403])
def test_what_a_registry_does_not_have_is_unknown_for_good(registry: StandIn, code: int) -> None:
    registry.answers["/schemas/ids/7"] = (404, {"error_code": code, "message": "none"})
    found = SchemaRegistry(registry.url).decide("7")
    assert (found.problem, found.text) == ("the registry must have it; found none", "")
    assert decode_decision(encode_decision(found)) == found


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error_code": 401}),
        (403, b"no"),
        (429, b""),
        (500, {"error_code": 50001}),
        (503, b"<html>"),
        (302, b""),
        (200, b"<html>a proxy's page</html>"),
        (200, {"no": "schema"}),
        (200, [1]),
        (200, {"schema": 5}),
        (502, b"<p>a proxy's page</p>" * 60_000),
    ],
)
def test_an_answer_that_is_none_is_waited_for(registry: StandIn, answer: Any) -> None:
    registry.answers["/schemas/ids/7"] = answer
    with pytest.raises(RegistryAway, match=r"must answer schemas/ids/7 with"):
        SchemaRegistry(registry.url).decide("7")


def test_a_server_that_is_no_registry_is_waited_for(registry: StandIn) -> None:
    registry.answers |= dict.fromkeys(["/schemas/ids/7", "/schemas/types"], (404, b"nothing"))
    with pytest.raises(RegistryAway, match="must be the address of a schema registry's Confluent"):
        SchemaRegistry(registry.url).decide("7")


def test_nobody_at_the_address_is_waited_for() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(RegistryAway, match="no answer"):
            SchemaRegistry(url, "me", "s3cret").decide("7")


def test_the_password_is_sent_and_never_shown(registry: StandIn) -> None:
    asking = SchemaRegistry(registry.url, "me", "s3cret")
    registry.answers["/schemas/ids/7"] = (401, {"message": "s3cret is wrong"})
    with pytest.raises(RegistryAway) as error:
        asking.decide("7")
    assert registry.authorizations == ["Basic " + base64.b64encode(b"me:s3cret").decode()]
    assert "s3cret" not in str(error.value) + repr(asking) + repr(error.value.__context__)


def test_references_that_go_in_a_circle_or_are_too_many_have_an_end(registry: StandIn) -> None:
    circle = registry.add_subject("circle", '"int"')
    registry.add_subject("circle", '"int"', circle)
    registry.add("7", '"long"', None, circle)
    assert SchemaRegistry(registry.url).decide("7").references == ('"int"',)
    chain = registry.add_subject("s0", '"int"')
    for number in range(1, MOST_REFERENCES + 2):
        chain = registry.add_subject(f"s{number}", '"int"', chain)
    registry.add("8", '"long"', None, chain)
    assert "must refer to at most" in str(SchemaRegistry(registry.url).decide("8").problem)


@pytest.mark.parametrize("references", [[{"subject": 1}], [None], [{"subject": "a"}]])
def test_references_that_are_none_are_a_problem(registry: StandIn, references: Any) -> None:
    registry.answers["/schemas/ids/7"] = (200, {"schema": '"int"', "references": references})
    assert "must have a subject" in str(SchemaRegistry(registry.url).decide("7").problem)


def test_a_schema_that_grows_in_a_record_is_a_problem(registry: StandIn) -> None:
    registry.add("7", "\x01" * (LARGEST_SCHEMA - 10))
    assert "at most" in str(SchemaRegistry(registry.url).decide("7").problem)
    registry.add("8", "x" * (LARGEST_SCHEMA - 10))
    assert SchemaRegistry(registry.url).decide("8").problem is None


def test_a_schema_that_is_too_large_is_a_problem(registry: StandIn) -> None:
    half = registry.add_subject("half", '"' + "x" * (LARGEST_SCHEMA // 2) + '"')
    registry.add("7", '"' + "x" * (LARGEST_SCHEMA // 2) + '"', None, half)
    registry.answers["/schemas/ids/8"] = (200, b" " * (LARGEST_ANSWER + 1))
    for id in ("7", "8"):
        found = SchemaRegistry(registry.url).decide(id)
        assert "at most" in str(found.problem)
        assert not found.text
