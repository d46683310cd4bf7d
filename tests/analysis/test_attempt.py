"""The note of a reshape that has begun: whole or not there, and a sentence where it is neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.analysis.attempt import Attempt, AttemptNote, UnreadableNote


def test_a_note_says_what_was_written_last(tmp_path: Path) -> None:
    """In a folder that it makes."""
    note = AttemptNote(tmp_path / "state" / "local")
    assert note.read() is None
    begun = Attempt(2, "0123456789ab")
    for attempt in (begun, replace(begun, stores=True), replace(begun, stores=True, done=True)):
        note.write(attempt)
        assert note.read() == attempt


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"", "must be the note of an attempt to reshape"),
        (b'{"epoch":"2","config":""}', "must be the note of an attempt to reshape"),
        (b'{"epoch":2,"config":"0123456789ab","v":9}', "form 2 or the one before; got 9"),
    ],
)
def test_a_note_that_is_none_is_refused(tmp_path: Path, held: bytes, said: str) -> None:
    """It names the file."""
    (tmp_path / "reshape.json").write_bytes(held)
    with pytest.raises(UnreadableNote, match=said) as caught:
        AttemptNote(tmp_path).read()
    assert str(tmp_path / "reshape.json") in str(caught.value)
