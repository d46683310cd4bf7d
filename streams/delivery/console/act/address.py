"""The addresses of forms that act. Each goes back to its page, and says there what was done."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from streams.alerts.cloudevent import Alert, decode_event
from streams.delivery.console.act.deeds import DEEDS, Acting, submissions_of
from streams.delivery.console.act.form_problem import FormProblem
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
            submissions = submissions_of(what, form, acting)
        except FormProblem as problem:
            said = catalogue(reader.language).gettext(problem.text)
            return console.pages.render(
                "problem.html",
                reader,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                said=said,
                detail=problem.detail,
            )
        outcomes = await console.desk.do(submissions)
        done = said_of(what, submissions, outcomes, reversed(console.book.log))
        answer = go_to(form.one("next", "/"))
        answer.set_cookie(
            SAID_COOKIE,
            written_said(done),
            max_age=LASTS_S,
            httponly=True,
            samesite="lax",
            secure=console.door.secure,
        )
        return answer

    def alert(alert_id: str) -> Alert | None:
        row = console.board.alert(alert_id)
        return None if row is None else decode_event(row.raw).alert
