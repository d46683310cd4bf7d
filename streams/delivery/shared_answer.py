"""One answer for all who ask: made once at a time, remembered, and given while it is recent."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedAnswer(Generic[T]):
    """Makes an answer for whoever asks; two that ask at once get the same.

    Parameters
    ----------
    make
        Makes it; it may take long.
    now
        The clock.

    Attributes
    ----------
    last
        The last one that was made; None before the first.
    """

    def __init__(self, make: Callable[[], Awaitable[T]], now: Callable[[], dt.datetime]) -> None:
        self._make, self._now = make, now
        self._making: asyncio.Task[T] | None = None
        self._made_at: dt.datetime | None = None
        self.last: T | None = None

    async def fresh(self) -> T:
        """Return the answer that is being made, or is made now.

        Raises
        ------
        Exception
            What was raised when it was made.
        """
        return await asyncio.shield(self._begin())

    def glance(self, age_s: float) -> T | None:
        """Return the last answer without waiting; where it is older, another one is made.

        Parameters
        ----------
        age_s
            How old it may be, seconds.
        """
        if not self._is_recent(age_s):
            self._begin()
        return self.last

    async def recent(self, age_s: float, wait_s: float) -> T | None:
        """Return an answer of this age; where it takes too long, or fails, the last one.

        Parameters
        ----------
        age_s, wait_s
            How old it may be, and how long to wait for it, seconds.
        """
        if not self._is_recent(age_s):
            await asyncio.wait([self._begin()], timeout=wait_s)
        return self.last

    def _is_recent(self, age_s: float) -> bool:
        at = self._made_at
        return at is not None and 0.0 <= (self._now() - at).total_seconds() <= age_s

    def _begin(self) -> asyncio.Task[T]:
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make_one(), name="shared answer")
            self._making.add_done_callback(_take_error)
        return self._making

    async def _make_one(self) -> T:
        self.last = await self._make()
        self._made_at = self._now()
        return self.last


def _take_error(task: asyncio.Task[T]) -> None:
    """Take the error of an answer for which nobody waits any more."""
    if not task.cancelled():
        task.exception()
