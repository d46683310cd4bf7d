"""Addresses of what people do: any action, the log of them, and the labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import dropwhile, islice
from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Query, Request, Response

from streams.access.roles import Identity
from streams.actions.action import FORM, Action, action_of
from streams.actions.book import Book
from streams.actions.desk import LogEntry
from streams.actions.labels import labels_of
from streams.actions.wire import written_entry
from streams.alerts.label import note_problem
from streams.delivery.api.hand_in import HandIn
from streams.delivery.api.json_body import documented_body, json_body
from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError

_Limit = Annotated[int, Query(ge=1, le=1000, description="How many there are at most.")]

_After = Annotated[str | None, Query(description="The page after this action: its id.")]

_ACTION: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {
        "type": {"type": "string", "description": "Which action, such as acknowledge."},
        "id": {"type": "string", "description": "32 hex digits of chance; a repeat has the same."},
        "expects": {"type": "integer", "description": "The version that the client has seen."},
        "text": {"type": "string", "description": "A note's or a silence's text."},
    },
}
_OUTCOME: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["result", "version"],
    "properties": {"result": {"enum": ["done", "repeat"]}, "version": {"type": "integer"}},
}
_LIST: Final[dict[str, Any]] = {"type": "array", "items": {"type": "object"}}
_document = msgspec.json.Decoder(dict[str, Any])
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def add_actions(
    app: FastAPI,
    book: Book,
    desk: HandIn,
    now: Callable[[], dt.datetime],
) -> None:
    """Add the addresses to `app`.

    Parameters
    ----------
    app
        The application.
    book
        The actions on Kafka.
    desk
        Takes new ones.
    now
        The clock.
    """

    @app.post(
        "/api/v1/actions",
        response_class=Response,
        summary="Do something: acknowledge, assign, note, snooze, silence, label, and so on",
        openapi_extra=documented_body(_ACTION),
        responses={
            200: {"content": {"application/json": {"schema": _OUTCOME}}},
            **problem.documented(
                HTTPStatus.NOT_FOUND,
                HTTPStatus.CONFLICT,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                *_REFUSED,
            ),
        },
    )
    async def act(request: Request) -> Response:
        document: dict[str, Any] = await json_body(request, _document)
        identity: Identity = request.state.identity
        text = document.pop("text", None)
        # On loopback without users whoever asks says who acts; elsewhere nobody acts as another.
        by = document.get("by", identity.name) if identity.via == "local" else identity.name
        try:
            if not isinstance(text, str | None):
                raise ValueError("text must be a text")
            if text is not None and (wrong := note_problem(text)):
                raise ValueError(f"text {wrong}")
            # Who asks does not say when: a silence could last for ever, and the log would lie.
            ours = {"at": now().isoformat(), "by": by, "noted": text is not None}
            action = action_of({"v": FORM, **document, **ours})
        except (ValueError, msgspec.ValidationError) as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        (outcome,) = await desk.do([(action, text)])
        if outcome.result == "conflict":
            raise ProblemError(
                HTTPStatus.CONFLICT,
                f"its version is {outcome.version} by now: look at it again, and send another"
                " action with another id",
                version=outcome.version,
            )
        return _json({"result": outcome.result, "version": outcome.version})

    @app.get(
        "/api/v1/actions",
        response_class=Response,
        summary="List what was done, the newest first, each with its text",
        responses={
            200: {"content": {"application/json": {"schema": _LIST}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def actions(limit: _Limit = 100, after: _After = None) -> Response:
        done: Iterator[Action] = (
            entry.action for entry in reversed(book.log) if entry.outcome.result == "done"
        )
        if after is not None:
            done = islice(dropwhile(lambda action: action.id != after, done), 1, None)
        page = islice(done, limit)
        return _json([written_entry(LogEntry(each, text_of(each))) for each in page])

    @app.get(
        "/api/v1/lost_texts",
        response_class=Response,
        summary="List the texts that belong to no action: erase_note erases one by its id",
        responses={
            200: {"content": {"application/json": {"schema": _LIST}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def lost_texts() -> Response:
        return _json([each._asdict() for each in book.lost_texts()])

    @app.get(
        "/api/v1/labels",
        response_class=Response,
        summary="List all labels, those of earlier versions first",
        responses={
            200: {"content": {"application/json": {"schema": _LIST}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def labels() -> Response:
        done = ((entry.action, text_of(entry.action)) for entry in book.log)
        return _json([*book.labels, *labels_of(done)])

    def text_of(action: Action) -> str | None:
        return book.notes.text(action.id) if action.noted else None


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
