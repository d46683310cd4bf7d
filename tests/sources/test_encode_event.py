"""An event is encoded as the contract says, and decoded to the same event."""

from __future__ import annotations

import datetime as dt

import msgspec
import orjson

from streams.items import Complaint, Send, Sender
from streams.sources.event_json import Decoder, encode_event, event_key
from tests.sources.raw import COMPLAINT, SEND, SOURCES, record


def _send() -> Send:
    event = Decoder(SOURCES["sends"]).decode(record(SEND), None)
    assert isinstance(event, Send)
    return event


def _complaint(sender: Sender) -> Complaint:
    event = Decoder(SOURCES["complaints"]).decode(record(COMPLAINT), None)
    assert isinstance(event, Complaint)
    return msgspec.structs.replace(event, sender=sender)


def test_what_is_encoded_is_decoded_again() -> None:
    """Nothing is lost on the way through a topic."""
    send, complaint = _send(), _complaint(Sender(None, platform="Mall"))
    assert Decoder(SOURCES["sends"]).decode(encode_event(send), None) == send
    assert Decoder(SOURCES["complaints"]).decode(encode_event(complaint), None) == complaint


def test_times_are_written_in_utc() -> None:
    """Whatever zone they came in, with Z at their end."""
    written = orjson.loads(encode_event(_complaint(Sender("a"))))
    assert written["event_time"] == "2026-11-11T00:00:01Z"
    assert written["occurred_at"] == "2026-11-10T13:00:00Z"
    zone = dt.timezone(dt.timedelta(hours=8))
    send = msgspec.structs.replace(_send(), event_time=dt.datetime(2026, 11, 11, tzinfo=zone))
    assert orjson.loads(encode_event(send))["event_time"] == "2026-11-10T16:00:00Z"


def test_a_senders_events_share_their_key() -> None:
    """So they share their lane, and are counted by one process."""
    assert event_key(_send()) == b"106900012345"
    assert event_key(_complaint(Sender("短信", platform="Mall"))) == "短信".encode()


def test_complaints_without_a_sender_spread() -> None:
    """They go by what they name, and by their own id where they name nothing."""
    assert event_key(_complaint(Sender(None, signature="Shop", platform="Mall"))) == b"Shop"
    assert event_key(_complaint(Sender(None, platform="Mall"))) == b"Mall"
    assert event_key(_complaint(Sender(None))) == b"c-1"
