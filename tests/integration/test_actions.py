"""Actions on a real broker: none is lost, none is done twice, whoever writes and whoever dies."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from streams.actions.action import AddNote, EraseNote, GiveLabel, encode_action
from streams.actions.book import Book, BookTopics
from streams.actions.event_log import EventUnanswered
from streams.actions.state import ActionOutcome
from streams.alerts.label import encode_label, make_label
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.broker.topics.records import read_records
from streams.config.load import parse_config
from tests.actions.examples import NOW, acknowledge, common, silence
from tests.alerts.examples import OPENED
from tests.launch.launch import start

WRITERS, EACH = 4, 25
DAY = dt.timedelta(days=1)


def _made(kafka: str, name: str) -> BookTopics:
    config = parse_config({"name": name})
    wanted = ("actions", "notes", "labels")
    names = BookTopics(*(config.topic(what) for what in wanted))  # type: ignore[arg-type]
    ensure(Connection(kafka), [spec for spec in topic_plan(config) if spec.name in names])
    return names


@asynccontextmanager
async def _book(
    kafka: str, topics: BookTopics, unreadable: list[str] | None = None
) -> AsyncIterator[Book]:
    passed_over = [] if unreadable is None else unreadable
    book = Book(for_aiokafka(Connection(kafka)), topics, {}, on_unreadable=passed_over.append)
    following = asyncio.create_task(book.run())
    try:
        await asyncio.wait_for(book.ready.wait(), 60)
        yield book
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def test_two_writers_at_once_agree(kafka: str, tmp_path: Path) -> None:
    """Of those who expect one version, one is heard; all readers hold the same at the end."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))

    async def write() -> None:
        async with _book(kafka, topics) as one, _book(kafka, topics) as other:
            books = [one, other] * (WRITERS // 2)
            outcomes = await asyncio.gather(
                *(
                    book.submit(acknowledge(100 * writer + n, expects=n, by=f"w{writer}"))
                    for writer, book in enumerate(books)
                    for n in range(EACH)
                )
            )
            done = [each for each in outcomes if each.result == "done"]
            # Each version was given once, to one of them.
            assert [each.version for each in sorted(done, key=lambda each: each.version)] == list(
                range(1, len(done) + 1)
            )
            assert done
            await one.submit(acknowledge(999, by="last"))
            await other.submit(acknowledge(998, by="very last"))
            async with _book(kafka, topics) as late:
                states = [book.state.alert(OPENED.alert_id) for book in (other, late)]
            assert states[0] == states[1]
            assert states[0].version == len(done) + 2
            assert states[0].acknowledged_by == "very last"

    asyncio.run(write())


def test_a_repeat_is_answered_and_not_written(kafka: str, tmp_path: Path) -> None:
    """Whether it was done or not, the answer stays."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))

    async def write() -> None:
        async with _book(kafka, topics) as book:
            assert await book.submit(acknowledge(1, expects=0)) == ActionOutcome("done", 1)
            assert await book.submit(acknowledge(1, expects=0)) == ActionOutcome("repeat", 1)
            assert await book.submit(acknowledge(2, expects=0)) == ActionOutcome("conflict", 1)

    asyncio.run(write())
    place = Connection(kafka)
    assert len(list(read_records(place, topics.actions, 0, 0))) == 1


def test_texts_stand_apart_and_are_erased(kafka: str, tmp_path: Path) -> None:
    """The action stays; an action that is not done leaves no text."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))
    note = AddNote(**common(1), alert_id=OPENED.alert_id)

    async def write() -> None:
        async with _book(kafka, topics) as book, _book(kafka, topics) as other:
            await book.submit(note, "Mr Li, 13800138000")
            assert book.notes.text(note.id) == "Mr Li, 13800138000"
            lost = AddNote(**common(2, expects=9), alert_id=OPENED.alert_id)
            assert (await other.submit(lost, "lost")).result == "conflict"
            assert other.notes.text(lost.id) is None
            await other.submit(EraseNote(**common(3), note_id=note.id))
            assert other.notes.text(note.id) is None
            assert [entry.action.id for entry in other.log] == [note.id, f"{3:032x}"]
            assert other.state.alert(OPENED.alert_id).note_ids == ()

    asyncio.run(write())
    place = Connection(kafka)
    actions = [record.value() for record in read_records(place, topics.actions, 0, 0)]
    assert not any(b"138" in (value or b"") for value in actions)
    last = {record.key(): record.value() for record in read_records(place, topics.notes, 0, 0)}
    assert set(last.values()) == {None}


def test_what_cannot_be_read_is_passed_over_and_old_labels_are_read(
    kafka: str, tmp_path: Path
) -> None:
    """Rubbish ends no reader; the labels of earlier versions count."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))
    writer = RecordWriter(Connection(kafka), compression="none")
    later = msgspec.json.encode({**msgspec.to_builtins(acknowledge(7)), "v": 2})
    for value in (b"rubbish", b"", later):
        writer.write(topics.actions, value, None, 0)
    writer.write(topics.notes, b"rubbish", b"\xff", 0)
    label = make_label("false", NOW, alert_id=OPENED.alert_id, by="ann")
    writer.write(topics.labels, encode_label(label), None, 0)
    writer.write(topics.labels, b"[]", None, 0)
    writer.flush()
    unreadable: list[str] = []

    async def write() -> None:
        async with _book(kafka, topics, unreadable) as book:
            assert (await book.submit(silence(8))).result == "done"
            assert book.state.alert(OPENED.alert_id).labelled_by == "ann"
            assert book.labels == [label]

    asyncio.run(write())
    assert sorted(unreadable) == sorted([topics.actions] * 3 + [topics.notes, topics.labels])


def test_an_action_of_times_to_come_is_passed_over(kafka: str, tmp_path: Path) -> None:
    """By every reader: a silence may last a year from its own time on, which is not any time."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))
    now = dt.datetime.now(dt.UTC)
    far = silence(1, at=now + 2 * DAY, until=now + 300 * DAY)
    near = silence(2, at=now + DAY / 2, until=now + 300 * DAY)
    writer = RecordWriter(Connection(kafka), compression="none")
    for action in (far, near):
        writer.write(topics.actions, encode_action(action), None, 0)
    writer.flush()
    unreadable: list[str] = []

    async def write() -> None:
        async with _book(kafka, topics, unreadable) as book:
            assert [each.id for each in book.state.silences(now)] == [near.id]
            with pytest.raises(ValueError, match="at most a day after"):
                await book.submit(silence(3, at=now + 2 * DAY, until=now + 3 * DAY))
            for text in ("", "two\nlines", "x" * 3000):
                with pytest.raises(ValueError, match="text must"):
                    await book.submit(silence(4), text)

    asyncio.run(write())
    assert unreadable == [topics.actions]
    assert len(list(read_records(Connection(kafka), topics.actions, 0, 0))) == 2


def test_a_broker_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is answered as done; the caller may try again."""
    client = for_aiokafka(Connection("127.0.0.1:1"))
    monkeypatch.setattr("streams.actions.event_log.ANSWER_WITHIN_S", 0.3)

    async def write() -> None:
        book = Book(client, BookTopics("a", "n", "l"), {})
        following = asyncio.create_task(book.run())
        with pytest.raises(EventUnanswered, match="whether it was done is not known"):
            await book.submit(silence(1))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(write())


WRITER = """
import asyncio, sys
from streams.actions.book import Book, BookTopics
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from tests.actions.examples import common
from streams.actions.action import AddNote

async def main():
    book = Book(for_aiokafka(Connection(sys.argv[1])), BookTopics(*sys.argv[2:5]), {})
    following = asyncio.create_task(book.run())
    for number in range(int(sys.argv[5]), 10_000):
        note = AddNote(**common(number), alert_id=f"{number % 7:016x}")
        outcome = await book.submit(note, f"text {number}")
        print(number, outcome.result, flush=True)

asyncio.run(main())
"""


def test_a_kill_loses_nothing_and_doubles_nothing(kafka: str, tmp_path: Path) -> None:
    """A writer is killed at any moment, and goes on with what was not answered."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))
    chance = random.Random(17)
    answered = 0
    for _ in range(4):
        words = [sys.executable, "-c", WRITER, kafka, *topics, str(answered)]
        process = start(words, stdout=-1, cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 40)):
            number, result = process.stdout.readline().split()
            assert result in (b"done", b"repeat")
            assert int(number) == answered
            answered += 1
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        answered += rest.count(b"\n")

    async def read() -> None:
        async with _book(kafka, topics) as book:
            done = [int(entry.action.id, 16) for entry in book.log]
            # One more may stand there, whose writer was killed before the answer.
            assert done == list(range(len(done)))
            assert answered <= len(done) <= answered + 1
            assert [book.notes.text(f"{n:032x}") for n in done] == [f"text {n}" for n in done]
            versions = sum(book.state.alert(f"{n:016x}").version for n in range(7))
            assert versions == len(done)

    asyncio.run(read())


def test_many_are_done_in_their_order(kafka: str, tmp_path: Path) -> None:
    """A file of labels is handed in at once."""
    topics = _made(kafka, tmp_path.name.replace("_", "-"))
    labels = [
        (GiveLabel(**common(n), verdict="true", alert_id=f"{n:016x}"), f"note {n}")
        for n in range(500)
    ]

    async def write() -> None:
        async with _book(kafka, topics) as book:
            outcomes = await book.submit_all(labels)
            assert [each.result for each in outcomes] == ["done"] * 500
            assert [entry.action.id for entry in book.log] == [action.id for action, _ in labels]

    asyncio.run(write())
