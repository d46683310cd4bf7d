"""The addresses of cases' pages: a list, one case, a new one, and the forms that act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request, Response

from streams.access.roles import permits
from streams.alerts.cloudevent import decode_event
from streams.alerts.label import alert_id_of
from streams.alerts.phrases import about
from streams.alerts.sentences import sentence
from streams.cases.addressee import ADDRESSEE_KINDS
from streams.cases.case import Case
from streams.cases.evidence import AlertEvidence, case_id_of_recurrence
from streams.cases.fold import CaseOutcome
from streams.cases.listing import case_cursor, newest
from streams.cases.moves import STATES, next_states
from streams.cases.wording import (
    CASE_EVENTS,
    CASE_STATES,
    COMPLAINT_KINDS,
    ORIGINS,
    PARTIES,
    refusal_sentence,
)
from streams.delivery.api.board import BoardRow
from streams.delivery.cases.hand_in import unknown_case
from streams.delivery.cases.party import actor_of, addressee_of
from streams.delivery.console.act.form_problem import UNANSWERED, FormProblem
from streams.delivery.console.case.listed import PAGE, TAGS, asked_cases, counts_of
from streams.delivery.console.case.sent import FormSender, opening_asked, step_asked
from streams.delivery.console.case.steps import steps_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.forms import form_of, go_to
from streams.delivery.console.frame.reader import Reader
from streams.delivery.console.frame.said import LASTS_S, SAID_COOKIE, SaidDeed, written_said
from streams.delivery.console.plot.history_plot import HistoryPlot
from streams.delivery.console.plot.stored_history import stored_history
from streams.delivery.feed.problem import ProblemError
from streams.language.catalogue import Catalogue, catalogue, mark

REFUSED: Final = mark("This was not done.")


class Answered(NamedTuple):
    """Where a form leads that was done, and what is said there."""

    goes_to: str
    said: SaidDeed


class ShownEvidence(NamedTuple):
    """An alert of a case: as it was, its sentence, and as it stands where it is still held."""

    was: AlertEvidence
    said: str
    row: BoardRow | None


def add_case_pages(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    book, filed = console.cases.book, console.cases.filed

    @app.get("/cases", include_in_schema=False)
    async def listed(request: Request) -> Response:
        reader, now = console.reader(request), console.now()
        viewer, asked = _viewer(request), asked_cases(request.query_params)
        after = request.query_params.get("after") or None
        try:
            found = newest(book.fold, asked.filter, now, viewer=viewer, after=after, limit=PAGE)
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        joint = "&" if asked.query else ""
        return console.pages.render(
            "case/list.html",
            reader,
            **_words(),
            asked=asked,
            viewer=viewer,
            cases=[(case, _title(console, case, catalogue(reader.language))) for case in found],
            counts=counts_of(book.fold, now, viewer),
            states=STATES,
            is_ready=book.ready.is_set(),
            first=f"/cases?{asked.query}" if after else None,
            after=f"/cases?{asked.query}{joint}after={case_cursor(found[-1])}"
            if len(found) == PAGE
            else None,
            acts=_may_act(reader),
            now=now,
        )

    @app.get("/cases/new", include_in_schema=False)
    async def new(request: Request) -> Response:
        reader = console.reader(request)
        alert_id = alert_id_of(request.query_params.get("alert", ""))
        row = None if alert_id is None else console.board.alert(alert_id)
        alert = None if row is None else decode_event(row.raw).alert
        words = catalogue(reader.language)
        return console.pages.render(
            "case/new.html",
            reader,
            **_words(),
            alert=alert,
            said="" if alert is None else sentence(alert, words),
            parts_count=0 if row is None else len(console.board.under(row.alert_id)),
        )

    @app.get("/cases/{case_id}", include_in_schema=False)
    async def one(case_id: str, request: Request) -> Response:
        reader, now, viewer = console.reader(request), console.now(), _viewer(request)
        words = catalogue(reader.language)
        case = await known(case_id, viewer)
        is_recurred = case.state == "recurred"
        party = actor_of(request.state.identity).party
        return console.pages.render(
            "case/case.html",
            reader,
            **_words(),
            case=case,
            title=_title(console, case, words),
            viewer=viewer,
            steps=steps_of(case, book.text, viewer),
            evidence=[_shown(console, each, words) for each in case.evidence],
            history=await _history(console, case.evidence, words),
            may=next_states(case.state, party) if _may_act(reader) else (),
            acts=_may_act(reader),
            followed_by=case_id_of_recurrence(case.case_id) if is_recurred else None,
            usual=_usual_addressee(case),
            deadline=_usual_deadline(console, case, now).astimezone(reader.zone),
            about=about,
            now=now,
        )

    @app.post("/cases", include_in_schema=False)
    async def open_one(request: Request) -> Response:
        reader, form = console.reader(request), await form_of(request)

        async def do() -> Answered:
            asked = opening_asked(form, sender(reader))
            try:
                await console.case_desk.open(asked, actor_of(request.state.identity))
            except ProblemError as problem:
                if problem.members.get("why") != "exists":
                    raise
                return Answered(f"/cases/{asked.case_id}", SaidDeed("case_exists"))
            return Answered(f"/cases/{asked.case_id}", SaidDeed("case_open"))

        return await answered(reader, do)

    @app.post("/cases/{case_id}", include_in_schema=False)
    async def act(case_id: str, request: Request) -> Response:
        reader, form = console.reader(request), await form_of(request)
        await known(case_id, _viewer(request))

        async def do() -> Answered:
            asked = step_asked(case_id, form, sender(reader))
            outcome = await console.case_desk.step(case_id, asked, actor_of(request.state.identity))
            what = "repeat" if outcome.result == "repeat" else f"case_{asked.type}"
            return Answered(
                form.one("next", f"/cases/{case_id}"), SaidDeed(what, name=asked.to or "")
            )

        return await answered(reader, do)

    async def answered(reader: Reader, do: Callable[[], Awaitable[Answered]]) -> Response:
        words = catalogue(reader.language)
        try:
            done = await do()
        except FormProblem as problem:
            said, detail, status = words.gettext(problem.text), problem.detail, problem.status
        except ProblemError as problem:
            said, detail, status = _refusal(problem, words), problem.detail, problem.status
            detail = "" if "why" in problem.members else detail
        else:
            answer = go_to(done.goes_to)
            answer.set_cookie(
                SAID_COOKIE,
                written_said((done.said,)),
                max_age=LASTS_S,
                httponly=True,
                samesite="lax",
                secure=console.door.secure,
            )
            return answer
        return console.pages.render("problem.html", reader, status, said=said, detail=detail)

    def sender(reader: Reader) -> FormSender:
        return FormSender(reader.name, console.now(), reader.zone)

    async def known(case_id: str, viewer: str | None) -> Case:
        if not book.ready.is_set():
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise ProblemError(status, status.phrase)
        is_id = len(case_id) == 16 and set(case_id) <= set("0123456789abcdef")
        found = await filed.case(case_id) if is_id else None
        if found is None or (viewer is not None and not found.is_for(viewer)):
            raise unknown_case(case_id[:40])
        return found


def _viewer(request: Request) -> str | None:
    return addressee_of(request.state.identity)


def _may_act(reader: Reader) -> bool:
    """Whether buttons of cases are of use: to addressees too, on their own side."""
    known = reader.identity
    return known is not None and permits(known.role, "operator") and "act" in known.scopes


def _words() -> dict[str, Any]:
    return {
        "case_states": CASE_STATES,
        "case_tags": TAGS,
        "case_events": CASE_EVENTS,
        "parties": PARTIES,
        "origins": ORIGINS,
        "complaint_kinds": COMPLAINT_KINDS,
        "addressee_kinds": ADDRESSEE_KINDS,
    }


def _shown(console: Console, was: AlertEvidence, words: Catalogue) -> ShownEvidence:
    row = console.board.alert(was.alert_id)
    if row is None or row.revision != was.revision:
        return ShownEvidence(was, was.summary, row)
    return ShownEvidence(was, sentence(decode_event(row.raw).alert, words), row)


def _title(console: Console, case: Case, words: Catalogue) -> str:
    """Return what a case is about: of its alert, in the reader's language as long as it is held."""
    title = case.opened.title
    for one in case.opened.evidence[:1]:
        row = console.board.alert(one.alert_id)
        if row is not None and title == one.summary[: len(title)] and words.language != "en":
            return sentence(decode_event(row.raw).alert, words)
    return title


