"""What was done about a case, as its page tells it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from streams.cases.case import Case
from streams.cases.event import (
    AddEvidence,
    AssignCase,
    CaseEvent,
    EraseCaseText,
    MoveCase,
    OpenCase,
)
from streams.cases.moves import CaseState, Party
from streams.cases.wire import TextOf, log_for


class ShownStep(NamedTuple):
    """An event of a case.

    Attributes
    ----------
    id, at, kind
        Its id, when it was, and its word: ``open``, ``move`` and so on.
    by
        Who did it; None where its reader is not told.
    party, by_addressee
        On whose side, and which addressee.
    to, addressee, deadline, owner
        Of a move or an assignment.
    alerts
        Ids of alerts that became evidence.
    text, is_erased
        What was written with it; whether that was erased, or is no longer held.
    """

    id: str
    at: dt.datetime
    kind: str
    by: str | None
    party: Party
    by_addressee: str | None
    to: CaseState | None = None
    addressee: str | None = None
    deadline: dt.datetime | None = None
    owner: str | None = None
    alerts: Sequence[str] = ()
    text: str | None = None
    is_erased: bool = False


def steps_of(case: Case, text_of: TextOf, viewer: str | None) -> list[ShownStep]:
    """Return what was done, the newest first.

    Parameters
    ----------
    case, text_of
        The case, and what returns its texts.
    viewer
        The addressee that looks; None is the centre.
    """
    return [_shown(each, text_of, viewer) for each in reversed(log_for(case, viewer))]


def _shown(event: CaseEvent, text_of: TextOf, viewer: str | None) -> ShownStep:
    text = text_of(event) if event.noted else None
    # An addressee is told names of its own people only.
    is_told = viewer is None or event.by_addressee == viewer
    made = ShownStep(
        id=event.id,
        at=event.at,
        kind=str(event.__struct_config__.tag),
        by=event.by if is_told else None,
        party=event.party,
        by_addressee=event.by_addressee,
        text=text,
        is_erased=event.noted and text is None,
    )
    match event:
        case MoveCase():
            return made._replace(to=event.to, addressee=event.addressee, deadline=event.deadline)
        case AssignCase():
            terms = made._replace(addressee=event.addressee, deadline=event.deadline)
            return terms._replace(owner=event.owner if viewer is None else None)
        case OpenCase() | AddEvidence():
            return made._replace(alerts=[each.alert_id for each in event.evidence])
        case EraseCaseText():
            return made
    return made
