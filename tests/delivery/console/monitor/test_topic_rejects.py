"""The last rejects by source and reason, with an example of each, and of whom most are."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from streams.config.load import parse_config
from streams.delivery.console.monitor.topic_rejects import OTHERS, SHOWN, TopicRejects

CONFIG = parse_config(
    {
        "sources": {
            "sends": {"kind": "send"},
            "dlr": {
                "kind": "send", "topic": "carrier.dlr", "topic_format": "source", "time": "t",
                "sender": "$.from.addr",
            },
        }
    }
)  # fmt: skip
SENDS = CONFIG.sources["sends"].topic


def record(reason: str = "not_json", payload: Any = None, **changes: Any) -> bytes:
    place = {"topic": SENDS, "partition": 0, "offset": 17}
    raw = orjson.dumps(payload)
    carried = {} if payload is None else {"payload": base64.b64encode(raw).decode()}
    return orjson.dumps(
        {"v": 2, "reason": reason, "detail": "must be JSON", **place, **carried, **changes}
    )


def test_rejects_are_told_apart_by_source_and_reason() -> None:
    """The most frequent reason first, with the last record's place; a repeat counts once."""
    found = TopicRejects(CONFIG)
    found.take(b"1", record(offset=1), 10.0)
    found.take(b"2", record("time_ahead", offset=2), 11.0)
    found.take(b"3", record(offset=3), 12.0)
    found.take(b"3", record(offset=3), 13.0)
    found.take(b"4", record(topic="carrier.dlr"), 14.0)
    found.take(b"5", record(topic=None, file="a.csv", line=7), 15.0)
    by_source = found.by_source()
    assert list(by_source) == [OTHERS, "dlr", "sends"]
    sends = by_source["sends"]
    assert (sends.total, sends.since_s) == (3, 10.0)
    assert [(one.reason, one.count, one.place, one.at_s) for one in sends.reasons] == [
        ("not_json", 2, f"{SENDS}[0] @3", 12.0),
        ("time_ahead", 1, f"{SENDS}[0] @2", 11.0),
    ]
    assert by_source[OTHERS].reasons[0].place == "a.csv:7"


def test_senders_are_named_where_the_record_names_them() -> None:
    """By our own form, or by the path of a source's JSON; the worst first, and not all of them."""
    found = TopicRejects(CONFIG)
    for number in range(SHOWN + 2):
        for again in range(number + 1):
            payload = {"sender": {"id": f"s{number}"}}
            found.take(b"%d %d" % (number, again), record(payload=payload), 1.0)
    found.take(b"dlr", record(topic="carrier.dlr", payload={"from": {"addr": 1069}}), 2.0)
    by_source = found.by_source()
    worst = range(SHOWN + 1, 1, -1)
    assert list(by_source["sends"].senders.items()) == [(f"s{n}", n + 1) for n in worst]
    assert by_source["dlr"].senders == {"1069": 1}


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, {"sender": []}, {"sender": {"id": {}}}, {"sender": {"id": "a\tb"}},
     {"sender": {"id": "x" * 257}}, {"sender": {"id": "y"}, "long": "x" * 9000}],
)  # fmt: skip
def test_what_names_no_sender_counts_all_the_same(payload: Any) -> None:
    """An adversary chooses the payload: a broken, a long or an impossible name is none."""
    found = TopicRejects(CONFIG)
    found.take(b"1", record(payload=payload), 1.0)
    assert found.by_source()["sends"].senders == {}
    assert found.by_source()["sends"].total == 1


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"[]", b'{"v":2}', b"\xff", b"[" * 100_000, record()[:-9]]
)
def test_records_that_are_no_rejects_are_passed_over(value: bytes | None) -> None:
    """Nothing on a topic ends the page."""
    found = TopicRejects(CONFIG)
    found.take(None, value, None)
    assert found.by_source() == {}
