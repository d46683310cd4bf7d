"""Addresses of the alerts as they stand, with what people have done about each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import FastAPI, Path, Query, Response

from streams.actions.book import Book
from streams.delivery.api.board import Board, BoardRow, cursor, page
from streams.delivery.api.board_filter import BoardFilter, find
from streams.delivery.api.revisions import Revisions, WrittenAlert
from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError
from streams.delivery.sent_log import SentLog

_AlertId = Annotated[str, Path(description="An alert's id, without its revision.")]
_State = Annotated[
    Literal["early", "open", "resolved", "retracted", "in_progress"] | None,
    Query(description="Only such; in_progress is early or open."),
]
_Sort = Annotated[
    Literal["newest", "beyond_chance"],
    Query(
        description="newest: by the end of the last bucket; beyond_chance: by how much more"
        " evidence there is than an alert needs, or by the severity where it needs none."
    ),
]
_Limit = Annotated[int, Query(ge=1, le=1000, description="How many alerts a page has at most.")]
_After = Annotated[str | None, Query(description="What comes after a page: its `after`.")]
_Entity = Annotated[str | None, Query(description="Only of this entity, such as sender/1069.")]
_Signal = Annotated[str | None, Query(description="Only of this signal.")]
_Severity = Annotated[Literal["warning", "critical"] | None, Query(description="Only such.")]
_Level = Annotated[str | None, Query(description="Only on entities of this level.")]
_Platform = Annotated[str | None, Query(description="Only of this platform, or on it.")]
_Signature = Annotated[str | None, Query(description="Only of this signature, or on it.")]
_Category = Annotated[str | None, Query(description="Only of this category, or on it.")]
_Owner = Annotated[
    str | None,
    Query(description="Only assigned to this person, or acknowledged by them; - is nobody."),
]
_Acknowledged = Annotated[
    bool | None, Query(description="Whether somebody takes care of it; only one in progress.")
]
_Hidden = Annotated[
    bool | None, Query(description="Whether a silence or snooze hides it; only one in progress.")
]
_Label = Annotated[
    Literal["true", "false", "expected", "none"] | None,
    Query(description="Only of this verdict; none is unjudged."),
]
_Text = Annotated[
    str | None,
    Query(max_length=256, description="Only with this in the id, a name or the owner."),
]

_ALERT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["cloudevent", "actions"],
    "properties": {
        "cloudevent": {"type": "object", "description": "The last revision, as published."},
        "actions": {"type": "object", "description": "Version, who acknowledged, whose, label."},
    },
}
_WITH_REVISIONS: Final[dict[str, Any]] = {
    "type": "object",
    "required": [*_ALERT["required"], "revisions", "has_all_revisions", "notifications"],
    "properties": {
        **_ALERT["properties"],
        "revisions": {
            "type": "array",
            "description": "In their order, the last one too.",
            "items": {
                "type": "object",
                "required": ["written_at", "cloudevent"],
                "properties": {
                    "written_at": {"type": "string", "format": "date-time"},
                    "cloudevent": {"type": "object"},
                },
            },
        },
        "notifications": {
            "type": "array",
            "description": "What was sent to people about it, the newest first, at most 100;"
            " /api/v1/notifications?alert= has more.",
            "items": {"type": "object"},
        },
        "has_all_revisions": {
            "type": "boolean",
            "description": "Whether none is left out: of many, the first and the last are given,"
            " and the topic keeps none for ever.",
        },
    },
}
_PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["alerts"],
    "properties": {"alerts": {"type": "array", "items": _ALERT}, "after": {"type": "string"}},
}
_MOST_SENT: Final = 100
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def add_alerts(
    app: FastAPI,
    board: Board,
    book: Book,
    revisions: Revisions,
    sent: SentLog,
    now: Callable[[], dt.datetime],
) -> None:
    """Add the addresses to `app`.

    Parameters
    ----------
    app
        The application.
    board
        The alerts as they stand.
    book
        What people have done.
    revisions, sent
        Reads the revisions of an alert; what was sent to whom.
    now
        The clock.
    """

    @app.get(
        "/api/v1/alerts",
        response_class=Response,
        summary="List the alerts as they stand",
        responses={
            200: {"content": {"application/json": {"schema": _PAGE}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def alerts(
        state: _State = None,
        signal: _Signal = None,
        severity: _Severity = None,
        entity: _Entity = None,
        level: _Level = None,
        platform: _Platform = None,
        signature: _Signature = None,
        category: _Category = None,
        owner: _Owner = None,
        acknowledged: _Acknowledged = None,
        hidden: _Hidden = None,
        label: _Label = None,
        text: _Text = None,
        sort: _Sort = "newest",
        after: _After = None,
        limit: _Limit = 100,
    ) -> Response:
        wanted = BoardFilter(
            state, signal, severity, entity, level, platform, signature, category, owner,
            acknowledged, hidden, label, text,
        )  # fmt: skip
        try:
            rows = page(find(board, wanted, book.state, now()), sort, after, limit)
        except ValueError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        said: dict[str, Any] = {"alerts": [shown(row) for row in rows]}
        if len(rows) == limit:
            said["after"] = cursor(sort, rows[-1])
        return _json(said)

    @app.get(
        "/api/v1/alerts/{alert_id}",
        response_class=Response,
        summary="Read one alert, with its revisions and what was sent about it",
        responses={
            200: {"content": {"application/json": {"schema": _WITH_REVISIONS}}},
            **problem.documented(HTTPStatus.NOT_FOUND, *_REFUSED),
        },
    )
    async def alert(alert_id: _AlertId) -> Response:
        row = board.alert(alert_id)
        if row is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND,
                "there is no such alert among those that serve holds; /api/v1/alerts lists them",
            )
        found = await revisions.read(row)
        return _json(
            {
                **shown(row),
                "revisions": [_revision(each) for each in found.found],
                "has_all_revisions": found.is_whole,
                "notifications": sent.about(row.alert_id, _MOST_SENT),
            }
        )

    def shown(row: BoardRow) -> dict[str, Any]:
        return {"cloudevent": msgspec.Raw(row.raw), "actions": book.state.alert(row.alert_id)}


def _revision(one: WrittenAlert) -> dict[str, Any]:
    written_at = dt.datetime.fromtimestamp(one.written_s, dt.UTC)
    return {"written_at": written_at, "cloudevent": msgspec.Raw(one.raw)}


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
