"""JSON lines become events: Weathervane's own, and others by paths."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.config.load import ConfigError
from streams.items import End, Place, Send, Sender
from streams.sources.event_json import encode_event
from streams.sources.mapping.paths import parse_path
from streams.sources.privacy import hash_person
from streams.sources.read import open_records
from tests.sources.files import KEY, event, read_bytes, reasons, refused, source
from tests.sources.raw import COMPLAINT, SEND, record

OWN = source(kind="send", format="json")
MAPPED = source(
    "Asia/Shanghai",
    kind="send",
    format="json",
    time="$.sent.at",
    sender="from.addr",
    signature="items[0].sig",
    count="n",
    recipient="to[1]",
)


def _line(**changes: Any) -> bytes:
    whole = {
        "sent": {"at": "2026-03-01 08:00:00"},
        "from": {"addr": 106900012345},
        "items": [{"sig": "淘宝"}],
        "n": 4,
        "to": ["x", "13800138000"],
    }
    return orjson.dumps({**whole, **changes}) + b"\n"


def test_own_events_are_those_of_the_contract(tmp_path: Path) -> None:
    """Without paths, a line is an event as on Kafka; a blank line is none."""
    content = b"\xef\xbb\xbf" + record(SEND) + b"\r\n\n" + record(SEND, event_id="2")
    rows = read_bytes(OWN, content, tmp_path)
    assert [event(row).event_id for row in rows] == ["gw-1-000000123456", "2"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "not_json"),
        (b"\x00", "not_json"),
        (b"[]", "not_json"),
        (record(SEND, sender=...), "missing"),
        (record(SEND, sender={"id": None}), "missing"),
        (record(SEND, sender={"id": ""}), "bad_name"),
        (record(SEND, sender={"id": "x" * 1_000_000}), "bad_name"),
        (record(SEND, status="x" * 2_000_000), "too_big"),
        (record(SEND, count="3"), "wrong_type"),
        (record(SEND).replace(b'"count":3', b'"count":NaN'), "not_json"),
        (record(SEND, count=10**10), "bad_value"),
        (record(SEND, event_time="0000-01-01T00:00:00Z"), "bad_time"),
        (record(SEND, event_time="9000-01-01T00:00:00Z"), "too_far_ahead"),
        (record(SEND).replace(b"gw-1", b"gw\xff"), "not_utf8"),
        (b'{"a":' * 100_000, "too_deep"),
        (record(COMPLAINT), "wrong_kind"),
        (
            encode_event(End(v=1, source="s", through=dt.datetime(2026, 3, 2, tzinfo=dt.UTC))),
            "wrong_kind",
        ),
    ],
)
def test_a_bad_own_event_is_a_reject_and_no_more(line: bytes, reason: str, tmp_path: Path) -> None:
    """A bad line is one reject with its place; an end mark does not belong in a file."""
    good = record(SEND) + b"\n"
    rows = read_bytes(OWN, good + line + b"\n" + good, tmp_path, "f.jsonl")
    assert reasons(rows) == ["ok", reason, "ok"]
    assert refused(rows[1]).place == Place(file="f.jsonl", line=2)


def test_own_events_ahead_of_the_clock(tmp_path: Path) -> None:
    """With a clock, own events are bounded by it as they are by Kafka's timestamp."""
    path = tmp_path / "f"
    path.write_bytes(record(SEND))
    early = dt.datetime(2026, 11, 10, tzinfo=dt.UTC).timestamp()
    assert reasons(list(open_records(OWN, path, None, clock=lambda: early))) == ["too_far_ahead"]


