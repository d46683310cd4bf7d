"""Signals of misuse that no source has the fields for: check-config says so."""

from __future__ import annotations

from typing import Any

import pytest

from streams.config.load import parse_config
from streams.detection.misuse.readiness import misuse_standing_still

SENDS = {"kind": "send", "time": "t", "sender": "s"}
COMPLAINTS = {"kind": "complaint", "time": "t", "sender": "s"}
OPTOUTS = {"from": "k", "TD": "optout_ignored"}


def _told(sends: dict[str, Any], complaints: dict[str, Any], *signals: str) -> list[str]:
    sources = {"sends": {**SENDS, **sends}, "complaints": {**COMPLAINTS, **complaints}}
    config = parse_config({"detect": {"misuse": {"signals": list(signals)}}, "sources": sources})
    return [line.split(": ", 2)[2] for line in misuse_standing_still(config)]


@pytest.mark.parametrize(
    ("sends", "complaints", "consent"),
    [
        ({}, {}, ["no source of messages names", "messages after an opt-out"]),
        ({"consent": "c"}, {}, ["messages after an opt-out"]),
        ({"consent": "c", "recipient": "r"}, {"reporter": "r"}, ["messages after an opt-out"]),
        ({"recipient": "r"}, {"reporter": "r", "complaint_kind": OPTOUTS}, ["no source of mess"]),
        ({"consent": "c", "recipient": "r"}, {"reporter": "r", "complaint_kind": OPTOUTS}, []),
        (
            {"consent": {"from": "c", "1": "explicit"}, "recipient": "r"},
            {"reporter": "r", "complaint_kind": "optout_ignored"},
            [],
        ),
        (
            {"consent": "c", "recipient": "r", "bucket": "1h"},
            {"reporter": "r", "complaint_kind": OPTOUTS, "bucket": "1d"},
            ["messages after an opt-out"],
        ),
    ],
)
def test_consent_needs_fields(
    sends: dict[str, Any], complaints: dict[str, Any], consent: list[str]
) -> None:
    """The share needs what messages say; opt-outs need people in both, in one group."""
    found = _told(sends, complaints, "consent")
    assert len(found) == len(consent)
    assert all(line.startswith(begin) for line, begin in zip(found, consent, strict=True))
    assert _told(sends, complaints, "scope") == []


def test_recipients_must_be_named_to_be_counted() -> None:
    """A fan-out is one of recipients."""
    assert _told({"recipient": "r"}, {}, "fan_out") == []
    (line,) = _told({}, {}, "fan_out")
    assert line.startswith("no source of messages names `recipient`")


def test_events_of_our_own_form_may_say_all() -> None:
    """Whether they do is seen when they come."""
    config = parse_config({"detect": {"misuse": {"signals": ["consent", "fan_out"]}}})
    assert list(misuse_standing_still(config)) == []
