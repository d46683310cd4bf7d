"""An alert's bytes: what is written, and what is read."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity, decode_event, encode_alert
from tests.alerts.examples import OPENED, alert, numbered, raw

TIME = "2020-02-02T00:00:00+08:00"


def test_bytes_are_those_of_the_contract() -> None:
    """An alert's bytes are exactly these: keys, their order, and the numbers' form."""
    assert raw().decode() == (
        '{"specversion":"1.0","id":"2b1926685558e977.1","source":"/weathervane/test",'
        '"type":"weathervane.alert.opened","subject":"sender/106900012345",'
        '"time":"2020-02-02T00:00:00+08:00","datacontenttype":"application/json",'
        '"data":{"v":2,"alert_id":"2b1926685558e977","revision":1,"group":"1d-Asia-Shanghai",'
        '"epoch":1,"feed_no":1,"state":"open","entity":{"level":"sender","id":"106900012345"},'
        '"signal":"complaints","kind":null,"detector":"esr","severity":"warning",'
        '"onset":"2020-02-01T00:00:00+08:00","first_bucket":"2020-02-01T00:00:00+08:00",'
        '"last_bucket":"2020-02-01T00:00:00+08:00","bucket_s":86400,"observed":52,'
        '"expected":3.1,"exposure":null,"ratio":16.7742,"evidence_nats":61.5,"threshold_nats":9.2,'
        '"parent":null,"summary":"Complaints about sender 106900012345 burst: 52 where 3.1'
        ' were expected.","config":"0123456789ab"}}'
    )


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 10**12),
    st.text(min_size=1, max_size=50),
)
def test_what_is_read_writes_the_same_bytes(number: float, observed: int, name: str) -> None:
    """Reading an alert and writing it again gives the same bytes, whatever it holds."""
    given_alert = alert(
        expected=number, observed=observed, entity=Entity("sender", name), reason="level_shift"
    )
    first = encode_alert(given_alert, name="test", time=TIME)
    assert encode_alert(decode_event(first).alert, name="test", time=TIME) == first


def test_noise_in_the_last_bits_does_not_show() -> None:
    """Floats that differ beyond six significant digits give the same bytes."""
    assert raw(expected=0.1 + 0.2, ratio=-0.0) == raw(expected=0.3, ratio=0.0)


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_json_lacks_is_refused(number: float) -> None:
    """An infinite ratio is an error that names the field, not a null."""
    with pytest.raises(ValueError, match=r"ratio must be finite"):
        raw(ratio=number)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b"\xff", "malformed"),
        (b"{}", "type must begin with 'weathervane.alert.'; found None"),
        (b'{"type":"weathervane.alert.opened","data":1}', "data must be an object; found int"),
        (b'{"type":"weathervane.alert.lost","data":{}}', "lost"),
    ],
)
def test_other_bytes_are_refused(text: bytes, message: str) -> None:
    """What is no alert is a ValueError that says what is amiss."""
    with pytest.raises(ValueError, match=message):
        decode_event(text)


def test_envelope_is_read_along() -> None:
    """A reader gets the id, source, subject and time of the envelope, and the alert."""
    envelope = decode_event(raw())
    assert (envelope.id, envelope.source) == ("2b1926685558e977.1", "/weathervane/test")
    assert (envelope.subject, envelope.time) == ("sender/106900012345", TIME)
    assert envelope.alert == OPENED


def test_an_alert_of_version_0_1_is_read() -> None:
    """It has no epoch, which was the first, and no exposure, and says `feed` of a source."""
    fault = alert(entity=Entity("source", "ftc"), signal="source", kind="gap")
    former = encode_alert(fault, name="test", time=TIME)
    for now, before in (
        (b'"epoch":1,', b""),
        (b'"exposure":null,', b""),
        (b'"signal":"source"', b'"signal":"feed"'),
    ):
        assert former.count(now) == 1
        former = former.replace(now, before)
    assert decode_event(former).alert == fault


def test_missing_values_are_null_but_a_missing_reason_is_absent() -> None:
    """`kind`, `exposure` and `parent` stand in every alert; `reason` only where there is one."""
    data = orjson.loads(raw())["data"]
    assert data["exposure"] is None
    assert data["kind"] is None
    assert data["parent"] is None
    assert "reason" not in data
    assert orjson.loads(raw(reason="level_shift"))["data"]["reason"] == "level_shift"


@pytest.mark.parametrize(
    "changed",
    [
        (b'"feed_no":1,', b'"feed_no":18446744073709551616,'),
        (b'"feed_no":1,', b'"feed_no":0,'),
        (b'"observed":52,', b'"observed":' + b"9" * 400 + b","),
        (b'"kind":null,', b'"kind":' + b"[" * 100_000 + b"]" * 100_000 + b","),
    ],
)
def test_what_no_page_can_show_is_no_alert(changed: tuple[bytes, bytes]) -> None:
    """Numbers beyond what JSON's readers keep, and nesting without end, are refused when read."""
    assert numbered(1).count(changed[0]) == 1
    with pytest.raises(ValueError):
        decode_event(numbered(1).replace(*changed))
