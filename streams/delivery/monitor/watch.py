"""Looks at the monitor again and again, and hands what has begun and ended to the receivers."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence

from streams.config.model import Config
from streams.delivery.channels.channel import where_it_failed
from streams.delivery.monitor.sender import EventSender
from streams.delivery.monitor.tracker import Tracker
from streams.health.status import Health
from streams.health.symptoms import Symptom, symptoms

_log = logging.getLogger(__name__)

Posts = Sequence[tuple[EventSender, Callable[[], bool]]]
"""Each receiver that wants the events, and whether it is this process that sends them to it."""


class MonitorWatch:
    """Follows the monitor's symptoms for as long as serve runs.

    Parameters
    ----------
    config
        The configuration.
    look
        Looks at the whole monitor; it may take long, and gets a thread.
    posts
        The receivers.
    """

    def __init__(self, config: Config, look: Callable[[], Health], posts: Posts) -> None:
        self._config, self._look, self._posts = config, look, posts
        self._tracker = Tracker(config.name, config.monitor.heartbeat)
        self._said = ""

    async def run(self) -> None:
        """Look and send until cancelled; no error here is anyone else's."""
        sending = [asyncio.create_task(sender.run()) for sender, _ in self._posts]
        try:
            while True:
                try:
                    await self._look_once()
                except Exception as error:
                    # Without a heartbeat operators learn of it.
                    self._say(f"the monitor cannot be looked at now: {where_it_failed(error)}")
                await asyncio.sleep(self._config.monitor.look_every)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _look_once(self) -> None:
        health = await asyncio.to_thread(self._look)
        found = self._found(health)
        for event in self._tracker.take(found, dt.datetime.now(dt.UTC)):
            for sender, is_ours in self._posts:
                if is_ours():
                    sender.offer(event)

    def _found(self, health: Health) -> list[Symptom]:
        found = symptoms(self._config, health)
        if not health.broker_refused:
            return found
        self._say(
            "serve may not describe all topics and consumer groups, so the events on the monitor"
            " itself tell only what the processes' metrics show; operations/README.md, Least"
            f" privilege, lists the rights: {health.broker_error}"
        )
        return [one for one in found if one.symptom != "broker_away"]

    def _say(self, what: str) -> None:
        """Log it once."""
        if what != self._said:
            _log.warning("%s", what)
        self._said = what
