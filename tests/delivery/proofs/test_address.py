"""Anyone can check: a page's items, checkpoints, and proofs of what was asked for."""

from __future__ import annotations

import asyncio
import base64
from http import HTTPStatus
from typing import Any

import httpx
import jsonschema
import pytest

from streams.alerts.cloudevent import decode_event
from streams.delivery.feed.jsonfeed import SCHEMA
from streams.delivery.proofs.live import LiveProofs
from streams.proofs.checking import is_consistent, is_included
from streams.proofs.checkpoint import Checkpoint, open_checkpoint
from streams.proofs.published import read_published
from streams.proofs.tree import leaf_hash
from tests.delivery.feed.service_client import client, live_with
from tests.delivery.proofs.proving import KEYS, alerts, proving

FEED = "/feeds/60s/0"
KEY = KEYS.newest.published.public
TEXTS = alerts(*range(1, 41))


def get(path: str, proofs: LiveProofs, texts: list[bytes] = TEXTS) -> httpx.Response:
    """Ask a service on a feed."""

    async def ask() -> httpx.Response:
        async with client(live_with(*texts), proofs) as one:
            return await one.get(path)

    return asyncio.run(ask())


def checkpoint(proofs: LiveProofs, asked: str = "") -> Checkpoint:
    """Ask for a checkpoint and check it."""
    answer = get(f"{FEED}/checkpoint{asked}", proofs)
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return open_checkpoint(answer.text, [KEY])[0]


def hashes(texts: list[str]) -> list[bytes]:
    """Read hashes."""
    return [base64.b64decode(each) for each in texts]


def test_a_page_with_proofs_can_be_checked() -> None:
    """Each item leads to the root of the checkpoint that came with it."""
    answer = get(f"{FEED}.json?after=0&limit=30&proof=true", proving(*TEXTS))
    page: dict[str, Any] = answer.json()
    jsonschema.validate(page, SCHEMA)
    found, _ = open_checkpoint(page["_weathervane"]["checkpoint"], [KEY])
    assert (found.origin, found.size) == ("weathervane/test/60s/0/1", 40)
    assert len(page["items"]) == 30
    for text, item in zip(TEXTS, page["items"], strict=False):
        about = item["_weathervane"]
        assert base64.b64decode(about["leaf_hash"]) == leaf_hash(text)
        path = hashes(about["proof"])
        assert is_included(leaf_hash(text), about["feed_no"] - 1, found.size, path, found.root)
    assert page["next_url"].endswith("after=1.30&limit=30&proof=true")


def test_a_page_ends_where_the_tree_does() -> None:
    """Items that the tree does not have yet come with the next page."""
    proofs = proving(*TEXTS[:5])
    proofs.trees.lost[next(iter(proofs.trees.trees))] = None  # type: ignore[assignment]
    page = get(f"{FEED}.json?after=0&proof=true", proofs).json()
    assert len(page["items"]) == 5
    assert page["_weathervane"]["after"] == "1.5"
    assert page["next_url"].endswith("after=1.5&limit=100&proof=true")
    answer = get(f"{FEED}.json?after=1.5&proof=true", proofs)
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_a_page_waits_for_the_tree() -> None:
    """The tree may be a moment behind the feed."""
    proofs = proving(*TEXTS[:5])

    async def ask() -> httpx.Response:
        async with client(live_with(*TEXTS), proofs) as one:
            asked = asyncio.create_task(one.get(f"{FEED}.json?after=0&proof=true"))
            for text in TEXTS[5:]:
                await asyncio.sleep(0)
                proofs.trees.take(0, decode_event(text).alert, text)
                proofs.grow()
            return await asked

    assert len(asyncio.run(ask()).json()["items"]) == 40


def test_a_feed_without_an_item_has_no_checkpoint() -> None:
    """A page of it can be asked for all the same."""
    page = get(f"{FEED}.json?after=0&proof=true", proving(), []).json()
    assert page["_weathervane"]["checkpoint"] is None
    answer = get(f"{FEED}/checkpoint", proving(), [])
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "has no item of epoch 1" in answer.json()["detail"]


def test_proofs_are_given_for_any_size() -> None:
    """Inclusion and consistency lead to the roots of their checkpoints."""
    proofs = proving(*TEXTS)
    old, new = checkpoint(proving(*TEXTS[:23])), checkpoint(proofs)
    shown = get(f"{FEED}/consistency?first=23", proofs).json()
    assert (shown["first"], shown["size"], shown["origin"]) == (23, 40, new.origin)
    assert is_consistent(23, old.root, 40, new.root, hashes(shown["proof"]))
    shown = get(f"{FEED}/inclusion?number=7&size=23&epoch=1", proofs).json()
    leaf = base64.b64decode(shown["leaf_hash"])
    assert leaf == leaf_hash(TEXTS[6])
    assert is_included(leaf, 6, 23, hashes(shown["proof"]), old.root)
    assert get(f"{FEED}/inclusion?number=7", proofs).json()["size"] == 40


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("/inclusion?number=7&size=41", 409, "at most 40"),
        ("/inclusion?number=41", 409, "from 1 to the size"),
        ("/inclusion?number=9&size=8", 409, "from 1 to the size"),
        ("/inclusion?number=0", 422, "number must be at least 1; found '0'"),
        ("/inclusion", 422, "number must be"),
        ("/consistency?first=5&size=41", 409, "from 0 to 40"),
        ("/consistency?first=9&size=8", 409, "from 1 to the second, 8; got 9"),
        ("/consistency?first=x", 422, "first must be a whole number"),
        ("/checkpoint?epoch=2", 404, "has no item of epoch 2"),
        ("/inclusion?number=1&epoch=9", 404, "epoch 9"),
    ],
)
def test_what_cannot_be_proved_is_said(asked: str, status: int, said: str) -> None:
    """Sizes beyond the tree, and feeds that there are not, are answered clearly."""
    answer = get(FEED + asked, proving(*TEXTS))
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_without_a_key_nothing_is_signed_and_the_answer_says_why() -> None:
    """Proofs need no key; checkpoints do."""
    proofs = proving(*TEXTS, keys=None)
    proofs.unsigned = "serve.feed_keys must name a file of keys"
    for asked in (f"{FEED}/checkpoint", f"{FEED}.json?proof=true", "/feeds/keys"):
        answer = get(asked, proofs)
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert "feed_keys" in answer.json()["detail"]
    assert get(f"{FEED}/inclusion?number=7", proofs).status_code == HTTPStatus.OK
    assert get(f"{FEED}.json", proofs).status_code == HTTPStatus.OK


def test_before_the_trees_are_read_the_answer_says_so() -> None:
    """It is a matter of a moment."""
    answer = get(f"{FEED}/checkpoint", LiveProofs("test"))
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "still being read" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "1"


def test_the_keys_are_published() -> None:
    """Each as it was made, with what names it as a successor."""
    proofs = proving(*TEXTS)
    answer = get("/feeds/keys", proofs)
    found = answer.json()
    assert found["name"] == "weathervane/test"
    assert "secret" not in answer.text
    assert found["keys"][0]["key"] == str(KEY)
    assert read_published(answer.content[answer.content.index(b'"keys":[') + 8 : -2]).public == KEY


def test_old_epochs_keep_their_checkpoints() -> None:
    """The newest epoch is the default; older ones can be asked for."""
    proofs = proving(*TEXTS, *alerts(1, 2, epoch=2))
    assert checkpoint(proofs).origin.endswith("/60s/0/2")
    assert checkpoint(proofs, "?epoch=1").size == 40
