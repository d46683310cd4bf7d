"""Records in envelopes: what is in them, what is around them, and what is no new message."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streams.items import SKIPPED, Skipped
from streams.sources.formats.format import EnvelopeName, Headers
from streams.sources.mapping.envelopes import ENVELOPES, unwrap
from streams.sources.mapping.record_items import RecordItems
from streams.sources.rejects import Undecodable
from tests.sources.files import source

ROW = {"t": 1772442000, "s": "a"}
EVENT = {"specversion": "1.0", "id": "1", "type": "sms.sent", "source": "/mt"}


@pytest.mark.parametrize(
    ("name", "document", "headers", "inner"),
    [
        ("cloudevents", {**EVENT, "data": ROW}, (), ROW),
        ("cloudevents", {**EVENT}, (), None),
        (
            "cloudevents",
            {**EVENT, "data_base64": base64.b64encode(json.dumps(ROW).encode()).decode()},
            (),
            ROW,
        ),
        (
            "cloudevents",
            ROW,
            [("ce_specversion", b"1.0"), ("n", None)],
            ROW,
        ),
        ("debezium", {"op": "c", "before": None, "after": ROW, "ts_ms": 1}, (), ROW),
        ("debezium", {"schema": {}, "payload": {"op": "c", "after": ROW}}, (), ROW),
        ("debezium", {"op": "r", "after": ROW}, (), SKIPPED),
        ("debezium", {"op": "u", "before": ROW, "after": ROW}, (), SKIPPED),
        ("debezium", {"op": "d", "before": ROW, "after": None}, (), SKIPPED),
        ("sns", {"Type": "Notification", "Message": json.dumps(ROW)}, (), ROW),
        ("sns", {"Type": "SubscriptionConfirmation", "Message": "You have"}, (), SKIPPED),
    ],
)
def test_what_is_in_an_envelope(
    name: EnvelopeName, document: Any, headers: Headers, inner: Any
) -> None:
    """The data of a CloudEvent, the created row of a change, the JSON of a notification."""
    opened = unwrap(document, headers, (name,))
    assert (opened if isinstance(opened, Skipped) else opened[1]) == inner


@pytest.mark.parametrize("name", ENVELOPES)
@pytest.mark.parametrize("document", [None, 1, "x", [], {}, {"Message": 1, "payload": {}, "op": 1}])
def test_what_is_no_envelope(name: EnvelopeName, document: Any) -> None:
    """It is a reject, and never taken for the message itself."""
    with pytest.raises(Undecodable, match="must be"):
        unwrap(document, (), (name,))


@pytest.mark.parametrize(
    ("name", "document", "reason"),
    [
        ("sns", {"Message": "Dear reader"}, "not_json"),
        ("sns", {"Message": "[" * 100_000}, "too_deep"),
        ("cloudevents", {**EVENT, "data_base64": "%"}, "bad_value"),
        ("cloudevents", {**EVENT, "data_base64": "/w=="}, "not_json"),
    ],
)
def test_what_is_broken_inside(name: EnvelopeName, document: Any, reason: str) -> None:
    """It is a reject with a word of its own, and the words of the message are not in it."""
    with pytest.raises(Undecodable) as caught:
        unwrap(document, (), (name,))
    assert (caught.value.reason, "Dear" in str(caught.value)) == (reason, False)


def test_envelopes_may_lie_in_each_other() -> None:
    """The outermost is named first, and is what ``$$`` reaches."""
    document = {"Type": "Notification", "Message": json.dumps({**EVENT, "data": ROW})}
    assert unwrap(document, (), ("sns", "cloudevents")) == (document, ROW)


def test_attributes_of_a_binary_event_are_reached() -> None:
    """They stand in the headers of the record of a topic."""
    mapped = source(
        kind="send",
        format="json",
        time="t",
        sender="s",
        event_id="$$.id",
        unwrap="cloudevents",
        where={"$$.type": "sms.sent"},
    )
    items = RecordItems(mapped, None)
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"7"), ("ce_type", b"sms.sent")]
    (found,) = items.of_record(json.dumps(ROW).encode(), headers, "x", None)
    assert not isinstance(found, Undecodable | Skipped)
    assert found.event_id == "7"
    assert items.of_record(json.dumps(ROW).encode(), headers[:2], "x", None) == [SKIPPED]


def test_a_deleted_row_leaves_a_tombstone_behind() -> None:
    """With Debezium it is no surprise: it is skipped as the deletion before it."""
    mapped = {"kind": "send", "format": "json", "time": "t", "sender": "s"}
    changes = RecordItems(source(**mapped, unwrap="debezium"), None)
    assert changes.of_record(None, (), "x", None) == [SKIPPED]
    (found,) = RecordItems(source(**mapped), None).of_record(None, (), "x", None)
    assert isinstance(found, Undecodable)
