"""A reader follows the keys that it knows, and is told of others."""

from __future__ import annotations

import datetime as dt

import pytest

from streams.proofs.key_file import new_keys
from streams.proofs.reader.check import SeenFeed
from streams.proofs.reader.trust import ReaderSeen, encode_seen, read_seen, trusted_keys
from tests.proofs.test_keys import DAY, NAME, NOW, chain, published

KEYS = published(chain(2))
PUBLIC = [each.public for each in KEYS]


def test_the_first_time_the_server_is_believed() -> None:
    """That is said, with the ids to compare."""
    found = trusted_keys([], KEYS, NOW)
    assert (found.keys, found.problems) == (PUBLIC, [])
    assert PUBLIC[0].id in found.notes[0]


def test_successors_are_followed_and_those_whose_time_is_over_go() -> None:
    """A note says which key is new."""
    found = trusted_keys(PUBLIC[:1], KEYS, NOW + 101 * DAY)
    assert (found.keys, found.problems, len(found.notes)) == (PUBLIC, [], 2)
    assert trusted_keys(PUBLIC[:1], KEYS, NOW + 1000 * DAY).keys == PUBLIC[2:]
    assert trusted_keys(PUBLIC[2:], KEYS, NOW).problems == []


def test_a_key_that_nobody_signed_is_told() -> None:
    """Also where it says that the one before is lost."""
    other = published(new_keys(NAME, NOW + 500 * DAY, lost=True))
    found = trusted_keys(PUBLIC, [*KEYS, *other], NOW)
    assert other[0].public not in found.keys
    assert "is lost" in found.problems[0]
    assert trusted_keys(PUBLIC, other, NOW).problems != []


def test_what_is_kept_is_read_again() -> None:
    """Anything else is refused."""
    feed = SeenFeed(size=3, root=bytes(32), hashes=[bytes(32)] * 2, note="note")
    seen = ReaderSeen(keys=[KEYS[0].key], feeds={"weathervane/local/60s/0/1": feed})
    assert read_seen(encode_seen(seen)) == seen
    for content in (b"", b"[]", b'{"keys":["x"]}', b'{"v":2}', b'{"other":1}', b"[" * 100_000):
        with pytest.raises(ValueError, match="feed verify"):
            read_seen(content)
    short = encode_seen(seen).replace(b'"size": 3', b'"size": 4')
    with pytest.raises(ValueError, match="feed verify"):
        read_seen(short)


def test_the_time_between_keys_is_the_readers() -> None:
    """Before the old key's time is over, it may sign alone."""
    assert PUBLIC[0] in trusted_keys(PUBLIC[:1], KEYS, NOW + dt.timedelta(days=100)).keys
