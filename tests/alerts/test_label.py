"""A label's bytes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from streams.alerts.label import LONGEST_NOTE, decode_label, encode_label, make_label
from tests.analysis.labels.examples import of_alert, of_span

OF_ALERT = of_alert("a" * 16, "false", note="their yearly reminder", by="wang")
OF_SPAN = of_span(3, 5, kind="burst")


@pytest.mark.parametrize("label", [OF_ALERT, OF_SPAN])
def test_what_is_written_is_read(label: Any) -> None:
    """A label comes back as it was, and the same bytes from it."""
    raw = encode_label(label)
    assert decode_label(raw) == label
    assert encode_label(decode_label(raw)) == raw
    assert b"\n" not in raw


def test_the_fields_are_those_of_the_contract() -> None:
    """Readers find a version, a type, an id, a time, a verdict and what it is of."""
    assert json.loads(encode_label(OF_ALERT)) == {
        "type": "label", "v": 1, "label_id": OF_ALERT.label_id, "at": "2026-03-31T00:00:00Z",
        "verdict": "false", "alert_id": "a" * 16, "note": "their yearly reminder", "by": "wang",
    }  # fmt: skip
    assert json.loads(encode_label(OF_SPAN))["window"] == {
        "entity": "sender/106900012345", "signal": "sends", "kind": "burst",
        "start": "2026-03-03T00:00:00Z", "end": "2026-03-05T00:00:00Z",
    }  # fmt: skip


def test_a_label_has_one_id_wherever_it_is_said() -> None:
    """The zone in which a time is written does not make another label of it; a word does."""
    at = OF_ALERT.at.astimezone(dt.timezone(dt.timedelta(hours=8)))
    same = make_label("false", at, alert_id="a" * 16, note=OF_ALERT.note, by="wang")
    assert same == OF_ALERT
    assert of_alert("a" * 16, "false", by="wang").label_id != OF_ALERT.label_id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"v": 3}, "v"),
        ({"type": "send"}, "send"),
        ({"verdict": "maybe"}, "verdict"),
        ({"at": "2026-03-31T00:00:00"}, "at"),
        ({"alert_id": "x"}, "alert_id"),
        ({"alert_id": None}, "must have either alert_id or window, not both"),
        ({"window": json.loads(encode_label(OF_SPAN))["window"]}, "not both"),
        ({"note": "a\nb"}, "note must hold no control characters"),
        ({"note": "a" * (LONGEST_NOTE + 1)}, "note must be at most 1000"),
        ({"note": ""}, "note must not be empty"),
        ({"by": "\x07"}, "by must hold no control characters"),
    ],
)
def test_what_is_no_label_is_refused(change: dict[str, Any], message: str) -> None:
    """A record that breaks a rule is told which."""
    raw = json.dumps({**json.loads(encode_label(OF_ALERT)), **change}).encode()
    with pytest.raises(ValueError, match=message):
        decode_label(raw)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entity": "106900012345"}, "window.entity must be a level, a slash and an id"),
        ({"entity": "planet/mars"}, "window.entity must begin with a level"),
        ({"entity": "sender/"}, "window.entity must hold an id after the slash"),
        ({"signal": "source"}, "window.signal must be of an entity source/NAME"),
        ({"entity": "source/ftc"}, "window.signal must be source"),
        ({"signal": "calls"}, "signal"),
        ({"kind": "\x00"}, "window.kind must hold no control"),
        ({"end": "2026-03-03T00:00:00Z"}, "window.end must be after start"),
        ({"start": "1999-03-03T00:00:00Z"}, "window must lie between 2000 and 2200"),
    ],
)
def test_what_is_no_window_is_refused(change: dict[str, Any], message: str) -> None:
    """A window that cannot be is told why."""
    item = json.loads(encode_label(OF_SPAN))
    item["window"].update(change)
    with pytest.raises(ValueError, match=message):
        decode_label(json.dumps(item).encode())


def test_the_former_word_for_a_source_fault_is_read() -> None:
    """A label that version 0.1 wrote to the topic says `feed`; its id stays as it is."""
    item = json.loads(encode_label(OF_SPAN))
    item["window"].update(entity="source/ftc", signal="feed")
    label = decode_label(json.dumps(item).encode())
    assert label.window is not None
    assert (label.window.signal, label.label_id) == ("source", item["label_id"])


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"null", b"\xff", b"{}"])
def test_garbage_is_refused(raw: bytes) -> None:
    """Whatever bytes they are, the answer is that they are no label."""
    with pytest.raises(ValueError):
        decode_label(raw)
