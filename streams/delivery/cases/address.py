"""Addresses of cases: list, show, open, and whatever is done about one."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, get_args

import msgspec
from fastapi import Depends, FastAPI, Path, Query, Request, Response

from streams.cases.book import CaseBook
from streams.cases.case import Case
from streams.cases.fold import CaseOutcome
from streams.cases.listing import CaseFilter, case_cursor, newest
from streams.cases.moves import CaseState
from streams.cases.request import OpenRequest, StepRequest, read_request
from streams.cases.wire import OWN_ROW, ROW, case_document, case_row
from streams.delivery.api.instants import instant
from streams.delivery.api.json_body import documented_body, json_body
from streams.delivery.cases.filed import FiledCases
from streams.delivery.cases.hand_in import CaseHandIn, unknown_case
from streams.delivery.cases.party import actor_of, addressee_of
from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError
from streams.printable import csv_cell

_CaseId = Annotated[str, Path(description="The case: 16 hexadecimal digits.")]
_State = Annotated[
    list[CaseState] | None, Query(description="Only in these states; given several times, any.")
]
_InHand = Annotated[bool, Query(description="Only those that are not over.")]
_Overdue = Annotated[bool, Query(description="Only those whose deadline has passed.")]
_Addressee = Annotated[str | None, Query(description="Only for this one: platform/NAME.")]
_Owner = Annotated[str | None, Query(description="Only this person's.")]
_Kind = Annotated[str | None, Query(description="Only of this kind of complaints.")]
_EntityName = Annotated[str | None, Query(description="Only about this entity: level/id.")]
_RuleName = Annotated[str | None, Query(description="Only those that this rule opened.")]
_AlertId = Annotated[str | None, Query(description="Only those with this alert as evidence.")]
_Since = Annotated[str | None, Query(description="Opened since a time: 2026-03-02T18:00:00Z.")]
_Until = Annotated[str | None, Query(description="Opened before a time.")]
_Limit = Annotated[int, Query(ge=1, le=1000, description="How many a page has at most.")]
_After = Annotated[str | None, Query(description="The page after another: its `after`.")]

_ROWS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["cases", "filed"],
    "properties": {
        "cases": {"type": "array", "items": {"type": "object"}},
        "after": {"type": "string", "description": "Where the next page begins."},
        "filed": {
            "type": "integer",
            "description": "Cases that were over long ago: not listed, but shown by their ids.",
        },
    },
}
_CASE: Final[dict[str, Any]] = {"type": "object", "required": ["case_id", "version", "state"]}
_OUTCOME: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["case_id", "result", "version", "state"],
    "properties": {
        "case_id": {"type": "string"},
        "result": {"enum": ["done", "repeat"]},
        "version": {"type": "integer"},
        "state": {"enum": [*get_args(CaseState), None]},
    },
}
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_ACTED: Final = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    *_REFUSED,
)


def case_filter(
    state: _State = None,
    in_hand: _InHand = False,
    overdue: _Overdue = False,
    addressee: _Addressee = None,
    owner: _Owner = None,
    kind: _Kind = None,
    entity: _EntityName = None,
    rule: _RuleName = None,
    alert: _AlertId = None,
    since: _Since = None,
    until: _Until = None,
) -> CaseFilter:
    """Read which cases are asked for, in a query."""
    return CaseFilter(
        states=frozenset(state or ()),
        in_hand=in_hand,
        overdue=overdue,
        addressee=addressee,
        owner=owner,
        kind=kind,
        entity=entity,
        rule=rule,
        alert_id=alert,
        opened_since=instant("since", since),
        opened_until=instant("until", until),
    )


_Wanted = Annotated[CaseFilter, Depends(case_filter)]
_document = msgspec.json.Decoder(dict[str, Any])


def add_cases(
    app: FastAPI,
    book: CaseBook,
    filed: FiledCases,
    desk: CaseHandIn,
    now: Callable[[], dt.datetime],
) -> None:
    """Add the addresses to `app`.

    Parameters
    ----------
    app
        The application.
    book
        The cases on Kafka.
    filed
        Finds those that are held no more.
    desk
        Takes requests.
    now
        The clock.
    """

    def require_ready() -> None:
        if not book.ready.is_set():
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "cases are being read; ask again")

    def page(asked: Request, wanted: CaseFilter, after: str | None, limit: int) -> list[Case]:
        require_ready()
        viewer = addressee_of(asked.state.identity)
        try:
            return newest(book.fold, wanted, now(), viewer=viewer, after=after, limit=limit)
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None

    @app.get(
        "/api/v1/cases",
        response_class=Response,
        summary="List cases, those that were opened last first",
        responses={
            200: {"content": {"application/json": {"schema": _ROWS}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def cases(
        request: Request, wanted: _Wanted, limit: _Limit = 100, after: _After = None
    ) -> Response:
        found = page(request, wanted, after, limit)
        viewer = addressee_of(request.state.identity)
        said: dict[str, Any] = {
            "cases": [case_row(case, now(), addressee=viewer) for case in found],
            "filed": book.fold.filed if viewer is None else 0,
        }
        if len(found) == limit:
            said["after"] = case_cursor(found[-1])
        return _json(said)

    @app.get(
        "/api/v1/cases.csv",
        response_class=Response,
        summary="Give cases as a table, those that were opened last first",
        responses={
            200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def cases_csv(request: Request, wanted: _Wanted) -> Response:
        viewer = addressee_of(request.state.identity)
        found = page(request, wanted, None, len(book.fold) or 1)
        rows = [case_row(case, now(), addressee=viewer) for case in found]
        return Response(
            _table(ROW if viewer is None else OWN_ROW, rows),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="cases.csv"'},
        )

    @app.post(
        "/api/v1/cases",
        response_class=Response,
        summary="Open a case: of an alert, of an alert with those under it, or by hand",
        openapi_extra=documented_body(_schema(OpenRequest)),
        responses={
            200: {"content": {"application/json": {"schema": _OUTCOME}}},
            **problem.documented(*_ACTED),
        },
    )
    async def open_case(request: Request) -> Response:
        try:
            asked = read_request(await json_body(request, _document), OpenRequest)
        except (ValueError, msgspec.ValidationError) as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        outcome = await desk.open(asked, actor_of(request.state.identity, asked.by))
        return _outcome(asked.case_id, outcome)

    @app.get(
        "/api/v1/cases/{case_id}",
        response_class=Response,
        summary="Show a case, with its evidence and what was done about it",
        responses={
            200: {"content": {"application/json": {"schema": _CASE}}},
            **problem.documented(HTTPStatus.NOT_FOUND, *_REFUSED),
        },
    )
    async def show(request: Request, case_id: _CaseId) -> Response:
        _require_id(case_id)
        require_ready()
        viewer = addressee_of(request.state.identity)
        case = await filed.case(case_id)
        if case is None or (viewer is not None and not case.is_for(viewer)):
            raise unknown_case(case_id)
        return _json(case_document(case, now(), book.text, addressee=viewer))

    @app.post(
        "/api/v1/cases/{case_id}/events",
        response_class=Response,
        summary="Do something about a case: move, assign, note, progress, evidence, erase",
        openapi_extra=documented_body(_schema(StepRequest)),
        responses={
            200: {"content": {"application/json": {"schema": _OUTCOME}}},
            **problem.documented(*_ACTED),
        },
    )
    async def do(request: Request, case_id: _CaseId) -> Response:
        _require_id(case_id)
        try:
            asked = read_request(await json_body(request, _document), StepRequest)
        except (ValueError, msgspec.ValidationError) as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        outcome = await desk.step(case_id, asked, actor_of(request.state.identity, asked.by))
        return _outcome(case_id, outcome)


def _require_id(case_id: str) -> None:
    if len(case_id) != 16 or not set(case_id) <= set("0123456789abcdef"):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "case_id must be 16 hexadecimal digits")


def _table(names: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    file = io.StringIO()
    # Spreadsheets know UTF-8 by this mark.
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return file.getvalue().encode()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else csv_cell(value)


def _schema(form: type[msgspec.Struct]) -> dict[str, Any]:
    (schema,), parts = msgspec.json.schema_components([form])
    return {**parts[form.__name__]} if "$ref" in schema else schema


def _outcome(case_id: str, outcome: CaseOutcome) -> Response:
    return _json(
        {
            "case_id": case_id,
            "result": outcome.result,
            "version": outcome.version,
            "state": outcome.state,
        }
    )


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
