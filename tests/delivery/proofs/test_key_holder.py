"""A key that is lost, was changed or is an older copy is told, and what to do is said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from streams.delivery.proofs.key_holder import KeyHolder
from streams.proofs.key_file import OwnKeys, new_keys
from streams.proofs.published import PublishedKey

NOW = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)
OVERLAP = dt.timedelta(days=90)
NAME = "weathervane/local"


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "feed-keys.json"


def write(file: Path, keys: OwnKeys) -> list[PublishedKey]:
    """Write keys; return what is public of them."""
    file.with_suffix(".new").write_bytes(keys.encode())
    file.with_suffix(".new").replace(file)
    return [key.published for key in keys.keys]


def test_a_first_key_signs_and_is_published(file: Path) -> None:
    """Nothing is wrong with it."""
    keys = new_keys(NAME, NOW)
    public = write(file, keys)
    holder = KeyHolder(file, "local")
    state = holder.look([], NOW)
    assert (state.to_publish, state.fault, state.problem) == (public, None, None)
    assert state.signing == keys.signing(NOW)
    assert holder.look(public, NOW).to_publish == []


def test_a_rotation_is_noticed(file: Path) -> None:
    """The file is read again when it changes; the old key signs on for its time."""
    keys = new_keys(NAME, NOW)
    public = write(file, keys)
    holder = KeyHolder(file, "local")
    holder.look(public, NOW)
    both = write(file, keys.rotated(NOW, OVERLAP))
    state = holder.look(public, NOW)
    assert state.to_publish == both[1:]
    assert [key.public for key in state.signing] == [both[1].public, both[0].public]
    assert [key.public for key in holder.look(both, NOW + OVERLAP).signing] == [both[1].public]


def test_without_a_file_nothing_is_signed(file: Path) -> None:
    """It is no fault as long as no key was ever published; then it is lost."""
    public = [key.published for key in new_keys(NAME, NOW).keys]
    state = KeyHolder(None, "local").look([], NOW)
    assert (state.fault, state.signing) == (None, [])
    assert "feed key new" in str(state.problem)
    assert KeyHolder(None, "local").look(public, NOW).fault == "lost"
    assert KeyHolder(file, "local").look([], NOW).fault == "unusable"
    state = KeyHolder(file, "local").look(public, NOW)
    assert state.fault == "lost"
    assert "bring its copy back" in str(state.problem)


def test_a_damaged_file_is_told(file: Path) -> None:
    """Its content is in no message."""
    file.write_bytes(b"secret?")
    state = KeyHolder(file, "local").look([], NOW)
    assert state.fault == "unusable"
    assert "secret?" not in str(state.problem)


def test_another_key_is_told(file: Path) -> None:
    """It signs nothing, unless it says that the one before is lost."""
    public = write(file, new_keys(NAME, NOW))
    write(file, new_keys(NAME, NOW))
    holder = KeyHolder(file, "local")
    state = holder.look(public, NOW)
    assert (state.fault, state.signing, state.to_publish) == ("changed", [], [])
    assert "feed key new --lost" in str(state.problem)
    write(file, new_keys(NAME, NOW, lost=True))
    assert holder.look(public, NOW).fault is None


def test_an_older_copy_signs_on_for_its_time(file: Path) -> None:
    """Of two hosts one may have the older file for a while: it says so."""
    keys = new_keys(NAME, NOW)
    write(file, keys)
    public = [key.published for key in keys.rotated(NOW, OVERLAP).keys]
    holder = KeyHolder(file, "local")
    state = holder.look(public, NOW)
    assert (state.fault, state.signing, state.problem) == ("behind", keys.signing(NOW), None)
    state = holder.look(public, NOW + OVERLAP)
    assert (state.fault, state.signing) == ("behind", [])
    assert "copy the file" in str(state.problem)
