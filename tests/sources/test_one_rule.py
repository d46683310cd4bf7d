"""A topic and a file have one rule: the same record is the same event, or refused, in both."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.items import Complaint, End, Event, Reject, Skipped
from streams.sources.event_json import Decoder, encode_event
from streams.sources.files.input_file import LARGEST_RECORD
from streams.sources.read import open_records
from streams.sources.rejects import Undecodable
from tests.sources.files import KEY, source

NOW_S = dt.datetime(2026, 11, 11, tzinfo=dt.UTC).timestamp()
SENDER = ("access_code", "signature", "account", "merchant", "platform", "category", "domain")
MAPPED = {
    "time": "event_time",
    "sender": "sender.id",
    **{field: f"sender.{field}" for field in SENDER},
    "event_id": "event_id",
    "count": "count",
}
FILES = {
    "send": source(kind="send", format="json", **MAPPED),
    "complaint": source(
        kind="complaint", format="json", occurred_at="occurred_at", region="region", **MAPPED
    ),
}
"""Sources of files that map the fields of the contract, so that both read the same record."""

_names = st.text(min_size=1, max_size=300).filter(
    lambda text: text == text.strip()
) | st.sampled_from(
    ["a" * 256, "a" * 257, "\u5546" * 85, "\u5546" * 86, "a\u0085b", "a\u202eb", "a\x7fb", "\u200b"]
)
"""In a file, blanks around a name are no part of it, and an empty text is none."""

_days = st.sampled_from(["2016-12-31", "2026-11-10", "2026-11-11", "1999-12-31", "2026-02-30"]) | (
    st.dates().map(dt.date.isoformat)
)
_clocks = st.sampled_from(
    ["00:00:00", "23:59:60", "12:30:60", "23:59:61", "24:00:00", "00:05:00", "00:05:01", "23:59"]
)
_fractions = st.just("") | st.from_regex(r"\A\.[0-9]{0,12}\Z")
_zones = st.sampled_from(["Z", "z", "+08:00", "-00:00", "-03:30", "+23:59", "+24:00", "+0800"])
_times = st.tuples(_days, st.sampled_from("Tt "), _clocks, _fractions, _zones).map("".join)
_counts = st.integers(-2, 4) | st.sampled_from([10**9, 10**9 + 1, 10**30, 1.5, True])


@st.composite
def _events(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """An event of the contract: valid, or with fields that may not be."""
    sender = draw(st.dictionaries(st.sampled_from(SENDER), _names, max_size=2))
    event: dict[str, Any] = {
        **{"v": 1, "type": kind, "channel": "sms", "source": "s"},
        **{"event_id": draw(_names), "event_time": draw(_times)},
        "sender": {"id": draw(_names | st.none()), **sender},
    }
    if draw(st.booleans()):
        event["count"] = draw(_counts)
    if kind == "complaint":
        event["kind"] = "other"
        event |= draw(st.fixed_dictionaries({}, optional={"occurred_at": _times, "region": _names}))
    return event


def _from_topic(kind: str, value: bytes) -> Event | str:
    """Return the event that count makes of a record, or why it is none."""
    try:
        event = Decoder(FILES[kind]).decode(value, NOW_S)
    except Undecodable as error:
        return error.reason
    assert not isinstance(event, End)
    return event


def _from_file(kind: str, value: bytes) -> Event | str:
    """Return the event that count makes of what ingest writes of a file, or why there is none."""
    return _from_file_without(kind, value)[0]


def _from_file_without(kind: str, value: bytes) -> tuple[Event | str, set[str]]:
    """Return the event that count makes of what ingest writes of a file, or why there is none.

    With it come the fields that the event had to do without.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(value + b"\n")
        records = open_records(FILES[kind], path, KEY, lambda: NOW_S)
        (row,) = records
    if isinstance(row, Reject | Skipped):
        return (row.reason if isinstance(row, Reject) else "skipped"), set()
    return _from_topic(kind, encode_event(row)), {*records.lost.counts}


@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_a_topic_and_a_file_agree_on_every_record(kind: str, data: st.DataObject) -> None:
    """What count reads from the topic is what it reads of the file's record through ingest.

    A file's time has more forms than RFC 3339, and its event does without impossible fields: with
    its time in that form, and without them, the topic reads it so, too.
    """
    drawn = data.draw(_events(kind))
    value = msgspec.json.encode(drawn)
    of_topic, (of_file, lost) = _from_topic(kind, value), _from_file_without(kind, value)
    if not isinstance(of_topic, str):
        assert of_file == of_topic
    elif not isinstance(of_file, str):  # of several things that are wrong, each may name another
        drawn |= {"event_time": of_file.event_time.isoformat(), "event_id": of_file.event_id}
        if isinstance(of_file, Complaint) and of_file.occurred_at is not None:
            drawn["occurred_at"] = of_file.occurred_at.isoformat()
        else:
            drawn.pop("occurred_at", None)
        kept = {key: text for key, text in drawn.items() if key not in lost - {"event_id"}}
        kept["sender"] = {key: text for key, text in drawn["sender"].items() if key not in lost}
        assert _from_topic(kind, msgspec.json.encode(kept)) == of_file


def _record(**changes: Any) -> bytes:
    event = {
        **{"v": 1, "type": "complaint", "event_id": "e", "channel": "sms", "source": "s"},
        **{"event_time": "2026-11-10T00:00:00Z", "sender": {"id": "a"}, "kind": "other"},
    }
    return orjson.dumps({**event, **changes})


@pytest.mark.parametrize("size", [LARGEST_RECORD - 1, LARGEST_RECORD, LARGEST_RECORD + 1, 2 << 20])
def test_the_largest_record_is_the_same(size: int) -> None:
    """A record is 1 MiB at most, on a topic as in a file."""
    value = _record(unknown="x" * (size - len(_record(unknown=""))))
    assert len(value) == size
    found = _from_topic("complaint", value)
    assert found == _from_file("complaint", value)
    assert (found == "too_big") is (size > LARGEST_RECORD)


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250000+00:00"),
        ("2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00+00:00"),
        ("2026-11-10T00:00:00.1234565Z", "2026-11-10T00:00:00.123457+00:00"),
        ("2026-11-10T23:59:59.9999999Z", "2026-11-11T00:00:00+00:00"),
    ],
)
def test_a_time_is_the_same_instant(time: str, utc: str) -> None:
    """A leap second and digits beyond a microsecond are read alike."""
    for read in (_from_topic, _from_file):
        event = read("complaint", _record(event_time=time, occurred_at=time))
        assert isinstance(event, Complaint)
        assert event.event_time.astimezone(dt.UTC).isoformat() == utc
        assert event.occurred_at == event.event_time


@pytest.mark.parametrize(
    "time", ["2026-11-10T00:00:01Z", "1900-01-01T00:00:00Z", "2300-01-01T00:00:00Z"]
)
def test_an_impossible_occurrence_is_left_out(time: str) -> None:
    """A complaint filed before its cause, or with a cause not known, still was filed."""
    for read in (_from_topic, _from_file):
        event = read("complaint", _record(occurred_at=time))
        assert isinstance(event, Complaint)
        assert event.occurred_at is None
