"""Events of cases: their bytes, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from streams.cases.event import (
    CaseEvent,
    case_event_of,
    decode_case_event,
    encode_case_event,
)
from streams.cases.evidence import evidence_of
from tests.alerts.examples import alert
from tests.cases.examples import CASE, DAY, EVERY_EVENT, NOW, NOW_S, moved, opened


@pytest.mark.parametrize("event", EVERY_EVENT, ids=lambda event: type(event).__name__)
def test_an_event_is_read_as_it_was_written(event: CaseEvent) -> None:
    """All fields, and in UTC."""
    assert decode_case_event(encode_case_event(event), NOW_S) == event


def test_names_and_times_are_in_one_form() -> None:
    """Whoever writes a name with something invisible in it means the same one."""
    zone = dt.timezone(dt.timedelta(hours=8))
    event = moved(2, "transferred", 1, addressee="platform/Sh\u200bop", at=NOW.astimezone(zone))
    read = decode_case_event(encode_case_event(event), NOW_S)
    assert read == moved(2, "transferred", 1)
    assert read.at.tzinfo == dt.UTC


@pytest.mark.parametrize(
    ("event", "changes", "said"),
    [
        (opened(), {"v": 2}, "a later version of Weathervane wrote it"),
        (opened(), {"id": "x"}, "id"),
        (opened(), {"case_id": "0" * 16}, "case_id must be the one that follows"),
        (opened(), {"title": ""}, "title"),
        (opened(), {"title": "x" * 201}, "title"),
        (opened(), {"title": "two\nlines"}, "no control characters"),
        (opened(), {"entity": "planet/mars"}, "entity must begin with a level"),
        (opened(), {"evidence": []}, "evidence must hold the alert"),
        (opened(), {"rule": "r"}, "rule must be given where origin is rule"),
        (opened(), {"follows": "0" * 16}, "follows must be given where origin is recurrence"),
        (opened(), {"expects": 1}, "expects must be left out"),
        (opened(), {"owner": "a\tb"}, "owner must hold no control characters"),
        (opened(), {"figures": {"a\tb": 1.0}}, "figures has a name"),
        (opened(), {"at": "1990-01-01T00:00:00Z"}, "at must lie between"),
        (opened(), {"by": "a\nb"}, "by must hold no control characters"),
        (opened(), {"party": "addressee"}, "by_addressee must be given"),
        (opened(), {"party": "addressee", "by_addressee": "Shop"}, "KIND/NAME"),
        (moved(2, "verified", 1), {"expects": None}, "expects must be the version"),
        (moved(2, "verified", 1), {"addressee": "platform/Shop"}, "must be left out"),
        (moved(2, "transferred", 1), {"addressee": "planet/Shop"}, "KIND/NAME"),
        (moved(2, "transferred", 1), {"deadline": NOW.isoformat()}, "deadline must be after now"),
        (
            moved(2, "transferred", 1),
            {"deadline": (NOW + 4 * 366 * DAY).isoformat()},
            "deadline must be after now",
        ),
        (EVERY_EVENT[2], {"owner": None}, "one of owner, addressee and deadline"),
        (EVERY_EVENT[4], {"noted": False}, "text must be given"),
    ],
)
def test_what_is_wrong_is_said(event: CaseEvent, changes: dict[str, Any], said: str) -> None:
    """Where, and which rule."""
    document = {**msgspec.to_builtins(event), **changes}
    with pytest.raises((ValueError, msgspec.ValidationError), match=said):
        case_event_of(document)


def test_an_event_of_times_to_come_is_passed_over() -> None:
    """By every reader, since all know when its record was written."""
    raw = encode_case_event(opened(at=NOW + 2 * DAY))
    with pytest.raises(ValueError, match="at most a day after"):
        decode_case_event(raw, NOW_S)


def test_each_alert_is_evidence_once() -> None:
    """A later revision replaces an earlier one; two at once would not say which."""
    twice = (evidence_of(alert()), evidence_of(alert(revision=2)))
    with pytest.raises(ValueError, match="each alert once"):
        case_event_of(msgspec.to_builtins(opened(evidence=twice)))


def test_evidence_keeps_what_the_alert_said() -> None:
    """Figures and sentence, shortened where they are long; the id of the case follows from it."""
    long = alert(
        summary="x" * 5000,
        belongs_to={"platform": [f"p{n}" for n in range(9)]},
        evidence_nats=3.5,
    )
    kept = evidence_of(long)
    assert (kept.observed, kept.expected, kept.evidence_nats) == (52.0, 3.1, 3.5)
    assert len(kept.summary) == 1000
    assert kept.belongs_to == {"platform": ["p0", "p1", "p2", "p3", "p4"]}
    assert opened().case_id == CASE


def test_deep_json_is_no_event() -> None:
    """It ends no reader."""
    with pytest.raises(ValueError, match=r"nested|object"):
        decode_case_event(b'{"v":' + b"[" * 100_000, NOW_S)