def test_a_document_on_many_lines_is_one_record(tmp_path: Path) -> None:
    """As a program writes it for people; a file of lines whose first is broken has lines."""
    pretty = orjson.dumps(orjson.loads(_line()), option=orjson.OPT_INDENT_2)
    assert reasons(read_bytes(MAPPED, b"\xef\xbb\xbf\n" + pretty + b"\n", tmp_path)) == ["ok"]
    array = source(kind="send", format="json", items="$[*]", time="t", sender="s")
    content = b'[\n  {"t": 1772442000,\n "s": "a"},\n\n  {"t": 1772442001, "s": "b"}\n]\n'
    rows = read_bytes(array, content, tmp_path, "f")
    assert [event(row).event_id for row in rows] == ["s:f:1:0", "s:f:1:1"]
    broken = b'{"sent": \n' + _line() + _line()
    assert reasons(read_bytes(MAPPED, broken, tmp_path)) == ["not_json", "ok", "ok"]
    large = b'{"sent": \n' + _line() * 20_000
    assert reasons(read_bytes(MAPPED, large, tmp_path)) == ["not_json"] + ["ok"] * 20_000


def test_paths_find_their_fields(tmp_path: Path) -> None:
    """Fields stand where the table says; numbers are taken as their digits."""
    (row,) = read_bytes(MAPPED, _line(), tmp_path, "f.jsonl")
    assert row == Send(
        v=1,
        event_id="s:f.jsonl:1",
        event_time=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        channel="sms",
        sender=Sender("106900012345", signature="淘宝"),
        source="s",
        count=4,
        recipient_hash=hash_person(KEY, "13800138000"),
    )


@pytest.mark.parametrize(
    ("at", "millisecond"), [(1772323200.5, 500), (1772323200500, 500), ("1772323200", 0)]
)
def test_epoch_times(at: Any, millisecond: int, tmp_path: Path) -> None:
    """Epoch seconds, with a fraction or not, and milliseconds are read as numbers or text."""
    (row,) = read_bytes(MAPPED, _line(sent={"at": at}), tmp_path)
    time = event(row).event_time
    assert time.replace(microsecond=0) == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert time.microsecond == millisecond * 1000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello\n", "not_json"),
        (b'"text"\n', "not_json"),
        (b'{"sent":NaN}\n', "not_json"),
        (b'{"sent":\xff}\n', "not_json"),
        (b'{"sent":"\xff"}\n', "not_utf8"),
        (b'{"sent":"\\ud800 and more"}\n', "not_utf8"),
        (b'{"a":' * 100_000 + b"\n", "too_deep"),
        (_line(sent={}), "missing"),
        (_line(sent=["at"]), "missing"),
        (_line(sent={"at": -1}), "bad_time"),
        (_line(sent={"at": 1e300}), "bad_time"),
        (_line(sent={"at": True}), "wrong_type"),
        (_line(sent={"at": {"x": 1}}), "wrong_type"),
        (_line(sent={"at": "9" * 22}), "bad_time"),
        (_line(**{"from": {}}), "missing"),
        (_line(**{"from": {"addr": ""}}), "missing"),
        (_line(**{"from": {"addr": 1.5}}), "wrong_type"),
        (_line(**{"from": {"addr": ["a"]}}), "wrong_type"),
        (_line(**{"from": {"addr": "a\n"}}), "ok"),
        (_line(**{"from": {"addr": "a\nb"}}), "bad_name"),
        (_line(items=[]), "ok"),
        (_line(n=0), "skipped"),
        (_line(n=1.0), "wrong_type"),
        (_line(n=10**15), "bad_value"),
    ],
)
def test_a_bad_mapped_line(line: bytes, reason: str, tmp_path: Path) -> None:
    """Whatever another's JSON holds, it is an event or one reject."""
    assert reasons(read_bytes(MAPPED, line + _line(), tmp_path)) == [reason, "ok"]


@pytest.mark.parametrize("path", ["", "$", "a..b", "a[x]", "a[", "[]", "a[0]b", "$a.", "a.[0]"])
def test_what_is_no_path(path: str) -> None:
    """A path that could mean two things, or nothing, is refused."""
    with pytest.raises(ValueError, match="must be a path"):
        parse_path(path)


def test_a_bad_path_is_refused_with_the_configuration() -> None:
    """What passes ``check-config`` can be read; the error names the table's key."""
    with pytest.raises(ConfigError, match=r"sources\.s\.time must be a path"):
        source(kind="send", format="json", time="a[", sender="s")
