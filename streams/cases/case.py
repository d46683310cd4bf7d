"""A case as it stands, folded of its events in their order. Pure.

It depends on nothing but its own events: who reads those of one case again gets the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import msgspec

from streams.cases.event import (
    AddEvidence,
    AssignCase,
    CaseEvent,
    EraseCaseText,
    Figures,
    MoveCase,
    OpenCase,
    ReportProgress,
)
from streams.cases.evidence import MOST_EVIDENCE, AlertEvidence
from streams.cases.moves import ENDED, MOVES, WITH_ADDRESSEE, CaseState

MOST_EVENTS: Final = 500
"""Of a case; then it takes only a move that ends it, and erasing."""

MOST_OF_ADDRESSEE: Final = 200
"""Events of a case that may be an addressee's."""

Refused = Literal[
    "unknown", "exists", "many", "version", "order", "party", "addressee", "terms", "handed",
    "ended", "full",
]  # fmt: skip
"""Why an event changes nothing.

unknown: there is no such case. exists: it was opened before. many: too many are not over. version:
somebody has changed it since. order: no such
move from its state, or nothing to erase. party: another may do that.
addressee: it is not this addressee's. terms: a transfer needs an addressee and a deadline. handed:
the addressee that has it cannot be changed. ended: it is over. full: it has too many events, or too
many alerts.
"""

_BEFORE_TRANSFER: Final[frozenset[CaseState]] = frozenset(("received", "verified", "rejected"))


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands.

    Attributes
    ----------
    opened
        Its first event.
    log
        All its events, the first one too, in their order.
    version
        How often it has changed; notes and progress change nothing.
    state, owner, addressee
        Where it stands; whose it is, and whom it is for.
    deadline
        Until when the addressee is to handle it, or how long a look-back lasts.
    handled_at, in_time
        When it was last handled, and whether that was within the deadline; None before.
    ended_at
        When it was over.
    evidence
        Alerts, each in the last revision that was added.
    figures
        Those of the last event that had some.
    """

    opened: OpenCase
    log: tuple[CaseEvent, ...]
    version: int = 1
    state: CaseState = "received"
    owner: str | None = None
    addressee: str | None = None
    deadline: dt.datetime | None = None
    handled_at: dt.datetime | None = None
    in_time: bool | None = None
    ended_at: dt.datetime | None = None
    evidence: tuple[AlertEvidence, ...] = ()
    figures: Figures = {}

    @property
    def case_id(self) -> str:
        """Its id."""
        return self.opened.case_id

    @property
    def changed_at(self) -> dt.datetime:
        """When something was last done about it."""
        return self.log[-1].at

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED

    def overdue(self, now: dt.datetime) -> bool:
        """Whether its addressee is to act, and the deadline has passed."""
        return self.state in WITH_ADDRESSEE and self.deadline is not None and self.deadline < now

    def is_for(self, addressee: str) -> bool:
        """Whether an addressee may see it: it was handed to it, and was not sent back."""
        return (
            self.addressee == addressee
            and self.state not in _BEFORE_TRANSFER
            and any(isinstance(each, MoveCase) and each.to == "transferred" for each in self.log)
        )


def begun(event: OpenCase) -> Case:
    """Return the case that an event opens."""
    return Case(
        opened=event,
        log=(event,),
        owner=event.owner,
        evidence=event.evidence,
        figures=event.figures,
    )


def refusal(case: Case, event: CaseEvent) -> Refused | None:
    """Say why an event would not change a case that there is; None where it would."""
    if isinstance(event, OpenCase):
        return "exists"
    if event.party == "addressee":
        if event.by_addressee is None or not case.is_for(event.by_addressee):
            return "addressee"
        if not isinstance(event, MoveCase | ReportProgress):
            return "party"
    if isinstance(event, EraseCaseText):
        return None if _has_text(case, event.event_id) else "order"
    if case.has_ended:
        return "ended"
    if event.expects not in (None, case.version):
        return "version"
    if _is_full(case, event):
        return "full"
    match event:
        case MoveCase():
            return _of_move(case, event)
        case AssignCase(addressee=str(to)) if to != case.addressee:
            return None if case.state in _BEFORE_TRANSFER else "handed"
        case AddEvidence():
            ids = {each.alert_id for each in (*case.evidence, *event.evidence)}
            return "full" if len(ids) > MOST_EVIDENCE else None
    return None


def acted_on(case: Case, event: CaseEvent) -> Case:
    """Return a case after an event that is not refused."""
    after = msgspec.structs.replace(case, log=(*case.log, event))
    version = case.version + 1
    match event:
        case MoveCase():
            return _moved(case, after, event)
        case AssignCase():
            return msgspec.structs.replace(
                after,
                version=version,
                owner=case.owner if event.owner is None else event.owner or None,
                addressee=event.addressee or case.addressee,
                deadline=event.deadline or case.deadline,
            )
        case AddEvidence():
            kept = {each.alert_id: each for each in case.evidence}
            for new in event.evidence:
                before = kept.get(new.alert_id)
                if before is None or before.revision <= new.revision:
                    kept[new.alert_id] = new
            return msgspec.structs.replace(after, version=version, evidence=tuple(kept.values()))
    return after


def _moved(case: Case, after: Case, event: MoveCase) -> Case:
    after = msgspec.structs.replace(
        after,
        version=case.version + 1,
        state=event.to,
        addressee=event.addressee or case.addressee,
        deadline=event.deadline or case.deadline,
        figures=event.figures or case.figures,
    )
    if event.to == "handled":
        in_time = case.deadline is None or event.at <= case.deadline
        return msgspec.structs.replace(after, handled_at=event.at, in_time=in_time)
    if event.to == "look_back":
        return msgspec.structs.replace(after, deadline=event.deadline)
    if event.to in ENDED:
        return msgspec.structs.replace(after, ended_at=event.at)
    return after


def _of_move(case: Case, event: MoveCase) -> Refused | None:
    parties = MOVES[case.state].get(event.to)
    if parties is None:
        return "order"
    if event.party not in parties:
        return "party"
    addressee, deadline = event.addressee or case.addressee, event.deadline or case.deadline
    if event.to == "transferred" and (addressee is None or deadline is None):
        return "terms"
    return None


def _has_text(case: Case, event_id: str) -> bool:
    """Whether an event of a case was written with a text that nobody has erased."""
    erased = any(isinstance(each, EraseCaseText) and each.event_id == event_id for each in case.log)
    return not erased and any(each.id == event_id and each.noted for each in case.log)


def _is_full(case: Case, event: CaseEvent) -> bool:
    if isinstance(event, MoveCase) and event.to in ENDED:
        return False
    if event.party == "addressee":
        theirs = sum(each.party == "addressee" for each in case.log)
        if theirs >= MOST_OF_ADDRESSEE:
            return True
    return len(case.log) >= MOST_EVENTS
