"""Events of cases to test with, and strategies that draw them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from streams.cases.event import (
    AddEvidence,
    AssignCase,
    CaseEvent,
    EraseCaseText,
    MoveCase,
    NoteOnCase,
    OpenCase,
    ReportProgress,
)
from streams.cases.evidence import case_id_of_alert, evidence_of
from streams.cases.moves import STATES, CaseState
from tests.alerts.examples import OPENED, alert

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
NOW_S = NOW.timestamp()
DAY = dt.timedelta(days=1)
CASE = case_id_of_alert(OPENED.alert_id)
SHOP, MALL = "platform/Shop", "platform/Mall"

USUAL: tuple[CaseState, ...] = (
    "verified", "transferred", "accepted", "handled", "look_back", "closed",
)  # fmt: skip


def common(number: int = 1, **changes: Any) -> dict[str, Any]:
    """What all events have; the id is made of a number."""
    return {
        "id": f"{number:032x}", "at": NOW, "by": "wang", "party": "centre", "case_id": CASE,
        **changes,
    }  # fmt: skip


def opened(number: int = 1, **changes: Any) -> OpenCase:
    """The case of `OPENED`."""
    given = {
        "origin": "alert", "title": OPENED.summary, "entity": "sender/106900012345",
        "evidence": (evidence_of(OPENED),), **common(number),
    }  # fmt: skip
    return OpenCase(**{**given, **changes})


def moved(number: int, to: CaseState, expects: int, **changes: Any) -> MoveCase:
    """A move; a transfer goes to the shop, for ten days."""
    handed = {"addressee": SHOP, "deadline": NOW + 10 * DAY} if to == "transferred" else {}
    return MoveCase(**{**common(number), "to": to, "expects": expects, **handed, **changes})


def of_shop(number: int, **changes: Any) -> dict[str, Any]:
    """What events of the addressee have."""
    return common(
        number, **{"by": "shop desk", "party": "addressee", "by_addressee": SHOP, **changes}
    )


def usual(until: CaseState = "closed") -> list[CaseEvent]:
    """The events of a case that goes its usual way, until a state."""
    states = USUAL[: USUAL.index(until) + 1] if until != "received" else ()
    return [opened(1), *(moved(n + 2, state, n + 1) for n, state in enumerate(states))]


EVERY_EVENT: tuple[CaseEvent, ...] = (
    opened(1),
    moved(2, "verified", 1),
    AssignCase(**common(3, expects=2), owner="li"),
    moved(4, "transferred", 3),
    NoteOnCase(**common(5, noted=True)),
    ReportProgress(**of_shop(6, noted=True)),
    AddEvidence(**common(7), evidence=(evidence_of(alert(alert_id="f" * 16, revision=2)),)),
    EraseCaseText(**common(8), event_id=f"{5:032x}"),
)
"""One of each kind."""

_case_ids = st.sampled_from([CASE, "0" * 16])


@st.composite
def case_events(draw: st.DrawFn) -> CaseEvent:
    """Any event on two cases, so that they meet; versions are often right."""
    number = draw(st.integers(1, 40))
    case_id = draw(_case_ids)
    given = draw(
        st.sampled_from([common(number), of_shop(number), of_shop(number, by_addressee=MALL),
                         common(number, party="system")])
    )  # fmt: skip
    given = {**given, "case_id": case_id}
    match draw(st.integers(0, 6)):
        case 0:
            hand = {"origin": "hand", "evidence": ()} if case_id != CASE else {}
            return opened(number, **{**given, **hand})
        case 1:
            return ReportProgress(**{**given, "noted": True})
        case 2:
            return NoteOnCase(**{**given, "noted": True})
        case 3:
            to = draw(st.sampled_from([None, SHOP, MALL]))
            return AssignCase(**given, expects=draw(st.integers(0, 9)), owner="li", addressee=to)
        case 4:
            return EraseCaseText(**given, event_id=f"{draw(st.integers(1, 40)):032x}")
    state = draw(st.sampled_from(STATES))
    return moved(number, state, draw(st.integers(0, 9)), **given)
