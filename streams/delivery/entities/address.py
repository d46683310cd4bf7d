"""Addresses of entities: the search by any part of a name, and what is known of one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Path, Query, Response

from streams.delivery.api.board import Board
from streams.delivery.api.instants import instant
from streams.delivery.entities.library import LAST, BucketSpan, Library
from streams.delivery.feed import problem
from streams.delivery.feed.problem import ProblemError
from streams.explain.document import document
from streams.items import LEVELS, Level, name_problem
from streams.names.canonical import form_of_stored
from streams.series.store.database import StoreError

_Search = Annotated[
    str, Query(min_length=1, max_length=256, description="Any part of an id or name, in any case.")
]
_LevelOnly = Annotated[Level | None, Query(description="Only entities of this level.")]
_Limit = Annotated[int, Query(ge=1, le=1000, description="How many there are at most.")]
_Level = Annotated[Level, Path(description="The level, such as sender.")]
_Id = Annotated[str, Path(max_length=256, description="The id or name; it may hold slashes.")]
_IdAsked = Annotated[str, Query(alias="id", max_length=256, description="The id or name.")]
_From = Annotated[
    str | None, Query(alias="from", description="Buckets from a time on: 2026-03-02T18:00:00Z.")
]
_To = Annotated[str | None, Query(description="Buckets before a time.")]
_At = Annotated[str | None, Query(description="Instead of `from` and `to`: buckets around a time.")]
_Buckets = Annotated[int, Query(ge=1, le=10_000, description="Of each signal, the last ones.")]
_Outlook = Annotated[
    bool, Query(description="Whether to ask detect what the open bucket holds; it takes a moment.")
]

_PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["entities", "complete"],
    "properties": {
        "entities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["level", "id", "alerts"],
                "properties": {
                    "level": {"type": "string", "enum": list(LEVELS)},
                    "id": {"type": "string"},
                    "alerts": {"type": "integer", "description": "Of those that serve holds."},
                    "open": {"type": "integer", "description": "How many of these are open."},
                },
            },
        },
        "complete": {"type": "boolean", "description": "Whether there are no others."},
    },
}
_BUCKET: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Times are epoch s. `alarms_at` is the count that would have been enough, where"
    " `alarms_known` is true. The figures are whole where an alert was open or the entity had been"
    " asked for; others are in single precision.",
    "required": ["start", "end", "count", "expected", "evidence_nats", "threshold_nats"],
}
_ENTITY: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["level", "id", "histories", "alerts", "outlooks"],
    "properties": {
        "level": {"type": "string", "enum": list(LEVELS)},
        "id": {"type": "string"},
        "histories": {
            "type": "array",
            "description": "One for each signal of each group; buckets without a count may lack.",
            "items": {
                "type": "object",
                "required": ["group", "signal", "bucket_s", "timezone", "buckets"],
                "properties": {"buckets": {"type": "array", "items": _BUCKET}},
            },
        },
        "alerts": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Revisions of its alerts and of alerts on sources, as published.",
        },
        "outlooks": {
            "type": "array",
            "description": "What open buckets hold: one of each group that has answered.",
            "items": {"type": "object", "required": ["group", "shard", "state", "signals"]},
        },
    },
}
_REFUSED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_ONE: Final[dict[str, Any]] = {
    "response_class": Response,
    "responses": {
        200: {"content": {"application/json": {"schema": _ENTITY}}},
        **problem.documented(HTTPStatus.NOT_FOUND, *_REFUSED),
    },
}


def add_entities(app: FastAPI, library: Library, board: Board) -> None:
    """Add the addresses to `app`.

    Parameters
    ----------
    app
        The application.
    library
        What is known of entities.
    board
        The alerts as they stand.
    """

    @app.get(
        "/api/v1/entities",
        response_class=Response,
        summary="Search entities by any part of an id or name",
        responses={
            200: {"content": {"application/json": {"schema": _PAGE}}},
            **problem.documented(*_REFUSED),
        },
    )
    async def search(search: _Search, level: _LevelOnly = None, limit: _Limit = 50) -> Response:
        try:
            matches = await library.search(search, limit, level)
        except StoreError as error:
            raise _unavailable(error) from None
        found = []
        for named in matches.found:
            rows = board.of_entity(f"{named.level}/{named.id}")
            in_progress = sum(row.in_progress for row in rows)
            found.append(
                {"level": named.level, "id": named.id, "alerts": len(rows), "open": in_progress}
            )
        return _json(msgspec.json.encode({"entities": found, "complete": matches.is_whole}))

    @app.get(
        "/api/v1/entities/{level}/{entity_id:path}",
        summary="Read the history of an entity, and what its open bucket holds",
        **_ONE,
    )
    async def entity(
        level: _Level,
        entity_id: _Id,
        from_: _From = None,
        to: _To = None,
        at: _At = None,
        buckets: _Buckets = LAST.most,
        outlook: _Outlook = True,
    ) -> Response:
        name = form_of_stored(entity_id)
        # The form may be longer than what was sent: it is what must be a name.
        if said := name_problem(name):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the id {said}")
        since, until, around = instant("from", from_), instant("to", to), instant("at", at)
        span = BucketSpan(
            LAST.from_s if since is None else since.timestamp(),
            LAST.to_s if until is None else until.timestamp(),
            buckets,
        )
        try:
            found = await library.entity(
                level, name, span, None if around is None else around.timestamp()
            )
        except StoreError as error:
            raise _unavailable(error) from None
        outlooks = await library.outlooks(level, name) if outlook else []
        if (
            not found.histories
            and not found.alerts
            and not any(one.state != "unknown" for one in outlooks)
        ):
            raise ProblemError(
                HTTPStatus.NOT_FOUND,
                "there is no such entity among those that counted since serve's store began;"
                " /api/v1/entities?search= finds names by any part",
            )
        return _json(document(level, name, found.histories, found.alerts, outlooks))

    @app.get(
        "/api/v1/entities/{level}",
        summary="The same of any name: '.' and '..' cannot stand in a path",
        **_ONE,
    )
    async def entity_by_query(
        level: _Level,
        entity_id: _IdAsked,
        from_: _From = None,
        to: _To = None,
        at: _At = None,
        buckets: _Buckets = LAST.most,
        outlook: _Outlook = True,
    ) -> Response:
        return await entity(level, entity_id, from_, to, at, buckets, outlook)


def _unavailable(error: StoreError) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
