"""A reject's record says where the record was and what was wrong."""

from __future__ import annotations

import base64
import hashlib

import orjson

from streams.items import Place, Reject
from streams.sources.rejects import PAYLOAD_BYTES, encode_reject, reject_key


def test_a_reject_of_a_topic_says_all_of_the_contract() -> None:
    """Reason, detail, place, and the record itself with its size and hash."""
    reject = Reject("not_json", "a record must be JSON", Place("sends", 2, 17), b"\xff{")
    assert orjson.loads(encode_reject(reject, payload=True)) == {
        "v": 2,
        "reason": "not_json",
        "detail": "a record must be JSON",
        "topic": "sends",
        "partition": 2,
        "offset": 17,
        "payload": base64.b64encode(b"\xff{").decode(),
        "bytes": 2,
        "sha256": hashlib.sha256(b"\xff{").hexdigest(),
    }
    assert reject_key(reject) == b"sends/2/17"


def test_one_of_several_items_is_known_by_its_place_in_the_record() -> None:
    """Two rejects of one record are two: a reader that drops repeats keeps both."""
    first, second = (
        Reject("missing", "d", Place("t", 0, 5, index=index), b"[{},{}]") for index in (0, 1)
    )
    assert orjson.loads(encode_reject(second, payload=True))["index"] == 1
    assert [reject_key(first), reject_key(second)] == [b"t/0/5/0", b"t/0/5/1"]


def test_a_reject_of_a_file_names_file_and_line() -> None:
    """Its key is its place, so that a repeat is known."""
    reject = Reject("ragged", "a record must have 3 fields", Place(file="a.csv", line=12), b"x")
    found = orjson.loads(encode_reject(reject, payload=True))
    assert (found["file"], found["line"]) == ("a.csv", 12)
    assert "topic" not in found
    assert reject_key(reject) == b"file:a.csv/12"


def test_without_payload_nothing_of_the_record_goes_along() -> None:
    """Its hash and size do: enough to find it again where it came from."""
    reject = Reject("not_json", "detail", Place("sends", 0, 0), b"dear reader")
    found = encode_reject(reject, payload=False)
    assert b"payload" not in found
    assert base64.b64encode(b"dear reader") not in found
    assert orjson.loads(found)["bytes"] == 11


def test_a_payload_is_cut_but_not_its_hash() -> None:
    """A record of any size gives a reject that Kafka takes."""
    raw = b"x" * 5_000_000
    found = orjson.loads(encode_reject(Reject("too_big", "", Place("s", 0, 0), raw), payload=True))
    assert base64.b64decode(found["payload"]) == raw[:PAYLOAD_BYTES]
    assert found["sha256"] == hashlib.sha256(raw).hexdigest()


def test_a_file_whose_name_is_no_text_can_be_rejected_from() -> None:
    """Such names exist on file systems of old; JSON cannot hold them as they are."""
    reject = Reject("bad_csv", "", Place(file="caf\udce9.csv", line=1), b"")
    assert orjson.loads(encode_reject(reject, payload=True))["file"] == "caf?.csv"
    assert reject_key(reject) == b"file:caf?.csv/1"
