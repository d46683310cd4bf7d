"""The addresses of forms that act. Each goes back to its page, and says there what was done."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from streams.actions.book import Submission
from streams.actions.state import ActionOutcome
from streams.alerts.cloudevent import Alert, decode_event
from streams.delivery.console.act.deeds import DEEDS, Acting, FormDeeds, asked_for
from streams.delivery.console.act.form_problem import TOO_MANY, UNANSWERED, FormProblem
from streams.delivery.console.act.outcome import said_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.forms import form_of, go_to
from streams.delivery.console.frame.said import LASTS_S, SAID_COOKIE, written_said
from streams.delivery.feed.problem import ProblemError
from streams.language.catalogue import catalogue


def add_act(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """

    @app.post("/act/{what}", include_in_schema=False)
    async def act(what: str, request: Request) -> Response:
        if what not in DEEDS:
            raise ProblemError(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.phrase)
        reader, form = console.reader(request), await form_of(request)
        acting = Acting(reader.name, console.now(), reader.zone, alert)
        try:
            asked = asked_for(what, form, acting)
            submissions, left_out = doable(asked)
            outcomes = await done(submissions)
        except FormProblem as problem:
            said = catalogue(reader.language).gettext(problem.text)
            return console.pages.render(
                "problem.html",
                reader,
                problem.status,
                said=said,
                detail=problem.detail,
            )
        said_there = said_of(what, submissions, outcomes, reversed(console.book.log), left_out)
        answer = go_to(form.one("next", "/"))
        answer.set_cookie(
            SAID_COOKIE,
            written_said(said_there),
            max_age=LASTS_S,
            httponly=True,
            samesite="lax",
            secure=console.door.secure,
        )
        return answer

    def doable(asked: FormDeeds) -> tuple[list[Submission], dict[str, int]]:
        """Leave out what cannot be done to its alert: the rest of what was chosen can."""
        kept, left_out = [], {"early": 0, "unknown": asked.left_out}
        for submission in asked.submissions:
            refusal = console.desk.refusal(submission[0])
            if refusal is None:
                kept.append(submission)
            else:
                left_out[refusal] += 1
        return kept, left_out

    async def done(submissions: list[Submission]) -> list[ActionOutcome]:
        try:
            return await console.desk.do(submissions) if submissions else []
        except ProblemError as problem:
            is_unanswered = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
            raise FormProblem(
                UNANSWERED if is_unanswered else TOO_MANY, problem.detail, problem.status
            ) from None

    def alert(alert_id: str) -> Alert | None:
        row = console.board.alert(alert_id)
        return None if row is None else decode_event(row.raw).alert
