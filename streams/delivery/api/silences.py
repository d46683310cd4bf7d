"""Addresses of silences and snoozes: those that run, and what one would have hidden."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Query, Request, Response

from streams.actions.book import Book
from streams.actions.desk import HidingReport
from streams.actions.matcher import Matcher, matcher_problems
from streams.actions.preview import PREVIEWED
from streams.actions.wire import written_preview, written_report
from streams.alerts.label import Instant
from streams.delivery.api.board import Board
from streams.delivery.api.board_hiding import board_preview
from streams.delivery.api.hiding_counts import HidingCounts
from streams.delivery.api.instants import instant
from streams.delivery.api.json_body import documented_body, json_body
from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError

_EndedSince = Annotated[
    str | None,
    Query(description="Also those that have ended since this time, such as 2026-03-02T18:00:00Z."),
]
_MATCH: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["match"],
    "properties": {
        "match": {"type": "object", "description": "As a silence has it."},
        "since": {"type": "string", "description": "From when on; by default seven days ago."},
    },
}
_PREVIEW: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["alert_ids", "last", "messages", "seen"],
    "properties": {
        "alert_ids": {"type": "array", "items": {"type": "string"}},
        "last": {"type": "array", "items": {"type": "object"}},
        "messages": {"type": "integer"},
        "seen": {"type": "integer", "description": "All alerts of that time, hidden or not."},
    },
}
_REPORTS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "object"}}
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


class _AskedPreview(msgspec.Struct, forbid_unknown_fields=True):
    match: Matcher
    since: Instant | None = None


_asked_preview = msgspec.json.Decoder(_AskedPreview)


def add_silences(
    app: FastAPI,
    board: Board,
    book: Book,
    sources: Mapping[str, Sequence[str]],
    hidden: HidingCounts,
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
    sources
        The sources of each group.
    hidden
        What each silence has hidden.
    now
        The clock.
    """

    @app.get(
        "/api/v1/silences",
        response_class=Response,
        summary="List silences and snoozes that run, and what each has hidden so far",
        responses={
            200: {"content": {"application/json": {"schema": _REPORTS}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def silences(ended_since: _EndedSince = None) -> Response:
        since, at = instant("ended_since", ended_since), now()
        counts, text = await hidden.now(), book.notes.text
        reports = [
            HidingReport(each, text(each.made.id), counts[each.made.id])
            for each in book.state.every_hiding()
            if each.made.id in counts
            and (each.runs(at) or (since is not None and each.ends_at >= since))
        ]
        return _json(msgspec.json.encode([written_report(each) for each in reports]))

    @app.post(
        "/api/v1/silences/preview",
        response_class=Response,
        summary="Say what a silence would have hidden; nothing is made",
        openapi_extra=documented_body(_MATCH),
        responses={
            200: {"content": {"application/json": {"schema": _PREVIEW}}},
            **problem.documented(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, *_REFUSED),
        },
    )
    async def look(request: Request) -> Response:
        asked = await json_body(request, _asked_preview)
        for said in matcher_problems(asked.match):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"match.{said}")
        if not asked.match.texts:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "match must have a key")
        since = asked.since or now() - PREVIEWED
        rows = list(board)
        found = await asyncio.to_thread(lambda: board_preview(asked.match, rows, sources, since))
        raw_by_id = {row.alert_id: row.raw for row in rows}
        return _json(written_preview(found, raw_by_id.get))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
