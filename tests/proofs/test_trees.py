"""Trees grow as alerts come; what is kept of them brings them back, whatever came first."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streams.alerts.cloudevent import decode_event
from streams.proofs.checkpoint import FeedId
from streams.proofs.stored import (
    KeptRecord,
    KeptTrees,
    hash_records,
    key_record,
    outdated,
    place_record,
)
from streams.proofs.tree import NEVER_PUBLISHED, HashTree, leaf_hash
from streams.proofs.trees import FeedTrees, Growth, Lost, record_hash
from tests.alerts.examples import numbered
from tests.proofs.test_keys import chain
from tests.proofs.test_tree import leaves_of, tree_of

FEED = FeedId("60s", 0, 1)
KEYS = [key.published for key in chain(1).keys]


def take(trees: FeedTrees, number: int, **changes: Any) -> Growth:
    """Give trees an alert of a number."""
    raw = numbered(number, **{"group": "60s", **changes})
    return trees.take(0, decode_event(raw).alert, raw)


def leaf(number: int, **changes: Any) -> bytes:
    """Return the leaf of an alert of a number."""
    return leaf_hash(numbered(number, **{"group": "60s", **changes}))


def test_the_leaf_of_a_number_is_its_alert() -> None:
    """Leaves are the published bytes, by number; repeats change nothing."""
    trees = FeedTrees(KeptTrees())
    assert [take(trees, number) for number in (1, 2, 2, 1, 3)] == [
        *("added", "added", "repeat", "repeat", "added"),
    ]
    assert trees.trees[FEED].root() == tree_of([leaf(n) for n in (1, 2, 3)]).root()
    assert take(trees, 4, revision=0) == "early"


def test_another_alert_under_a_number_is_a_conflict() -> None:
    """The tree stays as readers have seen it."""
    trees = FeedTrees(KeptTrees())
    take(trees, 1)
    assert take(trees, 1, alert_id="f" * 16) == "conflict"
    assert trees.trees[FEED].leaf(0) == leaf(1)


def test_a_number_that_was_never_published_has_a_leaf() -> None:
    """It is the leaf of nothing, which no alert has."""
    trees = FeedTrees(KeptTrees())
    take(trees, 1)
    take(trees, 4)
    tree = trees.trees[FEED]
    assert [tree.leaf(at) for at in (1, 2)] == [NEVER_PUBLISHED] * 2
    assert tree.size == 4


def test_each_epoch_has_its_tree() -> None:
    """A new epoch begins at 1 again, and nothing comes to the one before."""
    trees = FeedTrees(KeptTrees())
    take(trees, 1)
    assert take(trees, 1, epoch=2) == "added"
    assert take(trees, 2) == "repeat"
    assert trees.newest("60s", 0) == FeedId("60s", 0, 2)
    assert {feed.epoch: tree.size for feed, tree in trees.trees.items()} == {1: 1, 2: 1}


def test_records_that_are_gone_end_the_tree() -> None:
    """Where records were gone before they were read, the tree ends, and says which."""
    trees = FeedTrees(KeptTrees())
    take(trees, 1)
    trees.skip(0)
    assert take(trees, 4) == "lost"
    assert take(trees, 5) == "lost"
    assert trees.lost == {FEED: Lost(2, 3)}
    assert trees.trees[FEED].size == 1
    assert take(trees, 1, epoch=2) == "added"


def test_a_hole_that_took_nothing_of_a_feed_is_none() -> None:
    """The next number comes: nothing was lost; a later jump is of numbers never published."""
    trees = FeedTrees(KeptTrees())
    take(trees, 1)
    trees.skip(0)
    assert [take(trees, number) for number in (2, 4)] == ["added", "added"]
    trees.skip(0)
    assert take(trees, 5, group="1d") == "lost"
    assert take(trees, 1, group="other") == "added"


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_a_tree_comes_back_from_what_is_kept(size: int) -> None:
    """Tiles and tail bring the same tree back; only what is new is written."""
    tree, kept = tree_of(leaves_of(size)), KeptTrees()
    for record in hash_records(FEED, tree, 0):
        kept.take(*record)
    assert kept.sizes.get(FEED, 0) == size
    again = kept.trees().get(FEED, HashTree())
    assert again.size == size
    assert again.root() == tree.root()
    assert list(hash_records(FEED, tree, size)) == []


def test_an_older_record_never_replaces_a_newer_one() -> None:
    """Two processes that write in any order, and a topic that is compacted, lose no leaf."""
    leaves = leaves_of(600)
    for seed in range(40):
        chance = random.Random(seed)
        topic: list[KeptRecord] = []
        trees, folds = [HashTree(), HashTree()], [KeptTrees(), KeptTrees()]
        seen = [0, 0]
        largest = 0
        for _ in range(30):
            one = chance.randrange(2)
            # It reads a part of what there is, takes more leaves, and writes what it thinks is new.
            until = chance.randint(seen[one], len(topic))
            for record in topic[seen[one] : until]:
                folds[one].take(*record)
            seen[one] = until
            for at in leaves[trees[one].size :][: chance.randrange(60)]:
                trees[one].append(at)
            size = trees[one].size
            topic += hash_records(FEED, trees[one], folds[one].sizes.get(FEED, 0))
            largest = max(largest, size)
            topic += outdated(folds[one], {FEED: size})
            compacted: dict[bytes, bytes | None] = {}
            for key, value in topic:
                compacted.pop(key, None)
                compacted[key] = value
            kept = KeptTrees()
            for key, value in compacted.items():
                kept.take(key, value)
            tree = kept.trees().get(FEED, HashTree())
            assert tree.size == largest
            assert tree.root() == tree_of(leaves[:largest]).root()


def test_places_and_keys_are_kept() -> None:
    """The farthest place counts; earlier ones are deleted once it is there."""
    trees = FeedTrees(KeptTrees())
    take(trees, 1)
    near, far = trees.place(0, 5, b"near"), trees.place(0, 9, b"far")
    kept = KeptTrees()
    for record in (place_record(far), place_record(near), *map(key_record, KEYS)):
        kept.take(*record)
    assert kept.newest_place(0) == far
    assert kept.newest_place(1) is None
    assert far.last == record_hash(b"far")
    assert far.sizes == [("60s", 1, 1)]
    assert trees.reaches(far)
    assert not FeedTrees(KeptTrees()).reaches(far)
    assert kept.published == KEYS
    for record in outdated(kept, {}):
        kept.take(*record)
    assert list(kept.places[0]) == [9]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"x"),
        (b"other/1", b"x"),
        (b"tile/60s/0/1", b"x"),
        (b"tile/60s/0/1/0", b"\x01short"),
        (b"tile/60s/0/1/0", b"\x02" + bytes(8224)),
        (b"tail/60s/0/1/3", b"\x01" + bytes(64)),
        (b"place/0/1", b"{}"),
        (b"key/0", b"{}"),
        (b"\xff", b""),
    ],
)
def test_what_nobody_of_ours_wrote_is_refused(key: bytes | None, value: bytes) -> None:
    """Garbage on the topic raises an error that the reader passes over."""
    with pytest.raises(ValueError, match=r"key|hashes|Object|must"):
        KeptTrees().take(key, value)
