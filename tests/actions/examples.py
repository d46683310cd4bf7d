"""Actions to test with, and strategies that draw them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from streams.actions.action import (
    AcknowledgeAlert,
    Action,
    AddNote,
    AssignAlert,
    EndSilence,
    EndSnooze,
    EraseNote,
    GiveLabel,
    MakeSilence,
    MakeSnooze,
    Severity,
    UnacknowledgeAlert,
)
from streams.actions.matcher import Matcher
from streams.alerts.label import Span
from tests.alerts.examples import OPENED

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
NOW_S = NOW.timestamp()
HOUR = dt.timedelta(hours=1)
ENTITY = f"{OPENED.entity.level}/{OPENED.entity.id}"


def common(number: int = 1, **changes: Any) -> dict[str, Any]:
    """What all actions have; the id is made of a number."""
    return {"v": 1, "id": f"{number:032x}", "at": NOW, "by": "wang", **changes}


def acknowledge(number: int = 1, **changes: Any) -> AcknowledgeAlert:
    """Somebody takes care of `OPENED`."""
    return AcknowledgeAlert(
        **{"alert_id": OPENED.alert_id, "severity": "warning", **common(number, **changes)}
    )


def silence(number: int = 1, **changes: Any) -> MakeSilence:
    """A silence of the sender of `OPENED`, for an hour."""
    given = {"match": Matcher(id=OPENED.entity.id), "until": NOW + HOUR, **common(number)}
    return MakeSilence(**{**given, **changes})


def snooze(number: int = 1, **changes: Any) -> MakeSnooze:
    """A snooze of the entity and signal of `OPENED`, for an hour."""
    given = {"entity": ENTITY, "signal": OPENED.signal, "until": NOW + HOUR, **common(number)}
    return MakeSnooze(**{**given, **changes})


EVERY_KIND: tuple[Action, ...] = (
    acknowledge(1),
    UnacknowledgeAlert(**common(2), alert_id=OPENED.alert_id),
    AssignAlert(**common(3), alert_id=OPENED.alert_id, to="li"),
    AddNote(**common(4, noted=True), alert_id=OPENED.alert_id),
    EraseNote(**common(5), note_id=f"{4:032x}"),
    snooze(6),
    EndSnooze(**common(7), entity=ENTITY, signal=OPENED.signal),
    silence(8, noted=True),
    EndSilence(**common(9), silence_id=f"{8:032x}"),
    GiveLabel(**common(10), verdict="false", alert_id=OPENED.alert_id),
    GiveLabel(
        **common(11), verdict="expected", window=Span(entity=ENTITY, start=NOW, end=NOW + HOUR)
    ),
)
"""One of each kind, and a label of each sort."""

_numbers = st.integers(0, 2**128 - 1)
_alert_ids = st.sampled_from([OPENED.alert_id, "0" * 16, "f" * 16])
_entities = st.sampled_from([ENTITY, "sender/*", "signature/Shop"])
_minutes = st.integers(1, 10_000).map(lambda minutes: NOW + dt.timedelta(minutes=minutes))


@st.composite
def actions(draw: st.DrawFn, silence_ids: tuple[str, ...] = (f"{8:032x}",)) -> Action:
    """Any action on few subjects, so that they meet; some expect a version."""
    given = common(
        draw(_numbers),
        by=draw(st.sampled_from(["wang", "li"])),
        at=draw(st.integers(0, 59).map(lambda second: NOW + dt.timedelta(seconds=second))),
        expects=draw(st.none() | st.integers(0, 4)),
    )
    of_alert = {**given, "alert_id": draw(_alert_ids)}
    of_snooze = {**given, "entity": draw(_entities), "signal": "sends"}
    new = {**given, "expects": None}
    severities: st.SearchStrategy[Severity] = st.sampled_from(("warning", "critical"))
    match draw(st.integers(0, 9)):
        case 0:
            return AcknowledgeAlert(**of_alert, severity=draw(severities))
        case 1:
            return UnacknowledgeAlert(**of_alert)
        case 2:
            return AssignAlert(**of_alert, to=draw(st.sampled_from(["li", None])))
        case 3:
            return AddNote(**of_alert)
        case 4:
            label = {**of_alert, "expects": None}
            return GiveLabel(**label, verdict=draw(st.sampled_from(["true", "false"])))
        case 5:
            return MakeSnooze(**of_snooze, until=draw(_minutes))
        case 6:
            return EndSnooze(**of_snooze)
        case 7:
            return MakeSilence(**new, match=Matcher(id=draw(_entities)), until=draw(_minutes))
        case 8:
            return EndSilence(**given, silence_id=draw(st.sampled_from(silence_ids)))
    return EraseNote(**new, note_id=silence_ids[0])
