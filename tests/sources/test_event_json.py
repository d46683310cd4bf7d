"""What a record of a topic must hold to be an event, and why another is rejected."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.items import HASH_DIGITS, Complaint, End, Place, Reject, Send, Sender
from streams.sources.event_json import Decoder, encode_event
from streams.sources.privacy import hash_person
from streams.sources.rejects import NOT_HASHED, Undecodable, encode_reject
from tests.sources.raw import COMPLAINT, SEND, SOURCES, WRITTEN, mutated, record

NAMES = ["event_id", "source", "message_id", "campaign", "status"]


def _refusal(value: bytes | None, kind: str = "sends", written: float | None = WRITTEN) -> str:
    with pytest.raises(Undecodable) as caught:
        Decoder(SOURCES[kind]).decode(value, written)
    assert caught.value.detail
    return caught.value.reason


def test_a_send_of_the_contract() -> None:
    """A send is read with all it says; what it leaves out has its default."""
    event = Decoder(SOURCES["sends"]).decode(record(SEND), WRITTEN)
    assert isinstance(event, Send)
    assert event.event_time == dt.datetime(2026, 11, 11, 0, 0, 1, 500_000, tzinfo=dt.UTC)
    assert event.sender == Sender("106900012345", signature="淘宝商城", platform="Mall")
    assert (event.count, event.consent, event.segments) == (3, "none", None)


def test_a_complaint_may_name_no_sender() -> None:
    """Real complaints name none; they count at the levels that they do name."""
    event = Decoder(SOURCES["complaints"]).decode(record(COMPLAINT), WRITTEN)
    assert isinstance(event, Complaint)
    assert event.sender == Sender(None, platform="Mall")


def test_an_end_mark_is_read_from_either_kind_of_source() -> None:
    """An end mark belongs to sends and to complaints."""
    mark = End(v=1, source="s", through=dt.datetime(2026, 11, 11, tzinfo=dt.UTC))
    for source in SOURCES.values():
        assert Decoder(source).decode(encode_event(mark), WRITTEN) == mark


def test_unknown_fields_pass() -> None:
    """A producer may say more than the contract knows."""
    event = Decoder(SOURCES["sends"]).decode(record(SEND, weather={"rain": [1, None]}), WRITTEN)
    assert isinstance(event, Send)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "tombstone"),
        (b"", "not_json"),
        (b"hello", "not_json"),
        (b"[1]", "not_json"),
        (b'"text"', "not_json"),
        (b"NaN", "not_json"),
        (b"\x00", "not_json"),
        (record(SEND)[:-1], "not_json"),
        (record(SEND) + b"{}", "not_json"),
        (record(SEND).replace(b'"count":3', b'"count":NaN'), "not_json"),
        (record(SEND).replace(b"gw-1-", b"gw-\xff-"), "not_utf8"),
        (record(SEND).replace(b"gw-1-", b"gw\\ud800"), "not_utf8"),
        (b'{"x":' * 100_000, "too_deep"),
        (record(SEND)[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b"{" + b'"x":1,' * 200_000, "too_big"),
        (record(SEND, weather="x" * 1_048_577), "too_big"),
        (record(COMPLAINT), "wrong_kind"),
    ],
)
def test_what_is_no_event_is_refused(value: bytes | None, reason: str) -> None:
    """Every kind of broken record has its own reason."""
    assert _refusal(value) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": ...}, "missing"),
        ({"event_id": ...}, "missing"),
        ({"event_time": ...}, "missing"),
        ({"channel": ...}, "missing"),
        ({"source": ...}, "missing"),
        ({"sender": ...}, "missing"),
        ({"sender": {}}, "missing"),
        ({"sender": {"id": None}}, "missing"),
        ({"type": ...}, "missing"),
        ({"sender": {"id": ""}}, "bad_name"),
        ({"sender": None}, "wrong_type"),
        ({"sender": "106900012345"}, "wrong_type"),
        ({"sender": {"id": 106900012345}}, "wrong_type"),
        ({"event_id": 5}, "wrong_type"),
        ({"event_time": 1_600_000_000}, "wrong_type"),
        ({"count": "3"}, "wrong_type"),
        ({"count": 1.5}, "wrong_type"),
        ({"count": True}, "wrong_type"),
        ({"v": "1"}, "wrong_type"),
        ({"v": 2}, "bad_value"),
        ({"type": "burst"}, "bad_value"),
        ({"channel": "fax"}, "bad_value"),
        ({"consent": "maybe"}, "bad_value"),
        ({"count": 0}, "bad_value"),
        ({"count": -1}, "bad_value"),
        ({"count": 10**9 + 1}, "bad_value"),
        ({"event_time": "yesterday"}, "bad_time"),
        ({"event_time": "2026-11-11"}, "bad_time"),
        ({"event_time": "2026-11-11T00:00:00"}, "bad_time"),
        ({"event_time": "0000-01-01T00:00:00Z"}, "bad_time"),
        ({"event_time": "2026-13-01T00:00:00Z"}, "bad_time"),
        ({"event_time": "0001-01-01T00:00:00+14:00"}, "too_old"),
        ({"event_time": "1970-01-01T00:00:00Z"}, "too_old"),
        ({"event_time": "1999-12-31T23:59:59Z"}, "too_old"),
        ({"event_time": "2026-11-11T00:05:31Z"}, "too_far_ahead"),
        ({"event_time": "9999-12-31T23:59:59-14:00"}, "too_far_ahead"),
    ],
)
def test_a_field_that_breaks_its_rule_is_refused(changes: dict[str, Any], reason: str) -> None:
    """Missing, of the wrong type, out of range: each with its reason."""
    assert _refusal(record(SEND, **changes)) == reason


def test_a_count_too_big_for_any_integer_is_refused() -> None:
    """A number of 400 digits is a bad value, whoever sent it."""
    value = record(SEND).replace(b'"count":3', b'"count":' + b"9" * 400)
    assert _refusal(value) in ("bad_value", "wrong_type")


@pytest.mark.parametrize(
    "name", ["a\0b", "a\tb", "a\nb", "\x7f", "\x85", "\x9f", "x" * 257, "淘" * 86]
)
@pytest.mark.parametrize("field", [*NAMES, "sender.id", "sender.signature", "sender.category"])
def test_ids_and_names_obey_their_rule_wherever_they_stand(field: str, name: str) -> None:
    """At most 256 bytes, no control characters of C0, C1 or DEL."""
    if field.startswith("sender."):
        changes: dict[str, Any] = {"sender": {"id": "1", field.removeprefix("sender."): name}}
    else:
        changes = {field: name}
    assert _refusal(record(SEND, **changes)) == "bad_name"


@pytest.mark.parametrize("field", [*NAMES, "sender"])
def test_a_name_of_a_megabyte_is_refused(field: str) -> None:
    """It neither passes nor appears in the reason."""
    name = "x" * 1_000_000
    changes: dict[str, Any] = {field: {"id": name} if field == "sender" else name}
    with pytest.raises(Undecodable) as caught:
        Decoder(SOURCES["sends"]).decode(record(SEND, **changes), WRITTEN)
    assert caught.value.reason == "bad_name"
    assert len(caught.value.detail) < 200


@pytest.mark.parametrize(
    "name", ["x" * 256, "淘" * 85, "a b", "a\u00a0b", "£5", "a\\b", 'a"b', "👩‍👧"]
)
@pytest.mark.parametrize("field", [*NAMES, "sender"])
def test_legal_names_pass(field: str, name: str) -> None:
    """Neither their script nor an escape makes a name illegal."""
    changes: dict[str, Any] = {field: {"id": name} if field == "sender" else name}
    assert Decoder(SOURCES["sends"]).decode(record(SEND, **changes), WRITTEN)


def test_a_time_may_lie_ahead_by_so_much_and_no_more() -> None:
    """The bound is that of the record at hand, however times and records go up and down."""
    decoder = Decoder(SOURCES["sends"])
    ahead = SOURCES["sends"].max_ahead_s
    for written in (WRITTEN, WRITTEN + 3600, WRITTEN - 3600, WRITTEN + 1):
        for offset, legal in ((ahead, True), (ahead + 1, False), (-1e6, True), (0, True)):
            time = dt.datetime.fromtimestamp(written + offset, dt.UTC).isoformat()
            value = record(SEND, event_time=time)
            if legal:
                assert decoder.decode(value, written)
            else:
                with pytest.raises(Undecodable, match="ahead"):
                    decoder.decode(value, written)


def test_a_record_without_a_timestamp_is_bounded_too() -> None:
    """With nothing to compare with, a time beyond 2200 is still no time."""
    decoder = Decoder(SOURCES["sends"])
    assert decoder.decode(record(SEND, event_time="2150-01-01T00:00:00Z"), None)
    assert (
        _refusal(record(SEND, event_time="2200-01-01T00:00:00Z"), written=None) == "too_far_ahead"
    )


def test_an_end_mark_obeys_the_rules_of_times() -> None:
    """A mark from the future would close what has not begun."""
    for through, reason in (
        ("2027-01-01T00:00:00Z", "too_far_ahead"),
        ("1970-01-01T00:00:00Z", "too_old"),
        ("2026-01-01T00:00:00", "bad_time"),
    ):
        mark = record({"type": "end", "v": 1, "source": "s", "through": through})
        assert _refusal(mark) == reason
    assert (
        _refusal(record({"type": "end", "v": 1, "source": "s\n", "through": through})) == "bad_name"
    )


@pytest.mark.parametrize(
    ("occurred", "reason"),
    [
        ("2026-11-10T21:00:00", "bad_time"),
        ("then", "bad_time"),
    ],
)
def test_when_it_occurred_obeys_the_rules_of_times(occurred: str, reason: str) -> None:
    """What cannot be an instant is refused, though it is optional."""
    assert _refusal(record(COMPLAINT, occurred_at=occurred), "complaints") == reason


@pytest.mark.parametrize("field", ["recipient_hash", "reporter_hash"])
@pytest.mark.parametrize(
    "person",
    [
        *("8613800138000", "+8613800138000", "a.person@provider.example", "Ann", "", "a\0b"),
        # An identity card, 15 digits, a hash cut short, a hash and a line end, a number of JSON.
        *("110101199003074514", "138001380001234", "ab12cd34ab12cd3", "ab12" * 4 + "\n"),
        8613800138000,
    ],
)
def test_a_person_who_is_not_hashed_is_refused(field: str, person: Any) -> None:
    """A telephone number or an address is no keyed hash, and its reject holds no payload."""
    kind, base = ("sends", SEND) if field == "recipient_hash" else ("complaints", COMPLAINT)
    value = record(base, **{field: person})
    assert _refusal(value, kind) == NOT_HASHED
    assert Decoder(SOURCES[kind]).decode_all([value], [WRITTEN]) is None
    reject = encode_reject(Reject(NOT_HASHED, "", Place("s", 0, 0), value), payload=True)
    assert "payload" not in orjson.loads(reject)


@pytest.mark.parametrize("digits", HASH_DIGITS)
def test_a_keyed_hash_is_read(digits: int) -> None:
    """Ours, and those of the usual functions, in capitals or not."""
    for text in ("0123456789abcdef" * 8, "0123456789ABCDEF" * 8):
        event = Decoder(SOURCES["sends"]).decode(
            record(SEND, recipient_hash=text[:digits]), WRITTEN
        )
        assert isinstance(event, Send)
        assert event.recipient_hash == text[:digits]
    assert len(hash_person(b"sixteen bytes or", "a")) in HASH_DIGITS


def test_a_reason_never_quotes_the_record() -> None:
    """Details go where payloads may not: into logs, and rejects of mail."""
    secret = "meet-me-at-noon"
    for changes in (
        {"channel": secret}, {"type": secret}, {"v": secret}, {"count": secret},
        {"event_time": secret}, {"consent": secret}, {"event_id": secret + "\n"},
        {"sender": secret}, {"sender": {"id": secret * 100}},
    ):  # fmt: skip
        with pytest.raises(Undecodable) as caught:
            Decoder(SOURCES["sends"]).decode(record(SEND, **changes), WRITTEN)
        assert secret not in caught.value.detail


def test_a_refused_sender_stays_refused() -> None:
    """That a sender was looked at once does not make it legal."""
    decoder = Decoder(SOURCES["sends"])
    for _ in range(2):
        with pytest.raises(Undecodable):
            decoder.decode(record(SEND, sender={"id": "a\tb"}), WRITTEN)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300) | mutated(), st.none() | st.floats(allow_nan=True))
@example(b'{"type":"send"}', float("inf"))
def test_whatever_the_bytes_nothing_else_is_raised(value: bytes, written: float | None) -> None:
    """An event or Undecodable: a poison record never stops a worker."""
    for source in SOURCES.values():
        try:
            event = Decoder(source).decode(value, written)
        except Undecodable:
            continue
        assert Decoder(source).decode(encode_event(event), None)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SEND)), _JSON, max_size=3))
def test_whatever_the_values_nothing_else_is_raised(changes: dict[str, Any]) -> None:
    """Any JSON in any field gives an event or Undecodable."""
    try:
        event = Decoder(SOURCES["sends"]).decode(record(SEND, **changes), WRITTEN)
    except Undecodable:
        return
    assert Decoder(SOURCES["sends"]).decode(encode_event(event), WRITTEN)
