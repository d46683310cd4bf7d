"""Tests of the texts of actions."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.actions.action import AddNote
from streams.actions.book import Book, BookTopics, Entry
from streams.actions.kafka_desk import KafkaDesk
from streams.actions.note import NoteTexts, decode_note, encode_note
from streams.alerts.label import note_problem
from streams.broker.client.connection import Connection
from streams.config.load import parse_config
from tests.actions.examples import common

KEY = "0" * 32


@given(st.text(max_size=50).filter(lambda text: note_problem(text) is None))
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    """Whatever a person writes."""
    assert decode_note(encode_note(text)) == text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "truncated"),
        (b'{"a":' * 100_000, "JSON must not be nested so deeply"),
        (b"[]", "Expected `object`"),
        (b'{"v":2,"text":"a"}', "a later version of Weathervane wrote it"),
        (b'{"v":1}', "text"),
        (b'{"v":1,"text":"a\\u0007"}', "text must hold no control characters; found U+0007"),
        (encode_note("x" * 1001), "text must be at most 1000 characters; found 1,001"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, said: str) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match=re.escape(said)):
        decode_note(raw)


def test_a_record_without_a_value_erases() -> None:
    """And whatever comes later is the text."""
    texts = NoteTexts()
    texts.take(KEY, encode_note("call Mr Li"))
    assert texts.text(KEY) == "call Mr Li"
    texts.take(KEY, None)
    assert texts.text(KEY) is None
    texts.take(KEY, encode_note("called"))
    assert texts.text(KEY) == "called"


def test_memory_is_bounded() -> None:
    """The oldest texts are left out first; those that are taken again are new."""
    texts = NoteTexts(most=10)
    for number in range(5):
        texts.take(f"{number}", encode_note("four"))
    assert [texts.text(f"{number}") is not None for number in range(5)] == [False] * 3 + [True] * 2
    texts.take("3", encode_note("two"))
    texts.take("5", encode_note("four"))
    assert [texts.text(key) for key in ("3", "4", "5")] == ["two", None, "four"]


def test_what_stands_is_known_by_its_id() -> None:
    """Also what this version cannot read: whoever it names may ask to be erased."""
    texts = NoteTexts()
    texts.take("a", encode_note("one"))
    for key in ("b", "a"):
        with pytest.raises(ValueError, match="a later version"):
            texts.take(key, b'{"v":2,"words":"Mr Li"}')
    texts.take("c", encode_note("two"))
    assert sorted(texts.ids()) == ["a", "b", "c"]
    for key in ("a", "b"):
        texts.take(key, None)
    assert texts.ids() == ["c"]


def test_a_text_whose_action_never_came_is_found() -> None:
    """Its writer was killed between the two; a text with its action is not lost."""
    book = Book({}, BookTopics("actions", "notes", "labels"), {}, kept=None, most_characters=None)
    done = AddNote(**common(1), alert_id="a" * 16, noted=True)
    book.notes.take(done.id, encode_note("call them"))
    book.log.append(Entry(done, book.state.take(done)))
    book.notes.take("c" * 32, encode_note("Mr Li"))
    book.notes.take("no id", encode_note("x"))
    with asyncio.Runner() as runner:
        desk = KafkaDesk(Connection("broker.example:9092"), parse_config({}), book, runner)
        assert desk.lost_texts() == [("c" * 32, "Mr Li")]
        # A process that holds the newest actions alone knows that this one was done.
        book.log.clear()
        assert desk.lost_texts() == [("c" * 32, "Mr Li")]
