"""One look at the monitor for all who ask: pages of many people, and what tells receivers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from streams.config.model import Config
from streams.health.status import Health
from streams.health.symptoms import Symptom, symptoms


class MonitorLook(msgspec.Struct, frozen=True):
    """What a look has found.

    Attributes
    ----------
    health
        The state of the whole monitor.
    wrong
        What is wrong. That this user may not ask the broker is not: `health` says it.
    at
        When the look ended.
    """

    health: Health
    wrong: Sequence[Symptom]
    at: dt.datetime


class SharedLook:
    """Looks at the monitor in a thread, never twice at a time, and remembers the last look.

    Parameters
    ----------
    config
        The configuration.
    look
        Looks at the whole monitor; it may take long.
    now
        The clock.

    Attributes
    ----------
    last
        What the last look found; None before the first.
    """

    def __init__(
        self, config: Config, look: Callable[[], Health], now: Callable[[], dt.datetime]
    ) -> None:
        self._config, self._look, self._now = config, look, now
        self._looking: asyncio.Task[MonitorLook] | None = None
        self.last: MonitorLook | None = None

    async def fresh(self) -> MonitorLook:
        """Return what is found by the look that is under way, or begins now.

        Raises
        ------
        Exception
            What the look raised.
        """
        return await asyncio.shield(self._begin())

    def glance(self, age_s: float) -> MonitorLook | None:
        """Return the last look without waiting; where it is older, another one begins.

        Parameters
        ----------
        age_s
            How old it may be, seconds.
        """
        if not self._is_recent(age_s):
            self._begin()
        return self.last

    async def recent(self, age_s: float, wait_s: float) -> MonitorLook | None:
        """Return a look of this age; where it takes too long, or fails, the last one.

        Parameters
        ----------
        age_s, wait_s
            How old it may be, and how long to wait for it, seconds.
        """
        if not self._is_recent(age_s):
            await asyncio.wait([self._begin()], timeout=wait_s)
        return self.last

    def _is_recent(self, age_s: float) -> bool:
        last = self.last
        return last is not None and 0.0 <= (self._now() - last.at).total_seconds() <= age_s

    def _begin(self) -> asyncio.Task[MonitorLook]:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_once(), name="look at the monitor")
            self._looking.add_done_callback(_seen_to)
        return self._looking

    async def _look_once(self) -> MonitorLook:
        health = await asyncio.to_thread(self._look)
        wrong = symptoms(self._config, health)
        if health.broker_refused:
            wrong = [one for one in wrong if one.symptom != "broker_away"]
        self.last = MonitorLook(health, wrong, self._now())
        return self.last


def _seen_to(task: asyncio.Task[MonitorLook]) -> None:
    """Take the error of a look for which nobody waits any more."""
    if not task.cancelled():
        task.exception()
