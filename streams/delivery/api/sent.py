"""The address of what was sent to whom."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Query, Response

from streams.alerts.label import alert_id_of
from streams.delivery.api.instants import instant
from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError
from streams.delivery.sent_log import SentFilter, SentLog

_Receiver = Annotated[str | None, Query(description="Only to this receiver.")]
_Alert = Annotated[str | None, Query(description="Only those that told of this alert: its id.")]
_Since = Annotated[
    str | None,
    Query(description="Only those accepted or given up since a time: 2026-03-02T18:00:00Z."),
]
_Limit = Annotated[int, Query(ge=1, le=1000, description="How many a page has at most.")]
_After = Annotated[
    int | None, Query(ge=0, description="What comes after a page, that is before: its `after`.")
]
_PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["notifications"],
    "properties": {
        "notifications": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "due", "receiver", "reason", "outcome", "alerts"],
                "description": "As it stands on the topic notifications.",
            },
        },
        "after": {"type": "integer"},
    },
}
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def add_notifications(app: FastAPI, log: SentLog) -> None:
    """Add the address to `app`.

    Parameters
    ----------
    app
        The application.
    log
        What was sent.
    """

    @app.get(
        "/api/v1/notifications",
        response_class=Response,
        summary="List what was sent to whom, or given up, the newest first",
        responses={
            200: {"content": {"application/json": {"schema": _PAGE}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def notifications(
        receiver: _Receiver = None,
        alert: _Alert = None,
        since: _Since = None,
        after: _After = None,
        limit: _Limit = 100,
    ) -> Response:
        alert_id = None if alert is None else alert_id_of(alert)
        if alert is not None and alert_id is None:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "alert must be an id of 16 hexadecimal digits"
            )
        wanted = SentFilter(receiver, alert_id, instant("since", since))
        found = list(islice(log.newest(wanted, after), limit))
        said: dict[str, Any] = {"notifications": [sent for _, sent in found]}
        if len(found) == limit:
            said["after"] = found[-1][0]
        return Response(msgspec.json.encode(said), media_type="application/json")
