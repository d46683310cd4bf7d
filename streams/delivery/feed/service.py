"""The HTTP service of the regulator's feeds.

Each group and shard has a feed of its own, at its own address, since numbers and cursors are of
one group and shard. ``/feeds`` lists the feeds. There is no shorter address for the case of only
one feed: its meaning would change when a second group is added.

A reader that keeps a cursor begins with ``?after=0``, or with the cursor that a 409 or 410 names.
It follows ``next_url`` to the end. From then on it asks ``?after=<after>`` from time to time, or
listens to the stream. A plain feed reader, which keeps no cursor, gets the newest items.

A cursor is ``EPOCH.NUMBER``. After the last item of an epoch come those of the next. 410 says that
what followed the cursor is no longer kept; 409 that the feed has never come to it. So a reader
never waits at a cursor of another feed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from http import HTTPStatus
from typing import Annotated, Any, Final

import orjson
from fastapi import FastAPI, Header, Path, Query, Request, Response

from streams import version
from streams.delivery.feed import problem
from streams.delivery.feed.atom import MEDIA_TYPE as ATOM_TYPE
from streams.delivery.feed.atom import atom_feed, atom_path
from streams.delivery.feed.connection_limits import BodyLimit
from streams.delivery.feed.cursor import PATTERN, Cursor, read_cursor
from streams.delivery.feed.event_stream import EventStream, LiveFeeds, events
from streams.delivery.feed.jsonfeed import MEDIA_TYPE, SCHEMA, feed_path, json_feed
from streams.delivery.feed.pages import FeedKey, Gone, NeverReached, Page
from streams.delivery.feed.problem import ProblemError
from streams.delivery.proofs.address import add_proofs, page_proofs
from streams.delivery.proofs.live import LiveProofs

MAX_LIMIT: Final = 1000
MAX_CLIENTS: Final = 256
_LARGEST: Final = 2**53 - 1  # beyond it JSON readers lose digits

_Group = Annotated[str, Path(description="A group of sources, as /feeds lists it.")]
_Shard = Annotated[int, Path(ge=0, le=_LARGEST, description="A shard, as /feeds lists it.")]
_After = Annotated[
    str | None,
    Query(
        pattern=PATTERN,
        description="A cursor, EPOCH.NUMBER: the items after it are asked for. 0 is the beginning;"
        " another number without an epoch is of epoch 1. Without a cursor the newest items come.",
    ),
]
_Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items a page has at most.")]
_Proof = Annotated[bool, Query(description="Whether each item comes with its proof.")]
_LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=PATTERN,
        description="The last id that the client has had, a cursor; it goes before `after`.",
    ),
]

_FEEDS_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["feeds"],
    "properties": {
        "feeds": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    *("group", "shard", "epoch", "feed_url", "atom_url", "events_url"),
                    *("oldest", "newest"),
                ],
                "properties": {
                    "group": {"type": "string"},
                    "shard": {"type": "integer"},
                    "epoch": {"type": "integer"},
                    "feed_url": {"type": "string", "format": "uri"},
                    "atom_url": {"type": "string", "format": "uri"},
                    "events_url": {"type": "string", "format": "uri"},
                    "oldest": {"type": ["integer", "null"]},
                    "newest": {"type": ["integer", "null"]},
                },
            },
        }
    },
}
_OF_FEED = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def build_service(
    live: LiveFeeds,
    *,
    name: str,
    expected: Collection[FeedKey],
    proofs: LiveProofs | None = None,
) -> FastAPI:
    """Make the HTTP service.

    Parameters
    ----------
    live
        The feeds.
    name
        The configuration's name.
    expected
        Feeds that are listed even before they have an alert; it may grow.
    proofs
        The feeds' trees; None where there are none.
    """
    proving = LiveProofs(name) if proofs is None else proofs
    app = FastAPI(
        title="Weathervane feeds",
        description=(__doc__ or "").partition("\n\n")[2],
        version=version(),
        # The pages at /docs and /redoc load scripts from elsewhere; /openapi.json stays.
        docs_url=None,
        redoc_url=None,
    )
    problem.install(app)
    app.add_middleware(BodyLimit)

    def checked(group: str, shard: int) -> FeedKey:
        key = (group, shard)
        if not live.ready:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                live.waits_for or "the feeds are still being read; try again in a second",
                headers={"Retry-After": "1"},
            )
        if key not in expected and key not in live.feeds:
            raise ProblemError(
                HTTPStatus.NOT_FOUND,
                f"there is no feed of group {group!r}, shard {shard}; /feeds lists them",
            )
        return key

    @app.get(
        "/feeds",
        response_class=Response,
        summary="List the feeds",
        responses={200: {"content": {"application/json": {"schema": _FEEDS_SCHEMA}}}},
    )
    async def feeds(request: Request) -> Response:
        base = _base(request)
        rows = []
        for key in sorted({*expected, *live.feeds.keys()}):
            page = live.feeds.newest(key, 1)
            path = base + feed_path(key)
            rows.append(
                {
                    "group": key[0],
                    "shard": key[1],
                    "epoch": page.after.epoch,
                    "feed_url": path,
                    "atom_url": base + atom_path(key),
                    "events_url": path.removesuffix(".json") + "/events",
                    "oldest": page.oldest,
                    "newest": page.newest,
                }
            )
        return Response(orjson.dumps({"feeds": rows}), media_type="application/json")

    @app.get(
        "/feeds/{group}/{shard}.json",
        response_class=Response,
        summary="Read a page of a feed (JSON Feed 1.1)",
        responses={
            200: {"content": {MEDIA_TYPE: {"schema": SCHEMA}}},
            304: {"description": "Not Modified"},
            **problem.documented(*_OF_FEED),
        },
    )
    async def feed(
        request: Request,
        group: _Group,
        shard: _Shard,
        after: _After = None,
        limit: _Limit = 100,
        proof: _Proof = False,
    ) -> Response:
        key = checked(group, shard)
        page = live.feeds.newest(key, limit) if after is None else _page(live, key, after, limit)
        proved = None
        if proof:
            page, proved = await page_proofs(proving, key, page)
        body = json_feed(page, key, base_url=_base(request), name=name, limit=limit, proofs=proved)
        return _tagged(request, body, MEDIA_TYPE)

    @app.get(
        "/feeds/{group}/{shard}.atom",
        response_class=Response,
        summary="Read a page of a feed (Atom)",
        responses={
            200: {"content": {ATOM_TYPE: {"schema": {"type": "string"}}}},
            304: {"description": "Not Modified"},
            **problem.documented(*_OF_FEED),
        },
    )
    async def atom(
        request: Request, group: _Group, shard: _Shard, after: _After = None, limit: _Limit = 100
    ) -> Response:
        key = checked(group, shard)
        page = live.feeds.newest(key, limit) if after is None else _page(live, key, after, limit)
        body = atom_feed(page, key, base_url=_base(request), name=name, limit=limit)
        return _tagged(request, body, ATOM_TYPE)

    @app.get(
        "/feeds/{group}/{shard}/events",
        response_class=Response,
        summary="Listen to a feed (server-sent events; the id is the item's number)",
        responses={
            200: {
                "description": "Each event's data is an alert as published, a CloudEvent.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **problem.documented(*_OF_FEED),
        },
    )
    async def listen(
        request: Request,
        group: _Group,
        shard: _Shard,
        after: _After = None,
        last_event_id: _LastEventId = None,
    ) -> Response:
        key = checked(group, shard)
        # The header goes first: a client that reconnects repeats the address it began with.
        asked = after if last_event_id is None else last_event_id
        cursor = live.feeds.newest(key, 1).after if asked is None else _cursor(live, key, asked)
        if live.listeners >= MAX_CLIENTS:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{MAX_CLIENTS} clients are listening, the most there may be; try again later",
                headers={"Retry-After": "60"},
            )
        live.listeners += 1
        # Whoever asked may be removed, or a token end, while the stream lasts.
        may_listen = getattr(request.state, "still_may", lambda: True)
        return EventStream(events(live, key, cursor, may_listen), on_end=live.leave)

    @app.get(
        "/healthz",
        response_class=Response,
        summary="Say whether the process answers",
        responses={200: {"content": {"text/plain": {"schema": {"const": "ok\n"}}}}},
    )
    async def healthz() -> Response:
        return Response("ok\n", media_type="text/plain")

    @app.get(
        "/readyz",
        response_class=Response,
        summary="Say whether all that was published before the start has been read",
        responses={
            200: {"content": {"text/plain": {"schema": {"const": "ok\n"}}}},
            **problem.documented(HTTPStatus.SERVICE_UNAVAILABLE),
        },
    )
    async def readyz() -> Response:
        if not live.ready:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, live.waits_for or "the feeds are still being read"
            )
        return Response("ok\n", media_type="text/plain")

    add_proofs(app, proving)
    return app


def _tagged(request: Request, body: bytes, media_type: str) -> Response:
    """Answer with a body, or that the client has it already."""
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(body, HTTPStatus.OK, headers, media_type)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _page(live: LiveFeeds, key: FeedKey, asked: str, limit: int) -> Page:
    """Return the page after a cursor; raise a problem where the feed cannot go on from it."""
    cursor = read_cursor(asked)
    page = live.feeds.after(key, cursor, limit)
    match page:
        case Gone():
            raise ProblemError(
                HTTPStatus.GONE,
                f"the items after {asked} are no longer all kept; the oldest is {page.oldest} of"
                f" epoch {page.after.epoch}: go on with after={page.after}",
                oldest=page.oldest,
                epoch=page.after.epoch,
                after=str(page.after),
            )
        case NeverReached():
            raise ProblemError(
                HTTPStatus.CONFLICT,
                f"this feed has never come to {asked}; its newest item is {page.newest or 'none'}"
                f" of epoch {page.after.epoch}. The cursor is of another feed, or from before a"
                f" reset: go on with after={page.after}, and drop by id what you know",
                newest=page.newest,
                epoch=page.after.epoch,
                after=str(page.after),
            )
    return page


def _cursor(live: LiveFeeds, key: FeedKey, asked: str) -> Cursor:
    """Return the cursor that was asked for, in the feed's epoch; raise as `_page` does."""
    page, cursor = _page(live, key, asked, 1), read_cursor(asked)
    return cursor if isinstance(cursor, Cursor) else Cursor(page.after.epoch, 0)
