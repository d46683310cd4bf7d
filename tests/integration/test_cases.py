"""Cases on a real broker: none is lost, none moves twice, whoever writes and whoever dies."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.broker.topics.records import read_records
from streams.cases.book import CaseBook, CaseTopics, case_topics
from streams.cases.event import EraseCaseText, NoteOnCase, encode_case_event
from streams.cases.moves import CaseState
from streams.config.load import parse_config
from streams.delivery.cases.filed import FiledCases
from tests.cases.examples import CASE, common, moved, opened, usual
from tests.launch.launch import start

WRITERS = 4


def _made(kafka: str, path: Path) -> CaseTopics:
    config = parse_config({"name": path.name.replace("_", "-")})
    topics = case_topics(config)
    ensure(Connection(kafka), [spec for spec in topic_plan(config) if spec.name in topics])
    return topics


@asynccontextmanager
async def _book(kafka: str, topics: CaseTopics, most_ended: int = 100) -> AsyncIterator[CaseBook]:
    book = CaseBook(for_aiokafka(Connection(kafka)), topics, most_ended=most_ended)
    following = asyncio.create_task(book.run())
    try:
        await asyncio.wait_for(book.ready.wait(), 60)
        yield book
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def test_two_who_move_one_case_at_once_are_answered_alike(kafka: str, tmp_path: Path) -> None:
    """Of those who expect one version one is heard; both processes hold the same, as a third."""
    topics = _made(kafka, tmp_path)
    steps: list[tuple[CaseState, CaseState]] = [
        ("verified", "rejected"), ("transferred", "withdrawn"), ("accepted", "withdrawn"),
    ]  # fmt: skip

    async def write() -> None:
        async with _book(kafka, topics) as one, _book(kafka, topics) as other:
            opening = [book.submit(opened(n)) for n, book in enumerate((one, other), 1)]
            both = await asyncio.gather(*opening)
            assert sorted(each.why or "" for each in both) == ["", "exists"]
            number = 10
            for version, states in enumerate(steps, 1):
                if one.fold.case(CASE) is None or one.fold.case(CASE).has_ended:  # type: ignore[union-attr]
                    break
                races = []
                for book, to in zip((one, other) * (WRITERS // 2), states * 2, strict=False):
                    number += 1
                    races.append(book.submit(moved(number, to, version)))
                outcomes = await asyncio.gather(*races)
                assert [each.result for each in outcomes].count("done") == 1
                assert {each.why for each in outcomes} <= {None, "version", "ended", "order"}
            async with _book(kafka, topics) as late:
                settled = late.fold.case(CASE)
                await one.submit(NoteOnCase(**common(900, noted=True)), "read on")
                assert settled is not None
                seen = one.fold.case(CASE)
                assert seen is not None
                assert (seen.state, seen.version) == (settled.state, settled.version)

    asyncio.run(write())


def test_texts_stand_apart_and_are_erased(kafka: str, tmp_path: Path) -> None:
    """No event holds one; what is refused leaves none."""
    topics = _made(kafka, tmp_path)

    async def write() -> None:
        async with _book(kafka, topics) as book, _book(kafka, topics) as other:
            await book.submit(opened(1))
            note = NoteOnCase(**common(2, noted=True))
            await other.submit(note, "Mr Li, 13800138000")
            assert book.text(note) == "Mr Li, 13800138000" or other.text(note)
            refused = await book.submit(moved(3, "closed", 1), "too early")
            assert refused.why == "order"
            await book.submit(EraseCaseText(**common(4), event_id=note.id))
            assert book.text(note) is None

    asyncio.run(write())
    place = Connection(kafka)
    events = [record.value() for record in read_records(place, topics.cases, 0, 0)]
    assert not any(b"138" in (value or b"") for value in events)
    last = {record.key(): record.value() for record in read_records(place, topics.notes, 0, 0)}
    assert set(last.values()) == {None}


def test_rubbish_is_passed_over(kafka: str, tmp_path: Path) -> None:
    """By all readers, and what a later version wrote, too."""
    topics = _made(kafka, tmp_path)
    writer = RecordWriter(Connection(kafka), compression="none")
    later = msgspec.json.encode({**msgspec.to_builtins(opened(7)), "v": 2})
    for value in (b"rubbish", b"", later, encode_case_event(opened(8))):
        writer.write(topics.cases, value, None, 0)
    writer.flush()

    async def read() -> None:
        async with _book(kafka, topics) as book:
            case = book.fold.case(CASE)
            assert case is not None
            assert case.opened.id == f"{8:032x}"

    asyncio.run(read())


def test_what_was_over_long_ago_is_read_again(kafka: str, tmp_path: Path) -> None:
    """Memory holds where its events stand; the topic has the rest."""
    topics = _made(kafka, tmp_path)

    async def write() -> None:
        async with _book(kafka, topics) as book:
            for event in usual("verified"):
                await book.submit(event)
            await book.submit(NoteOnCase(**common(60, noted=True)), "why")
            await book.submit(moved(70, "rejected", 2))
            other = {"case_id": "0" * 16, "origin": "hand", "evidence": ()}
            await book.submit(opened(80, **other))
            await book.submit(moved(81, "withdrawn", 1, case_id="0" * 16))
            whole = book.fold.case(CASE)
        async with _book(kafka, topics, most_ended=1) as few:
            assert few.fold.case(CASE) is None

            def consumer(**settings: object) -> AIOKafkaConsumer:
                client = for_aiokafka(Connection(kafka))
                reading = {"enable_auto_commit": False, "auto_offset_reset": "none"}
                return AIOKafkaConsumer(**{**client, **reading, **settings})

            filed = FiledCases(few, consumer)
            assert await filed.case(CASE) == whole
            assert await filed.case("f" * 16) is None

    asyncio.run(write())


WRITER = """
import asyncio, sys
from streams.cases.book import CaseBook, CaseTopics
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from tests.integration.test_cases import story

async def main():
    book = CaseBook(for_aiokafka(Connection(sys.argv[1])), CaseTopics(*sys.argv[2:4]))
    following = asyncio.create_task(book.run())
    for number in range(int(sys.argv[4]), 10_000):
        event, text = story(number)
        outcome = await book.submit(event, text)
        print(number, outcome.result, flush=True)

asyncio.run(main())
"""

STORY: tuple[CaseState, ...] = ("verified", "transferred", "accepted", "handled", "closed")


def story(number: int) -> tuple[object, str | None]:
    """The events of one case after another, each with its way to the end."""
    case, step = divmod(number, len(STORY) + 2)
    given = {"case_id": f"{case:016x}"}
    if step == 0:
        return opened(number, **given, origin="hand", evidence=()), None
    if step == 1:
        return NoteOnCase(**common(number, **given, noted=True)), f"text {number}"
    return moved(number, STORY[step - 2], step - 1, **given), None


def test_a_kill_loses_nothing_and_moves_nothing_twice(kafka: str, tmp_path: Path) -> None:
    """A writer is killed at any moment, and goes on with what was not answered."""
    topics = _made(kafka, tmp_path)
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
        async with _book(kafka, topics) as book, _book(kafka, topics) as other:
            done = sorted(int(event.id, 16) for case in book.fold for event in case.log)
            # One more may stand there, whose writer was killed before the answer.
            assert done == list(range(len(done)))
            assert answered <= len(done) <= answered + 1
            assert list(book.fold) == list(other.fold)
            notes = [n for n in done if n % (len(STORY) + 2) == 1]
            texts = {book.notes.text(f"case/{n:032x}") for n in notes}
            assert texts == {f"text {n}" for n in notes}

    asyncio.run(read())
