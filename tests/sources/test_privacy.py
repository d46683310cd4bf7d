"""The key for hashing people, and the hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.config.load import parse_config
from streams.config.model import Config
from streams.sources.privacy import NoHashKey, hash_person, read_hash_key

RECIPIENTS = {"kind": "send", "format": "csv", "time": "t", "sender": "s", "recipient": "r"}
GOOD = "0123456789abcdef"


def _config(path: Path | None = None) -> Config:
    own = {} if path is None else {"hash_key_file": str(path)}
    return parse_config({**own, "sources": {"mail": RECIPIENTS}})


def test_without_people_no_key_is_asked_for() -> None:
    """A source without recipients or reporters needs no key."""
    config = parse_config({})
    assert read_hash_key(config, list(config.sources.values()), {}) is None


def test_people_without_a_key_are_refused() -> None:
    """The error names the source and says how a key is made."""
    config = _config()
    with pytest.raises(NoHashKey, match=r"sources\.mail.*WEATHERVANE_HASH_KEY.*openssl rand"):
        read_hash_key(config, [config.sources["mail"]], {})


def test_a_short_key_is_refused() -> None:
    """Under 16 bytes a key is guessed."""
    config = _config()
    with pytest.raises(NoHashKey, match="at least 16 bytes; found 15"):
        read_hash_key(config, [config.sources["mail"]], {"WEATHERVANE_HASH_KEY": GOOD[1:]})


def test_the_file_comes_before_the_environment(tmp_path: Path) -> None:
    """hash_key_file wins; the line's end is no part of the key."""
    path = tmp_path / "key"
    path.write_text(f"{GOOD}\n")
    config = _config(path)
    environ = {"WEATHERVANE_HASH_KEY": "x" * 32}
    assert read_hash_key(config, [config.sources["mail"]], environ) == GOOD.encode()


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing key file is an error, not a reason to look elsewhere."""
    config = _config(tmp_path / "nowhere")
    with pytest.raises(NoHashKey, match=r"hash_key_file must be a file .*; No such"):
        read_hash_key(config, [config.sources["mail"]], {"WEATHERVANE_HASH_KEY": GOOD})


def test_the_hash_depends_on_person_and_key_alone() -> None:
    """The same person has one hash under one key, another under another."""
    key, other = b"k" * 16, b"k" * 17
    assert hash_person(key, "13800138000") == hash_person(key, "13800138000")
    assert len({hash_person(k, p) for k in (key, other) for p in ("a", "b")}) == 4


def test_a_key_longer_than_the_hash_takes_is_used_whole() -> None:
    """The 65th byte of a key counts."""
    assert hash_person(b"k" * 64 + b"a", "p") != hash_person(b"k" * 64 + b"b", "p")