async def _history(
    console: Console, evidence: Sequence[AlertEvidence], words: Catalogue
) -> HistoryPlot | None:
    """Return the plot of the first alert; None where there is none, or its history is not held."""
    for one in evidence[:1]:
        level, _, name = one.entity.partition("/")
        return await stored_history(
            console.library, level, name, one.group, one.signal, one.first_bucket, words
        )
    return None


def _usual_addressee(case: Case) -> tuple[str, str]:
    """Return whom a case is for: as it says itself, or the platform that its alerts name."""
    if case.addressee is not None:
        kind, _, name = case.addressee.partition("/")
        return kind, name
    for one in case.evidence:
        level, _, name = one.entity.partition("/")
        platforms = [name] if level == "platform" else (one.belongs_to or {}).get("platform", [])
        if len(platforms) == 1:
            return "platform", platforms[0]
    return "platform", ""


def _usual_deadline(console: Console, case: Case, now: dt.datetime) -> dt.datetime:
    if case.deadline is not None and case.deadline > now:
        return case.deadline
    within_s = console.config.cases.within_s(case.opened.kind)
    return now + dt.timedelta(seconds=within_s)


def _refusal(problem: ProblemError, words: Catalogue) -> str:
    """Say why something was not done, in the reader's language."""
    members = problem.members
    if "why" not in members:
        is_unanswered = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
        return words.gettext(UNANSWERED if is_unanswered else REFUSED)
    outcome = CaseOutcome("refused", members["version"], members.get("state"), members["why"])
    return refusal_sentence(words, members["case_id"], outcome)
