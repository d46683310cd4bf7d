"""How a string that came in is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.printable import printable
from tests.hostile import BAD, texts, unseen, whole


def test_every_unseen_character_is_escaped() -> None:
    """Controls, formats, lone surrogates and separators of lines, all that Unicode has."""
    assert len(BAD) > 2000
    assert unseen(printable("".join(BAD)), allowed="") == []


@given(texts | st.text())
def test_what_can_be_seen_stays(text: str) -> None:
    """Nothing else is changed, and nothing twice."""
    shown = printable(text)
    assert unseen(shown, allowed="") == []
    assert printable(shown) == shown
    if not unseen(text, allowed=""):
        assert shown == text


@given(texts)
def test_escaped_json_is_the_same_json(text: str) -> None:
    """Programs that read what is printed get the string that came in."""
    written = json.dumps({"name": text}, ensure_ascii=False)
    assert json.loads(printable(written)) == {"name": whole(text)}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("106900012345", "106900012345"),
        ("短信 é [red]", "短信 é [red]"),
        ("a\u202eb", "a\\u202eb"),
        ("a\x1b[31m", "a\\u001b[31m"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_the_escapes(text: str, shown: str) -> None:
    """As JSON writes them."""
    assert printable(text) == shown
