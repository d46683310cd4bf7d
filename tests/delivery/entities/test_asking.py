"""Questions to detect, and the answers."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from streams.delivery.entities.asking import A_SECOND, AGAIN_AFTER_S, Asking
from streams.delivery.topic_writer import NotWritten
from streams.series.asked import decode_asked
from streams.series.record import Outlook
from tests.access.known import NOW
from tests.series.examples import outlook


class Desk:
    """Takes questions; `answers` come as soon as one is asked."""

    def __init__(self, number: int = 1, *answers: Outlook) -> None:
        self.asked: list[Any] = []
        self.now = NOW
        self.answers, self.is_away = answers, False
        self.asking = Asking(self._write, number, lambda: self.now)

    async def _write(self, key: bytes, value: bytes) -> None:
        if self.is_away:
            raise NotWritten("the broker is away")
        self.asked.append((key, decode_asked(value)))
        for answer in self.answers:
            self.asking.take(answer)

    def ask(self, entity: str = "s1", within_s: float = 0.01) -> list[Outlook]:
        """Ask, and wait a little."""
        return asyncio.run(self.asking.ask("sender", entity, within_s))


def at(seconds: float = 0.0, **fields: Any) -> Outlook:
    """An answer, so many seconds after now."""
    return outlook(at=NOW.timestamp() + seconds, **fields)


def test_an_answer_ends_the_wait() -> None:
    """All groups' and shards', in their order; a question names the entity and the time."""
    desk = Desk(2, at(group="h"), at(group="g"))
    assert [one.group for one in desk.ask(within_s=60)] == ["g", "h"]
    ((key, asked),) = desk.asked
    assert (key, asked.level, asked.id, asked.at) == (b"sender/s1", "sender", "s1", NOW)


def test_a_missing_answer_is_left_out() -> None:
    """What has come is returned; another entity's answer is none."""
    assert Desk(2, at(), at(id="other")).ask() == [at()]
    assert Desk(1).ask() == []


def test_it_does_not_ask_again_at_once() -> None:
    """A reload of a page takes the answer that there is; after a while it is asked again."""
    desk = Desk(1, at())
    assert desk.ask() == desk.ask() == [at()]
    assert len(desk.asked) == 1
    desk.now += dt.timedelta(seconds=AGAIN_AFTER_S)
    newer = at(AGAIN_AFTER_S)
    desk.answers = (newer,)
    assert desk.ask() == [newer]
    assert len(desk.asked) == 2


def test_questions_are_bounded() -> None:
    """Whoever asks for many entities in a second does not fill the topic."""
    desk = Desk(1)

    async def ask_all() -> None:
        for number in range(3 * A_SECOND):
            await desk.asking.ask("sender", f"s{number}", 0.0)

    asyncio.run(ask_all())
    assert len(desk.asked) == A_SECOND


def test_a_broker_that_is_away_is_no_answer() -> None:
    """The page is shown without it."""
    desk = Desk(1)
    desk.is_away = True
    assert desk.ask() == []
