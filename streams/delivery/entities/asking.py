"""Asks detect about an entity, and waits shortly for what it answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from streams.delivery.topic_writer import NotWritten
from streams.items import Level
from streams.series.asked import AskedEntity, encode_asked
from streams.series.record import Outlook

WITHIN_S: Final = 1.5
"""How long an answer may take; whoever asks again has it then."""

AGAIN_AFTER_S: Final = 15.0
"""An entity is asked for once in this time, and a minute's answers hold for it."""

MOST: Final = 1_000
"""Entities whose answers are held."""

A_SECOND: Final = 20
"""Questions that are written in a second; more are not asked."""

_log = logging.getLogger(__name__)
_Who = tuple[Level, str]


class Asking:
    """Writes questions, and holds the last answers.

    Parameters
    ----------
    write
        Writes a key and a value to the topic ``asked``.
    answers
        How many answers there are to one question: one of each group, by the entity's shard.
    now
        The clock of day.
    """

    def __init__(
        self,
        write: Callable[[bytes, bytes], Awaitable[None]],
        answers: int,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._write, self._answers, self._now = write, answers, now
        self._held: OrderedDict[_Who, dict[tuple[str, int], Outlook]] = OrderedDict()
        self._asked: OrderedDict[_Who, float] = OrderedDict()
        self._news = asyncio.Event()
        self._second, self._in_second = 0, 0

    def take(self, outlook: Outlook) -> None:
        """Take an answer."""
        who = (outlook.level, outlook.id)
        self._held.setdefault(who, {})[outlook.group, outlook.shard] = outlook
        self._held.move_to_end(who)
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        self._news.set()
        self._news = asyncio.Event()

    async def ask(self, level: Level, entity: str, within_s: float = WITHIN_S) -> list[Outlook]:
        """Return the answers about an entity, as many as come in time.

        Parameters
        ----------
        level, entity
            The entity.
        within_s
            How long it waits.
        """
        who = (level, entity)
        at = self._now()
        asked_s = self._asked.get(who, 0.0)
        if at.timestamp() - asked_s >= AGAIN_AFTER_S and self._may_ask(at):
            asked_s = at.timestamp()
            await self._ask(who, at)
        try:
            async with asyncio.timeout(within_s):
                while len(found := self._since(who, asked_s)) < self._answers:
                    await self._news.wait()
        except TimeoutError:
            found = self._since(who, 0.0)
        return sorted(found, key=lambda one: (one.group, one.shard))

    def _since(self, who: _Who, since_s: float) -> list[Outlook]:
        # The clocks of two hosts differ a little.
        held = self._held.get(who, {}).values()
        return [outlook for outlook in held if outlook.at >= since_s - 5.0]

    def _may_ask(self, at: dt.datetime) -> bool:
        second = int(at.timestamp())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        return self._in_second <= A_SECOND

    async def _ask(self, who: _Who, at: dt.datetime) -> None:
        self._asked[who] = at.timestamp()
        self._asked.move_to_end(who)
        if len(self._asked) > MOST:
            self._asked.popitem(last=False)
        level, entity = who
        try:
            await self._write(*encode_asked(AskedEntity(level=level, id=entity, at=at)))
        except NotWritten as error:
            _log.warning("detect cannot be asked now: %s", error)
