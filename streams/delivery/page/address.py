"""The address of an alert's page. It reads, and changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response

from streams.actions.action import AlertAction
from streams.actions.book import Book
from streams.alerts.cloudevent import decode_event
from streams.delivery.api.board import Board
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.problem import ProblemError
from streams.delivery.page.alert_page import Deed, ShownAlert, body_of, title_of
from streams.delivery.page.document import page, problem_page
from streams.language.preferred import preferred

_ALERT_ID: Final[dict[str, Any]] = {
    "name": "alert_id",
    "in": "path",
    "required": True,
    "description": "An alert's id, without its revision.",
    "schema": {"type": "string"},
}
_HTML: Final[dict[str, Any]] = {"text/html": {"schema": {"type": "string"}}}


def add_alert_page(
    app: FastAPI,
    live: LiveFeeds,
    board: Board,
    book: Book,
    zone: ZoneInfo,
    now: Callable[[], dt.datetime],
) -> None:
    """Add the address to `app`.

    Parameters
    ----------
    app
        The application.
    live
        Whether all alerts have been read.
    board
        The alerts as they stand.
    book
        What people have done.
    zone
        The zone of the page's times.
    now
        The clock.
    """

    @app.get(
        "/alerts/{alert_id}",
        response_class=Response,
        summary="Show one alert to a person: a page in English or Chinese, without scripts",
        openapi_extra={"parameters": [_ALERT_ID]},
        responses={
            200: {"content": _HTML},
            **{
                int(status): {"description": status.phrase, "content": _HTML}
                for status in (
                    HTTPStatus.UNAUTHORIZED,
                    HTTPStatus.FORBIDDEN,
                    HTTPStatus.NOT_FOUND,
                    HTTPStatus.SERVICE_UNAVAILABLE,
                )
            },
        },
    )
    async def alert_page(request: Request) -> Response:
        alert_id: str = request.path_params["alert_id"]
        language = preferred(request.headers.get("accept-language", ""))
        row = board.alert(alert_id)
        if row is None:
            status = HTTPStatus.NOT_FOUND if live.ready else HTTPStatus.SERVICE_UNAVAILABLE
            return problem_page(ProblemError(status, status.phrase), language)
        envelope = decode_event(row.raw)
        deeds = [
            Deed(entry.action, book.notes.text(entry.action.id))
            for entry in book.log
            if isinstance(entry.action, AlertAction) and entry.action.alert_id == alert_id
        ]
        shown = ShownAlert(
            envelope,
            row.opened,
            book.state.alert(alert_id),
            deeds,
            book.state.hides(envelope.alert, now()),
        )
        return page(title_of(shown, language), body_of(shown, language, zone), language)
