"""Records of the topic ``asked``."""

from __future__ import annotations

import datetime as dt

import pytest

from streams.series.asked import AskedEntity, decode_asked, encode_asked

NOW = dt.datetime(2026, 11, 11, tzinfo=dt.UTC)


def test_a_question_comes_back() -> None:
    """As it was written."""
    asked = AskedEntity(level="sender", id="106900012345", at=NOW)
    key, value = encode_asked(asked)
    assert key == b"sender/106900012345"
    assert decode_asked(value) == asked


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b"[" * 100_000, "Expected `object`"),
        (b'{"v":1,"level":"sender","id":"a"}', "missing required field `at`"),
        (b'{"v":2,"level":"sender","id":"a","at":"2026-01-01T00:00:00Z"}', "Invalid enum"),
        (b'{"v":1,"level":"moon","id":"a","at":"2026-01-01T00:00:00Z"}', "Invalid enum"),
        (b'{"v":1,"level":"sender","id":"","at":"2026-01-01T00:00:00Z"}', "length >= 1"),
        (b'{"v":1,"level":"sender","id":"a\\tb","at":"2026-01-01T00:00:00Z"}', "control"),
        (b'{"v":1,"level":"sender","id":"a","at":"2026-01-01T00:00:00"}', "timezone"),
    ],
)
def test_what_is_no_question_is_refused(value: bytes, says: str) -> None:
    """With the reason."""
    with pytest.raises(ValueError, match=says):
        decode_asked(value)
