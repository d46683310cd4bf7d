"""The one way of requests on cases to the book over HTTP, from the API and from pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from streams.actions.event_log import EventUnanswered
from streams.alerts.cloudevent import Alert, decode_event
from streams.cases.book import CaseBook
from streams.cases.case import Refused
from streams.cases.event import CaseEvent
from streams.cases.fold import CaseOutcome
from streams.cases.moves import next_states
from streams.cases.request import Actor, OpenRequest, StepRequest, opening, step
from streams.cases.wording import refusal_sentence
from streams.config.model import Config
from streams.delivery.api.board import Board
from streams.delivery.feed.problem import ProblemError
from streams.language.catalogue import ENGLISH

_STATUSES: Final[dict[Refused, HTTPStatus]] = {
    "unknown": HTTPStatus.NOT_FOUND,
    "addressee": HTTPStatus.NOT_FOUND,
    "party": HTTPStatus.FORBIDDEN,
    "terms": HTTPStatus.UNPROCESSABLE_ENTITY,
    "full": HTTPStatus.UNPROCESSABLE_ENTITY,
    "many": HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The statuses of refusals; of all others it is that of a conflict."""


class CaseHandIn:
    """Refuses what cannot be done, and does the rest.

    Parameters
    ----------
    config
        Says how long an addressee has.
    book
        The cases.
    board
        The alerts.
    now
        The clock.
    """

    def __init__(
        self, config: Config, book: CaseBook, board: Board, now: Callable[[], dt.datetime]
    ) -> None:
        self._config, self._book, self._board, self._now = config, book, board, now

    async def open(self, request: OpenRequest, actor: Actor) -> CaseOutcome:
        """Open a case, and return what became of it.

        Raises
        ------
        ProblemError
            Where it cannot be opened: then nothing is done. Also where that is not known.
        """
        if actor.party != "centre":
            raise ProblemError(HTTPStatus.FORBIDDEN, "the centre opens cases; an addressee may not")
        known = {alert_id: self._alert(alert_id) for alert_id in request.asked_alerts}
        under: Sequence[Alert] = ()
        if request.family and request.alert_id is not None:
            under = [decode_event(row.raw).alert for row in self._board.under(request.alert_id)]
        try:
            event = opening(request, actor, self._now(), known, under)
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        return await self._do(event, request.text, actor)

    async def step(self, case_id: str, request: StepRequest, actor: Actor) -> CaseOutcome:
        """Do something about a case, and return what became of it.

        Raises
        ------
        ProblemError
            Where it cannot be done: then nothing is. Also where that is not known.
        """
        case = self._book.fold.case(case_id)
        if actor.addressee is not None and (case is None or not case.is_for(actor.addressee)):
            # It writes nothing about what is not its own, nor learns that there is such a case.
            raise unknown_case(case_id)
        known = {alert_id: self._alert(alert_id) for alert_id in request.alerts}
        within_s = self._config.cases.within_s(None if case is None else case.opened.kind)
        try:
            event = step(
                request, case_id, actor, self._now(), case=case, within_s=within_s, known=known
            )
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        return await self._do(event, request.text, actor)

    def _alert(self, alert_id: str) -> Alert:
        row = self._board.alert(alert_id)
        if row is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND,
                f"there is no alert {alert_id}; /api/v1/alerts lists those there are",
            )
        return decode_event(row.raw).alert

    async def _do(self, event: CaseEvent, text: str | None, actor: Actor) -> CaseOutcome:
        try:
            outcome = await self._book.submit(event, text)
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except EventUnanswered as error:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None
        if outcome.why is not None:
            raise _refused(event.case_id, outcome, outcome.why, actor)
        return outcome


def unknown_case(case_id: str) -> ProblemError:
    """Return the answer where there is no such case, or it is another's."""
    return ProblemError(
        HTTPStatus.NOT_FOUND, f"there is no case {case_id}; /api/v1/cases lists those there are"
    )


def _refused(case_id: str, outcome: CaseOutcome, why: Refused, actor: Actor) -> ProblemError:
    if why in ("unknown", "addressee"):
        return unknown_case(case_id)
    members: dict[str, Any] = {"case_id": case_id, "why": why, "version": outcome.version}
    if outcome.state is not None:
        members |= {
            "state": outcome.state,
            "may": list(next_states(outcome.state, actor.party)),
        }
    sentence = refusal_sentence(ENGLISH, case_id, outcome)
    return ProblemError(_STATUSES.get(why, HTTPStatus.CONFLICT), sentence, **members)
