"""Addresses of proofs: checkpoints, proofs of inclusion and consistency, and the public keys."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import FastAPI, Path, Query, Response
from msgspec.structs import replace

from streams.delivery.feed import problem
from streams.delivery.feed.cursor import Cursor
from streams.delivery.feed.jsonfeed import PageProofs
from streams.delivery.feed.pages import FeedKey, Page
from streams.delivery.feed.problem import ProblemError
from streams.delivery.proofs.live import LiveProofs, NoProof
from streams.proofs.checkpoint import FeedId, key_name, origin_of
from streams.proofs.tree import DamagedTile

_LARGEST: Final = 2**53 - 1  # beyond it JSON readers lose digits
_Group = Annotated[str, Path(description="A group of sources, as /feeds lists it.")]
_Shard = Annotated[int, Path(ge=0, le=_LARGEST, description="A shard, as /feeds lists it.")]
_Epoch = Annotated[
    int | None, Query(ge=1, le=_LARGEST, description="The feed's epoch. Default: the newest.")
]
_Number = Annotated[int, Query(ge=1, le=_LARGEST, description="The item's number, feed_no.")]
_Size = Annotated[
    int | None,
    Query(ge=1, le=_LARGEST, description="The size of a checkpoint. Default: the newest one's."),
]
_First = Annotated[int, Query(ge=1, le=_LARGEST, description="The size of the older checkpoint.")]
_HASHES: Final = {"type": "array", "items": {"type": "string", "contentEncoding": "base64"}}
_ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["origin", "epoch", "proof"],
    "properties": {
        "origin": {"type": "string"},
        "epoch": {"type": "integer"},
        "number": {"type": "integer"},
        "first": {"type": "integer"},
        "size": {"type": "integer"},
        "leaf_hash": {"type": "string", "contentEncoding": "base64"},
        "proof": _HASHES,
    },
}
_KEYS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name", "keys"],
    "properties": {"name": {"type": "string"}, "keys": {"type": "array"}},
}
_PROBLEMS: Final = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_Answer = TypeVar("_Answer")


def text_of_hash(hashed: bytes) -> str:
    """Write a hash as answers have it."""
    return base64.b64encode(hashed).decode()


def add_proofs(app: FastAPI, proofs: LiveProofs) -> None:
    """Add the addresses to the application."""

    @app.get(
        "/feeds/keys",
        response_class=Response,
        summary="List the public keys that sign checkpoints, the oldest first",
        responses={
            200: {"content": {"application/json": {"schema": _KEYS}}},
            **problem.documented(HTTPStatus.SERVICE_UNAVAILABLE),
        },
    )
    async def keys() -> Response:
        if not proofs.published and proofs.unsigned is not None:
            raise _unavailable(proofs.unsigned)
        found = {"name": key_name(proofs.name), "keys": proofs.published}
        return Response(msgspec.json.encode(found), media_type="application/json")

    @app.get(
        "/feeds/{group}/{shard}/checkpoint",
        response_class=Response,
        summary="Read a feed's newest checkpoint, a signed note",
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **problem.documented(*_PROBLEMS),
        },
    )
    async def checkpoint(group: _Group, shard: _Shard, epoch: _Epoch = None) -> Response:
        feed = _feed(proofs, group, shard, epoch)
        _, note = _proved(lambda: proofs.checkpoint(feed))
        headers = {"Cache-Control": "no-cache"}
        return Response(note, HTTPStatus.OK, headers, "text/plain; charset=utf-8")

    @app.get(
        "/feeds/{group}/{shard}/inclusion",
        response_class=Response,
        summary="Prove that an item is in the feed",
        responses={
            200: {"content": {"application/json": {"schema": _ANSWER}}},
            **problem.documented(*_PROBLEMS),
        },
    )
    async def inclusion(
        group: _Group, shard: _Shard, number: _Number, size: _Size = None, epoch: _Epoch = None
    ) -> Response:
        feed = _feed(proofs, group, shard, epoch)
        tree = _proved(lambda: proofs.tree(feed))
        found = _proved(lambda: proofs.item(feed, number, size or tree.size))
        return _answer(
            proofs,
            feed,
            number=number,
            size=found.size,
            leaf_hash=text_of_hash(found.leaf),
            proof=[text_of_hash(each) for each in found.path],
        )

    @app.get(
        "/feeds/{group}/{shard}/consistency",
        response_class=Response,
        summary="Prove that a checkpoint goes on from an older one",
        responses={
            200: {"content": {"application/json": {"schema": _ANSWER}}},
            **problem.documented(*_PROBLEMS),
        },
    )
    async def consistency(
        group: _Group, shard: _Shard, first: _First, size: _Size = None, epoch: _Epoch = None
    ) -> Response:
        feed = _feed(proofs, group, shard, epoch)
        tree = _proved(lambda: proofs.tree(feed))
        second = size or tree.size
        path = _proved(lambda: tree.consistency(first, second))
        return _answer(
            proofs, feed, first=first, size=second, proof=[text_of_hash(each) for each in path]
        )


async def page_proofs(proofs: LiveProofs, key: FeedKey, page: Page) -> tuple[Page, PageProofs]:
    """Return a page as far as the tree has come, and what proves its items.

    Raises
    ------
    ProblemError
        Where nothing can be proved now.
    """
    feed = FeedId(*key, page.after.epoch)
    if not page.items and feed not in proofs.trees.trees:
        return page, PageProofs(None, {})
    if page.items:
        await proofs.reaches(feed, page.items[-1].feed_no)
    checkpoint, note = _proved(lambda: proofs.checkpoint(feed))
    items = [item for item in page.items if item.feed_no <= checkpoint.size]
    if page.items and not items:
        said = f"the feed's tree has come to {checkpoint.size}, and no item here is so early"
        raise _unavailable(said)
    if len(items) < len(page.items):
        after = Cursor(feed.epoch, items[-1].feed_no)
        page = replace(page, items=items, after=after)
    proved = [_proved(partial(proofs.item, feed, item.feed_no, checkpoint.size)) for item in items]
    return page, PageProofs(note, {each.number: each.path for each in proved})


def _feed(proofs: LiveProofs, group: str, shard: int, epoch: int | None) -> FeedId:
    if epoch is not None:
        return FeedId(group, shard, epoch)
    return proofs.trees.newest(group, shard) or FeedId(group, shard, 1)


def _proved(prove: Callable[[], _Answer]) -> _Answer:
    """Return what is proved; raise a problem where it cannot be."""
    try:
        return prove()
    except NoProof as error:
        if error.passes:
            raise _unavailable(str(error)) from None
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from None
    except DamagedTile as error:
        raise _unavailable(f"hashes that are kept on checkpoints are wrong: {error}") from None
    except ValueError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from None


def _unavailable(said: str) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, said, headers={"Retry-After": "1"})


def _answer(proofs: LiveProofs, feed: FeedId, **members: object) -> Response:
    body = {"origin": origin_of(proofs.name, feed), "epoch": feed.epoch, **members}
    return Response(msgspec.json.encode(body), media_type="application/json")
